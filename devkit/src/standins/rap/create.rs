//! What the controller does with a valid request to create jobs: reads the pipeline at the commit, works out which actions
//! need a new job, and adds those.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Settings,
    jobs::{Code, Job, job_identifier, now},
    store::Store,
};

/// The members of the body that matter here; the schema has been checked.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub rap_id: String,
    pub backend: String,
    workspace: String,
    repo_url: String,
    branch: String,
    commit: String,
    requested_actions: Vec<String>,
    codelists_ok: bool,
    force_run_dependencies: bool,
}

/// Status and body of the answer.
pub(super) type Answer = (u16, Value);

const RUN_ALL: &str = "run_all";

pub(super) fn create(
    store: &mut Store,
    settings: &Settings,
    backends: &[String],
    request: &Request,
) -> Answer {
    if !backends.contains(&request.backend) {
        return refusal("Error creating jobs", "Unknown error");
    }
    if let Some(answer) = answer_again(store, request) {
        return answer;
    }
    let pipeline = match pipeline_of(settings, request) {
        Ok(pipeline) => pipeline,
        Err(reason) => return refusal("Error creating jobs", &reason),
    };
    let planned = match Plan::make(store, request, &pipeline) {
        Ok(planned) => planned,
        Err(reason) => return refusal("Error creating jobs", &reason),
    };
    if planned.new.is_empty() {
        let is_done = request.requested_actions.iter().any(|action| action == RUN_ALL) && !planned.waits;
        let details = if is_done {
            "All actions have already completed successfully"
        } else {
            "All requested actions were already scheduled to run"
        };
        let body =
            json!({"result": "Nothing to do", "details": details, "rap_id": request.rap_id, "count": 0});
        return (200, body);
    }
    let count = planned.new.len();
    store.jobs.extend(planned.new);
    store.save();
    let details = format!("Jobs created for rap_id '{}'", request.rap_id);
    (201, json!({"result": "Success", "details": details, "rap_id": request.rap_id, "count": count}))
}

pub(super) fn refusal(error: &str, details: &str) -> Answer {
    (400, json!({"error": error, "details": details}))
}

/// Creating is idempotent: the same id with the same code is answered again, with other code refused.
fn answer_again(store: &Store, request: &Request) -> Option<Answer> {
    let existing: Vec<&Job> = store.jobs.iter().filter(|job| job.rap_id == request.rap_id).collect();
    let first = existing.first()?;
    let is_same = first.repo_url == request.repo_url
        && first.workspace == request.workspace
        && first.commit == request.commit;
    if !is_same {
        let details = format!(
            "rap_id '{}' already has jobs of another workspace, repository or commit",
            request.rap_id
        );
        return Some(refusal("Inconsistent request data", &details));
    }
    let details = format!("Jobs already created for rap_id '{}'", request.rap_id);
    let body = json!({
        "result": "No change", "details": details, "rap_id": request.rap_id, "count": existing.len(),
    });
    Some((200, body))
}

/// The checked pipeline at the request's commit, or the reason that a researcher reads.
fn pipeline_of(settings: &Settings, request: &Request) -> Result<pipeline::Pipeline, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !request.workspace.bytes().all(is_name) {
        return Err("Workspace name may only contain letters, digits, dashes and underscores".to_owned());
    }
    let Some(slug) = request.repo_url.strip_prefix("https://github.com/") else {
        return Err(format!("Repository {} is not on https://github.com", request.repo_url));
    };
    match slug.trim_end_matches('/').split_once('/') {
        Some((owner, name)) if !name.is_empty() && !name.contains('/') => {
            if !settings.github_orgs.iter().any(|org| org == owner) {
                return Err(format!("Repositories of the GitHub organisation '{owner}' may not run here"));
            }
        }
        _ => {
            return Err(format!(
                "Repository URL {} is not https://github.com/<org>/<name>",
                request.repo_url
            ));
        }
    }
    let repository = settings
        .repositories
        .get(slug.trim_end_matches('/'))
        .ok_or_else(|| format!("Could not read repository {}", request.repo_url))?;
    if !repository.branches.contains_key(&request.branch) {
        return Err(format!("Could not find branch '{}' in {}", request.branch, request.repo_url));
    }
    let commit = repository
        .history(&request.branch)
        .find(|commit| commit.sha == request.commit)
        .ok_or_else(|| format!("Commit {} is not on branch '{}'", request.commit, request.branch))?;
    let text = commit
        .files
        .get("project.yaml")
        .ok_or_else(|| format!("No project.yaml file found in {} at {}", request.repo_url, request.commit))?;
    pipeline::parse(text).map_err(|error| error.message)
}

