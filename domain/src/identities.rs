//! The link between a GitHub account and a person. GitHub's numeric id decides who somebody is; its login and e-mail
//! are looked at only when the account is seen for the first time. No access token is ever stored.

use deadpool_postgres::GenericClient;
use serde::{Deserialize, Serialize};
use tokio_postgres::error::SqlState;

use crate::{
    Error, Result,
    ids::UserId,
    sessions::Session,
    users::{EMAIL_LIMIT, Person, fullname_error, person_columns},
};

/// Where a sign-up that waits for a name is kept in the session.
const SUSPENDED: &str = "github_sign_up";
/// How long it waits, in seconds.
const SUSPENDED_LIFETIME: i64 = 60 * 60;
/// First half of the advisory lock that makes two sign-ups of one GitHub account take turns.
const LOCK_CLASS: i32 = 0x6769_7468;

/// What GitHub says about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// GitHub's number of the account, which survives renaming.
    pub github_id: i64,
    pub login: String,
    /// The name, if the account shows one.
    pub name: Option<String>,
    /// The primary e-mail address, only if GitHub has verified it.
    pub verified_email: Option<String>,
}

/// Who a GitHub account turned out to be.
#[derive(Debug, Clone)]
pub struct Registered {
    pub user: Person,
    pub outcome: Outcome,
}

/// How that came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The account was linked already; nothing was changed.
    Existing,
    /// A new person was made.
    Created,
    /// A person of that username and e-mail address was there and had no GitHub account yet.
    Linked,
}

/// The person whom this GitHub account belongs to.
pub async fn find(db: &impl GenericClient, github_id: i64) -> Result<Option<Person>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            person_columns!(),
            "
             FROM social_auth_usersocialauth AS link
             JOIN jobserver_user AS person ON person.id = link.user_id
             WHERE link.provider = 'github' AND link.uid = $1"
        ))
        .await?;
    let row = db.query_opt(&statement, &[&github_id.to_string()]).await?;
    row.map_or(Ok(None), |row| Person::from_row(&row))
}

/// Finds the person of a GitHub account, or makes one with this name. Call it within a transaction, together with what
/// follows from it. A username that exists is linked only if it has no GitHub account and its e-mail address is the
/// verified one; anything else that stands in the way is an [`Error::Invalid`] for the person who signs in.
pub async fn register(tx: &impl GenericClient, profile: &Profile, name: &str) -> Result<Registered> {
    lock(tx, profile.github_id).await?;
    if let Some(user) = find(tx, profile.github_id).await? {
        return Ok(Registered { user, outcome: Outcome::Existing });
    }
    let wanted = Wanted::from(profile, name)?;
    let (id, outcome) = match namesakes(tx, &wanted).await? {
        Some(id) => (id, Outcome::Linked),
        None => (create(tx, &wanted).await?, Outcome::Created),
    };
    link(tx, id, profile).await?;
    let user = find(tx, profile.github_id).await?;
    let user =
        user.ok_or_else(|| Error::Corrupt(format!("user {id} was linked to GitHub but is not there")))?;
    Ok(Registered { user, outcome })
}

/// The person that a GitHub account would become.
struct Wanted<'a> {
    username: String,
    email: String,
    fullname: &'a str,
}

