//! The backend that calls our API, recognised by its token, and whether somebody may act from it. Tokens are stored as
//! they are sent, are not guaranteed to differ, and are valid also while a backend is not active.

use subtle::ConstantTimeEq;

use crate::{Result, db::GenericClient, ids::BackendId, users::Person};

/// A backend that proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calling {
    pub id: BackendId,
    pub slug: String,
    pub name: String,
}

/// The backend with exactly this token; the oldest, should several have it. Every token is compared, in a time that
/// tells nothing about how much of one was right.
pub async fn calling(db: &impl GenericClient, token: &str) -> Result<Option<Calling>> {
    let statement = db
        .prepare_cached(
            "SELECT id, slug, name, auth_token
             FROM jobserver_backend
             WHERE auth_token <> ''
             ORDER BY id DESC",
        )
        .await?;
    let mut found = None;
    for row in db.query(&statement, &[]).await? {
        let stored: &str = row.try_get("auth_token")?;
        if bool::from(stored.as_bytes().ct_eq(token.as_bytes())) {
            found = Some(Calling {
                id: row.try_get("id")?,
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
            });
        }
    }
    Ok(found)
}

/// The person with exactly this username, if they are a member of the backend.
pub async fn member(db: &impl GenericClient, backend: BackendId, username: &str) -> Result<Option<Person>> {
    if username.contains('\0') {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            crate::users::person_columns!(),
            "
             FROM jobserver_user AS person
             WHERE person.username = $1
               AND EXISTS (
                   SELECT
                   FROM jobserver_backendmembership AS membership
                   WHERE membership.user_id = person.id
                     AND membership.backend_id = $2
               )"
        ))
        .await?;
    db.query_opt(&statement, &[&username, &backend]).await?.map_or(Ok(None), |row| Person::from_row(&row))
}
