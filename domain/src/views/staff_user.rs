//! One person as those who manage people see them: who they are, where they belong, what they did. Their job requests may
//! be thousands: only the newest jobs are looked for, from the newest request on.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::{
    Result,
    ids::{BackendId, OrgId, UserId},
    permissions::RoleSet,
    project_number,
    projects::Project,
    status::JobState,
    users,
};

#[derive(Debug)]
pub struct StaffPerson {
    pub id: UserId,
    pub username: String,
    pub fullname: String,
    pub email: String,
    pub joined_at: Timestamp,
    /// Roles that hold on every project.
    pub roles: RoleSet,
    pub uses_github: bool,
}

impl StaffPerson {
    /// "Full Name (username)".
    pub fn display_name(&self) -> String {
        users::display_name(&self.fullname, &self.username)
    }
}

/// The person with exactly this username.
pub async fn find(db: &impl GenericClient, username: &str) -> Result<Option<StaffPerson>> {
    if username.contains('\0') {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(
            "SELECT person.id, person.username, person.fullname, person.email, person.date_joined, person.roles,
                    EXISTS (
                        SELECT FROM social_auth_usersocialauth AS identity WHERE identity.user_id = person.id
                    ) AS uses_github
             FROM jobserver_user AS person
             WHERE person.username = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&username]).await? else { return Ok(None) };
    let roles: Vec<Option<String>> = row.try_get("roles")?;
    Ok(Some(StaffPerson {
        id: row.try_get("id")?,
        username: row.try_get("username")?,
        fullname: row.try_get("fullname")?,
        email: row.try_get("email")?,
        joined_at: row.try_get("date_joined")?,
        roles: RoleSet::from_stored(roles.into_iter().flatten()),
        uses_github: row.try_get("uses_github")?,
    }))
}

/// A backend, and whether the person is a member.
#[derive(Debug)]
pub struct BackendChoice {
    pub id: BackendId,
    pub slug: String,
    pub name: String,
    pub is_member: bool,
}

/// All backends by slug; `person` none: nobody is a member.
pub async fn backends(db: &impl GenericClient, person: Option<UserId>) -> Result<Vec<BackendChoice>> {
    let statement = db
        .prepare_cached(
            "SELECT backend.id, backend.slug, backend.name, membership.id IS NOT NULL AS is_member
             FROM jobserver_backend AS backend
             LEFT JOIN jobserver_backendmembership AS membership
                 ON membership.backend_id = backend.id AND membership.user_id = $1
             ORDER BY backend.slug",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            Ok(BackendChoice {
                id: row.try_get("id")?,
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
                is_member: row.try_get("is_member")?,
            })
        })
        .collect()
}

#[derive(Debug)]
pub struct OrgChoice {
    pub id: OrgId,
    pub slug: String,
    pub name: String,
    pub is_member: bool,
}

/// All organisations by name.
pub async fn all_orgs(db: &impl GenericClient, person: UserId) -> Result<Vec<OrgChoice>> {
    let statement = db
        .prepare_cached(
            "SELECT org.id, org.slug, org.name, membership.id IS NOT NULL AS is_member
             FROM jobserver_org AS org
             LEFT JOIN jobserver_orgmembership AS membership
                 ON membership.org_id = org.id AND membership.user_id = $1
             ORDER BY lower(org.name), org.id",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            Ok(OrgChoice {
                id: row.try_get("id")?,
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
                is_member: row.try_get("is_member")?,
            })
        })
        .collect()
}

/// Where somebody belongs.
#[derive(Debug)]
pub struct Belongings {
    /// Slug and name, by name.
    pub orgs: Vec<(String, String)>,
    /// By number.
    pub projects: Vec<Project>,
    pub copiloted: Vec<Project>,
}

pub async fn belongings(db: &impl GenericClient, person: UserId) -> Result<Belongings> {
    let (orgs, (projects, copiloted)) = tokio::try_join!(orgs(db, person), projects(db, person))?;
    Ok(Belongings { orgs, projects, copiloted })
}

