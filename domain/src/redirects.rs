//! Old addresses of organisations, projects and workspaces that were renamed or moved.
//! Live pages win: the server asks here only when nothing answers to a path. Addresses start and end with a slash.

use deadpool_postgres::{GenericClient, Object};

use crate::{
    Error, Result,
    audit::{self, About, Event, Kind},
    ids::{OrgId, ProjectId, UserId, WorkspaceId},
    users::Person,
};

/// How many redirects in a row count as a loop.
const HOP_LIMIT: i32 = 8;
/// Longer paths are nobody's old address.
const PATH_LIMIT: usize = 2000;

/// Where `path` (without its query) lives now: the longest old address that it starts with is replaced by the present
/// one, literally and only at the start. Expired and deleted redirects do not count, nor do those that lead to where
/// they come from. None as well when following the result would come back here again and again.
pub async fn target(db: &impl GenericClient, path: &str) -> Result<Option<String>> {
    if !path.starts_with('/') || path.len() > PATH_LIMIT || path.contains('\0') {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(
            "WITH RECURSIVE moved AS (
                 SELECT
                     redirect.id,
                     redirect.old_url,
                     COALESCE(
                         '/orgs/' || org.slug || '/',
                         '/' || project.slug || '/',
                         '/' || home.slug || '/' || workspace.name || '/'
                     ) AS new_url
                 FROM redirects_redirect AS redirect
                 LEFT JOIN jobserver_org AS org ON org.id = redirect.org_id
                 LEFT JOIN jobserver_project AS project ON project.id = redirect.project_id
                 LEFT JOIN jobserver_workspace AS workspace ON workspace.id = redirect.workspace_id
                 LEFT JOIN jobserver_project AS home ON home.id = workspace.project_id
                 WHERE redirect.deleted_at IS NULL AND redirect.expires_at > now()
             ),
             hop (number, path) AS (
                 SELECT 0, $1::text
                 UNION ALL
                 SELECT hop.number + 1, following.path
                 FROM hop
                 CROSS JOIN LATERAL (
                     SELECT moved.new_url || substr(hop.path, length(moved.old_url) + 1) AS path
                     FROM moved
                     WHERE starts_with(hop.path, moved.old_url) AND moved.new_url <> moved.old_url
                     ORDER BY length(moved.old_url) DESC, moved.id DESC
                     LIMIT 1
                 ) AS following
                 WHERE hop.number < $2
             )
             SELECT
                 (SELECT path FROM hop WHERE number = 1) AS target,
                 max(number) = $2 AS loops
             FROM hop",
        )
        .await?;
    let row = db.query_one(&statement, &[&path, &HOP_LIMIT]).await?;
    let loops: bool = row.try_get("loops")?;
    let target: Option<String> = row.try_get("target")?;
    // An organisation with an empty slug would give `//`, which a browser takes for another site.
    Ok(target.filter(|target| !loops && !target.starts_with("//")))
}

/// What has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Org(OrgId),
    Project(ProjectId),
    Workspace(WorkspaceId),
}

/// Notes for a year that `target` was at `old_url` before, and forgets who else was ever at `new_url`. Call it within the
/// transaction of the move. Nothing happens when both are the same.
pub async fn moved(
    tx: &impl GenericClient,
    target: Target,
    old_url: &str,
    new_url: &str,
    by: UserId,
) -> Result<()> {
    if old_url == new_url {
        return Ok(());
    }
    taken(tx, new_url).await?;
    let (org, project, workspace) = match target {
        Target::Org(id) => (Some(id), None, None),
        Target::Project(id) => (None, Some(id), None),
        Target::Workspace(id) => (None, None, Some(id)),
    };
    let statement = tx
        .prepare_cached(
            "INSERT INTO redirects_redirect
                 (old_url, expires_at, created_at, updated_at, created_by_id, org_id, project_id, workspace_id)
             VALUES ($1, now() + interval '365 days', now(), now(), $2, $3, $4, $5)",
        )
        .await?;
    tx.execute(&statement, &[&old_url, &by, &org, &project, &workspace]).await?;
    Ok(())
}

/// Something lives at `url` from now on: whoever was there before is not looked for there any more. Call it within the
/// transaction that makes or moves the thing.
pub async fn taken(tx: &impl GenericClient, url: &str) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "DELETE FROM redirects_redirect
             WHERE old_url = $1",
        )
        .await?;
    tx.execute(&statement, &[&url]).await?;
    Ok(())
}

/// What kind of thing has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    Org,
    Project,
    Workspace,
}

impl TargetKind {
    pub const ALL: [TargetKind; 3] = [TargetKind::Org, TargetKind::Project, TargetKind::Workspace];

    /// The name in addresses, and of the column with a suffix.
    pub fn as_str(self) -> &'static str {
        match self {
            TargetKind::Org => "org",
            TargetKind::Project => "project",
            TargetKind::Workspace => "workspace",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            TargetKind::Org => "Org",
            TargetKind::Project => "Project",
            TargetKind::Workspace => "Workspace",
        }
    }

    pub fn from_name(name: &str) -> Option<TargetKind> {
        TargetKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Reads the column that [`kind_column!`] selects.
    pub(crate) fn from_row(row: &tokio_postgres::Row) -> Result<TargetKind> {
        let name: String = row.try_get("kind")?;
        TargetKind::from_name(&name).ok_or_else(|| Error::Corrupt(format!("a redirect to a {name}")))
    }
}

/// The column `kind`, of a row with the columns of `redirects_redirect`.
macro_rules! kind_column {
    ($row:literal) => {
        concat!(
            "CASE WHEN ",
            $row,
            ".org_id IS NOT NULL THEN 'org' WHEN ",
            $row,
            ".project_id IS NOT NULL THEN 'project' ELSE 'workspace' END AS kind"
        )
    };
}
pub(crate) use kind_column;

/// A redirect that is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    pub old_url: String,
    pub kind: TargetKind,
    /// The name of what it led to.
    pub name: String,
}

/// Deletes a redirect for good, and records it. None: it had gone already.
pub async fn delete(db: &mut Object, id: i32, by: &Person) -> Result<Option<Deleted>> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(concat!(
            "WITH deleted AS (
                 DELETE FROM redirects_redirect
                 WHERE id = $1
                 RETURNING old_url, org_id, project_id, workspace_id
             )
             SELECT deleted.old_url, deleted.project_id, ",
            kind_column!("deleted"),
            ",
                    COALESCE(org.name, project.name, workspace.name) AS name
             FROM deleted
             LEFT JOIN jobserver_org AS org ON org.id = deleted.org_id
             LEFT JOIN jobserver_project AS project ON project.id = deleted.project_id
             LEFT JOIN jobserver_workspace AS workspace ON workspace.id = deleted.workspace_id"
        ))
        .await?;
    let Some(row) = tx.query_opt(&statement, &[&id]).await? else { return Ok(None) };
    let deleted = Deleted {
        old_url: row.try_get("old_url")?,
        kind: TargetKind::from_row(&row)?,
        name: row.try_get("name")?,
    };
    let mut event =
        Event::new(Kind::RedirectDeleted, &by.username, About::redirect(id, deleted.old_url.as_str()))
            .change(deleted.kind.as_str(), &deleted.name, "");
    if let Some(project) = row.try_get("project_id")? {
        event = event.project(project);
    }
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Some(deleted))
}
