//! Taking an application out of sight and back. Nothing of it is lost: its status, answers and reviews stay.

use super::application::{Attempt, Refusal, locked};
use crate::{
    audit::{self, Kind},
    db::{GenericClient, Object},
    users::Person,
};

/// Deletes an application unless it has been approved or deleted before.
pub async fn delete(db: &mut Object, id: i32, by: &Person) -> Attempt<()> {
    let tx = db.transaction().await?;
    let application = match locked(&tx, id).await? {
        Ok(application) if application.approved_at.is_some() => return Ok(Err(Refusal::Approved)),
        Ok(application) if application.deleted_at.is_some() => return Ok(Err(Refusal::Deleted)),
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let statement = tx
        .prepare_cached(
            "UPDATE applications_application
             SET deleted_at = now(), deleted_by_id = $2
             WHERE id = $1",
        )
        .await?;
    tx.execute(&statement, &[&id, &by.id]).await?;
    audit::record(&tx, &[application.event(Kind::ApplicationDeleted, by)]).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Takes a deletion back. False: it was not deleted.
pub async fn restore(db: &mut Object, id: i32, by: &Person) -> Attempt<bool> {
    let tx = db.transaction().await?;
    let application = match locked(&tx, id).await? {
        Ok(application) if application.deleted_at.is_none() => return Ok(Ok(false)),
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let statement = tx
        .prepare_cached(
            "UPDATE applications_application
             SET deleted_at = NULL, deleted_by_id = NULL
             WHERE id = $1",
        )
        .await?;
    tx.execute(&statement, &[&id]).await?;
    audit::record(&tx, &[application.event(Kind::ApplicationRestored, by)]).await?;
    tx.commit().await?;
    Ok(Ok(true))
}
