//! Backends as an operator makes and names them at the shell, and staff in their pages, with the token that their services
//! send.

use crate::{
    Result,
    audit::{self, About, Event, Kind},
    backends::Token,
    db::{self, GenericClient},
    ids::{BackendId, UserId},
};

/// A backend that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ensured {
    pub id: BackendId,
    pub name: String,
    pub token: String,
    pub is_new: bool,
}

/// The backend with this slug, made if there is none: inactive, with a random token, and called `name` or its slug. One that
/// is there keeps its name unless another is given.
pub async fn ensure(db: &impl GenericClient, slug: &str, name: Option<&str>) -> Result<Ensured> {
    let statement = db
        .prepare_cached(
            "INSERT INTO jobserver_backend AS backend
                 (slug, name, is_active, auth_token, alert_timeout, created_at, updated_at, is_in_maintenance_mode)
             VALUES ($1::text, coalesce($2::text, $1::text), false, $3::text, interval '5 minutes', now(), now(), false)
             ON CONFLICT (slug) DO UPDATE SET name = coalesce($2::text, backend.name), updated_at = now()
             RETURNING id, name, auth_token, auth_token = $3::text AS is_new",
        )
        .await?;
    let row = db.query_one(&statement, &[&slug, &name, &Token::random().expose()]).await?;
    Ok(Ensured {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        token: row.try_get("auth_token")?,
        is_new: row.try_get("is_new")?,
    })
}

/// A backend as a form describes it.
#[derive(Debug, Clone, Copy)]
pub struct NewBackend<'a> {
    pub name: &'a str,
    /// Letters, numbers, underscores and hyphens, at most 255 of them.
    pub slug: &'a str,
    pub is_active: bool,
}

/// Makes a backend with a random token, and notes that `by`, a username, did. None: another one has the slug.
pub async fn create(
    db: &mut db::Object,
    new: &NewBackend<'_>,
    by: &str,
) -> Result<Option<(BackendId, Token)>> {
    let token = Token::random();
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_backend
                 (slug, name, is_active, auth_token, alert_timeout, created_at, updated_at, is_in_maintenance_mode)
             VALUES ($1, $2, $3, $4, interval '5 minutes', now(), now(), false)
             ON CONFLICT (slug) DO NOTHING
             RETURNING id",
        )
        .await?;
    let row = tx.query_opt(&statement, &[&new.slug, &new.name, &new.is_active, &token.expose()]).await?;
    let Some(row) = row else { return Ok(None) };
    let id: BackendId = row.try_get("id")?;
    let created = Event::new(Kind::BackendCreated, by, About::backend(id, new.name))
        .change("slug", "", new.slug)
        .change("is_active", false, new.is_active);
    audit::record(&tx, &[created]).await?;
    tx.commit().await?;
    Ok(Some((id, token)))
}

/// The backend with this slug.
pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<BackendId>> {
    let statement = db.prepare_cached("SELECT id FROM jobserver_backend WHERE slug = $1").await?;
    db.query_opt(&statement, &[&slug]).await?.map_or(Ok(None), |row| Ok(Some(row.try_get(0)?)))
}

/// Lets somebody use a backend. False: they may already.
pub async fn add_member(db: &impl GenericClient, backend: BackendId, user: UserId) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "INSERT INTO jobserver_backendmembership (backend_id, user_id, created_at)
             VALUES ($1, $2, now())
             ON CONFLICT (backend_id, user_id) DO NOTHING",
        )
        .await?;
    Ok(db.execute(&statement, &[&backend, &user]).await? == 1)
}
