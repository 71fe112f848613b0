//! The people named in an application, as staff correct them.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;

use super::application::{Attempt, Refusal, locked};
use crate::{
    Result,
    audit::{self, Kind},
    db::{GenericClient, Object},
    users::Person,
    version::{Edited, Version},
};

/// The phones that there are, as stored and as people call them.
pub const PHONE_TYPES: [(&str, &str); 2] = [("android", "Android"), ("iphone", "iPhone")];
/// The longest address of a data access agreement, in characters.
pub const DAA_LIMIT: usize = 200;

/// What can be corrected, in the order of the form.
pub const COLUMNS: [&str; 11] = [
    "name",
    "job_title",
    "email",
    "github_username",
    "telephone",
    "daa",
    "does_researcher_need_server_access",
    "phone_type",
    "has_taken_safe_researcher_training",
    "training_with_org",
    "training_passed_at",
];

/// What the form shows of a researcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Researcher {
    pub name: String,
    pub job_title: String,
    pub email: String,
    pub github_username: String,
    pub telephone: String,
    pub does_researcher_need_server_access: Option<bool>,
    /// One of [`PHONE_TYPES`] or empty.
    pub phone_type: String,
    pub has_taken_safe_researcher_training: Option<bool>,
    pub training_with_org: String,
    pub training_passed_at: Option<Timestamp>,
    /// Address of the signed data access agreement.
    pub daa: Option<String>,
}

impl Researcher {
    pub fn version(&self) -> Version {
        Version::of(self)
    }

    /// Each of [`COLUMNS`] with its value as people read it.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let values = [
            self.name.clone(),
            self.job_title.clone(),
            self.email.clone(),
            self.github_username.clone(),
            self.telephone.clone(),
            self.daa.clone().unwrap_or_default(),
            yes_or_no(self.does_researcher_need_server_access),
            self.phone_type.clone(),
            yes_or_no(self.has_taken_safe_researcher_training),
            self.training_with_org.clone(),
            day(self.training_passed_at),
        ];
        COLUMNS.into_iter().zip(values)
    }

    fn from_row(row: &Row) -> Result<Researcher> {
        Ok(Researcher {
            name: row.try_get("name")?,
            job_title: row.try_get("job_title")?,
            email: row.try_get("email")?,
            github_username: row.try_get("github_username")?,
            telephone: row.try_get("telephone")?,
            does_researcher_need_server_access: row.try_get("does_researcher_need_server_access")?,
            phone_type: row.try_get("phone_type")?,
            has_taken_safe_researcher_training: row.try_get("has_taken_safe_researcher_training")?,
            training_with_org: row.try_get("training_with_org")?,
            training_passed_at: row.try_get("training_passed_at")?,
            daa: row.try_get("daa")?,
        })
    }
}

fn yes_or_no(answer: Option<bool>) -> String {
    answer.map_or("", |yes| if yes { "Yes" } else { "No" }).to_owned()
}

/// The day in UTC as date fields write it; empty for none.
pub fn day(at: Option<Timestamp>) -> String {
    at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

const SELECT: &str =
    "SELECT name, job_title, email, github_username, telephone, does_researcher_need_server_access,
        phone_type, has_taken_safe_researcher_training, training_with_org, training_passed_at, daa
 FROM applications_researcherregistration
 WHERE id = $1
   AND application_id = $2";

/// The researcher with this key, if they belong to this application.
pub async fn find(db: &impl GenericClient, application: i32, id: i32) -> Result<Option<Researcher>> {
    let statement = db.prepare_cached(SELECT).await?;
    let row = db.query_opt(&statement, &[&id, &application]).await?;
    row.as_ref().map(Researcher::from_row).transpose()
}

/// Stores a researcher, whatever the state of the application. `version` is that of the form; without one, what is stored
/// is replaced.
pub async fn edit(
    db: &mut Object,
    (application, id): (i32, i32),
    by: &Person,
    new: &Researcher,
    version: Option<&str>,
) -> Attempt<Edited<Researcher>> {
    let tx = db.transaction().await?;
    let application = match locked(&tx, application).await? {
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let statement = tx.prepare_cached(&format!("{SELECT}\n FOR UPDATE")).await?;
    let Some(row) = tx.query_opt(&statement, &[&id, &application.id]).await? else {
        return Ok(Err(Refusal::Missing));
    };
    let stored = Researcher::from_row(&row)?;
    if stored == *new {
        return Ok(Ok(Edited::Unchanged));
    }
    if !stored.version().admits(version) {
        return Ok(Ok(Edited::Overtaken(stored)));
    }
    store(&tx, id, new).await?;
    let changes = stored.facts().zip(new.facts());
    let event = changes
        .fold(application.event(Kind::ResearcherEdited, by), |event, ((column, old), (_, now))| {
            event.change(&format!("{}: {column}", stored.name), old, now)
        });
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Ok(Edited::Saved))
}

async fn store(tx: &impl GenericClient, id: i32, new: &Researcher) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "UPDATE applications_researcherregistration
             SET name = $2, job_title = $3, email = $4, github_username = $5, telephone = $6,
                 does_researcher_need_server_access = $7, phone_type = $8, has_taken_safe_researcher_training = $9,
                 training_with_org = $10, training_passed_at = $11, daa = $12
             WHERE id = $1",
        )
        .await?;
    tx.execute(
        &statement,
        &[
            &id,
            &new.name,
            &new.job_title,
            &new.email,
            &new.github_username,
            &new.telephone,
            &new.does_researcher_need_server_access,
            &new.phone_type,
            &new.has_taken_safe_researcher_training,
            &new.training_with_org,
            &new.training_passed_at,
            &new.daa,
        ],
    )
    .await?;
    Ok(())
}
