//! Applications in the staff area: finding them, reviewing their pages, deciding on them. Applicants fill them in
//! elsewhere; what the pages are is `domain::applications::catalogue`.

mod approve;
mod approve_page;
mod cards;
mod deletion;
mod detail;
mod edit;
mod list;
mod researcher;
mod researcher_page;
mod sent;

use domain::applications::{self, Status};
use serde::Serialize;

use super::Staff;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
    },
};

pub use approve::{form as approve_form, submit as approve};
pub use deletion::{delete, restore};
pub use detail::{review, show};
pub use edit::{form as edit_form, submit as edit};
pub use list::list;
pub use researcher::{form as researcher_form, submit as researcher};

const LIST: &str = "/staff/applications/";
const NO_NAME: &str = "Not specified";

/// The key that a hash in an address stands for.
fn id_of(hash: &str) -> Result<i32, Error> {
    applications::pk_of(hash).ok_or(Error::NotFound)
}

/// The page of an application for staff.
fn staff_url(id: i32) -> String {
    format!("{LIST}{}/", applications::hash(id))
}

/// The page of an application for its applicant.
fn site_url(id: i32) -> String {
    format!("/applications/{}/", applications::hash(id))
}

/// The name of a study as titles show it.
fn title(study_name: Option<&str>) -> &str {
    study_name.filter(|name| !name.trim().is_empty()).unwrap_or(NO_NAME)
}

/// A deleted application is not viewed, edited or approved: it must be restored first.
fn refuse_deleted(app: &App, staff: &Staff, id: i32, before: &str) -> PageResult {
    let text = format!(
        "Application {} has been deleted. It must be restored before {before}.",
        applications::hash(id)
    );
    redirect::to(app, &staff.visitor, LIST, vec![Flash::error(text)])
}

/// Where an application stands, as a badge.
#[derive(Debug, Serialize)]
struct StatusBadge {
    text: String,
    tone: &'static str,
}

impl StatusBadge {
    /// A text that no version knows is shown as it is.
    fn of(stored: &str) -> StatusBadge {
        let status = Status::from_stored(stored);
        let text = status.map_or(stored, |status| status.label()).to_owned();
        StatusBadge { text, tone: status.map(status_tone).unwrap_or_default() }
    }
}

/// The tone of a status wherever applications are listed.
pub fn status_tone(status: Status) -> &'static str {
    match status {
        Status::ApprovedFully | Status::ApprovedSubjectTo | Status::Completed => "success",
        Status::Rejected => "danger",
        Status::Deferred => "warning",
        Status::Submitted | Status::Ongoing => "info",
    }
}
