//! What applicants answered and reviewers said, page by page, in one statement for all tables.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio_postgres::Row;

use super::catalogue::{self, Field, Page, TYPE_OF_STUDY, TypesOfStudy};
use crate::{
    Error, Result,
    db::GenericClient,
    version::{Version, plain},
};

/// A review stores its time first and the row's a moment later; a save within this span of a review is the review itself.
const SAME_SAVE: SignedDuration = SignedDuration::from_secs(10);

/// A page that has been filled in at least once.
#[derive(Debug, Clone)]
pub struct StoredPage {
    pub page: &'static Page,
    /// In the order of [`Page::fields`]: text, a boolean, or null.
    answers: Vec<Value>,
    pub notes: String,
    /// None: nobody has decided. Saving an answer stores "not approved" as well; before any review that is no decision.
    pub decision: Option<bool>,
    pub last_reviewed_at: Option<Timestamp>,
    /// Full name.
    pub reviewed_by: Option<String>,
    updated_at: Timestamp,
}

impl StoredPage {
    /// Each question with its answer.
    pub fn answers(&self) -> impl Iterator<Item = (&'static Field, &Value)> {
        self.page.fields().zip(&self.answers)
    }

    fn is_ticked(&self, column: &str) -> bool {
        self.answers().any(|(field, answer)| field.column == column && answer == &Value::Bool(true))
    }

    /// Whether the applicant saved the page after its last review.
    pub fn was_saved_after_review(&self) -> bool {
        self.last_reviewed_at.is_some_and(|reviewed| self.updated_at.duration_since(reviewed) > SAME_SAVE)
    }

    /// For forms: what was said in review, and what it was said about.
    pub fn version(&self) -> String {
        format!("{}.{}", review_version(&self.notes, self.decision).as_str(), self.answers_version().as_str())
    }

    pub(super) fn answers_version(&self) -> Version {
        Version::of(&self.answers)
    }

    fn from_row(row: &Row) -> Result<StoredPage> {
        let key: &str = row.try_get("key")?;
        let page = catalogue::page(key).ok_or_else(|| Error::Corrupt(format!("a page called {key}")))?;
        let answers: Value = row.try_get("answers")?;
        let Value::Array(answers) = answers else {
            return Err(Error::Corrupt(format!("answers of the page {key}")));
        };
        let last_reviewed_at: Option<Timestamp> = row.try_get("last_reviewed_at")?;
        let stored: Option<bool> = row.try_get("is_approved")?;
        Ok(StoredPage {
            page,
            answers,
            notes: row.try_get("notes")?,
            decision: stored.filter(|is_approved| *is_approved || last_reviewed_at.is_some()),
            last_reviewed_at,
            reviewed_by: row.try_get("reviewed_by")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Browsers send line ends of their own; those make no difference.
pub(super) fn review_version(notes: &str, decision: Option<bool>) -> Version {
    Version::of(&(plain(notes), decision))
}

/// The pages of an application that have been filled in, in order.
pub async fn stored_pages(db: &impl GenericClient, application: i32) -> Result<Vec<StoredPage>> {
    static STATEMENT: LazyLock<String> = LazyLock::new(|| {
        let tables: Vec<String> = catalogue::pages().iter().enumerate().map(select_page).collect();
        format!(
            "SELECT page.key, page.notes, page.is_approved, page.last_reviewed_at, page.updated_at, page.answers,
                    reviewer.fullname AS reviewed_by
             FROM ({}) AS page
             LEFT JOIN jobserver_user AS reviewer ON reviewer.id = page.reviewed_by_id
             ORDER BY page.place",
            tables.join("\nUNION ALL\n")
        )
    });
    let statement = db.prepare_cached(&STATEMENT).await?;
    let rows = db.query(&statement, &[&application]).await?;
    rows.iter().map(StoredPage::from_row).collect()
}

/// The names come from the catalogue alone.
fn select_page((place, page): (usize, &Page)) -> String {
    let columns: Vec<&str> = page.fields().map(|field| field.column).collect();
    format!(
        "SELECT {place} AS place, '{}' AS key, notes, is_approved, last_reviewed_at, updated_at, reviewed_by_id,
                json_build_array({}) AS answers
         FROM applications_{}
         WHERE application_id = $1",
        page.key,
        columns.join(", "),
        page.table
    )
}

/// The pages that an application has, in order, each with what is stored of it. Other rows are left over from other types
/// of study.
pub fn applicable(stored: Vec<StoredPage>) -> Vec<(&'static Page, Option<StoredPage>)> {
    let types = types_of_study(&stored);
    let mut stored = stored.into_iter().peekable();
    let mut pages = Vec::new();
    for page in catalogue::pages() {
        let found = stored.next_if(|stored| stored.page.key == page.key);
        if page.applies.to(types) {
            pages.push((page, found));
        }
    }
    pages
}

fn types_of_study(stored: &[StoredPage]) -> TypesOfStudy {
    let Some(page) = stored.iter().find(|stored| stored.page.key == TYPE_OF_STUDY) else {
        return TypesOfStudy::default();
    };
    TypesOfStudy {
        research: page.is_ticked("is_study_research"),
        service_evaluation: page.is_ticked("is_study_service_evaluation"),
        audit: page.is_ticked("is_study_audit"),
        short_data_report: page.is_ticked("is_study_short_data_report"),
    }
}
