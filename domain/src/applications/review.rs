//! What staff say about the pages of an application. A page is only touched when something was sent about it, and what
//! another reviewer or the applicant saved meanwhile is never overwritten unseen.

use std::sync::LazyLock;

use super::{
    answers::{StoredPage, applicable, review_version, stored_pages},
    application::{Application, Attempt, locked_present},
    catalogue::{self, Page},
};
use crate::{
    Result,
    audit::{self, Event, Kind},
    db::{GenericClient, Object},
    users::Person,
    version::kept,
};

/// What was sent about one page. What was not sent stays as it is.
#[derive(Debug, Clone)]
pub struct PageReview {
    /// The page's key.
    pub key: &'static str,
    pub notes: Option<String>,
    /// Approved, not approved, or taken back.
    pub decision: Option<Option<bool>>,
    /// [`StoredPage::version`] of what the form was filled from; none: what is stored is replaced.
    pub version: Option<String>,
}

impl PageReview {
    /// What was sent about a page, against what is stored of it.
    pub fn compared(&self, stored: &StoredPage) -> Compared {
        let notes = kept(&stored.notes, self.notes.as_deref().unwrap_or(&stored.notes).trim());
        let decision = self.decision.unwrap_or(stored.decision);
        if notes == stored.notes && decision == stored.decision {
            return Compared::Same;
        }
        if let Some(version) = &self.version {
            let filled_from = version.split('.').next().unwrap_or_default();
            if review_version(notes, decision).as_str() == filled_from {
                return Compared::Same;
            }
            if *version != stored.version() {
                return Compared::Overtaken;
            }
        }
        Compared::Changed { notes: notes.to_owned(), decision }
    }
}

/// What saving a page's review would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Nothing: it is stored like that, or who sent it left it as the form was filled.
    Same,
    /// Somebody else changed the page since the form was filled.
    Overtaken,
    Changed {
        notes: String,
        decision: Option<bool>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    /// How many pages were changed.
    Saved(usize),
    /// Somebody changed at least one of the pages after the form was filled. Nothing was written.
    Overtaken,
}

/// A review of a page that is to be stored.
struct Change {
    stored: StoredPage,
    notes: String,
    decision: Option<bool>,
}

/// Stores what was said, with one time for all pages. Pages that do not apply or were not filled in are passed over.
pub async fn review(db: &mut Object, id: i32, by: &Person, sent: &[PageReview]) -> Attempt<Reviewed> {
    let tx = db.transaction().await?;
    let application = match locked_present(&tx, id).await? {
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let stored = applicable(stored_pages(&tx, id).await?).into_iter().filter_map(|(_, stored)| stored);
    let mut changes = Vec::new();
    for stored in stored {
        let Some(sent) = sent.iter().find(|sent| sent.key == stored.page.key) else { continue };
        match sent.compared(&stored) {
            Compared::Same => {}
            Compared::Overtaken => return Ok(Ok(Reviewed::Overtaken)),
            Compared::Changed { notes, decision } => changes.push(Change { stored, notes, decision }),
        }
    }
    if !changes.is_empty() {
        store(&tx, id, by, &changes).await?;
        audit::record(&tx, &[event(&application, by, &changes)]).await?;
        tx.commit().await?;
    }
    Ok(Ok(Reviewed::Saved(changes.len())))
}

/// One statement for all tables; each is only touched when its page is among the changes.
async fn store(tx: &impl GenericClient, id: i32, by: &Person, changes: &[Change]) -> Result<()> {
    static STATEMENT: LazyLock<String> = LazyLock::new(|| {
        let updates: Vec<String> = catalogue::pages().iter().map(update_page).collect();
        format!(
            "WITH review AS (
                 SELECT key, notes, is_approved
                 FROM unnest($3::text[], $4::text[], $5::boolean[]) AS review (key, notes, is_approved)
             ),
             {}
             SELECT",
            updates.join(",\n")
        )
    });
    let keys: Vec<&str> = changes.iter().map(|change| change.stored.page.key).collect();
    let notes: Vec<&str> = changes.iter().map(|change| change.notes.as_str()).collect();
    let decisions: Vec<Option<bool>> = changes.iter().map(|change| change.decision).collect();
    let statement = tx.prepare_cached(&STATEMENT).await?;
    tx.execute(&statement, &[&id, &by.id, &keys, &notes, &decisions]).await?;
    Ok(())
}

/// The names come from the catalogue alone.
fn update_page(page: &Page) -> String {
    format!(
        "{table} AS (
             UPDATE applications_{table} AS page
             SET notes = review.notes,
                 is_approved = review.is_approved,
                 last_reviewed_at = now(),
                 reviewed_by_id = $2,
                 updated_at = now()
             FROM review
             WHERE review.key = '{key}'
               AND page.application_id = $1
         )",
        table = page.table,
        key = page.key
    )
}

fn event(application: &Application, by: &Person, changes: &[Change]) -> Event {
    changes.iter().fold(application.event(Kind::ApplicationReviewed, by), |event, change| {
        let (page, stored) = (change.stored.page, &change.stored);
        event
            .change(&format!("{}: decision", page.title), word(stored.decision), word(change.decision))
            .change(&format!("{}: notes", page.title), &stored.notes, &change.notes)
    })
}

fn word(decision: Option<bool>) -> &'static str {
    match decision {
        Some(true) => "approved",
        Some(false) => "not approved",
        None => "",
    }
}
