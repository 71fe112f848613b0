//! Making a project of an application. The project, its lead organisation, their event and the mark on the application
//! come together or not at all; two people who approve at once make one project.

use super::{
    Status,
    application::{Application, Attempt, locked},
};
use crate::{
    Result,
    audit::{self, Kind},
    db::{GenericClient, Object},
    ids::OrgId,
    new_project::{self, Created, NewProject},
    projects,
    users::Person,
};

/// What staff decide when they approve.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Leads the project.
    pub org: OrgId,
    pub project_name: String,
    /// As `project_number::checked` returns it.
    pub project_number: String,
    /// Sets the status to [`Status::ApprovedFully`] as well; otherwise it stays.
    pub sets_status: bool,
}

/// A project, or everything that is wrong with it.
pub type Approved = std::result::Result<Created, Vec<new_project::Refusal>>;

/// Approves an application: once, whatever its status and whoever reviewed it. Nobody becomes a member of the project.
pub async fn approve(db: &mut Object, id: i32, by: &Person, approval: &Approval) -> Attempt<Approved> {
    let tx = db.transaction().await?;
    let application = match locked(&tx, id).await?.and_then(Application::approvable) {
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let new = NewProject {
        name: approval.project_name.clone(),
        number: Some(approval.project_number.clone()),
        orgs: vec![approval.org],
        copilot: None,
        pos_needs_copilot: false,
        by: by.id,
    };
    let created = match new_project::create(&tx, &new).await? {
        Ok(created) => created,
        Err(refusals) => return Ok(Ok(Err(refusals))),
    };
    let status = approval.sets_status.then(|| Status::ApprovedFully.as_str());
    mark(&tx, id, by, &created, status).await?;
    let event = application
        .event(Kind::ApplicationApproved, by)
        .project(created.id)
        .change(
            "project",
            application.project.as_deref().unwrap_or_default(),
            projects::title(Some(&approval.project_number), &approval.project_name),
        )
        .change("status", &application.status, status.unwrap_or(&application.status));
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Ok(Ok(created)))
}

async fn mark(
    tx: &impl GenericClient,
    id: i32,
    by: &Person,
    created: &Created,
    status: Option<&str>,
) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "UPDATE applications_application
             SET approved_at = now(), approved_by_id = $2, project_id = $3, status = coalesce($4, status)
             WHERE id = $1",
        )
        .await?;
    tx.execute(&statement, &[&id, &by.id, &created.id, &status]).await?;
    Ok(())
}
