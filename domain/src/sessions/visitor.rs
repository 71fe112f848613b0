//! Who is asking: a session key from a cookie becomes a session and maybe a person.
//! Runs once for every request that carries a cookie, so it takes one statement when the caller guesses the person right.

use deadpool_postgres::GenericClient;

use super::{Keys, Session, is_key, keys::Secret, login, stored};
use crate::{
    Result,
    ids::UserId,
    users::{Person, person_columns},
};

/// What a session key led to.
#[derive(Debug, Default)]
pub struct Visit {
    /// None when there is no such session. Changed (and so to be saved) when it had to be emptied.
    pub session: Option<Session>,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The cookie leads to nothing and should be deleted, unless the response makes a new session.
    pub stale_cookie: bool,
    /// The old secret made this session: call [`super::upgrade`] and save it.
    pub needs_upgrade: bool,
}

/// The session with this key and the person signed in on it. `hint` says who that was the last time; a right one saves
/// the second statement, a wrong one does no harm. The person is believed only if the session's hash fits their
/// password under one of the secrets; otherwise the session is emptied and nobody is signed in.
pub async fn visitor(
    db: &impl GenericClient,
    keys: &Keys,
    session_key: &str,
    hint: Option<UserId>,
) -> Result<Visit> {
    let stale = Visit { stale_cookie: true, ..Visit::default() };
    if !is_key(session_key) {
        return Ok(stale);
    }
    let Some((session, guessed)) = session_and_person(db, keys, session_key, hint).await? else {
        return Ok(stale);
    };
    let claimed = login::claimed_user(&session).filter(|_| login::has_known_backend(&session));
    let Some(claimed) = claimed else {
        return Ok(Visit { session: Some(session), ..Visit::default() });
    };
    let person = match guessed.filter(|person| person.id == claimed) {
        Some(person) => Some(person),
        None if hint == Some(claimed) => None,
        None => crate::users::find(db, claimed).await?,
    };
    Ok(match person {
        Some(person) => proven(keys, session, person),
        // The account is gone; the session stays, as it may hold other things.
        None => Visit { session: Some(session), ..Visit::default() },
    })
}

fn proven(keys: &Keys, mut session: Session, person: Person) -> Visit {
    match login::proven_by(keys, &session, &person) {
        Some(secret) => Visit {
            session: Some(session),
            person: Some(person),
            stale_cookie: false,
            needs_upgrade: secret == Secret::Old,
        },
        None => {
            session.flush();
            Visit { session: Some(session), stale_cookie: true, ..Visit::default() }
        }
    }
}

async fn session_and_person(
    db: &impl GenericClient,
    keys: &Keys,
    session_key: &str,
    hint: Option<UserId>,
) -> Result<Option<(Session, Option<Person>)>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT session.session_data, ",
            person_columns!(),
            "
             FROM django_session AS session
             LEFT JOIN jobserver_user AS person ON person.id = $2
             WHERE session.session_key = $1 AND session.expire_date > now()"
        ))
        .await?;
    let Some(row) = db.query_opt(&statement, &[&session_key, &hint]).await? else { return Ok(None) };
    let session = stored(keys, session_key, row.try_get("session_data")?);
    Ok(Some((session, Person::from_row(&row)?)))
}
