//! Applications to use OpenSAFELY, in every state that staff meet: just begun, submitted, half reviewed, approved, rejected
//! and deleted. What their applicants wrote is in `answers`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tokio_postgres::Transaction;

use super::answers;
use crate::Result;

/// Reviews and approves.
const REVIEWER: &str = "finn-staff";

/// An application and how far it got; times are days ago.
pub(super) struct Application {
    pub study: &'static str,
    pub purpose: &'static str,
    pub by: &'static str,
    pub team: &'static str,
    created: i64,
    submitted: Option<i64>,
    status: &'static str,
    comment: &'static str,
    pub extent: Extent,
    /// When the reviewer looked, and what they said: page, verdict and notes. Every page not named has no review.
    reviewed: Option<i64>,
    reviews: &'static [(&'static str, Option<bool>, &'static str)],
    /// All pages not named in `reviews` are approved.
    approves_the_rest: bool,
    /// When it was approved, and the slug of the project that was made of it.
    approved: Option<(i64, &'static str)>,
    /// When it was deleted and by whom.
    deleted: Option<(i64, &'static str)>,
}

/// How much its applicant has filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    FirstPages,
    Everything,
}

const BEGUN: Application = Application {
    study: "",
    purpose: "",
    by: "ada-researcher",
    team: "Primary Care Epidemiology",
    created: 30,
    submitted: None,
    status: "ongoing",
    comment: "",
    extent: Extent::Everything,
    reviewed: None,
    reviews: &[],
    approves_the_rest: false,
    approved: None,
    deleted: None,
};

/// Oldest first.
const APPLICATIONS: &[Application] = &[
    Application {
        study: "Asthma reviews in primary care",
        purpose: "To see who has missed their annual asthma review, and what that has led to.",
        created: 560,
        submitted: Some(540),
        status: "approved_fully",
        reviewed: Some(510),
        approves_the_rest: true,
        approved: Some((470, "asthma-reviews")),
        ..BEGUN
    },
    Application {
        study: "Return to work after long COVID",
        purpose: "To describe how long people stay off work after a diagnosis of long COVID.",
        by: "bela-researcher",
        team: "Work and Health",
        created: 530,
        submitted: Some(515),
        status: "completed",
        comment: "Agreed at the March meeting. Extended once, until the report is out.",
        reviewed: Some(500),
        reviews: &[("datasetspage", Some(true), "ISARIC was taken off the list: it is not needed for this.")],
        approves_the_rest: true,
        approved: Some((470, "long-covid-and-work")),
        ..BEGUN
    },
    Application {
        study: "Sales territories for a new antidepressant",
        purpose: "To find practices that prescribe few antidepressants.",
        by: "cora-collaborator",
        team: "Market Insight",
        created: 210,
        submitted: Some(200),
        status: "rejected",
        comment: "Commercial use is outside of what OpenSAFELY is for.",
        reviewed: Some(195),
        reviews: &[
            ("commercialinvolvementpage", Some(false), "This is marketing."),
            ("studyinformationpage", Some(false), ""),
        ],
        ..BEGUN
    },
    Application {
        study: "A test, please ignore",
        by: "bela-researcher",
        created: 90,
        extent: Extent::FirstPages,
        deleted: Some((60, "finn-staff")),
        ..BEGUN
    },
    Application {
        study: "Falls and blood pressure medicines in older people",
        purpose: "To compare the risk of falls after starting different medicines for high blood pressure.",
        team: "Ageing Research",
        created: 24,
        submitted: Some(16),
        status: "submitted",
        comment: "Waiting for the sponsor’s letter.",
        reviewed: Some(5),
        reviews: &[
            ("contactdetailspage", Some(true), ""),
            ("commercialinvolvementpage", Some(true), ""),
            ("studyinformationpage", Some(false), "The purpose should name the medicines that are compared."),
            ("studypurposepage", None, "Asked the public panel to read this; answer by Friday."),
            ("typeofstudypage", Some(true), ""),
        ],
        ..BEGUN
    },
    Application {
        study: "Inhaler switching and carbon footprint",
        purpose: "To measure how prescribing moved to dry powder inhalers, and whether asthma control suffered.",
        by: "cora-collaborator",
        team: "Sustainable Prescribing",
        created: 12,
        submitted: Some(3),
        status: "submitted",
        ..BEGUN
    },
    Application {
        study: "Shingles vaccine and dementia",
        by: "lou-nobody",
        team: "Brain Health",
        created: 4,
        extent: Extent::FirstPages,
        ..BEGUN
    },
];

fn days_ago(now: Timestamp, days: i64) -> Timestamp {
    now - SignedDuration::from_hours(24 * days)
}

pub(super) async fn insert(transaction: &Transaction<'_>) -> Result<()> {
    let now = Timestamp::now();
    let ids = insert_applications(transaction, now).await?;
    let reviewer: i32 = transaction
        .query_one("SELECT id FROM jobserver_user WHERE username = $1", &[&REVIEWER])
        .await?
        .get(0);
    let mut tables: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (application, id) in APPLICATIONS.iter().zip(&ids) {
        for (table, answers) in answers::pages(application) {
            tables.entry(table).or_default().push(application.page(table, answers, *id, reviewer, now));
        }
    }
    let researchers = APPLICATIONS
        .iter()
        .zip(&ids)
        .filter(|(application, _)| application.extent == Extent::Everything)
        .flat_map(|(application, id)| {
            answers::researchers(application, *id, days_ago(now, application.created))
        })
        .collect();
    tables.insert("researcherregistration", researchers);
    for (table, rows) in tables {
        insert_rows(transaction, table, rows).await?;
    }
    Ok(())
}

/// Their ids, in the order of the list.
async fn insert_applications(transaction: &Transaction<'_>, now: Timestamp) -> Result<Vec<i32>> {
    let rows: Vec<Value> = APPLICATIONS.iter().map(|application| application.row(now)).collect();
    let made = transaction
        .query(
            "INSERT INTO applications_application
               (status, status_comment, has_agreed_to_terms, created_at, created_by_id, submitted_at, submitted_by_id,
                approved_at, approved_by_id, project_id, deleted_at, deleted_by_id)
             SELECT given.status, comment, true, given.created_at, applicant.id,
                    submitted_at, CASE WHEN submitted_at IS NOT NULL THEN applicant.id END,
                    approved_at, CASE WHEN approved_at IS NOT NULL THEN reviewer.id END, project.id,
                    deleted_at, deleter.id
               FROM jsonb_to_recordset($1)
                    AS given (created_by text, status text, comment text, created_at timestamptz,
                              submitted_at timestamptz, approved_at timestamptz, project text,
                              deleted_at timestamptz, deleted_by text)
               JOIN jobserver_user AS applicant ON applicant.username = given.created_by
               JOIN jobserver_user AS reviewer ON reviewer.username = $2
               LEFT JOIN jobserver_user AS deleter ON deleter.username = given.deleted_by
               LEFT JOIN jobserver_project AS project ON project.slug = given.project
              ORDER BY given.created_at
             RETURNING id",
            &[&Value::Array(rows), &REVIEWER],
        )
        .await?;
    Ok(made.iter().map(|row| row.get(0)).collect())
}

/// Columns are the keys of the first row; all have the same.
async fn insert_rows(transaction: &Transaction<'_>, table: &str, rows: Vec<Value>) -> Result<()> {
    let Some(columns) = rows.first().and_then(Value::as_object) else { return Ok(()) };
    let columns = columns.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let insert = format!(
        "INSERT INTO applications_{table} ({columns})
         SELECT {columns}
           FROM jsonb_populate_recordset(NULL::applications_{table}, $1)"
    );
    transaction.execute(&insert, &[&Value::Array(rows)]).await?;
    Ok(())
}

impl Application {
    fn row(&self, now: Timestamp) -> Value {
        json!({
            "created_by": self.by,
            "status": self.status,
            "comment": self.comment,
            "created_at": days_ago(now, self.created),
            "submitted_at": self.submitted.map(|days| days_ago(now, days)),
            "approved_at": self.approved.map(|(days, _)| days_ago(now, days)),
            "project": self.approved.map(|(_, project)| project),
            "deleted_at": self.deleted.map(|(days, _)| days_ago(now, days)),
            "deleted_by": self.deleted.map(|(_, by)| by),
        })
    }

    /// A row of a page's table: what was answered, and what the reviewer made of it.
    fn page(
        &self,
        table: &str,
        answers: Map<String, Value>,
        id: i32,
        reviewer: i32,
        now: Timestamp,
    ) -> Value {
        let said = self.reviews.iter().find(|(page, ..)| *page == table);
        let (verdict, notes) = match said {
            Some((_, verdict, notes)) => (*verdict, *notes),
            None => (self.approves_the_rest.then_some(true), ""),
        };
        let is_reviewed = said.is_some() || self.approves_the_rest;
        let reviewed = self.reviewed.filter(|_| is_reviewed);
        let mut row = answers;
        row.insert("application_id".to_owned(), json!(id));
        row.insert("notes".to_owned(), json!(notes));
        row.insert("is_approved".to_owned(), json!(verdict));
        row.insert("last_reviewed_at".to_owned(), json!(reviewed.map(|days| days_ago(now, days))));
        row.insert("reviewed_by_id".to_owned(), json!(reviewed.map(|_| reviewer)));
        row.insert("created_at".to_owned(), json!(days_ago(now, self.created)));
        row.insert("updated_at".to_owned(), json!(days_ago(now, self.submitted.unwrap_or(self.created))));
        Value::Object(row)
    }
}
