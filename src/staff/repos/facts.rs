//! The facts of a repository, GitHub's among them. What GitHub does not say is unknown, and the page is shown all the same.

use domain::views::staff_repos::{RepoDetail, RepoWorkspace, Runs, SignOff};
use jiff::Timestamp;
use serde::Serialize;

use super::detail::limit;
use crate::{code::RepoFacts, http::times::Moment, staff::addresses};

#[derive(Serialize)]
pub struct Facts {
    visibility: Visibility,
    contacts: String,
    has_outputs: bool,
    /// "1 / 3".
    workspaces_signed_off: String,
    researcher: Option<Signature>,
    internal: Option<Signature>,
    created: Option<Moment>,
    first_run: Option<Moment>,
    last_run: Option<Moment>,
    limit: Option<Moment>,
    is_overdue: bool,
}

/// Who can see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Visibility {
    pub text: &'static str,
    pub tone: &'static str,
    pub title: &'static str,
}

impl Visibility {
    pub const UNKNOWN: Visibility =
        Visibility { text: "Unknown", tone: "", title: "GitHub does not say at the moment" };
    pub const MISSING: Visibility = Visibility {
        text: "Unknown",
        tone: "warning",
        title: "GitHub knows no such repository, or hides it from us",
    };

    pub fn of(is_private: bool) -> Visibility {
        if is_private {
            Visibility { text: "Private", tone: "info", title: "" }
        } else {
            Visibility { text: "Public", tone: "success", title: "" }
        }
    }
}

#[derive(Serialize)]
pub struct Signature {
    at: Moment,
    name: String,
    url: String,
}

impl From<&SignOff> for Signature {
    fn from(sign_off: &SignOff) -> Self {
        Signature {
            at: Moment::date_and_time(sign_off.at),
            name: sign_off.by.fullname.clone(),
            url: addresses::user(&sign_off.by.username),
        }
    }
}

impl Facts {
    pub fn new(repo: &RepoDetail, on_github: RepoFacts, workspaces: &[RepoWorkspace], runs: Runs) -> Facts {
        let (visibility, created) = match on_github {
            RepoFacts::Known { is_private, created_at } => (Visibility::of(is_private), created_at),
            RepoFacts::Missing => (Visibility::MISSING, None),
            RepoFacts::Unknown => (Visibility::UNKNOWN, None),
        };
        let signed_off = workspaces.iter().filter(|workspace| workspace.signed_off.is_some()).count();
        let limit = runs.first.and_then(limit);
        Facts {
            visibility,
            contacts: contacts(workspaces),
            has_outputs: repo.has_github_outputs,
            workspaces_signed_off: format!("{signed_off} / {}", workspaces.len()),
            researcher: repo.researcher.as_ref().map(Signature::from),
            internal: repo.internal.as_ref().map(Signature::from),
            created: created.map(Moment::date),
            first_run: runs.first.map(Moment::date_and_time),
            last_run: runs.last.map(Moment::date_and_time),
            is_overdue: limit.is_some_and(|limit| limit < Timestamp::now()),
            limit: limit.map(Moment::date),
        }
    }
}

/// Everybody who made one of the workspaces, once: `Full Name <e-mail>`.
fn contacts(workspaces: &[RepoWorkspace]) -> String {
    let mut contacts: Vec<String> = Vec::new();
    for workspace in workspaces {
        let (name, email) = (&workspace.creator.fullname, &workspace.creator_email);
        let contact = match (name.is_empty(), email.is_empty()) {
            (false, false) => format!("{name} <{email}>"),
            (true, false) => email.clone(),
            (false, true) => name.clone(),
            (true, true) => workspace.creator.username.clone(),
        };
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    contacts.join("; ")
}
