//! An organisation as others name it.

use tokio_postgres::Row;

use crate::Result;

/// An organisation, for a link.
#[derive(Debug, Clone)]
pub struct OrgName {
    pub slug: String,
    pub name: String,
}

impl OrgName {
    /// Of the columns `org_slug` and `org_name`; none if the project has no organisation.
    pub(crate) fn from_row(row: &Row) -> Result<Option<OrgName>> {
        let slug: Option<String> = row.try_get("org_slug")?;
        let name: Option<String> = row.try_get("org_name")?;
        Ok(slug.zip(name).map(|(slug, name)| OrgName { slug, name }))
    }
}