/// Which jobs a request leads to.
struct Plan<'a> {
    store: &'a Store,
    request: &'a Request,
    actions: HashMap<&'a str, &'a pipeline::Action>,
    /// The job of each action looked at: new here, or found in the store and still worth waiting for.
    jobs: BTreeMap<&'a str, Option<String>>,
    new: Vec<Job>,
}

/// The new jobs, and whether something found is still to run.
struct Planned {
    new: Vec<Job>,
    waits: bool,
}

impl<'a> Plan<'a> {
    fn make(
        store: &'a Store,
        request: &'a Request,
        pipeline: &'a pipeline::Pipeline,
    ) -> Result<Planned, String> {
        let actions: HashMap<&str, &pipeline::Action> =
            pipeline.actions.iter().map(|action| (action.name.as_str(), action)).collect();
        let wanted: Vec<&str> = if request.requested_actions.iter().any(|action| action == RUN_ALL) {
            pipeline
                .actions
                .iter()
                .map(|action| action.name.as_str())
                .filter(|name| *name != RUN_ALL)
                .collect()
        } else {
            request.requested_actions.iter().map(String::as_str).collect()
        };
        let mut plan = Plan { store, request, actions, jobs: BTreeMap::new(), new: Vec::new() };
        for action in wanted {
            plan.add(action)?;
        }
        if !request.codelists_ok
            && let Some(job) = plan.new.iter().find(|job| job.requires_db)
        {
            return Err(format!("Codelists are out of date (required by action {})", job.action));
        }
        let new_ids: Vec<&str> = plan.new.iter().map(|job| job.identifier.as_str()).collect();
        let waits = plan.jobs.values().flatten().any(|id| !new_ids.contains(&id.as_str()));
        Ok(Planned { waits, new: plan.new })
    }

    /// The job that others wait for: none if the action's outputs exist already.
    fn add(&mut self, name: &str) -> Result<Option<String>, String> {
        if let Some(known) = self.jobs.get(name) {
            return Ok(known.clone());
        }
        let Some((&name, &action)) = self.actions.get_key_value(name) else {
            return Err(format!("Action '{name}' not found in project.yaml"));
        };
        if let Some(found) = self.reusable(name) {
            self.jobs.insert(name, found.clone());
            return Ok(found);
        }
        let mut waits_for = Vec::new();
        for need in &action.needs {
            waits_for.extend(self.add(need)?);
        }
        let job = self.new_job(action, waits_for);
        let identifier = Some(job.identifier.clone());
        self.new.push(job);
        self.jobs.insert(name, identifier.clone());
        Ok(identifier)
    }

    /// The newest job of this action, if it need not run again: `Some(None)` when it has succeeded.
    fn reusable(&self, name: &str) -> Option<Option<String>> {
        let latest = self.store.latest(&self.request.backend, &self.request.workspace, name)?;
        if latest.code.is_active() {
            return Some(Some(latest.identifier.clone()));
        }
        let is_explicit = self.request.requested_actions.iter().any(|action| action == name);
        let runs_again = is_explicit || self.request.force_run_dependencies || latest.code != Code::Succeeded;
        (!runs_again).then_some(None)
    }

    fn new_job(&self, action: &pipeline::Action, waits_for: Vec<String>) -> Job {
        let now = now();
        Job {
            identifier: job_identifier(&self.request.rap_id, &action.name),
            rap_id: self.request.rap_id.clone(),
            backend: self.request.backend.clone(),
            workspace: self.request.workspace.clone(),
            repo_url: self.request.repo_url.clone(),
            commit: self.request.commit.clone(),
            action: action.name.clone(),
            run_command: action.run.clone(),
            requires_db: action.is_database_action(),
            waits_for,
            code: Code::Created,
            message: Code::Created.message().to_owned(),
            is_cancelled: false,
            created_at: now,
            updated_at: now,
            started_at: None,
            completed_at: None,
            metrics: Map::new(),
            age: 0,
            was_rebooted: false,
        }
    }
}
