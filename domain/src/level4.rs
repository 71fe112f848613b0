//! What Airlock on Level 4 has to know about somebody: the workspaces whose outputs they may see there, and whether they
//! check outputs. One statement, whatever the number of projects.

use serde::{Serialize, Serializer, ser::SerializeMap};
use tokio_postgres::Row;

use crate::{
    Result,
    db::GenericClient,
    login_tokens::{self, Ineligible},
    permissions::{Permission, Role, RoleSet},
};

/// Somebody as Airlock reads them; the names of the fields are its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Level4User {
    pub username: String,
    pub fullname: String,
    /// Of projects whose unreleased outputs they may see as members.
    pub workspaces: Workspaces,
    /// Of projects that they are the co-pilot of.
    pub copiloted_workspaces: Workspaces,
    pub output_checker: bool,
    pub readonly_access: bool,
}

/// Workspaces by project. As JSON an object by the names of workspaces, which are unique:
/// `{"project_details": {"name", "ongoing", "orgs": […]}, "archived"}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workspaces(pub Vec<OfProject>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfProject {
    pub details: ProjectDetails,
    /// Names, each with whether it is archived.
    pub workspaces: Vec<(String, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectDetails {
    pub name: String,
    pub ongoing: bool,
    /// Names of organisations, the leading one first.
    pub orgs: Vec<String>,
}

#[derive(Serialize)]
struct Facts<'a> {
    project_details: &'a ProjectDetails,
    archived: bool,
}

impl Serialize for Workspaces {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for project in &self.0 {
            for (name, archived) in &project.workspaces {
                map.serialize_entry(name, &Facts { project_details: &project.details, archived: *archived })?;
            }
        }
        map.end()
    }
}

/// The person with exactly this username; none when there is nobody. The inner error says why they may not use Level 4 by
/// token.
pub async fn find(
    db: &impl GenericClient,
    username: &str,
) -> Result<Option<std::result::Result<Level4User, Ineligible>>> {
    let select = db
        .prepare_cached(
            "SELECT person.username, person.fullname, person.roles,
                    EXISTS (SELECT
                            FROM social_auth_usersocialauth AS identity
                            WHERE identity.user_id = person.id) AS uses_github,
                    EXISTS (SELECT
                            FROM jobserver_backendmembership AS membership
                            WHERE membership.user_id = person.id) AS has_backends,
                    reach.as_copilot, project.name, project.status IN ('ongoing', 'ongoing-and-linked'),
                    -- One look-up for each organisation: a join here reads them all, for every project.
                    ARRAY(SELECT (SELECT name FROM jobserver_org WHERE id = collaboration.org_id)
                          FROM jobserver_projectcollaboration AS collaboration
                          WHERE collaboration.project_id = project.id
                          ORDER BY collaboration.is_lead DESC, collaboration.id),
                    workspace.names, workspace.archived
             FROM jobserver_user AS person
             LEFT JOIN LATERAL (
                 SELECT membership.project_id, false AS as_copilot
                 FROM jobserver_projectmembership AS membership
                 WHERE membership.user_id = person.id
                   AND (membership.roles && $2 OR person.roles && $2)
                 UNION ALL
                 SELECT copiloted.id, true
                 FROM jobserver_project AS copiloted
                 WHERE copiloted.copilot_id = person.id
             ) AS reach ON true
             LEFT JOIN jobserver_project AS project ON project.id = reach.project_id
             LEFT JOIN LATERAL (
                 SELECT array_agg(name ORDER BY id) AS names, array_agg(is_archived ORDER BY id) AS archived
                 FROM jobserver_workspace
                 WHERE project_id = project.id
             ) AS workspace ON true
             WHERE person.username = $1
             ORDER BY project.id",
        )
        .await?;
    let rows =
        db.query(&select, &[&username, &Role::stored_granting(Permission::UnreleasedOutputsView)]).await?;
    let Some(person) = rows.first() else { return Ok(None) };
    let username: String = person.get(0);
    if let Err(refusal) = login_tokens::eligible(&username, person.get(3), person.get(4)) {
        return Ok(Some(Err(refusal)));
    }
    let roles: Vec<Option<String>> = person.get(2);
    let roles = RoleSet::from_stored(roles.into_iter().flatten());
    let workspaces = |as_copilot: bool| {
        let wanted = rows.iter().filter(|row| row.get::<_, Option<bool>>(5) == Some(as_copilot));
        Workspaces(wanted.map(of_project).collect())
    };
    Ok(Some(Ok(Level4User {
        username,
        fullname: person.get(1),
        workspaces: workspaces(false),
        copiloted_workspaces: workspaces(true),
        output_checker: roles.contains(Role::OutputChecker),
        readonly_access: roles.may(Permission::AirlockReadonlyAccess),
    })))
}

fn of_project(row: &Row) -> OfProject {
    let (names, archived): (Option<Vec<String>>, Option<Vec<bool>>) = (row.get(9), row.get(10));
    OfProject {
        details: ProjectDetails { name: row.get(6), ongoing: row.get(7), orgs: row.get(8) },
        workspaces: names.unwrap_or_default().into_iter().zip(archived.unwrap_or_default()).collect(),
    }
}
