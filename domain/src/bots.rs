//! Bots: accounts without a person behind them, which read releases with a personal access token. A token is shown once, to
//! the operator who makes it; stored is its hash.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tokio_postgres::error::SqlState;

use crate::{Error, Result, db::GenericClient, passwords};

const DAYS: i64 = 90;
/// The same for all tokens, so that a token's hash can be worked out without knowing whose it is.
const SALT: &str = "user_pat";
/// E-mail addresses must differ, and bots read no mail: names below `invalid` lead nowhere (RFC 2606).
const EMAIL_DOMAIN: &str = "bots.invalid";

/// A fresh token.
#[derive(Clone)]
pub struct Token {
    /// 64 hexadecimal digits and the day it expires on.
    pub text: String,
    pub hash: String,
    /// It is good through this whole day (UTC).
    pub expires_on: Date,
}

impl Token {
    /// Takes a good part of a second, elsewhere.
    pub async fn generate() -> Result<Token> {
        let expires_at = Timestamp::now() + SignedDuration::from_hours(24 * DAYS);
        let expires_on = expires_at.to_zoned(TimeZone::UTC).date();
        let text = format!("{}-{expires_on}", HEXLOWER.encode(&rand::random::<[u8; 32]>()));
        let secret = text.clone();
        let hash = passwords::aside(move || passwords::hash_fixed_salt(&secret, SALT)).await??;
        Ok(Token { text, hash, expires_on })
    }

    fn expires_at(&self) -> Result<Timestamp> {
        let midnight = self.expires_on.to_zoned(TimeZone::UTC);
        Ok(midnight.map_err(|error| Error::Invalid(error.to_string()))?.timestamp())
    }
}

/// Makes a bot. False: there is a user of this name already.
pub async fn create(db: &impl GenericClient, username: &str, token: &Token) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "INSERT INTO jobserver_user
                 (username, fullname, email, password, roles, date_joined, pat_token, pat_expires_at)
             VALUES ($1, $2, $3, '', '{}', now(), $4, $5)
             ON CONFLICT (username) DO NOTHING",
        )
        .await?;
    let fullname = fullname(username);
    if fullname.trim().is_empty() {
        return Err(Error::Invalid("A bot needs a name.".to_owned()));
    }
    let email = format!("{username}@{EMAIL_DOMAIN}");
    let expires_at = token.expires_at()?;
    match db.execute(&statement, &[&username, &fullname, &email, &token.hash, &expires_at]).await {
        Ok(added) => Ok(added == 1),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            Err(Error::Invalid(format!("Another user has the e-mail address {email}.")))
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives a bot a new token in place of its old one. False: there is no such user, or they sign in with GitHub and are
/// therefore no bot.
pub async fn renew_token(db: &impl GenericClient, username: &str, token: &Token) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_user AS bot
             SET pat_token = $2, pat_expires_at = $3
             WHERE bot.username = $1
               AND NOT EXISTS (SELECT FROM social_auth_usersocialauth AS identity WHERE identity.user_id = bot.id)",
        )
        .await?;
    Ok(db.execute(&statement, &[&username, &token.hash, &token.expires_at()?]).await? == 1)
}

/// The name people read: `my-bot` is `My Bot`.
fn fullname(username: &str) -> String {
    let mut is_first = true;
    let mut name = String::with_capacity(username.len());
    for c in username.replace('-', " ").chars() {
        match is_first {
            true => name.extend(c.to_uppercase()),
            false => name.extend(c.to_lowercase()),
        }
        is_first = !c.is_alphabetic();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_name_begins_with_a_capital() {
        for (username, name) in [("my-bot", "My Bot"), ("osREPORTS-v2x", "Osreports V2X"), ("a_b", "A_B")] {
            assert_eq!(fullname(username), name);
        }
    }

    #[tokio::test]
    async fn a_token_ends_with_the_day_it_expires_on() {
        let token = Token::generate().await.unwrap();
        let (secret, day) = token.text.split_at(64);
        assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()), "{secret}");
        assert_eq!(day, format!("-{}", token.expires_on));
        assert!(
            token.hash.starts_with("argon2$argon2id$v=19$m=102400,t=2,p=8$dXNlcl9wYXQ$"),
            "{}",
            token.hash
        );
        assert_eq!(token.expires_at().unwrap().to_string(), format!("{}T00:00:00Z", token.expires_on));
    }
}
