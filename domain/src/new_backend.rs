//! Backends as an operator makes and names them at the shell, with the token that their services send.

use data_encoding::HEXLOWER;

use crate::{
    Result,
    db::GenericClient,
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
    let row = db.query_one(&statement, &[&slug, &name, &new_token()]).await?;
    Ok(Ensured {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        token: row.try_get("auth_token")?,
        is_new: row.try_get("is_new")?,
    })
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

/// 160 random bits as 40 hexadecimal digits.
fn new_token() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 20]>())
}
