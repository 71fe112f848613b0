//! A project's page in the staff area. Every statement finds the project by its slug, so that all of them go out at once.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    Result, copilots::Candidate, db::GenericClient, permissions::RoleSet, projects::Project, users::Name,
};

#[derive(Debug)]
pub struct Head {
    pub project: Project,
    pub status: String,
    /// Markdown.
    pub status_description: String,
    pub created_at: Timestamp,
    pub created_by: Candidate,
    pub copilot: Option<Candidate>,
    pub copilot_support_ends_at: Option<Timestamp>,
    pub copilot_notes: String,
    /// The first one that was linked.
    pub application: Option<Application>,
}

#[derive(Debug)]
pub struct Application {
    pub id: i32,
    /// Display name.
    pub created_by: String,
}

#[derive(Debug)]
pub struct Member {
    pub membership: i32,
    pub name: Name,
    pub roles: RoleSet,
}

#[derive(Debug)]
pub struct Org {
    pub slug: String,
    pub name: String,
    pub is_lead: bool,
}

#[derive(Debug)]
pub struct Workspace {
    pub name: String,
    pub is_archived: bool,
}

#[derive(Debug)]
pub struct Redirect {
    pub id: i32,
    pub old_url: String,
}

#[derive(Debug)]
pub struct Detail {
    pub head: Head,
    /// By username.
    pub members: Vec<Member>,
    /// By name.
    pub orgs: Vec<Org>,
    /// By name.
    pub workspaces: Vec<Workspace>,
    /// By old address.
    pub redirects: Vec<Redirect>,
}

/// The project with exactly this slug, with all that its page shows.
pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<Detail>> {
    let (head, members, orgs, workspaces, redirects) = tokio::try_join!(
        head(db, slug),
        members(db, slug),
        orgs(db, slug),
        workspaces(db, slug),
        redirects(db, slug),
    )?;
    Ok(head.map(|head| Detail { head, members, orgs, workspaces, redirects }))
}

/// The facts about the project itself.
pub async fn head(db: &impl GenericClient, slug: &str) -> Result<Option<Head>> {
    let statement = db
        .prepare_cached(
            "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, project.status, project.status_description,
                    project.created_at, project.copilot_support_ends_at, project.copilot_notes,
                    creator.id AS creator_id, creator.username AS creator_username,
                    creator.fullname AS creator_fullname,
                    copilot.id AS copilot_id, copilot.username AS copilot_username,
                    copilot.fullname AS copilot_fullname,
                    application.id AS application_id, application.created_by AS application_created_by
             FROM jobserver_project AS project
             JOIN jobserver_user AS creator ON creator.id = project.created_by_id
             LEFT JOIN jobserver_user AS copilot ON copilot.id = project.copilot_id
             LEFT JOIN LATERAL (
                 SELECT linked.id, person.fullname || ' (' || person.username || ')' AS created_by
                 FROM applications_application AS linked
                 JOIN jobserver_user AS person ON person.id = linked.created_by_id
                 WHERE linked.project_id = project.id
                 ORDER BY linked.id
                 LIMIT 1
             ) AS application ON true
             WHERE project.slug = $1",
        )
        .await?;
    db.query_opt(&statement, &[&slug]).await?.as_ref().map(head_of).transpose()
}

fn head_of(row: &Row) -> Result<Head> {
    let copilot = match row.try_get("copilot_id")? {
        Some(id) => Some(Candidate {
            id,
            username: row.try_get("copilot_username")?,
            fullname: row.try_get("copilot_fullname")?,
        }),
        None => None,
    };
    let application = match row.try_get("application_id")? {
        Some(id) => Some(Application { id, created_by: row.try_get("application_created_by")? }),
        None => None,
    };
    Ok(Head {
        project: Project::from_row(row)?,
        status: row.try_get("status")?,
        status_description: row.try_get("status_description")?,
        created_at: row.try_get("created_at")?,
        created_by: Candidate {
            id: row.try_get("creator_id")?,
            username: row.try_get("creator_username")?,
            fullname: row.try_get("creator_fullname")?,
        },
        copilot,
        copilot_support_ends_at: row.try_get("copilot_support_ends_at")?,
        copilot_notes: row.try_get("copilot_notes")?,
        application,
    })
}

async fn members(db: &impl GenericClient, slug: &str) -> Result<Vec<Member>> {
    let statement = db
        .prepare_cached(
            "SELECT membership.id, person.username, person.fullname, membership.roles
             FROM jobserver_project AS project
             JOIN jobserver_projectmembership AS membership ON membership.project_id = project.id
             JOIN jobserver_user AS person ON person.id = membership.user_id
             WHERE project.slug = $1
             ORDER BY lower(person.username), person.id",
        )
        .await?;
    let rows = db.query(&statement, &[&slug]).await?;
    rows.iter()
        .map(|row| {
            let roles: Vec<String> = row.try_get("roles")?;
            Ok(Member {
                membership: row.try_get("id")?,
                name: Name::from_row(row)?,
                roles: RoleSet::from_stored(roles),
            })
        })
        .collect()
}

async fn orgs(db: &impl GenericClient, slug: &str) -> Result<Vec<Org>> {
    let statement = db
        .prepare_cached(
            "SELECT org.slug, org.name, collaboration.is_lead
             FROM jobserver_project AS project
             JOIN jobserver_projectcollaboration AS collaboration ON collaboration.project_id = project.id
             JOIN jobserver_org AS org ON org.id = collaboration.org_id
             WHERE project.slug = $1
             ORDER BY lower(org.name), org.id",
        )
        .await?;
    let rows = db.query(&statement, &[&slug]).await?;
    rows.iter()
        .map(|row| {
            Ok(Org {
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
                is_lead: row.try_get("is_lead")?,
            })
        })
        .collect()
}

async fn workspaces(db: &impl GenericClient, slug: &str) -> Result<Vec<Workspace>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace.name, workspace.is_archived
             FROM jobserver_project AS project
             JOIN jobserver_workspace AS workspace ON workspace.project_id = project.id
             WHERE project.slug = $1
             ORDER BY workspace.name",
        )
        .await?;
    let rows = db.query(&statement, &[&slug]).await?;
    rows.iter()
        .map(|row| Ok(Workspace { name: row.try_get("name")?, is_archived: row.try_get("is_archived")? }))
        .collect()
}

async fn redirects(db: &impl GenericClient, slug: &str) -> Result<Vec<Redirect>> {
    let statement = db
        .prepare_cached(
            "SELECT redirect.id, redirect.old_url
             FROM jobserver_project AS project
             JOIN redirects_redirect AS redirect ON redirect.project_id = project.id
             WHERE project.slug = $1
             ORDER BY redirect.old_url, redirect.id",
        )
        .await?;
    let rows = db.query(&statement, &[&slug]).await?;
    rows.iter().map(|row| Ok(Redirect { id: row.try_get("id")?, old_url: row.try_get("old_url")? })).collect()
}
