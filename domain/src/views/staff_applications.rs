//! What staff see of applications: the list, and the head of one with its researchers. Never writes.

use jiff::Timestamp;

use crate::{
    Result, applications,
    db::GenericClient,
    ids::ProjectId,
    listing::{Conditions, pattern},
    projects::Project,
    users::Name,
};

/// What the list is narrowed to. Empty lists and no text narrow nothing.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Part of the name of the applicant, of a researcher or of the study, or an application's hash.
    pub text: Option<&'a str>,
    pub statuses: &'a [String],
    /// Usernames of applicants.
    pub users: &'a [String],
}

impl Wanted<'_> {
    fn conditions(&self) -> Conditions {
        let mut wanted = Conditions::new();
        if let Some(text) = self.text {
            let (like, key) = (wanted.bind(pattern(text)), wanted.bind(applications::pk_of(text)));
            wanted.plain(&containing(&like, &key));
        }
        wanted.is_in("application.status", self.statuses);
        if !self.users.is_empty() {
            wanted.push(
                "application.created_by_id IN (SELECT id FROM jobserver_user WHERE username = ANY ($?))",
                self.users.to_vec(),
            );
        }
        wanted
    }
}

/// The pattern `like` fits something of an application, or `key` is its key.
fn containing(like: &str, key: &str) -> String {
    format!(
        "(application.id = {key}
          OR EXISTS (
              SELECT
              FROM jobserver_user
              WHERE id = application.created_by_id
                AND (upper(fullname) LIKE {like} OR upper(username) LIKE {like})
          )
          OR EXISTS (
              SELECT
              FROM applications_studyinformationpage
              WHERE application_id = application.id
                AND upper(study_name) LIKE {like}
          )
          OR EXISTS (
              SELECT
              FROM applications_researcherregistration
              WHERE application_id = application.id
                AND (upper(name) LIKE {like} OR upper(github_username) LIKE {like})
          ))"
    )
}

/// How many applications fit.
pub async fn count(db: &impl GenericClient, wanted: &Wanted<'_>) -> Result<i64> {
    wanted.conditions().count(db, "applications_application AS application").await
}

#[derive(Debug, Clone)]
pub struct Line {
    pub id: i32,
    pub study_name: Option<String>,
    pub status: String,
    pub created_at: Timestamp,
    pub created_by: Name,
    pub approved_at: Option<Timestamp>,
    /// When and by whom it was deleted.
    pub deleted: Option<(Timestamp, Name)>,
}

/// None: there is nobody.
fn name(username: Option<String>, fullname: Option<String>) -> Option<Name> {
    Some(Name { username: username?, fullname: fullname? })
}

/// 25 of them from `offset`, newest first.
pub async fn page(db: &impl GenericClient, wanted: &Wanted<'_>, offset: i64) -> Result<Vec<Line>> {
    let conditions = wanted.conditions();
    let (page, params) = conditions.page(&offset);
    let sql = format!(
        "SELECT application.id, application.status, application.created_at, application.approved_at,
                application.deleted_at, study.study_name,
                creator.username AS creator_username, creator.fullname AS creator_fullname,
                deleter.username AS deleter_username, deleter.fullname AS deleter_fullname
         FROM (
             SELECT id, status, created_at, approved_at, deleted_at, created_by_id, deleted_by_id
             FROM applications_application AS application
             {where_clause}
             ORDER BY application.created_at DESC, application.id DESC
             {page}
         ) AS application
         JOIN jobserver_user AS creator ON creator.id = application.created_by_id
         LEFT JOIN jobserver_user AS deleter ON deleter.id = application.deleted_by_id
         LEFT JOIN applications_studyinformationpage AS study ON study.application_id = application.id
         ORDER BY application.created_at DESC, application.id DESC",
        where_clause = conditions.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &params).await?;
    rows.iter()
        .map(|row| {
            let deleter = name(row.try_get("deleter_username")?, row.try_get("deleter_fullname")?);
            let deleted_at: Option<Timestamp> = row.try_get("deleted_at")?;
            Ok(Line {
                id: row.try_get("id")?,
                study_name: row.try_get("study_name")?,
                status: row.try_get("status")?,
                created_at: row.try_get("created_at")?,
                created_by: Name {
                    username: row.try_get("creator_username")?,
                    fullname: row.try_get("creator_fullname")?,
                },
                approved_at: row.try_get("approved_at")?,
                deleted: deleted_at.zip(deleter),
            })
        })
        .collect()
}

