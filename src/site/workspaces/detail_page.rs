//! The view-model of the workspace page.

use std::time::Duration;

use domain::{
    permissions::Permission, status::JobState, views::workspace_actions::ActionState, workspaces::Workspace,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{
    detail::{Facts, why_not_run},
    latest::LatestCard,
    place::Place,
    purpose,
};
use crate::{
    app::App,
    http::{times::Moment, visitor::Visitor},
    site::job_requests::code_links,
};

/// Code must be public a year after it first ran; members are reminded this long after.
const REMIND_AFTER: Duration = Duration::from_secs(330 * 24 * 60 * 60);
/// How far back the heatmap of run times looks, in seconds: 28 days.
const HEATMAP_SECONDS: u32 = 28 * 24 * 60 * 60;
const INTERNAL_PROJECT: &str = "opensafely-internal";

#[derive(Serialize)]
pub struct WorkspacePage {
    #[serde(flatten)]
    place: Place,
    links: Links,
    repo: Repo,
    org: Option<String>,
    created: Moment,
    created_by: String,
    purpose: Vec<purpose::Line>,
    is_internal: bool,
    archived: Option<Archived>,
    run: Option<RunButton>,
    can_edit: bool,
    admin: Option<Admin>,
    private_since: Option<PrivateSince>,
    monitoring_href: Option<String>,
    latest: Option<LatestCard>,
    unsettled: Vec<ActionLine>,
    succeeded: Vec<ActionLine>,
    action_count: usize,
}

#[derive(Serialize)]
struct Links {
    edit: String,
    logs: String,
    run: String,
    /// None: nothing has been released.
    releases: Option<String>,
    outputs: String,
}

#[derive(Serialize)]
struct Repo {
    name: String,
    url: String,
    branch: String,
    branch_url: String,
    is_private: bool,
}

#[derive(Serialize)]
struct Archived {
    can_unarchive: bool,
}

#[derive(Serialize)]
struct RunButton {
    why_not: Option<&'static str>,
}

/// Switches, each for those who may use it.
#[derive(Serialize)]
struct Admin {
    can_archive: bool,
    is_archived: bool,
    can_toggle_notifications: bool,
    should_notify: bool,
}

#[derive(Serialize)]
struct PrivateSince {
    first_run: Moment,
    job_url: String,
}

#[derive(Serialize)]
struct ActionLine {
    name: String,
    state: &'static str,
    state_label: &'static str,
    when: Moment,
    url: String,
}

pub fn view(app: &App, visitor: &Visitor, facts: Facts) -> WorkspacePage {
    let workspace = &facts.workspace;
    let project = Some(workspace.project.id);
    let may = |permission| visitor.may(permission, project);
    let is_member = visitor.is_member_of(workspace.project.id);
    let (unsettled, succeeded) = action_lines(&workspace.url(), &facts.actions);
    WorkspacePage {
        place: Place::of(workspace),
        links: Links {
            edit: format!("{}edit/", workspace.url()),
            logs: format!("{}logs/", workspace.url()),
            run: format!("{}run-jobs/", workspace.url()),
            releases: facts.origin.has_releases.then(|| format!("{}releases/", workspace.url())),
            outputs: format!("{}outputs/", workspace.url()),
        },
        repo: repo(workspace, facts.is_private),
        org: facts.origin.org,
        created: Moment::relative(workspace.created_at),
        created_by: facts.origin.created_by,
        purpose: purpose::lines(&workspace.purpose),
        is_internal: workspace.project.slug == INTERNAL_PROJECT,
        archived: (workspace.is_archived && visitor.has_any_roles())
            .then(|| Archived { can_unarchive: may(Permission::WorkspaceArchive) }),
        run: (is_member || may(Permission::JobRun))
            .then(|| RunButton { why_not: why_not_run(visitor, workspace) }),
        can_edit: may(Permission::WorkspaceCreate),
        admin: admin(visitor, workspace),
        private_since: (is_member && facts.is_private == Some(true))
            .then_some(facts.first_run)
            .flatten()
            .filter(|first| Timestamp::now().duration_since(first.at).unsigned_abs() > REMIND_AFTER)
            .map(|first| PrivateSince { first_run: Moment::date(first.at), job_url: first.job_url }),
        monitoring_href: visitor.is_staff().then(|| heatmap(&app.config.honeycomb_ui_url, &workspace.name)),
        latest: facts.latest.map(|latest| LatestCard::new(&workspace.url(), latest)),
        action_count: facts.actions.len(),
        unsettled,
        succeeded,
    }
}

fn repo(workspace: &Workspace, is_private: Option<bool>) -> Repo {
    Repo {
        name: workspace.repo_name().to_owned(),
        url: workspace.repo_url.clone(),
        branch: workspace.branch.clone(),
        branch_url: code_links::tree(workspace.repo_url.trim_end_matches('/'), &workspace.branch),
        is_private: is_private == Some(true),
    }
}

fn admin(visitor: &Visitor, workspace: &Workspace) -> Option<Admin> {
    let may = |permission| visitor.may(permission, Some(workspace.project.id));
    let can_archive = may(Permission::WorkspaceArchive);
    let can_toggle_notifications = may(Permission::WorkspaceToggleNotifications);
    (can_archive || can_toggle_notifications).then_some(Admin {
        can_archive,
        is_archived: workspace.is_archived,
        can_toggle_notifications,
        should_notify: workspace.should_notify,
    })
}

/// What failed, runs, waits or is odd, in this order and newest first; then what succeeded, by name.
fn action_lines(workspace_url: &str, states: &[ActionState]) -> (Vec<ActionLine>, Vec<ActionLine>) {
    let mut states: Vec<(JobState, &ActionState)> =
        states.iter().map(|state| (JobState::of(&state.status), state)).collect();
    states.sort_by_key(|(state, action)| (urgency(*state), std::cmp::Reverse(action.at)));
    let settled = states.partition_point(|(state, _)| *state != JobState::Succeeded);
    let mut succeeded = states.split_off(settled);
    succeeded.sort_by(|(_, a), (_, b)| a.action.cmp(&b.action));
    let line = |(state, action): (JobState, &ActionState)| ActionLine {
        name: action.action.clone(),
        state: state.as_str(),
        state_label: label(state),
        when: Moment::relative(action.at),
        url: format!("{workspace_url}{}/{}/", action.job_request, action.job_identifier),
    };
    (states.into_iter().map(line).collect(), succeeded.into_iter().map(line).collect())
}

fn urgency(state: JobState) -> u8 {
    match state {
        JobState::Failed => 0,
        JobState::Running => 1,
        JobState::Pending => 2,
        JobState::Unknown => 3,
        JobState::Succeeded => 4,
    }
}

/// The word for the state of an action.
pub fn label(state: JobState) -> &'static str {
    match state {
        JobState::Failed => "Failed",
        JobState::Running => "Running",
        JobState::Pending => "Pending",
        JobState::Succeeded => "Succeeded",
        JobState::Unknown => "Unknown",
    }
}

