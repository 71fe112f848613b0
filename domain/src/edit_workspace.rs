//! What staff change about a workspace: the project that it is in, whether it is archived, its purpose. A workspace that
//! moves to another project changes its address; the old one then leads to the new one.

use serde::Serialize;

use crate::{
    Result,
    audit::{self, About, Event, Kind},
    db::{self, GenericClient},
    ids::{ProjectId, WorkspaceId},
    projects::Project,
    redirects::{self, Target},
    users::Person,
    version::{Edited, Version, kept},
};

/// What the form for a workspace shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stored {
    pub project: ProjectId,
    pub is_archived: bool,
    pub purpose: String,
}

impl Stored {
    pub fn version(&self) -> Version {
        Version::of(self)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Edited(Edited<Stored>),
    NoSuchWorkspace,
    NoSuchProject,
}

/// Saves a form that was opened at the version `seen`, and notes that `by` did.
pub async fn save(
    db: &mut db::Object,
    name: &str,
    seen: Option<&str>,
    wanted: &Stored,
    by: &Person,
) -> Result<Outcome> {
    let tx = db.transaction().await?;
    let Some(before) = locked(&tx, name).await? else { return Ok(Outcome::NoSuchWorkspace) };
    let Some(project) = project(&tx, wanted.project).await? else { return Ok(Outcome::NoSuchProject) };
    let purpose = kept(&before.stored.purpose, &wanted.purpose);
    let wanted = &Stored { purpose: purpose.to_owned(), ..*wanted };
    if before.stored == *wanted {
        return Ok(Outcome::Edited(Edited::Unchanged));
    }
    if !before.stored.version().admits(seen) {
        return Ok(Outcome::Edited(Edited::Overtaken(before.stored)));
    }
    let update = tx
        .prepare_cached(
            "UPDATE jobserver_workspace
             SET project_id = $2, is_archived = $3, purpose = $4, updated_at = now(), updated_by_id = $5
             WHERE id = $1",
        )
        .await?;
    tx.execute(&update, &[&before.id, &wanted.project, &wanted.is_archived, &wanted.purpose, &by.id]).await?;
    let (old_url, new_url) = (address(&before.project, name), address(&project, name));
    redirects::moved(&tx, Target::Workspace(before.id), &old_url, &new_url, by.id).await?;
    let edited = Event::new(Kind::WorkspaceEdited, &by.username, About::workspace(before.id, name))
        .project(project.id)
        .change("project", before.project.title(), project.title())
        .change("is_archived", before.stored.is_archived, wanted.is_archived)
        .change("purpose", &before.stored.purpose, &wanted.purpose);
    audit::record(&tx, &[edited]).await?;
    tx.commit().await?;
    Ok(Outcome::Edited(Edited::Saved))
}

fn address(project: &Project, name: &str) -> String {
    format!("{}{name}/", project.url())
}

/// A workspace before the edit.
struct Before {
    id: WorkspaceId,
    project: Project,
    stored: Stored,
}

/// Nobody else can edit it until the transaction ends.
async fn locked(tx: &impl GenericClient, name: &str) -> Result<Option<Before>> {
    let statement = tx
        .prepare_cached(
            "SELECT workspace.id, workspace.is_archived, workspace.purpose,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE workspace.name = $1
             FOR UPDATE OF workspace",
        )
        .await?;
    let Some(row) = tx.query_opt(&statement, &[&name]).await? else { return Ok(None) };
    let project = Project::from_row(&row)?;
    let stored = Stored {
        project: project.id,
        is_archived: row.try_get("is_archived")?,
        purpose: row.try_get("purpose")?,
    };
    Ok(Some(Before { id: row.try_get("id")?, project, stored }))
}

/// Nobody can delete or rename it until the transaction ends.
async fn project(tx: &impl GenericClient, id: ProjectId) -> Result<Option<Project>> {
    let statement = tx
        .prepare_cached(
            "SELECT id AS project_id, slug AS project_slug, name AS project_name, number AS project_number
             FROM jobserver_project
             WHERE id = $1
             FOR SHARE",
        )
        .await?;
    let row = tx.query_opt(&statement, &[&id]).await?;
    row.as_ref().map(Project::from_row).transpose()
}
