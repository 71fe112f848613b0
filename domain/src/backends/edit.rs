//! What staff change about a backend: whether it is active, and its token. Neither its name nor its slug can change:
//! services are set up with them.

use serde::Serialize;

use super::Token;
use crate::{
    Result,
    audit::{self, About, Event, Kind},
    db,
    ids::BackendId,
    version::{Edited, Version},
};

/// What the form for a backend shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stored {
    pub is_active: bool,
}

impl Stored {
    pub fn version(self) -> Version {
        Version::of(&self)
    }
}

/// Saves a form that was opened at the version `seen`, and notes that `by`, a username, did. None: no such backend.
pub async fn edit(
    db: &mut db::Object,
    id: BackendId,
    seen: Option<&str>,
    wanted: Stored,
    by: &str,
) -> Result<Option<Edited<Stored>>> {
    let tx = db.transaction().await?;
    let select = tx
        .prepare_cached(
            "SELECT name, is_active
             FROM jobserver_backend
             WHERE id = $1
             FOR UPDATE",
        )
        .await?;
    let Some(row) = tx.query_opt(&select, &[&id]).await? else { return Ok(None) };
    let stored = Stored { is_active: row.try_get("is_active")? };
    if stored == wanted {
        return Ok(Some(Edited::Unchanged));
    }
    if !stored.version().admits(seen) {
        return Ok(Some(Edited::Overtaken(stored)));
    }
    let update = tx
        .prepare_cached(
            "UPDATE jobserver_backend
             SET is_active = $2, updated_at = now()
             WHERE id = $1",
        )
        .await?;
    tx.execute(&update, &[&id, &wanted.is_active]).await?;
    let name: &str = row.try_get("name")?;
    let edited = Event::new(Kind::BackendEdited, by, About::backend(id, name)).change(
        "is_active",
        stored.is_active,
        wanted.is_active,
    );
    audit::record(&tx, &[edited]).await?;
    tx.commit().await?;
    Ok(Some(Edited::Saved))
}

/// Gives a backend a new random token: the old one is worth nothing from now on. That `by`, a username, did it is noted,
/// the tokens are not. None: no such backend.
pub async fn rotate_token(db: &mut db::Object, id: BackendId, by: &str) -> Result<Option<Token>> {
    let token = Token::random();
    let tx = db.transaction().await?;
    let update = tx
        .prepare_cached(
            "UPDATE jobserver_backend
             SET auth_token = $2, updated_at = now()
             WHERE id = $1
             RETURNING name",
        )
        .await?;
    let Some(row) = tx.query_opt(&update, &[&id, &token.expose()]).await? else { return Ok(None) };
    let name: &str = row.try_get("name")?;
    audit::record(&tx, &[Event::new(Kind::BackendTokenRotated, by, About::backend(id, name))]).await?;
    tx.commit().await?;
    Ok(Some(token))
}