impl<'a> Wanted<'a> {
    fn from(profile: &Profile, name: &'a str) -> Result<Wanted<'a>> {
        let fullname = name.trim();
        if let Some(error) = fullname_error(fullname) {
            return Err(Error::Invalid(error.to_owned()));
        }
        let username = clean_username(&profile.login);
        if username.is_empty() {
            return Err(Error::Invalid("Your GitHub login cannot be used as a username here.".to_owned()));
        }
        let email = profile.verified_email.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
        if email.is_empty() {
            return Err(Error::Invalid(
                "Your GitHub account has no verified primary e-mail address. Verify one in GitHub's settings, under \
                 Emails, then sign in again."
                    .to_owned(),
            ));
        }
        if email.chars().count() > EMAIL_LIMIT || email.contains(char::is_control) {
            return Err(Error::Invalid("The e-mail address of your GitHub account is too long.".to_owned()));
        }
        Ok(Wanted { username, email, fullname })
    }
}

/// A GitHub login with everything removed that a username cannot hold.
fn clean_username(login: &str) -> String {
    login.chars().filter(|c| c.is_ascii_alphanumeric() || "_.@+-".contains(*c)).collect()
}

async fn lock(tx: &impl GenericClient, github_id: i64) -> Result<()> {
    let statement = tx.prepare_cached("SELECT pg_advisory_xact_lock($1, hashint8($2))").await?;
    tx.query_one(&statement, &[&LOCK_CLASS, &github_id]).await?;
    Ok(())
}

/// The person of this username if it may be linked; an error if the username or the e-mail address is somebody else's.
async fn namesakes(tx: &impl GenericClient, wanted: &Wanted<'_>) -> Result<Option<UserId>> {
    let statement = tx
        .prepare_cached(
            "SELECT
                 person.id,
                 person.username = $1 AS same_username,
                 lower(person.email) = $2 AS same_email,
                 EXISTS (
                     SELECT FROM social_auth_usersocialauth AS identity WHERE identity.user_id = person.id
                 ) AS is_linked
             FROM jobserver_user AS person
             WHERE person.username = $1 OR lower(person.email) = $2
             FOR UPDATE OF person",
        )
        .await?;
    let rows = tx.query(&statement, &[&wanted.username, &wanted.email]).await?;
    let mut linkable = None;
    for row in &rows {
        let (same_username, same_email, is_linked) =
            (row.try_get("same_username")?, row.try_get("same_email")?, row.try_get("is_linked")?);
        match (same_username, same_email, is_linked) {
            (true, true, false) => linkable = Some(row.try_get("id")?),
            (true, ..) => return Err(username_taken(&wanted.username)),
            (false, ..) => return Err(email_taken()),
        }
    }
    Ok(linkable)
}

async fn create(tx: &impl GenericClient, wanted: &Wanted<'_>) -> Result<UserId> {
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_user (username, email, fullname, password, roles, date_joined)
             VALUES ($1, $2, $3, '', '{}', now())
             RETURNING id",
        )
        .await?;
    match tx.query_one(&statement, &[&wanted.username, &wanted.email, &wanted.fullname]).await {
        Ok(row) => Ok(row.try_get(0)?),
        // Somebody else took one of them since the look at the namesakes.
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            Err(username_taken(&wanted.username))
        }
        Err(error) => Err(error.into()),
    }
}

async fn link(tx: &impl GenericClient, user: UserId, profile: &Profile) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "INSERT INTO social_auth_usersocialauth (user_id, provider, uid, extra_data, created, modified)
             VALUES (
                 $1, 'github', $2::bigint::text,
                 jsonb_build_object('auth_time', extract(epoch FROM now())::bigint, 'id', $2::bigint, 'login', $3::text),
                 now(), now()
             )",
        )
        .await?;
    tx.execute(&statement, &[&user, &profile.github_id, &profile.login]).await?;
    Ok(())
}

fn username_taken(username: &str) -> Error {
    Error::Invalid(format!(
        "There is already an account with the username {username}, and it cannot be shown to be yours. Ask the Job \
         Server team for help."
    ))
}

fn email_taken() -> Error {
    Error::Invalid(
        "There is already an account with the e-mail address of your GitHub account. Sign in with the GitHub account \
         that you used before, or ask the Job Server team for help."
            .to_owned(),
    )
}

/// Keeps a sign-up in the session until the person has given a name. It replaces one that was left behind.
pub fn suspend(session: &mut Session, profile: &Profile) {
    session.set(
        SUSPENDED,
        serde_json::json!({
            "at": jiff::Timestamp::now().as_second(),
            "github_id": profile.github_id,
            "login": profile.login,
            "name": profile.name,
            "verified_email": profile.verified_email,
        }),
    );
}

/// The sign-up that waits in this session, unless it has waited for more than an hour.
pub fn suspended(session: &Session) -> Option<Profile> {
    let value = session.get(SUSPENDED)?;
    let age = jiff::Timestamp::now().as_second() - value.get("at")?.as_i64()?;
    if !(0..=SUSPENDED_LIFETIME).contains(&age) {
        return None;
    }
    serde_json::from_value(value.clone()).ok()
}

/// Drops a waiting sign-up: it was completed, or another one begins.
pub fn forget_suspended(session: &mut Session) {
    session.remove(SUSPENDED);
}
