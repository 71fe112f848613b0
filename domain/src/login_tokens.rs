//! Login tokens: three words that somebody generates here and types into Airlock on Level 4, which asks us whether they are
//! right. A token works once, for an hour, until the next one is generated; only its hash is stored, and wrong ones are
//! counted. The sentences of refusals are part of the API: Airlock's operators know them. They say who exists and who does not, to
//! holders of a backend's token only; so timing has nothing to add to them.

mod attempts;
mod mails;
mod words;

use jiff::Timestamp;
use tokio::try_join;

use crate::{
    Result,
    db::{GenericClient, Object, Pool},
    ids::UserId,
    outbox, passwords,
    users::Person,
};

pub(crate) use attempts::forget_old as forget_old_attempts;
pub use attempts::{PER_ADDRESS, PER_USER, WINDOW_MINUTES};

/// Why somebody may not sign in by token at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ineligible {
    #[error("User {0} is not a github user")]
    NotOnGitHub(String),
    #[error("User {0} does not have access to any backends")]
    NoBackends(String),
}

/// Why a token was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("User matching query does not exist.")]
    UnknownUser,
    #[error(transparent)]
    Ineligible(#[from] Ineligible),
    /// Also for a token that has just been used.
    #[error("No login token set for {0}")]
    NoToken(String),
    #[error("Token for {0} has expired")]
    Expired(String),
    #[error("Token for {0} was invalid")]
    Wrong(String),
    #[error("Too many wrong login tokens. Try again in {minutes} minutes.")]
    TooMany { minutes: i32 },
}

/// Whether this person may generate tokens and use them.
pub fn may_use(person: &Person) -> std::result::Result<(), Ineligible> {
    eligible(&person.username, person.uses_github, person.has_backends)
}

pub(crate) fn eligible(
    username: &str,
    uses_github: bool,
    has_backends: bool,
) -> std::result::Result<(), Ineligible> {
    if !uses_github {
        Err(Ineligible::NotOnGitHub(username.to_owned()))
    } else if !has_backends {
        Err(Ineligible::NoBackends(username.to_owned()))
    } else {
        Ok(())
    }
}

/// Gives `person` a new token in the place of any older one, tells them by e-mail that this happened, and forgets their
/// wrong attempts, which were about the older one. The words are returned and stored nowhere. Takes a while: no connection is
/// held meanwhile.
pub async fn generate(pool: &Pool, person: &Person) -> Result<std::result::Result<String, Ineligible>> {
    if let Err(refusal) = may_use(person) {
        return Ok(Err(refusal));
    }
    let words = words::three();
    let secret = without_spaces(&words);
    let hash = passwords::aside(move || passwords::hash_random_salt(&secret)).await??;

    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    let update = tx
        .prepare_cached(
            "UPDATE jobserver_user
             SET login_token = $2, login_token_expires_at = now() + interval '1 hour'
             WHERE id = $1
             RETURNING login_token_expires_at",
        )
        .await?;
    let expires_at: Timestamp = tx.query_one(&update, &[&person.id, &hash]).await?.get(0);
    let mails = mails::generated(person.id, &person.email, expires_at);
    try_join!(attempts::forget(&tx, person.id), outbox::enqueue(&tx, &mails))?;
    tx.commit().await?;
    tracing::info!(user = person.username, "a login token was generated");
    Ok(Ok(words))
}

/// Somebody whose token is to be checked.
struct Candidate {
    id: UserId,
    username: String,
    email: String,
    uses_github: bool,
    has_backends: bool,
    token: Option<StoredToken>,
}

#[derive(Clone)]
struct StoredToken {
    hash: String,
    expires_at: Timestamp,
    has_expired: bool,
}

/// Whose token this is, and uses it up. `name` is a username or an e-mail address, exactly; `address` is where the attempt
/// comes from. Every attempt counts until it turns out to be right, so that guesses at the same instant count as well.
/// Returns the username. Takes a while: no connection is held meanwhile.
pub async fn authenticate(
    pool: &Pool,
    name: &str,
    token: &str,
    address: &str,
) -> Result<std::result::Result<String, Refused>> {
    let db = pool.get().await?;
    let candidate = candidate(&db, name).await?;
    let limited = attempts::count(&db, candidate.as_ref().map(|person| person.id), address).await?;
    drop(db);
    if let Some(minutes) = limited {
        tracing::warn!(name, address, "too many wrong login tokens");
        return Ok(Err(Refused::TooMany { minutes }));
    }
    match judge(candidate, token).await? {
        Ok((candidate, stored)) => use_up(&mut pool.get().await?, candidate, stored, address).await,
        Err(refusal) => {
            tracing::info!(name, address, %refusal, "a login token was refused");
            Ok(Err(refusal))
        }
    }
}

