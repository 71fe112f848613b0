//! Deleting a project that nothing depends on: an operator's command, for one that was made by mistake.

use crate::{
    Result,
    audit::{self, About, Event, Kind},
    db::Object,
    ids::ProjectId,
};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    Done,
    NoSuchProject,
    /// It has workspaces or members, which are not lost by mistake.
    InUse,
}

/// Deletes the project with exactly this name, its links to organisations and the redirects that lead to it;
/// applications lose their link to it. Its audit events stay, and one more tells of this. `by` is who did it.
pub async fn remove(db: &mut Object, name: &str, by: &str) -> Result<Removed> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "SELECT project.id,
                    EXISTS (SELECT FROM jobserver_workspace WHERE project_id = project.id)
                    OR EXISTS (SELECT FROM jobserver_projectmembership WHERE project_id = project.id) AS in_use
             FROM jobserver_project AS project
             WHERE project.name = $1
             FOR UPDATE",
        )
        .await?;
    let Some(row) = tx.query_opt(&statement, &[&name]).await? else { return Ok(Removed::NoSuchProject) };
    if row.try_get("in_use")? {
        return Ok(Removed::InUse);
    }
    let project: ProjectId = row.try_get("id")?;
    for delete in [
        "UPDATE applications_application SET project_id = NULL WHERE project_id = $1",
        "DELETE FROM jobserver_projectcollaboration WHERE project_id = $1",
        "DELETE FROM redirects_redirect WHERE project_id = $1",
        "DELETE FROM jobserver_project WHERE id = $1",
    ] {
        let statement = tx.prepare_cached(delete).await?;
        tx.execute(&statement, &[&project]).await?;
    }
    let event = Event::new(Kind::ProjectDeleted, by, About::project(project, name)).project(project);
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Removed::Done)
}
