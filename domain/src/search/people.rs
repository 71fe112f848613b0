//! People, and the applications that they wrote or are named in.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{Found, Term, best};
use crate::{Result, applications, ids::UserId};

#[derive(Debug)]
pub struct UserHit {
    pub id: UserId,
    pub username: String,
    pub fullname: String,
    pub email: String,
    /// Nothing of their own fits, but the name of an organisation or a project of theirs.
    pub is_by_membership: bool,
}

#[derive(Debug)]
pub struct ApplicationHit {
    pub hash: String,
    pub created_by: String,
    /// Empty if it has none yet.
    pub study_name: String,
    pub status: String,
    pub created_at: Timestamp,
    pub is_deleted: bool,
}

/// By name, username or e-mail address; after them those whose organisation's or project's name fits.
pub async fn users(db: &impl GenericClient, term: &Term) -> Result<Found<UserHit>> {
    let statement = db
        .prepare_cached(best!(
            columns: "person.id, person.username, person.fullname, person.email",
            from: "jobserver_user AS person",
            ranked: [
                "person.username",
                "person.fullname",
                "person.email",
                "person.fullname || ' (' || person.username || ')'",
            ],
            more: "CASE WHEN person.id IN (
                       SELECT membership.user_id
                       FROM term, jobserver_orgmembership AS membership
                       JOIN jobserver_org AS org ON org.id = membership.org_id
                       WHERE strpos(upper(org.name), term.whole) > 0
                       UNION ALL
                       SELECT membership.user_id
                       FROM term, jobserver_projectmembership AS membership
                       JOIN jobserver_project AS project ON project.id = membership.project_id
                       WHERE strpos(upper(project.name), term.whole) > 0
                   ) THEN 4 END",
            order: "lower(fullname), lower(username)",
        ))
        .await?;
    Found::read(&db.query(&statement, &[&term.text]).await?, |row| {
        Ok(UserHit {
            id: row.try_get("id")?,
            username: row.try_get("username")?,
            fullname: row.try_get("fullname")?,
            email: row.try_get("email")?,
            is_by_membership: row.try_get::<_, i32>("rank")? == 4,
        })
    })
}

/// By hash, study, who wrote it, or a researcher named in it. Deleted ones come last.
pub async fn applications(db: &impl GenericClient, term: &Term) -> Result<Found<ApplicationHit>> {
    let statement = db
        .prepare_cached(concat!(
            best!(
                columns: "application.id, application.status, application.created_at,
                          application.deleted_at IS NOT NULL AS is_deleted,
                          coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                          coalesce(study.study_name, '') AS study_name",
                from: "applications_application AS application
                       JOIN jobserver_user AS creator ON creator.id = application.created_by_id
                       LEFT JOIN applications_studyinformationpage AS study ON study.application_id = application.id",
                ranked: ["study.study_name", "creator.fullname", "creator.username"],
                more: "CASE
                           WHEN application.id = $2 THEN 0
                           WHEN application.id IN (
                               SELECT researcher.application_id
                               FROM term, applications_researcherregistration AS researcher
                               WHERE strpos(upper(researcher.name), term.whole) > 0
                                  OR strpos(upper(researcher.github_username), term.whole) > 0
                           ) THEN 2
                       END",
                order: "is_deleted, created_at DESC, id DESC",
            )
        ))
        .await?;
    let pk = applications::pk_of(&term.text);
    Found::read(&db.query(&statement, &[&term.text, &pk]).await?, |row| {
        Ok(ApplicationHit {
            hash: applications::hash(row.try_get("id")?),
            created_by: row.try_get("created_by")?,
            study_name: row.try_get("study_name")?,
            status: row.try_get("status")?,
            created_at: row.try_get("created_at")?,
            is_deleted: row.try_get("is_deleted")?,
        })
    })
}
