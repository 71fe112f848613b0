//! A project's page in the staff area.

use jiff::Timestamp;
use postgres_types::Json;
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

/// The facts about the project itself, and after them what else is selected.
macro_rules! select_head {
    ($more:literal) => {
        concat!(
            "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, project.status, project.status_description,
                    project.created_at, project.copilot_support_ends_at, project.copilot_notes,
                    creator.id AS creator_id, creator.username AS creator_username,
                    creator.fullname AS creator_fullname,
                    copilot.id AS copilot_id, copilot.username AS copilot_username,
                    copilot.fullname AS copilot_fullname,
                    application.id AS application_id, application.created_by AS application_created_by",
            $more,
            "
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
             WHERE project.slug = $1"
        )
    };
}

/// The project with exactly this slug, with all that its page shows; in one statement, since each has a price of its own.
pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<Detail>> {
    let statement = db
        .prepare_cached(select_head!(
            ",
                    ARRAY(
                        SELECT json_build_array(membership.id, person.username, person.fullname, membership.roles)
                        FROM jobserver_projectmembership AS membership
                        JOIN jobserver_user AS person ON person.id = membership.user_id
                        WHERE membership.project_id = project.id
                        ORDER BY lower(person.username), person.id
                    ) AS members,
                    ARRAY(
                        SELECT json_build_array(org.slug, org.name, collaboration.is_lead)
                        FROM jobserver_projectcollaboration AS collaboration
                        JOIN jobserver_org AS org ON org.id = collaboration.org_id
                        WHERE collaboration.project_id = project.id
                        ORDER BY lower(org.name), org.id
                    ) AS orgs,
                    ARRAY(
                        SELECT json_build_array(workspace.name, workspace.is_archived)
                        FROM jobserver_workspace AS workspace
                        WHERE workspace.project_id = project.id
                        ORDER BY workspace.name
                    ) AS workspaces,
                    ARRAY(
                        SELECT json_build_array(redirect.id, redirect.old_url)
                        FROM redirects_redirect AS redirect
                        WHERE redirect.project_id = project.id
                        ORDER BY redirect.old_url, redirect.id
                    ) AS redirects"
        ))
        .await?;
    db.query_opt(&statement, &[&slug]).await?.as_ref().map(detail_of).transpose()
}

/// Key of the membership, username, full name, stored roles.
type MemberRow = (i32, String, String, Vec<Option<String>>);

fn detail_of(row: &Row) -> Result<Detail> {
    let members: Vec<Json<MemberRow>> = row.try_get("members")?;
    let orgs: Vec<Json<(String, String, bool)>> = row.try_get("orgs")?;
    let workspaces: Vec<Json<(String, bool)>> = row.try_get("workspaces")?;
    let redirects: Vec<Json<(i32, String)>> = row.try_get("redirects")?;
    Ok(Detail {
        head: head_of(row)?,
        members: members
            .into_iter()
            .map(|Json((membership, username, fullname, roles))| Member {
                membership,
                name: Name { username, fullname },
                roles: RoleSet::from_stored(roles.into_iter().flatten()),
            })
            .collect(),
        orgs: orgs.into_iter().map(|Json((slug, name, is_lead))| Org { slug, name, is_lead }).collect(),
        workspaces: workspaces
            .into_iter()
            .map(|Json((name, is_archived))| Workspace { name, is_archived })
            .collect(),
        redirects: redirects.into_iter().map(|Json((id, old_url))| Redirect { id, old_url }).collect(),
    })
}

/// The facts about the project itself.
pub async fn head(db: &impl GenericClient, slug: &str) -> Result<Option<Head>> {
    let statement = db.prepare_cached(select_head!("")).await?;
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
