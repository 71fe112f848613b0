//! Somebody as lists and links name them.

use tokio_postgres::Row;

use crate::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub username: String,
    pub fullname: String,
}

impl Name {
    /// "Full Name (username)".
    pub fn display_name(&self) -> String {
        format!("{} ({})", self.fullname, self.username)
    }

    /// Of the columns `username` and `fullname`.
    pub(crate) fn from_row(row: &Row) -> Result<Name> {
        Ok(Name { username: row.try_get("username")?, fullname: row.try_get("fullname")? })
    }
}
