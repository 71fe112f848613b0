//! Accounts that an operator makes at the shell: the first administrator of an installation, people for a trial. Names are
//! stored as they are given, since they must match the accounts of another system. Everybody else signs in first.

use tokio_postgres::error::SqlState;

use crate::{Error, Result, db::GenericClient, ids::UserId, permissions::Role};

#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    pub username: &'a str,
    pub fullname: &'a str,
    pub email: &'a str,
}

/// An account that is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ensured {
    pub id: UserId,
    /// False when it was there before; then nothing of it has been changed.
    pub is_new: bool,
}

/// The account with exactly this username, made if there is none.
///
/// # Errors
/// `Error::Invalid` when the name is empty, or when another account has the e-mail address.
pub async fn ensure(db: &impl GenericClient, new: &NewUser<'_>) -> Result<Ensured> {
    if new.username.is_empty() || new.fullname.is_empty() {
        return Err(Error::Invalid("A user needs a username and a name.".to_owned()));
    }
    let statement = db
        .prepare_cached(
            "WITH added AS (
                 INSERT INTO jobserver_user (username, fullname, email, password, roles, date_joined)
                 VALUES ($1, $2, $3, '', '{}', now())
                 ON CONFLICT (username) DO NOTHING
                 RETURNING id
             )
             SELECT id, true AS is_new FROM added
             UNION ALL
             SELECT id, false FROM jobserver_user WHERE username = $1
             LIMIT 1",
        )
        .await?;
    match db.query_one(&statement, &[&new.username, &new.fullname, &new.email]).await {
        Ok(row) => Ok(Ensured { id: row.try_get("id")?, is_new: row.try_get("is_new")? }),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            Err(Error::Invalid(format!("Another user has the e-mail address {}.", new.email)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives somebody a role for the whole site. False: they have it already.
pub async fn add_role(db: &impl GenericClient, user: UserId, role: Role) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_user
             SET roles = array_append(roles, $2::text)
             WHERE id = $1
               AND NOT $2::text = ANY (roles)",
        )
        .await?;
    Ok(db.execute(&statement, &[&user, &role.stored()]).await? == 1)
}
