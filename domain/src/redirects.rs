//! Old addresses of organisations, projects and workspaces that were renamed or moved.
//! Live pages win: the server asks here only when nothing answers to a path.

use deadpool_postgres::GenericClient;

use crate::Result;

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