/// How long jobs of the workspace took, in Honeycomb. The keys and their order are those that Honeycomb writes.
fn heatmap(base: &str, workspace: &str) -> String {
    let equals =
        |column: &str, value: serde_json::Value| json!({"column": column, "op": "=", "value": value});
    let query = json!({
        "time_range": HEATMAP_SECONDS,
        "granularity": 0,
        "breakdowns": ["status"],
        "calculations": [{"op": "HEATMAP", "column": "current_runtime"}],
        "filters": [
            equals("name", json!("update_job")),
            equals("workspace_name", json!(workspace)),
            equals("completed", json!(true)),
            equals("status_change", json!(true)),
        ],
        "filter_combination": "AND",
        "orders": [],
        "havings": [],
        "limit": 100,
    });
    let query: String = url::form_urlencoded::byte_serialize(query.to_string().as_bytes()).collect();
    format!("{base}/datasets/job-server?query={query}")
}

#[cfg(test)]
mod tests {
    use domain::ids::{JobId, JobRequestId};

    use super::*;

    fn state(action: &str, status: &str, at: &str) -> ActionState {
        ActionState {
            action: action.to_owned(),
            status: status.to_owned(),
            at: at.parse().unwrap(),
            job: JobId(1),
            job_identifier: "abc".to_owned(),
            job_request: JobRequestId(7),
        }
    }

    #[test]
    fn what_needs_attention_comes_first() {
        let (day1, day2) = ("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z");
        let states = [
            state("a", "succeeded", day2),
            state("b", "pending", day2),
            state("c", "failed", day1),
            state("d", "Failed", day2),
            state("e", "Succeeded", day1),
        ];
        let (unsettled, succeeded) = action_lines("/p/w/", &states);
        let names = |lines: &[ActionLine]| lines.iter().map(|line| line.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&unsettled), ["d", "c", "b"]);
        assert_eq!(names(&succeeded), ["a", "e"]);
        assert_eq!(unsettled[0].url, "/p/w/7/abc/");
    }

    #[test]
    fn the_heatmap_asks_about_one_workspace() {
        let link = heatmap("https://ui.example", "w-1");
        assert!(
            link.starts_with("https://ui.example/datasets/job-server?query=%7B%22time_range%22%3A2419200%2C")
        );
        assert!(link.contains("w-1"));
    }
}
