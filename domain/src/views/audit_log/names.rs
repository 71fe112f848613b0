//! What stands behind the usernames and keys of events, as far as it is still there: in one round trip for any number of
//! events.

use std::collections::{BTreeSet, HashMap};

use super::Event;
use crate::{Result, db::GenericClient, ids::ProjectId, projects::Project, users::Name};

/// What is known of what events speak of.
#[derive(Debug, Default)]
pub struct Names {
    users: HashMap<String, Name>,
    projects: HashMap<ProjectId, Project>,
    /// By model and key.
    things: HashMap<(String, String), Thing>,
}

/// Something that has a page, neither a person nor a project.
#[derive(Debug, Clone)]
pub struct Thing {
    /// What its address holds: a slug, a name, a key or a URL.
    pub address: String,
    pub label: String,
}

impl Names {
    pub fn user(&self, username: &str) -> Option<&Name> {
        self.users.get(username)
    }

    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.projects.get(&id)
    }

    pub fn thing(&self, model: &str, id: &str) -> Option<&Thing> {
        self.things.get(&(model.to_owned(), id.to_owned()))
    }
}

const PROJECT: &str = "jobserver.Project";
/// Named by their usernames, or not things of their own.
const NO_THINGS: [&str; 4] = ["", PROJECT, "jobserver.ProjectMembership", "jobserver.User"];

/// The names of everything in `events`, and of `usernames`.
pub async fn of(db: &impl GenericClient, events: &[Event], usernames: &[String]) -> Result<Names> {
    let people: BTreeSet<&str> = events
        .iter()
        .flat_map(|event| [event.by.as_str(), event.whom.as_str()])
        .chain(usernames.iter().map(String::as_str))
        .filter(|name| !name.is_empty())
        .collect();
    let about_projects = events
        .iter()
        .filter(|event| event.about.model == PROJECT)
        .filter_map(|event| event.about.id.parse().ok());
    let projects: BTreeSet<ProjectId> =
        events.iter().filter_map(|event| event.project).chain(about_projects.map(ProjectId)).collect();
    let abouts =
        || events.iter().map(|event| &event.about).filter(|about| !NO_THINGS.contains(&about.model.as_str()));
    let models: BTreeSet<&str> = abouts().map(|about| about.model.as_str()).collect();
    let keys: BTreeSet<i32> = abouts().filter_map(|about| about.id.parse().ok()).collect();
    let (users, projects, things) = tokio::try_join!(
        users(db, people.into_iter().collect()),
        self::projects(db, projects.into_iter().collect()),
        self::things(db, models.into_iter().collect(), keys.into_iter().collect()),
    )?;
    Ok(Names { users, projects, things })
}

async fn users(db: &impl GenericClient, usernames: Vec<&str>) -> Result<HashMap<String, Name>> {
    if usernames.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = db
        .prepare_cached(
            "SELECT username, fullname
             FROM jobserver_user
             WHERE username = ANY($1)",
        )
        .await?;
    let rows = db.query(&statement, &[&usernames]).await?;
    rows.iter().map(|row| Name::from_row(row).map(|name| (name.username.clone(), name))).collect()
}

async fn projects(db: &impl GenericClient, ids: Vec<ProjectId>) -> Result<HashMap<ProjectId, Project>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = db
        .prepare_cached(
            "SELECT id AS project_id, slug AS project_slug, name AS project_name, number AS project_number
             FROM jobserver_project
             WHERE id = ANY($1)",
        )
        .await?;
    let rows = db.query(&statement, &[&ids]).await?;
    rows.iter().map(|row| Project::from_row(row).map(|project| (project.id, project))).collect()
}

/// Everything else of these `models` that has one of `keys`: some that nobody asked for among them, since a key may be
/// one of several models.
async fn things(
    db: &impl GenericClient,
    models: Vec<&str>,
    keys: Vec<i32>,
) -> Result<HashMap<(String, String), Thing>> {
    if models.is_empty() || keys.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = db
        .prepare_cached(
            "SELECT 'jobserver.Org' AS model, id, slug AS address, name AS label
             FROM jobserver_org
             WHERE 'jobserver.Org' = ANY($1) AND id = ANY($2)
             UNION ALL
             SELECT 'jobserver.Backend', id, id::text, name
             FROM jobserver_backend
             WHERE 'jobserver.Backend' = ANY($1) AND id = ANY($2)
             UNION ALL
             SELECT 'jobserver.Workspace', id, name, name
             FROM jobserver_workspace
             WHERE 'jobserver.Workspace' = ANY($1) AND id = ANY($2)
             UNION ALL
             SELECT 'jobserver.Repo', id, url, url
             FROM jobserver_repo
             WHERE 'jobserver.Repo' = ANY($1) AND id = ANY($2)
             UNION ALL
             SELECT 'jobserver.JobRequest', id, id::text, id::text
             FROM jobserver_jobrequest
             WHERE 'jobserver.JobRequest' = ANY($1) AND id = ANY($2)
             UNION ALL
             SELECT 'jobserver.SiteAlert', id, id::text, title
             FROM jobserver_sitealert
             WHERE 'jobserver.SiteAlert' = ANY($1) AND id = ANY($2)
             UNION ALL
             SELECT 'applications.Application', id, id::text, ''
             FROM applications_application
             WHERE 'applications.Application' = ANY($1) AND id = ANY($2) AND deleted_at IS NULL
             UNION ALL
             SELECT 'redirects.Redirect', id, id::text, old_url
             FROM redirects_redirect
             WHERE 'redirects.Redirect' = ANY($1) AND id = ANY($2)",
        )
        .await?;
    let rows = db.query(&statement, &[&models, &keys]).await?;
    rows.iter()
        .map(|row| {
            let (model, id): (String, i32) = (row.try_get("model")?, row.try_get("id")?);
            let thing = Thing { address: row.try_get("address")?, label: row.try_get("label")? };
            Ok(((model, id.to_string()), thing))
        })
        .collect()
}

/// The projects whose slug or name contains `text`, or whose number it is; at most a hundred.
pub async fn projects_like(db: &impl GenericClient, text: &str) -> Result<Vec<ProjectId>> {
    let statement = db
        .prepare_cached(
            "SELECT id
             FROM jobserver_project
             WHERE strpos(upper(name), upper($1)) > 0
                OR strpos(upper(slug), upper($1)) > 0
                OR number = $1
             ORDER BY id DESC
             LIMIT 100",
        )
        .await?;
    let rows = db.query(&statement, &[&text]).await?;
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}