async fn candidate(db: &impl GenericClient, name: &str) -> Result<Option<Candidate>> {
    let select = db
        .prepare_cached(
            "SELECT person.id, person.username, person.email, person.login_token, person.login_token_expires_at,
                    coalesce(person.login_token_expires_at < now(), false) AS has_expired,
                    EXISTS (SELECT
                            FROM social_auth_usersocialauth AS identity
                            WHERE identity.user_id = person.id) AS uses_github,
                    EXISTS (SELECT
                            FROM jobserver_backendmembership AS membership
                            WHERE membership.user_id = person.id) AS has_backends
             FROM jobserver_user AS person
             WHERE person.username = $1
                OR person.email = $1
             -- A name that is one person's username and another's address is the username.
             ORDER BY person.username = $1 DESC
             LIMIT 1",
        )
        .await?;
    let Some(row) = db.query_opt(&select, &[&name]).await? else { return Ok(None) };
    let (hash, expires_at): (Option<String>, Option<Timestamp>) = (row.get(3), row.get(4));
    let has_expired = row.get(5);
    Ok(Some(Candidate {
        id: row.get(0),
        username: row.get(1),
        email: row.get(2),
        token: hash.zip(expires_at).map(|(hash, expires_at)| StoredToken { hash, expires_at, has_expired }),
        uses_github: row.get(6),
        has_backends: row.get(7),
    }))
}

type Judged = std::result::Result<(Candidate, StoredToken), Refused>;

async fn judge(candidate: Option<Candidate>, token: &str) -> Result<Judged> {
    let Some(candidate) = candidate else { return Ok(Err(Refused::UnknownUser)) };
    let username = candidate.username.clone();
    if let Err(refusal) = eligible(&username, candidate.uses_github, candidate.has_backends) {
        return Ok(Err(refusal.into()));
    }
    let Some(stored) = candidate.token.clone() else { return Ok(Err(Refused::NoToken(username))) };
    if stored.has_expired {
        return Ok(Err(Refused::Expired(username)));
    }
    let (secret, hash) = (without_spaces(token), stored.hash.clone());
    let fits = passwords::aside(move || passwords::verify(&secret, &hash)).await?;
    Ok(if fits { Ok((candidate, stored)) } else { Err(Refused::Wrong(username)) })
}

/// Takes the token away from whoever presents it first: the update finds it only once.
async fn use_up(
    client: &mut Object,
    candidate: Candidate,
    stored: StoredToken,
    address: &str,
) -> Result<std::result::Result<String, Refused>> {
    let tx = client.transaction().await?;
    let update = tx
        .prepare_cached(
            "UPDATE jobserver_user
             SET login_token = NULL, login_token_expires_at = NULL
             WHERE id = $1
               AND login_token = $2",
        )
        .await?;
    if tx.execute(&update, &[&candidate.id, &stored.hash]).await? == 0 {
        return Ok(Err(Refused::NoToken(candidate.username)));
    }
    let mails = mails::used(candidate.id, &candidate.email, stored.expires_at);
    try_join!(attempts::forgive(&tx, candidate.id, address), outbox::enqueue(&tx, &mails))?;
    tx.commit().await?;
    tracing::info!(user = candidate.username, "a login token was used");
    Ok(Ok(candidate.username))
}

/// What is hashed: people type the spaces between the words, or more of them, or none.
fn without_spaces(token: &str) -> String {
    token.trim().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_in_a_token_do_not_matter() {
        for typed in ["correct horse battery", " correct  horse battery\n", "correcthorsebattery"] {
            assert_eq!(without_spaces(typed), "correcthorsebattery", "{typed:?}");
        }
    }

    #[test]
    fn a_github_account_is_asked_for_before_a_backend() {
        let ada = "ada".to_owned();
        assert_eq!(eligible("ada", false, false), Err(Ineligible::NotOnGitHub(ada.clone())));
        assert_eq!(eligible("ada", true, false), Err(Ineligible::NoBackends(ada)));
        assert_eq!(eligible("ada", true, true), Ok(()));
    }
}
