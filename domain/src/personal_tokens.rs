//! Personal access tokens: how bots read releases. A token is shown once, when it is made; stored is its Argon2 hash with
//! a salt that is the same for all, in Django's format.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    Result,
    db::GenericClient,
    passwords,
    users::{Person, person_columns},
};

/// Tokens are 64 digits, a hyphen and a date; what is longer than this is none. In bytes.
const LONGEST: usize = 200;

/// Somebody with what is stored about their token.
#[derive(Debug, Clone)]
pub struct Holder {
    pub person: Person,
    /// The hash of their token, if they have one.
    hash: Option<String>,
    expires_at: Option<Timestamp>,
}

impl Holder {
    /// Whether `token` is theirs. Takes a good part of a second.
    pub async fn presented(&self, token: &str) -> Result<bool> {
        let Some(hash) = self.hash.clone().filter(|_| (1..=LONGEST).contains(&token.len())) else {
            return Ok(false);
        };
        let token = token.to_owned();
        passwords::aside(move || passwords::verify(&token, &hash)).await
    }

    /// Whether the token is still good on this day (UTC). It is through the whole of the day it expires on.
    pub fn is_current(&self, today: Date) -> bool {
        self.expires_at.is_some_and(|at| at.to_zoned(TimeZone::UTC).date() >= today)
    }
}

/// The person with exactly this username.
pub async fn holder(db: &impl GenericClient, username: &str) -> Result<Option<Holder>> {
    if username.contains('\0') {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            person_columns!(),
            ",
                    nullif(person.pat_token, '') AS pat_token, person.pat_expires_at
             FROM jobserver_user AS person
             WHERE person.username = $1"
        ))
        .await?;
    let Some(row) = db.query_opt(&statement, &[&username]).await? else { return Ok(None) };
    let (hash, expires_at) = (row.try_get("pat_token")?, row.try_get("pat_expires_at")?);
    Ok(Person::from_row(&row)?.map(|person| Holder { person, hash, expires_at }))
}
