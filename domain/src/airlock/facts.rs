//! What the database knows about an event, in one statement.

use super::Event;
use crate::{Result, db::GenericClient, ids::OrgId, workspaces};

/// The Bennett Institute, whose people's requests are `internal`.
const BENNETT: OrgId = OrgId(3);

pub(super) struct Facts {
    pub author: Author,
    /// Slugs of the organisations of the workspace's project, in order.
    pub orgs: Vec<String>,
    pub workspace_path: String,
    pub repo_name: String,
    pub repo_url: String,
    /// The release with the id of the request.
    pub release_path: Option<String>,
}

pub(super) struct Author {
    pub username: String,
    pub name: String,
    /// May be empty.
    pub email: String,
    pub is_internal: bool,
}

/// The facts of an event, or what of it is not known here, a sentence each.
pub(super) async fn of(
    db: &impl GenericClient,
    event: &Event,
) -> Result<std::result::Result<Facts, Vec<String>>> {
    let select = db
        .prepare_cached(
            "SELECT EXISTS (SELECT FROM jobserver_user WHERE username = $4) AS user_exists,
                    author.username AS author, author.fullname, author.email,
                    EXISTS (SELECT
                            FROM jobserver_orgmembership AS membership
                            WHERE membership.user_id = author.id
                              AND membership.org_id = $5) AS is_internal,
                    workspace.name AS workspace, project.slug AS project, repo.url AS repo_url,
                    ARRAY(SELECT org.slug::text
                          FROM jobserver_projectcollaboration AS collaboration
                          JOIN jobserver_org AS org ON org.id = collaboration.org_id
                          WHERE collaboration.project_id = project.id
                          ORDER BY org.slug) AS orgs,
                    (SELECT format('/%s/%s/releases/%s/', its_project.slug, its_workspace.name, release.id)
                     FROM jobserver_release AS release
                     JOIN jobserver_workspace AS its_workspace ON its_workspace.id = release.workspace_id
                     JOIN jobserver_project AS its_project ON its_project.id = its_workspace.project_id
                     WHERE release.id = $2) AS release_path
             FROM (SELECT) AS nothing
             LEFT JOIN jobserver_workspace AS workspace ON workspace.name = $1
             LEFT JOIN jobserver_project AS project ON project.id = workspace.project_id
             LEFT JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             LEFT JOIN jobserver_user AS author ON author.username = $3",
        )
        .await?;
    let row = db
        .query_one(&select, &[&event.workspace, &event.request, &event.author, &event.user, &BENNETT])
        .await?;
    let (author, workspace): (Option<String>, Option<String>) =
        (row.try_get("author")?, row.try_get("workspace")?);
    let mut problems = Vec::new();
    let mut must_exist = |exists: bool, what: &str, name: &str| {
        if !exists {
            problems.push(format!("There is no {what} '{name}'"));
        }
    };
    must_exist(workspace.is_some(), "workspace", &event.workspace);
    must_exist(author.is_some(), "request author", &event.author);
    must_exist(row.try_get("user_exists")?, "user", &event.user);
    let (Some(username), Some(workspace), true) = (author, workspace, problems.is_empty()) else {
        return Ok(Err(problems));
    };
    let (project, repo_url): (String, String) = (row.try_get("project")?, row.try_get("repo_url")?);
    let fullname: String = row.try_get("fullname")?;
    Ok(Ok(Facts {
        author: Author {
            name: if fullname.is_empty() { username.clone() } else { fullname },
            username,
            email: row.try_get("email")?,
            is_internal: row.try_get("is_internal")?,
        },
        orgs: row.try_get("orgs")?,
        workspace_path: format!("/{project}/{workspace}/"),
        repo_name: workspaces::repo_name(&repo_url).to_owned(),
        repo_url,
        release_path: row.try_get("release_path")?,
    }))
}
