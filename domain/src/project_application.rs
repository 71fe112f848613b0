//! Linking an application that was made here to the project that came of it.

use crate::{
    Result,
    applications::locked_present,
    audit::{self, Kind},
    db::{GenericClient, Object},
    ids::{ProjectId, UserId},
    users::Person,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    Done,
    /// There is no such application, or it was deleted.
    NoSuchApplication,
    /// It belongs to a project already.
    Already,
}

/// Links an application to a project; a project can have several.
pub async fn link(db: &mut Object, project: ProjectId, application: i32, by: &Person) -> Result<Linked> {
    let tx = db.transaction().await?;
    let Ok(application) = locked_present(&tx, application).await? else {
        return Ok(Linked::NoSuchApplication);
    };
    if application.project.is_some() {
        return Ok(Linked::Already);
    }
    write(&tx, project, application.id, by.id).await?;
    let event = application.event(Kind::ProjectApplicationLinked, by).project(project);
    audit::record(&tx, &[event.change("application", "", application.hash())]).await?;
    tx.commit().await?;
    Ok(Linked::Done)
}

async fn write(tx: &impl GenericClient, project: ProjectId, application: i32, by: UserId) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "WITH linked AS (
                 UPDATE applications_application
                 SET project_id = $1
                 WHERE id = $2
             )
             UPDATE jobserver_project
             SET updated_at = now(), updated_by_id = $3
             WHERE id = $1",
        )
        .await?;
    tx.execute(&statement, &[&project, &application, &by]).await?;
    Ok(())
}
