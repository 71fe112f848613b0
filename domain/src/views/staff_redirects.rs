//! Redirects for staff: the list, and one with who made it. Those that have ended are among them.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    Result,
    listing::Conditions,
    redirects::{TargetKind, kind_column},
};

/// The columns that a search looks into.
pub const SEARCHED: [&str; 6] = [
    "creator.fullname",
    "creator.username",
    "redirect.old_url",
    "org.name",
    "project.name",
    "workspace.name",
];

#[derive(Debug, Clone)]
pub struct Redirect {
    pub id: i32,
    pub old_url: String,
    pub expires_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub creator_username: String,
    pub target: Target,
}

/// What a redirect leads to, as it is now.
#[derive(Debug, Clone)]
pub struct Target {
    pub kind: TargetKind,
    pub name: String,
    /// What stands in the address of its staff page: a slug, or a workspace's name.
    pub key: String,
    /// Its public address.
    pub url: String,
}

impl Redirect {
    fn from_row(row: &Row) -> Result<Redirect> {
        let kind = TargetKind::from_row(row)?;
        let key: String = row.try_get("key")?;
        let url = match kind {
            TargetKind::Org => format!("/orgs/{key}/"),
            TargetKind::Project => format!("/{key}/"),
            TargetKind::Workspace => format!("/{}/{key}/", row.try_get::<_, String>("home_slug")?),
        };
        Ok(Redirect {
            id: row.try_get("id")?,
            old_url: row.try_get("old_url")?,
            expires_at: row.try_get("expires_at")?,
            deleted_at: row.try_get("deleted_at")?,
            created_at: row.try_get("created_at")?,
            created_by: row.try_get("creator_fullname")?,
            creator_username: row.try_get("creator_username")?,
            target: Target { kind, name: row.try_get("name")?, key, url },
        })
    }
}

/// The columns of [`Redirect::from_row`].
const COLUMNS: &str = concat!(
    "redirect.id, redirect.old_url, redirect.expires_at, redirect.deleted_at, redirect.created_at,
     creator.fullname AS creator_fullname, creator.username AS creator_username,
     COALESCE(org.name, project.name, workspace.name) AS name,
     COALESCE(org.slug, project.slug, workspace.name) AS key,
     home.slug AS home_slug, ",
    kind_column!("redirect")
);

const TABLES: &str = "redirects_redirect AS redirect
     JOIN jobserver_user AS creator ON creator.id = redirect.created_by_id
     LEFT JOIN jobserver_org AS org ON org.id = redirect.org_id
     LEFT JOIN jobserver_project AS project ON project.id = redirect.project_id
     LEFT JOIN jobserver_workspace AS workspace ON workspace.id = redirect.workspace_id
     LEFT JOIN jobserver_project AS home ON home.id = workspace.project_id";

/// Those of one of these kinds; no condition without kinds.
pub fn of_kinds(wanted: &mut Conditions, kinds: &[TargetKind]) {
    let any: Vec<String> =
        kinds.iter().map(|kind| format!("redirect.{}_id IS NOT NULL", kind.as_str())).collect();
    if !any.is_empty() {
        wanted.plain(&format!("({})", any.join(" OR ")));
    }
}

pub async fn count(db: &impl GenericClient, wanted: &Conditions) -> Result<i64> {
    wanted.count(db, TABLES).await
}

/// One page, by old address downwards.
pub async fn page(db: &impl GenericClient, wanted: &Conditions, offset: i64) -> Result<Vec<Redirect>> {
    let (page, params) = wanted.page(&offset);
    let sql = format!(
        "SELECT {COLUMNS}
         FROM {TABLES}
         {where_clause}
         ORDER BY redirect.old_url DESC, redirect.id DESC
         {page}",
        where_clause = wanted.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    db.query(&statement, &params).await?.iter().map(Redirect::from_row).collect()
}

pub async fn find(db: &impl GenericClient, id: i32) -> Result<Option<Redirect>> {
    let sql = format!(
        "SELECT {COLUMNS}
         FROM {TABLES}
         WHERE redirect.id = $1"
    );
    let statement = db.prepare_cached(&sql).await?;
    db.query_opt(&statement, &[&id]).await?.as_ref().map(Redirect::from_row).transpose()
}
