//! Backends as the staff area shows them. Their tokens are read only for the page of one of them, which decides what of
//! it is shown.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::{Result, backends::Token, ids::BackendId};

/// A line of the list.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: BackendId,
    pub name: String,
    pub slug: String,
    pub is_active: bool,
    pub last_seen_at: Option<Timestamp>,
}

pub async fn count(db: &impl GenericClient) -> Result<i64> {
    let statement = db.prepare_cached("SELECT count(*) FROM jobserver_backend").await?;
    Ok(db.query_one(&statement, &[]).await?.try_get(0)?)
}

/// The lines from `offset` on, [`super::PAGE_SIZE`] at most, by name.
pub async fn page(db: &impl GenericClient, offset: i64) -> Result<Vec<Line>> {
    let statement = db
        .prepare_cached(
            "SELECT id, name, slug, is_active, last_seen_at
             FROM jobserver_backend
             ORDER BY name, id
             LIMIT 25
             OFFSET $1",
        )
        .await?;
    let rows = db.query(&statement, &[&offset]).await?;
    rows.iter()
        .map(|row| {
            Ok(Line {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                slug: row.try_get("slug")?,
                is_active: row.try_get("is_active")?,
                last_seen_at: row.try_get("last_seen_at")?,
            })
        })
        .collect()
}

/// Slug and name of every backend, for a filter.
pub async fn choices(db: &impl GenericClient) -> Result<Vec<(String, String)>> {
    let statement = db
        .prepare_cached(
            "SELECT slug::text, name
             FROM jobserver_backend
             ORDER BY lower(name), id",
        )
        .await?;
    db.query(&statement, &[]).await?.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

#[derive(Debug, Clone)]
pub struct StaffBackend {
    pub id: BackendId,
    pub name: String,
    pub slug: String,
    pub is_active: bool,
    pub token: Token,
    /// Silence longer than this is worth a warning.
    pub alert_timeout: Duration,
    pub in_maintenance: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    /// People who may use it.
    pub members: i64,
}

pub async fn find(db: &impl GenericClient, id: BackendId) -> Result<Option<StaffBackend>> {
    let statement = db
        .prepare_cached(
            "SELECT backend.id, backend.name, backend.slug, backend.is_active, backend.auth_token,
                    extract(epoch FROM backend.alert_timeout)::int8 AS timeout,
                    backend.is_in_maintenance_mode, backend.created_at, backend.updated_at, backend.last_seen_at,
                    (SELECT count(*) FROM jobserver_backendmembership WHERE backend_id = backend.id) AS members
             FROM jobserver_backend AS backend
             WHERE backend.id = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&id]).await? else { return Ok(None) };
    let timeout: i64 = row.try_get("timeout")?;
    Ok(Some(StaffBackend {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        slug: row.try_get("slug")?,
        is_active: row.try_get("is_active")?,
        token: Token::from_row(&row)?,
        alert_timeout: Duration::from_secs(timeout.try_into().unwrap_or_default()),
        in_maintenance: row.try_get("is_in_maintenance_mode")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
        members: row.try_get("members")?,
    }))
}
