//! What staff say of an application: where it stands, and why. Neither approves it nor deletes it.

use serde::Serialize;

use super::{
    Status,
    application::{Application, Attempt, locked_present},
};
use crate::{
    audit::{self, Kind},
    db::{GenericClient, Object},
    users::Person,
    version::{Edited, Version, kept},
};

/// What the form shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// One of [`Status::STORED`], unless Django stored something else.
    pub status: String,
    pub comment: String,
}

impl Decision {
    pub fn of(application: &Application) -> Decision {
        Decision { status: application.status.clone(), comment: application.status_comment.clone() }
    }

    pub fn version(&self) -> Version {
        Version::of(self)
    }
}

/// Stores a decision. `version` is that of the form it was made on; without one, what is stored is replaced.
pub async fn edit(
    db: &mut Object,
    id: i32,
    by: &Person,
    (status, comment): (Status, &str),
    version: Option<&str>,
) -> Attempt<Edited<Decision>> {
    let tx = db.transaction().await?;
    let application = match locked_present(&tx, id).await? {
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let stored = Decision::of(&application);
    let new =
        Decision { status: status.as_str().to_owned(), comment: kept(&stored.comment, comment).to_owned() };
    if stored == new {
        return Ok(Ok(Edited::Unchanged));
    }
    if !stored.version().admits(version) {
        return Ok(Ok(Edited::Overtaken(stored)));
    }
    let statement = tx
        .prepare_cached(
            "UPDATE applications_application
             SET status = $2, status_comment = $3
             WHERE id = $1",
        )
        .await?;
    tx.execute(&statement, &[&id, &new.status, &new.comment]).await?;
    let event = application
        .event(Kind::ApplicationEdited, by)
        .change("status", &stored.status, &new.status)
        .change("status_comment", &stored.comment, &new.comment);
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Ok(Edited::Saved))
}
