//! Projects: what people get permissions on, and what workspaces belong to.

use deadpool_postgres::GenericClient;
use serde::Serialize;
use tokio_postgres::Row;

use crate::{Result, ids::ProjectId};

/// A project as most pages need it. Its status is not here: it must not be shown to the public.
#[derive(Debug, Clone, Serialize)]
pub struct Project {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
    pub number: Option<String>,
}

impl Project {
    /// `<number> - <name>`, or the name alone.
    pub fn title(&self) -> String {
        title(self.number.as_deref(), &self.name)
    }

    pub fn url(&self) -> String {
        format!("/{}/", self.slug)
    }

    /// Columns `project_id`, `project_slug`, `project_name`, `project_number`.
    pub(crate) fn from_row(row: &Row) -> Result<Project> {
        Ok(Project {
            id: row.try_get("project_id")?,
            slug: row.try_get("project_slug")?,
            name: row.try_get("project_name")?,
            number: row.try_get("project_number")?,
        })
    }
}

/// `<number> - <name>`, or the name alone.
pub fn title(number: Option<&str>, name: &str) -> String {
    number.map_or_else(|| name.to_owned(), |number| format!("{number} - {name}"))
}

/// The project with exactly this slug.
pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<Project>> {
    let statement = db
        .prepare_cached(
            "SELECT id AS project_id, slug AS project_slug, name AS project_name, number AS project_number
             FROM jobserver_project
             WHERE slug = $1",
        )
        .await?;
    let row = db.query_opt(&statement, &[&slug]).await?;
    row.as_ref().map(Project::from_row).transpose()
}