/// Something that happened to an application, and who did it.
pub type Done = (Timestamp, Name);

/// An application beside its pages.
#[derive(Debug, Clone)]
pub struct Head {
    pub status: String,
    pub status_comment: String,
    pub study_name: Option<String>,
    pub created: Done,
    pub submitted: Option<Done>,
    pub approved: Option<Done>,
    pub deleted: Option<Done>,
    pub project: Option<Project>,
}

pub async fn head(db: &impl GenericClient, id: i32) -> Result<Option<Head>> {
    let statement = db
        .prepare_cached(
            "SELECT application.status, application.status_comment, study.study_name,
                    application.created_at, creator.username AS creator, creator.fullname AS creator_name,
                    application.submitted_at, submitter.username AS submitter, submitter.fullname AS submitter_name,
                    application.approved_at, approver.username AS approver, approver.fullname AS approver_name,
                    application.deleted_at, deleter.username AS deleter, deleter.fullname AS deleter_name,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM applications_application AS application
             JOIN jobserver_user AS creator ON creator.id = application.created_by_id
             LEFT JOIN jobserver_user AS submitter ON submitter.id = application.submitted_by_id
             LEFT JOIN jobserver_user AS approver ON approver.id = application.approved_by_id
             LEFT JOIN jobserver_user AS deleter ON deleter.id = application.deleted_by_id
             LEFT JOIN jobserver_project AS project ON project.id = application.project_id
             LEFT JOIN applications_studyinformationpage AS study ON study.application_id = application.id
             WHERE application.id = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&id]).await? else { return Ok(None) };
    let done = |at: &str, username: &str, fullname: &str| -> Result<Option<Done>> {
        let at: Option<Timestamp> = row.try_get(at)?;
        Ok(at.zip(name(row.try_get(username)?, row.try_get(fullname)?)))
    };
    let project: Option<ProjectId> = row.try_get("project_id")?;
    Ok(Some(Head {
        status: row.try_get("status")?,
        status_comment: row.try_get("status_comment")?,
        study_name: row.try_get("study_name")?,
        created: (
            row.try_get("created_at")?,
            Name { username: row.try_get("creator")?, fullname: row.try_get("creator_name")? },
        ),
        submitted: done("submitted_at", "submitter", "submitter_name")?,
        approved: done("approved_at", "approver", "approver_name")?,
        deleted: done("deleted_at", "deleter", "deleter_name")?,
        project: project.map(|_| Project::from_row(&row)).transpose()?,
    }))
}

#[derive(Debug, Clone)]
pub struct ResearcherLine {
    pub id: i32,
    pub name: String,
    pub email: String,
    pub github_username: String,
    /// Address of the data access agreement.
    pub daa: Option<String>,
}

/// The researchers of an application in the order in which they were added.
pub async fn researchers(db: &impl GenericClient, id: i32) -> Result<Vec<ResearcherLine>> {
    let statement = db
        .prepare_cached(
            "SELECT id, name, email, github_username, daa
             FROM applications_researcherregistration
             WHERE application_id = $1
             ORDER BY created_at, id",
        )
        .await?;
    let rows = db.query(&statement, &[&id]).await?;
    rows.iter()
        .map(|row| {
            Ok(ResearcherLine {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                email: row.try_get("email")?,
                github_username: row.try_get("github_username")?,
                daa: row.try_get("daa")?,
            })
        })
        .collect()
}