async fn orgs(db: &impl GenericClient, person: UserId) -> Result<Vec<(String, String)>> {
    let statement = db
        .prepare_cached(
            "SELECT org.slug, org.name
             FROM jobserver_orgmembership AS membership
             JOIN jobserver_org AS org ON org.id = membership.org_id
             WHERE membership.user_id = $1
             ORDER BY lower(org.name), org.id",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter().map(|row| Ok((row.try_get("slug")?, row.try_get("name")?))).collect()
}

/// Those somebody is a member of, and those they are the co-pilot of.
async fn projects(db: &impl GenericClient, person: UserId) -> Result<(Vec<Project>, Vec<Project>)> {
    let sql = format!(
        "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                project.number AS project_number, found.is_copilot
         FROM (
             SELECT project_id, false AS is_copilot
             FROM jobserver_projectmembership
             WHERE user_id = $1
             UNION ALL
             SELECT id, true
             FROM jobserver_project
             WHERE copilot_id = $1
         ) AS found
         JOIN jobserver_project AS project ON project.id = found.project_id
         ORDER BY {}",
        project_number::ORDER_BY
    );
    let statement = db.prepare_cached(&sql).await?;
    let (mut projects, mut copiloted) = (Vec::new(), Vec::new());
    for row in db.query(&statement, &[&person]).await? {
        let list = if row.try_get("is_copilot")? { &mut copiloted } else { &mut projects };
        list.push(Project::from_row(&row)?);
    }
    Ok((projects, copiloted))
}

/// An application somebody started.
#[derive(Debug)]
pub struct ApplicationLine {
    pub id: i32,
    /// As stored.
    pub status: String,
    pub study_name: Option<String>,
    pub created_at: Timestamp,
    pub is_deleted: bool,
}

#[derive(Debug)]
pub struct JobLine {
    pub identifier: String,
    pub action: String,
    pub status: String,
    pub status_code: String,
    pub created_at: Timestamp,
    pub request: i32,
    pub workspace: String,
    pub project_slug: String,
}

impl JobLine {
    pub fn url(&self) -> String {
        format!("/{}/{}/{}/{}/", self.project_slug, self.workspace, self.request, self.identifier)
    }

    pub fn state(&self) -> JobState {
        JobState::of(&self.status)
    }
}

/// What somebody did.
#[derive(Debug)]
pub struct Doings {
    /// Newest first.
    pub applications: Vec<ApplicationLine>,
    /// The newest ten.
    pub jobs: Vec<JobLine>,
}

pub async fn doings(db: &impl GenericClient, person: UserId) -> Result<Doings> {
    let (applications, jobs) = tokio::try_join!(applications(db, person), newest_jobs(db, person))?;
    Ok(Doings { applications, jobs })
}

async fn applications(db: &impl GenericClient, person: UserId) -> Result<Vec<ApplicationLine>> {
    let statement = db
        .prepare_cached(
            "SELECT application.id, application.status, application.created_at,
                    nullif(study.study_name, '') AS study_name,
                    application.deleted_at IS NOT NULL AS is_deleted
             FROM applications_application AS application
             LEFT JOIN applications_studyinformationpage AS study ON study.application_id = application.id
             WHERE application.created_by_id = $1
             ORDER BY application.created_at DESC, application.id DESC",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            Ok(ApplicationLine {
                id: row.try_get("id")?,
                status: row.try_get("status")?,
                study_name: row.try_get("study_name")?,
                created_at: row.try_get("created_at")?,
                is_deleted: row.try_get("is_deleted")?,
            })
        })
        .collect()
}

async fn newest_jobs(db: &impl GenericClient, person: UserId) -> Result<Vec<JobLine>> {
    let statement = db
        .prepare_cached(
            "SELECT newest.*, workspace.name AS workspace, project.slug AS project_slug
             FROM (
                 SELECT request.id AS request, request.workspace_id, job.id, job.identifier, job.action, job.status,
                        job.status_code, job.created_at
                 FROM jobserver_jobrequest AS request
                 CROSS JOIN LATERAL (
                     SELECT job.id, job.identifier, job.action, job.status, job.status_code, job.created_at
                     FROM jobserver_job AS job
                     WHERE job.job_request_id = request.id
                     ORDER BY job.created_at DESC, job.id DESC
                     LIMIT 10
                 ) AS job
                 WHERE request.created_by_id = $1
                 ORDER BY request.id DESC, job.created_at DESC, job.id DESC
                 LIMIT 10
             ) AS newest
             JOIN jobserver_workspace AS workspace ON workspace.id = newest.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             ORDER BY newest.created_at DESC, newest.id DESC",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            Ok(JobLine {
                identifier: row.try_get("identifier")?,
                action: row.try_get("action")?,
                status: row.try_get("status")?,
                status_code: row.try_get("status_code")?,
                created_at: row.try_get("created_at")?,
                request: row.try_get("request")?,
                workspace: row.try_get("workspace")?,
                project_slug: row.try_get("project_slug")?,
            })
        })
        .collect()
}

/// A project on which somebody holds roles.
#[derive(Debug)]
pub struct HeldOnProject {
    pub membership: i32,
    pub project: Project,
    pub roles: RoleSet,
}

/// Memberships that carry roles, by the project's number.
pub async fn held_on_projects(db: &impl GenericClient, person: UserId) -> Result<Vec<HeldOnProject>> {
    let sql = format!(
        "SELECT membership.id, membership.roles, project.id AS project_id, project.slug AS project_slug,
                project.name AS project_name, project.number AS project_number
         FROM jobserver_projectmembership AS membership
         JOIN jobserver_project AS project ON project.id = membership.project_id
         WHERE membership.user_id = $1 AND membership.roles <> '{{}}'
         ORDER BY {}",
        project_number::ORDER_BY
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            let roles: Vec<Option<String>> = row.try_get("roles")?;
            Ok(HeldOnProject {
                membership: row.try_get("id")?,
                project: Project::from_row(row)?,
                roles: RoleSet::from_stored(roles.into_iter().flatten()),
            })
        })
        .collect()
}
