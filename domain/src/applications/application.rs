//! An application as its forms need it, and why something cannot be done with it.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::hash;
use crate::{
    Result,
    audit::{About, Event, Kind},
    db::GenericClient,
    projects,
    users::Person,
};

#[derive(Debug, Clone)]
pub struct Application {
    pub id: i32,
    pub status: String,
    /// For staff only.
    pub status_comment: String,
    /// Username of the applicant.
    pub owner: String,
    pub owner_name: String,
    /// None: the page about the study has not been filled in.
    pub study_name: Option<String>,
    /// Title of the project that it is linked to.
    pub project: Option<String>,
    pub submitted_at: Option<Timestamp>,
    pub approved_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

impl Application {
    pub fn hash(&self) -> String {
        hash(self.id)
    }

    /// Something that was done with it; stands in the applicant's log.
    pub(crate) fn event(&self, kind: Kind, by: &Person) -> Event {
        let label = format!("Application {} by {}", self.hash(), self.owner_name);
        Event::new(kind, &by.username, About::application(self.id, label)).user(&self.owner)
    }

    fn from_row(row: &Row) -> Result<Application> {
        let (number, name): (Option<String>, Option<String>) =
            (row.try_get("project_number")?, row.try_get("project_name")?);
        Ok(Application {
            id: row.try_get("id")?,
            status: row.try_get("status")?,
            status_comment: row.try_get("status_comment")?,
            owner: row.try_get("owner")?,
            owner_name: row.try_get("owner_name")?,
            study_name: row.try_get("study_name")?,
            project: name.map(|name| projects::title(number.as_deref(), &name)),
            submitted_at: row.try_get("submitted_at")?,
            approved_at: row.try_get("approved_at")?,
            deleted_at: row.try_get("deleted_at")?,
        })
    }
}

/// Why something was not done with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such application.
    Missing,
    /// It must be restored first.
    Deleted,
    /// It has been made a project.
    Approved,
    /// The page about the study has not been filled in.
    NoStudy,
}

impl Application {
    /// The application, unless it lacks the study, has been approved, or has been deleted.
    pub fn approvable(self) -> std::result::Result<Application, Refusal> {
        if self.deleted_at.is_some() {
            Err(Refusal::Deleted)
        } else if self.study_name.is_none() {
            Err(Refusal::NoStudy)
        } else if self.approved_at.is_some() {
            Err(Refusal::Approved)
        } else {
            Ok(self)
        }
    }
}

/// What came of something that an application's state can forbid.
pub type Attempt<T> = Result<std::result::Result<T, Refusal>>;

const SELECT: &str = "SELECT application.id, application.status, application.status_comment,
        application.submitted_at, application.approved_at, application.deleted_at,
        owner.username AS owner, owner.fullname AS owner_name, study.study_name,
        project.number AS project_number, project.name AS project_name
 FROM applications_application AS application
 JOIN jobserver_user AS owner ON owner.id = application.created_by_id
 LEFT JOIN applications_studyinformationpage AS study ON study.application_id = application.id
 LEFT JOIN jobserver_project AS project ON project.id = application.project_id
 WHERE application.id = $1";

/// The application with this key, also when it has been deleted.
pub async fn find(db: &impl GenericClient, id: i32) -> Result<Option<Application>> {
    let statement = db.prepare_cached(SELECT).await?;
    let row = db.query_opt(&statement, &[&id]).await?;
    row.as_ref().map(Application::from_row).transpose()
}

/// The same, until the end of the transaction for nobody else to change.
pub(super) async fn locked(tx: &impl GenericClient, id: i32) -> Attempt<Application> {
    let statement = tx.prepare_cached(&format!("{SELECT}\n FOR UPDATE OF application")).await?;
    match tx.query_opt(&statement, &[&id]).await? {
        Some(row) => Ok(Ok(Application::from_row(&row)?)),
        None => Ok(Err(Refusal::Missing)),
    }
}

/// The same, refused when it has been deleted.
pub(crate) async fn locked_present(tx: &impl GenericClient, id: i32) -> Attempt<Application> {
    Ok(locked(tx, id).await?.and_then(|application| match application.deleted_at {
        Some(_) => Err(Refusal::Deleted),
        None => Ok(application),
    }))
}
