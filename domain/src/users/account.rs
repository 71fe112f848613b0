//! What staff change of a person beyond roles: name, e-mail address, access to backends. Differences are applied and
//! recorded; what stays is not touched, so that it keeps its date and who gave it.

use std::collections::BTreeSet;

use deadpool_postgres::{GenericClient, Transaction};
use serde::Serialize;

use crate::{
    Error, Result,
    audit::{self, About, Event, Kind},
    db::Object,
    ids::{BackendId, UserId},
    version::{Edited, Version},
};

/// What the form about somebody holds. Those who come by GitHub have their address from there and may have backends;
/// the others have neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    pub fullname: String,
    /// None: comes from GitHub.
    pub email: Option<String>,
    /// Slugs; none: they cannot have any.
    pub backends: Option<BTreeSet<String>>,
}

impl Account {
    pub fn version(&self) -> Version {
        Version::of(self)
    }
}

/// An edit of a person by staff.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a, T> {
    pub user: UserId,
    /// What it should be now.
    pub wanted: &'a T,
    /// The actor's id and username.
    pub by: (UserId, &'a str),
    /// The version of what the form showed; none replaces whatever there is.
    pub version: Option<&'a str>,
}

/// Saves name, address and backends. The address is compared with everybody else's whatever its case; one that was
/// shared already may stay. Unknown backends are left out.
///
/// # Errors
/// [`Error::Invalid`] when the address belongs to somebody else.
pub async fn edit(db: &mut Object, edit: &Edit<'_, Account>) -> Result<Edited<Account>> {
    let tx = db.transaction().await?;
    let username = lock(&tx, edit.user).await?;
    let current = account(&tx, edit.user).await?;
    if current == *edit.wanted {
        return Ok(Edited::Unchanged);
    }
    if !current.version().admits(edit.version) {
        return Ok(Edited::Overtaken(current));
    }
    let mut event =
        Event::new(Kind::UserEdited, edit.by.1, About::user(edit.user, &username)).user(&username);
    let fullname = &edit.wanted.fullname;
    event = event.change("fullname", &current.fullname, fullname);
    let mut email = None;
    if let (Some(old), Some(new)) = (&current.email, &edit.wanted.email) {
        let new = if keeps_address(&tx, edit.user, old, new).await? { old } else { new };
        event = event.change("email", old, new);
        email = Some(new);
    }
    let mut events = Vec::new();
    if event.has_changes() {
        write(&tx, edit.user, fullname, email).await?;
        events.push(event);
    }
    if let (Some(old), Some(new)) = (&current.backends, &edit.wanted.backends) {
        events.extend(change_backends(&tx, edit, &username, old, new).await?);
    }
    audit::record(&tx, &events).await?;
    tx.commit().await?;
    Ok(if events.is_empty() { Edited::Unchanged } else { Edited::Saved })
}

/// Locks the person until the end of the transaction. What belongs to them is read afterwards, in a statement of its own:
/// one that waited for somebody else's edit would still see what was there before. Their username.
pub(super) async fn lock(tx: &Transaction<'_>, user: UserId) -> Result<String> {
    let statement =
        tx.prepare_cached("SELECT username FROM jobserver_user WHERE id = $1 FOR NO KEY UPDATE").await?;
    let row = tx.query_opt(&statement, &[&user]).await?;
    let row = row.ok_or_else(|| Error::Invalid("This person does not exist any more.".to_owned()))?;
    Ok(row.try_get("username")?)
}

