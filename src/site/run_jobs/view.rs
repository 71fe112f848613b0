//! The run-jobs page in all its states, as its templates need it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use clients::github::Commit;
use domain::{
    status::JobState,
    views::{run_jobs::Backend, workspace::LatestJobRequest, workspace_actions::ActionState},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{entered::Entered, gate::Open};
use crate::{
    code::{Codelists, ExcerptLine, Lookup, Problem, ProblemKind},
    http::{
        error::Error,
        field_error::FieldError,
        times::{self, Moment},
    },
    site::workspaces::{latest::LatestCard, place::Place},
};

/// More needs than this are folded.
const NEEDS_SHOWN: usize = 4;
const RUN_ALL: &str = "run_all";

/// What the page is made of.
pub struct Content {
    pub lookup: Lookup,
    pub entered: Entered,
    pub errors: Vec<FieldError>,
    pub states: Arc<Vec<ActionState>>,
    pub latest: Option<LatestJobRequest>,
}

#[derive(Serialize)]
pub struct RunJobsPage {
    #[serde(flatten)]
    place: Place,
    post_url: String,
    logs_url: String,
    statuses_url: String,
    /// The branch that was asked for, unless a commit was.
    branch: Option<String>,
    commit: Option<CommitLine>,
    problem: Option<ProblemView>,
    /// Actions that wait for each other, as `a → b → a`.
    cycle: Option<String>,
    codelists: Option<CodelistsNotice>,
    errors: Vec<FieldError>,
    actions_error: Option<String>,
    backend_error: Option<String>,
    actions: Vec<ActionLine>,
    action_count: usize,
    /// What each action needs, for the script.
    needs_json: String,
    backends: Vec<BackendLine>,
    force_run_dependencies: bool,
    will_notify: bool,
    form_token: String,
    latest: Option<LatestCard>,
}

#[derive(Serialize)]
struct CommitLine {
    sha: String,
    short: String,
    url: String,
    subject: Option<String>,
    authored: Option<Moment>,
}

#[derive(Serialize)]
struct ProblemView {
    title: &'static str,
    message: String,
    excerpt: Vec<Line>,
    is_unreachable: bool,
    is_missing: bool,
}

#[derive(Serialize)]
struct Line {
    number: usize,
    text: String,
    is_culprit: bool,
}

#[derive(Serialize)]
struct CodelistsNotice {
    title: &'static str,
    /// Why there is no verdict, if that is so.
    reason: Option<String>,
    is_out_of_date: bool,
}

#[derive(Serialize)]
struct ActionLine {
    name: String,
    checked: bool,
    is_run_all: bool,
    needs: Vec<String>,
    more_needs: Vec<String>,
    state: &'static str,
    state_label: &'static str,
    when: Option<Moment>,
    /// It reads the database, and the codelists are not in order.
    is_blocked: bool,
}

#[derive(Serialize)]
struct BackendLine {
    slug: String,
    name: String,
    checked: bool,
    is_first: bool,
    hint: String,
}

impl RunJobsPage {
    pub fn new(open: &Open, path: &str, content: Content) -> Result<RunJobsPage, Error> {
        let Content { lookup, entered, errors, states, latest } = content;
        let workspace = &open.workspace;
        let offer = Offer::of(&lookup, &entered);
        let needs_json =
            serde_json::to_string(&offer.needs).map_err(|error| Error::Render(error.to_string()))?;
        let actions = action_lines(offer, &entered, &states);
        let ready = lookup.found.as_ref().ok();
        Ok(RunJobsPage {
            place: Place::of(workspace),
            post_url: path.to_owned(),
            logs_url: format!("{}logs/", workspace.url()),
            statuses_url: format!("/api/v2/workspaces/{}/statuses/", workspace.name),
            branch: branch(&lookup),
            commit: lookup.commit.as_ref().map(|commit| commit_line(&workspace.repo_url, commit)),
            problem: lookup.found.as_ref().err().map(problem_view),
            cycle: ready.and_then(|ready| ready.definition.pipeline.cycle()).map(as_circle),
            codelists: ready.and_then(|ready| codelists_notice(&ready.codelists)),
            actions_error: FieldError::find(&errors, "requested_actions"),
            backend_error: FieldError::find(&errors, "backend"),
            errors,
            action_count: actions.len(),
            actions,
            needs_json,
            backends: backend_lines(&open.backends, &entered.backend),
            force_run_dependencies: entered.force_run_dependencies,
            will_notify: entered.will_notify,
            form_token: entered.form_token,
            latest: latest.map(|latest| LatestCard::new(&workspace.url(), latest)),
        })
    }
}

/// What can be chosen: the actions of the pipeline; without one, what had been chosen before, so that it is not lost.
struct Offer {
    names: Vec<String>,
    needs: HashMap<String, Vec<String>>,
    blocked: HashSet<String>,
}

impl Offer {
    fn of(lookup: &Lookup, entered: &Entered) -> Offer {
        let Ok(ready) = &lookup.found else {
            let mut names: Vec<String> = Vec::new();
            for action in &entered.actions {
                let name: String = action.chars().filter(|c| !c.is_control()).collect();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            return Offer { names, needs: HashMap::new(), blocked: HashSet::new() };
        };
        let offered = ready.definition.pipeline.offered();
        let blocked = if ready.codelists.is_ok() {
            HashSet::new()
        } else {
            ready.definition.pipeline.database_actions().into_iter().map(str::to_owned).collect()
        };
        Offer {
            names: offered.iter().map(|action| action.name.clone()).collect(),
            needs: offered.into_iter().map(|action| (action.name, action.needs)).collect(),
            blocked,
        }
    }
}

fn action_lines(mut offer: Offer, entered: &Entered, states: &[ActionState]) -> Vec<ActionLine> {
    let states: HashMap<&str, &ActionState> =
        states.iter().map(|state| (state.action.as_str(), state)).collect();
    let chosen: HashSet<&str> = entered.actions.iter().map(String::as_str).collect();
    let names = std::mem::take(&mut offer.names);
    names
        .into_iter()
        .map(|name| {
            let is_run_all = name == RUN_ALL;
            let mut needs = offer.needs.remove(&name).unwrap_or_default();
            if is_run_all {
                needs.clear();
            }
            let more_needs =
                if needs.len() > NEEDS_SHOWN { needs.split_off(NEEDS_SHOWN) } else { Vec::new() };
            let last = states.get(name.as_str()).copied();
            let (state, state_label) = shown_state(last);
            ActionLine {
                checked: chosen.contains(name.as_str()),
                is_blocked: offer.blocked.contains(&name),
                when: last.filter(|_| state != "none").map(|last| Moment::relative(last.at)),
                is_run_all,
                needs,
                more_needs,
                state,
                state_label,
                name,
            }
        })
        .collect()
}

/// The key and the word of a state, as the script writes them as well.
fn shown_state(last: Option<&ActionState>) -> (&'static str, &'static str) {
    match last.map(|last| JobState::of(&last.status)) {
        Some(JobState::Pending) => ("pending", "Pending"),
        Some(JobState::Running) => ("running", "Running"),
        Some(JobState::Succeeded) => ("succeeded", "Succeeded"),
        Some(JobState::Failed) => ("failed", "Failed"),
        Some(JobState::Unknown) | None => ("none", "No status"),
    }
}

/// What was asked for, unless it is the commit itself.
fn branch(lookup: &Lookup) -> Option<String> {
    let is_commit = lookup.commit.as_ref().is_some_and(|commit| commit.sha.starts_with(&lookup.reference));
    (!is_commit).then(|| lookup.reference.clone())
}

fn commit_line(repo_url: &str, commit: &Commit) -> CommitLine {
    let subject = commit.message.as_deref().and_then(|message| message.lines().next());
    CommitLine {
        short: commit.sha.chars().take(7).collect(),
        url: format!("{}/tree/{}", repo_url.trim_end_matches('/'), commit.sha),
        subject: subject
            .map(|line| line.chars().take(100).collect())
            .filter(|line: &String| !line.is_empty()),
        authored: commit.authored_at.map(Moment::relative),
        sha: commit.sha.clone(),
    }
}

fn problem_view(problem: &Problem) -> ProblemView {
    let line = |line: &ExcerptLine| Line {
        number: line.number,
        text: line.text.clone(),
        is_culprit: line.is_culprit,
    };
    ProblemView {
        title: match problem.kind {
            ProblemKind::Unreachable => "GitHub cannot be asked for the code at the moment",
            ProblemKind::Missing => "The code of this workspace cannot be found",
            ProblemKind::Definition => "There is a mistake in project.yaml",
        },
        message: problem.message.clone(),
        excerpt: problem.excerpt.iter().map(line).collect(),
        is_unreachable: problem.kind == ProblemKind::Unreachable,
        is_missing: problem.kind == ProblemKind::Missing,
    }
}

fn codelists_notice(codelists: &Codelists) -> Option<CodelistsNotice> {
    let (title, reason) = match codelists {
        Codelists::Ok => return None,
        Codelists::OutOfDate => ("Codelists out of date", None),
        Codelists::Incomplete(reason) => ("Codelists incomplete", Some(reason.clone())),
        Codelists::Unknown(reason) => ("Codelists could not be checked", Some(reason.clone())),
    };
    Some(CodelistsNotice { title, reason, is_out_of_date: !matches!(codelists, Codelists::Unknown(_)) })
}

fn as_circle(mut actions: Vec<String>) -> String {
    if let Some(first) = actions.first().cloned() {
        actions.push(first);
    }
    actions.join(" → ")
}

fn backend_lines(backends: &[Backend], chosen: &str) -> Vec<BackendLine> {
    backends
        .iter()
        .enumerate()
        .map(|(index, backend)| BackendLine {
            slug: backend.slug.clone(),
            name: backend.name.clone(),
            checked: backend.slug == chosen,
            is_first: index == 0,
            hint: hint(backend),
        })
        .collect()
}

/// How a backend is doing, in one line.
fn hint(backend: &Backend) -> String {
    let mut facts = Vec::new();
    if !backend.is_active {
        facts.push("not in use".to_owned());
    }
    facts.push(match backend.last_seen_at {
        Some(at) => {
            let seen = times::ago(at, Timestamp::now());
            if backend.is_missing { format!("missing, last seen {seen}") } else { format!("seen {seen}") }
        }
        None => "never seen".to_owned(),
    });
    facts.push(format!("{} running, {} waiting", backend.jobs_running, backend.jobs_pending));
    if backend.is_in_maintenance {
        facts.push("database in maintenance".to_owned());
    }
    facts.join(", ")
}
