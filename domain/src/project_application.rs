//! Linking an application that was made here to the project that came of it.

use crate::{
    Result,
    applications::hash,
    audit::{self, About, Event},
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
    let statement = tx
        .prepare_cached(
            "SELECT project_id IS NOT NULL AS is_linked
             FROM applications_application
             WHERE id = $1
               AND deleted_at IS NULL
             FOR UPDATE",
        )
        .await?;
    match tx.query_opt(&statement, &[&application]).await? {
        None => return Ok(Linked::NoSuchApplication),
        Some(row) if row.try_get("is_linked")? => return Ok(Linked::Already),
        Some(_) => {}
    }
    write(&tx, project, application, by.id).await?;
    let name = hash(application);
    let event = Event::new(
        audit::Kind::ProjectApplicationLinked,
        &by.username,
        About::application(application, format!("Application {name}")),
    );
    audit::record(&tx, &[event.project(project).change("application", "", name)]).await?;
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