/// What the form about somebody shows now.
pub async fn account(db: &impl GenericClient, user: UserId) -> Result<Account> {
    let statement = db
        .prepare_cached(
            "SELECT person.fullname, person.email,
                    EXISTS (
                        SELECT FROM social_auth_usersocialauth AS identity WHERE identity.user_id = person.id
                    ) AS uses_github,
                    ARRAY(
                        SELECT backend.slug
                        FROM jobserver_backendmembership AS membership
                        JOIN jobserver_backend AS backend ON backend.id = membership.backend_id
                        WHERE membership.user_id = person.id
                    ) AS backends
             FROM jobserver_user AS person
             WHERE person.id = $1",
        )
        .await?;
    let row = db.query_one(&statement, &[&user]).await?;
    let uses_github: bool = row.try_get("uses_github")?;
    let backends: Vec<String> = row.try_get("backends")?;
    let email: String = row.try_get("email")?;
    Ok(Account {
        fullname: row.try_get("fullname")?,
        email: (!uses_github).then_some(email),
        backends: uses_github.then(|| backends.into_iter().collect()),
    })
}

/// Whether the address stays as it is, because it is the same, or the same but for its case and somebody else's too.
async fn keeps_address(tx: &Transaction<'_>, user: UserId, old: &str, new: &str) -> Result<bool> {
    if old == new {
        return Ok(true);
    }
    let statement = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT FROM jobserver_user WHERE lower(email) = lower($1) AND id <> $2)",
        )
        .await?;
    let is_taken: bool = tx.query_one(&statement, &[&new, &user]).await?.try_get(0)?;
    let differs_by_case = old.to_lowercase() == new.to_lowercase();
    if is_taken && !differs_by_case { Err(taken()) } else { Ok(is_taken) }
}

async fn write(tx: &Transaction<'_>, user: UserId, fullname: &str, email: Option<&String>) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_user
             SET fullname = $2, email = coalesce($3, email)
             WHERE id = $1",
        )
        .await?;
    match tx.execute(&statement, &[&user, &fullname, &email]).await.map_err(Error::from) {
        Ok(_) => Ok(()),
        // Somebody else took the address between the check and the write.
        Err(error) if error.constraint() == Some("jobserver_user_email_key") => Err(taken()),
        Err(error) => Err(error),
    }
}

async fn change_backends(
    tx: &Transaction<'_>,
    edit: &Edit<'_, Account>,
    username: &str,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> Result<Vec<Event>> {
    if old == new {
        return Ok(Vec::new());
    }
    let added: Vec<&String> = new.difference(old).collect();
    let removed: Vec<&String> = old.difference(new).collect();
    let statement = tx
        .prepare_cached(
            "WITH added AS (
                 INSERT INTO jobserver_backendmembership (backend_id, user_id, created_at, created_by_id)
                 SELECT id, $1, now(), $2
                 FROM jobserver_backend
                 WHERE slug = ANY($3)
                 ON CONFLICT (backend_id, user_id) DO NOTHING
                 RETURNING backend_id
             ),
             removed AS (
                 DELETE FROM jobserver_backendmembership AS membership
                 USING jobserver_backend AS backend
                 WHERE backend.id = membership.backend_id
                   AND membership.user_id = $1
                   AND backend.slug = ANY($4)
                 RETURNING membership.backend_id
             )
             SELECT backend.id, backend.name, change.is_added
             FROM (
                 SELECT backend_id, true AS is_added FROM added
                 UNION ALL
                 SELECT backend_id, false FROM removed
             ) AS change
             JOIN jobserver_backend AS backend ON backend.id = change.backend_id
             ORDER BY backend.slug",
        )
        .await?;
    let rows = tx.query(&statement, &[&edit.user, &edit.by.0, &added, &removed]).await?;
    rows.iter()
        .map(|row| {
            let is_added: bool = row.try_get("is_added")?;
            let kind = if is_added { Kind::BackendMemberAdded } else { Kind::BackendMemberRemoved };
            let (id, name): (BackendId, String) = (row.try_get("id")?, row.try_get("name")?);
            Ok(Event::new(kind, edit.by.1, About::backend(id, name)).user(username))
        })
        .collect()
}

fn taken() -> Error {
    Error::Invalid("User with this Email already exists.".to_owned())
}
