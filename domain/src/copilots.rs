//! Who can be the co-pilot of a project: everybody who may enter the staff area. Who was one before and may no longer
//! stays it until somebody else is chosen. And where co-pilots will soon be done: support ends on a day of its own.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::{
    Result,
    ids::UserId,
    permissions::{Permission, Role},
    users,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: UserId,
    pub username: String,
    pub fullname: String,
}

impl Candidate {
    /// "Full Name (username)".
    pub fn display_name(&self) -> String {
        users::display_name(&self.fullname, &self.username)
    }
}

/// A project whose co-pilot support ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingWindow {
    pub slug: String,
    pub name: String,
    pub ends_at: Timestamp,
}

/// The projects whose co-pilot support ends from now on until `days` from now, in that order.
pub async fn ending_within(db: &impl GenericClient, days: i32) -> Result<Vec<EndingWindow>> {
    let statement = db
        .prepare_cached(
            "SELECT slug, name, copilot_support_ends_at
             FROM jobserver_project
             WHERE copilot_support_ends_at BETWEEN now() AND now() + make_interval(days => $1)
             ORDER BY copilot_support_ends_at, id",
        )
        .await?;
    let rows = db.query(&statement, &[&days]).await?;
    rows.iter()
        .map(|row| {
            Ok(EndingWindow {
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
                ends_at: row.try_get("copilot_support_ends_at")?,
            })
        })
        .collect()
}

/// The roles, as stored, any one of which lets somebody be a co-pilot.
pub fn roles() -> Vec<String> {
    Role::stored_granting(Permission::StaffAreaAccess)
}

/// Everybody who can be one, by name.
pub async fn candidates(db: &impl GenericClient) -> Result<Vec<Candidate>> {
    let statement = db
        .prepare_cached(
            "SELECT id, username, fullname
             FROM jobserver_user
             WHERE roles && $1
             ORDER BY lower(fullname), lower(username), id",
        )
        .await?;
    let rows = db.query(&statement, &[&roles()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Candidate {
                id: row.try_get("id")?,
                username: row.try_get("username")?,
                fullname: row.try_get("fullname")?,
            })
        })
        .collect()
}
