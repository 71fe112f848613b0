//! Somebody as lists and links name them.

use tokio_postgres::Row;

use crate::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub username: String,
    pub fullname: String,
}

/// "Full Name (username)": how people are named wherever two may bear one name.
pub fn display_name(fullname: &str, username: &str) -> String {
    format!("{fullname} ({username})")
}

impl Name {
    /// "Full Name (username)".
    pub fn display_name(&self) -> String {
        display_name(&self.fullname, &self.username)
    }

    /// Of the columns `username` and `fullname`.
    pub(crate) fn from_row(row: &Row) -> Result<Name> {
        Ok(Name { username: row.try_get("username")?, fullname: row.try_get("fullname")? })
    }
}
