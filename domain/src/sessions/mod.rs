//! Sessions in the `django_session` table, in the form that Django's session framework reads and writes, so that both
//! servers accept each other's. This module knows rows and keys, nothing of cookies: `Session::key` is what the cookie
//! holds, and no key after `save` means that the cookie is to be deleted.

mod format;
mod keys;
mod login;
mod visitor;

use deadpool_postgres::GenericClient;
use rand::RngExt;
use serde_json::{Map, Value};

use crate::Result;

pub use format::{decode, encode};
pub use keys::Keys;
pub use login::{log_in, log_out, upgrade};
pub use visitor::{Visit, visitor};

/// How long a session lives after it was last changed: 14 days, in seconds.
pub const LIFETIME_SECONDS: i32 = 14 * 24 * 60 * 60;

const KEY_LENGTH: usize = 32;
const KEY_ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// Django ignores shorter keys; the column holds no longer ones.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 8..=40;

/// What is remembered about one browser between requests.
#[derive(Debug, Clone, Default)]
pub struct Session {
    key: Option<String>,
    data: Map<String, Value>,
    changed: bool,
    replaced: Option<String>,
}

impl Session {
    /// A session that is not stored yet. It gets its key when it is saved.
    pub fn new() -> Session {
        Session::default()
    }

    /// What the cookie holds; none for a session that has no row.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.data.get(name)
    }

    /// The value under this name if it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.changed = true;
        self.data.insert(name.to_owned(), value.into());
    }

    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let removed = self.data.shift_remove(name);
        self.changed |= removed.is_some();
        removed
    }

    /// Keeps the data under a new key, so that whoever knew the old one knows nothing.
    pub fn cycle_key(&mut self) {
        self.changed = true;
        self.replaced = self.key.take().or(self.replaced.take());
    }

    /// Forgets the data and the key.
    pub fn flush(&mut self) {
        self.cycle_key();
        self.data.clear();
    }

    /// Whether there is something to save.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
}

/// The stored session with this key: none when there is no such row or it has expired. Data that cannot be decoded (a
/// wrong signature, a format of another time) is an empty session under the same key.
pub async fn load(db: &impl GenericClient, keys: &Keys, session_key: &str) -> Result<Option<Session>> {
    if !is_key(session_key) {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(
            "SELECT session_data
             FROM django_session
             WHERE session_key = $1 AND expire_date > now()",
        )
        .await?;
    let row = db.query_opt(&statement, &[&session_key]).await?;
    row.map(|row| Ok(stored(keys, session_key, row.try_get(0)?))).transpose()
}

/// Writes a changed session, for 14 days from now, and deletes the row of the key it replaced. A session without data
/// is not stored. One whose row has been deleted meanwhile (signed out in another window) is not brought back to life:
/// it comes out empty and without a key.
pub async fn save(db: &impl GenericClient, keys: &Keys, session: &mut Session) -> Result<()> {
    if session.data.is_empty() {
        let old = [session.key.take(), session.replaced.take()];
        delete(db, &old.into_iter().flatten().collect::<Vec<_>>()).await?;
    } else if session.key.is_some() {
        update(db, keys, session).await?;
    } else {
        insert(db, keys, session).await?;
    }
    session.changed = false;
    Ok(())
}

async fn insert(db: &impl GenericClient, keys: &Keys, session: &mut Session) -> Result<()> {
    let key = new_key();
    let data = encode(keys, &session.data);
    let statement = db
        .prepare_cached(
            "WITH replaced AS (DELETE FROM django_session WHERE session_key = $4)
             INSERT INTO django_session (session_key, session_data, expire_date)
             VALUES ($1, $2, now() + make_interval(secs => $3))",
        )
        .await?;
    db.execute(&statement, &[&key, &data, &f64::from(LIFETIME_SECONDS), &session.replaced]).await?;
    session.replaced = None;
    session.key = Some(key);
    Ok(())
}

async fn update(db: &impl GenericClient, keys: &Keys, session: &mut Session) -> Result<()> {
    let data = encode(keys, &session.data);
    let statement = db
        .prepare_cached(
            "UPDATE django_session
             SET session_data = $2, expire_date = now() + make_interval(secs => $3)
             WHERE session_key = $1",
        )
        .await?;
    let rows = db.execute(&statement, &[&session.key, &data, &f64::from(LIFETIME_SECONDS)]).await?;
    if rows == 0 {
        *session = Session::new();
    }
    Ok(())
}

async fn delete(db: &impl GenericClient, session_keys: &[String]) -> Result<()> {
    if session_keys.is_empty() {
        return Ok(());
    }
    let statement = db.prepare_cached("DELETE FROM django_session WHERE session_key = ANY($1)").await?;
    db.execute(&statement, &[&session_keys]).await?;
    Ok(())
}

/// Deletes the rows of expired sessions and returns how many there were.
pub async fn delete_expired(db: &impl GenericClient) -> Result<u64> {
    let statement = db.prepare_cached("DELETE FROM django_session WHERE expire_date < now()").await?;
    Ok(db.execute(&statement, &[]).await?)
}

/// Whether a cookie's value can be a session key at all; anything else never reaches the database.
fn is_key(text: &str) -> bool {
    KEY_LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn new_key() -> String {
    let mut random = rand::rng();
    (0..KEY_LENGTH).map(|_| char::from(KEY_ALPHABET[random.random_range(0..KEY_ALPHABET.len())])).collect()
}

fn stored(keys: &Keys, session_key: &str, data: &str) -> Session {
    let data = decode(keys, data).unwrap_or_else(|| {
        tracing::warn!("a stored session cannot be decoded; it is treated as empty");
        Map::new()
    });
    Session { key: Some(session_key.to_owned()), data, changed: false, replaced: None }
}
