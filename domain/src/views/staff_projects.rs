//! Projects as staff see them in lists and forms: all of them by number, and what the forms about them offer.

use jiff::Timestamp;

use crate::{
    Result,
    db::GenericClient,
    ids::{OrgId, UserId},
    listing::Conditions,
    project_number::ORDER_BY,
    views::options::Choice,
};

/// A project as a line of the list.
#[derive(Debug)]
pub struct Line {
    pub slug: String,
    pub name: String,
    pub number: Option<String>,
    pub status: String,
    pub created_at: Timestamp,
}

/// What the list is narrowed to: a text within name or number, and organisations by their slugs.
pub fn conditions(text: Option<&str>, orgs: &[String]) -> Conditions {
    let mut wanted = Conditions::new();
    wanted.any_like(&["project.name", "project.number"], text);
    if !orgs.is_empty() {
        wanted.push(
            "EXISTS (
                 SELECT
                 FROM jobserver_projectcollaboration AS collaboration
                 JOIN jobserver_org AS org ON org.id = collaboration.org_id
                 WHERE collaboration.project_id = project.id
                   AND org.slug = ANY($?)
             )",
            orgs.to_vec(),
        );
    }
    wanted
}

pub async fn count(db: &impl GenericClient, wanted: &Conditions) -> Result<i64> {
    wanted.count(db, "jobserver_project AS project").await
}

/// 25 projects from `offset` on, by number.
pub async fn page(db: &impl GenericClient, wanted: &Conditions, offset: i64) -> Result<Vec<Line>> {
    let (page, params) = wanted.page(&offset);
    let sql = format!(
        "SELECT project.slug, project.name, project.number, project.status, project.created_at
         FROM jobserver_project AS project
         {where_clause}
         ORDER BY {ORDER_BY}
         {page}",
        where_clause = wanted.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(Line {
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
                number: row.try_get("number")?,
                status: row.try_get("status")?,
                created_at: row.try_get("created_at")?,
            })
        })
        .collect()
}

/// An organisation that can be chosen.
#[derive(Debug, Clone)]
pub struct OrgChoice {
    pub id: OrgId,
    pub slug: String,
    pub name: String,
}

/// All organisations, by name.
pub async fn orgs(db: &impl GenericClient) -> Result<Vec<OrgChoice>> {
    let statement = db
        .prepare_cached(
            "SELECT id, slug, name
             FROM jobserver_org
             ORDER BY lower(name), id",
        )
        .await?;
    let rows = db.query(&statement, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(OrgChoice { id: row.try_get("id")?, slug: row.try_get("slug")?, name: row.try_get("name")? })
        })
        .collect()
}

/// An application that could be, or is, linked to a project.
#[derive(Debug, Clone)]
pub struct ApplicationLine {
    pub id: i32,
    pub status: String,
    pub created_at: Timestamp,
    /// Display name.
    pub created_by: String,
    pub study: Option<String>,
}

/// Applications that no project has, newest first: those that are filled in, and neither rejected nor deleted.
pub async fn linkable_applications(db: &impl GenericClient) -> Result<Vec<ApplicationLine>> {
    let statement = db
        .prepare_cached(
            "SELECT application.id, application.status, application.created_at,
                    person.fullname || ' (' || person.username || ')' AS created_by,
                    nullif(study.study_name, '') AS study
             FROM applications_application AS application
             JOIN jobserver_user AS person ON person.id = application.created_by_id
             LEFT JOIN applications_studyinformationpage AS study ON study.application_id = application.id
             WHERE application.project_id IS NULL
               AND application.deleted_at IS NULL
               AND application.status NOT IN ('ongoing', 'rejected')
             ORDER BY application.created_at DESC, application.id DESC",
        )
        .await?;
    let rows = db.query(&statement, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(ApplicationLine {
                id: row.try_get("id")?,
                status: row.try_get("status")?,
                created_at: row.try_get("created_at")?,
                created_by: row.try_get("created_by")?,
                study: row.try_get("study")?,
            })
        })
        .collect()
}

/// The first application that is linked to the project.
pub async fn application_of(db: &impl GenericClient, slug: &str) -> Result<Option<i32>> {
    let statement = db
        .prepare_cached(
            "SELECT min(application.id)
             FROM jobserver_project AS project
             JOIN applications_application AS application ON application.project_id = project.id
             WHERE project.slug = $1",
        )
        .await?;
    Ok(db.query_one(&statement, &[&slug]).await?.try_get(0)?)
}

/// The people with these keys, by name, to choose again.
pub async fn people(db: &impl GenericClient, ids: &[i32]) -> Result<Vec<Choice>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = db
        .prepare_cached(
            "SELECT id, fullname || ' (' || username || ')' AS display_name
             FROM jobserver_user
             WHERE id = ANY($1)
             ORDER BY lower(fullname), id",
        )
        .await?;
    let rows = db.query(&statement, &[&ids]).await?;
    rows.iter()
        .map(|row| {
            let id: UserId = row.try_get("id")?;
            Ok(Choice { value: id.to_string(), label: row.try_get("display_name")? })
        })
        .collect()
}
