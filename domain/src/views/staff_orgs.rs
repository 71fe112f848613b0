//! Organisations for staff: the list, and one with all that belongs to it.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::options::Choice;
use crate::{
    Result, ids::OrgId, listing::Conditions, orgs::Org, project_number, projects::Project, users::Name,
};

/// Up to this many people are offered as members without a search.
const FEW: usize = 10;

/// An organisation as a line of the list.
#[derive(Debug, Clone)]
pub struct OrgLine {
    pub name: String,
    pub slug: String,
    pub members: i64,
    pub projects: i64,
}

pub async fn count(db: &impl GenericClient, wanted: &Conditions) -> Result<i64> {
    wanted.count(db, "jobserver_org AS org").await
}

/// One page, by name.
pub async fn page(db: &impl GenericClient, wanted: &Conditions, offset: i64) -> Result<Vec<OrgLine>> {
    let (page, params) = wanted.page(&offset);
    let sql = format!(
        "SELECT org.name, org.slug,
                (SELECT count(*) FROM jobserver_orgmembership AS membership WHERE membership.org_id = org.id)
                    AS members,
                (SELECT count(*) FROM jobserver_projectcollaboration AS part WHERE part.org_id = org.id)
                    AS projects
         FROM (
             SELECT org.id, org.name, org.slug
             FROM jobserver_org AS org
             {where_clause}
             ORDER BY org.name, org.id
             {page}
         ) AS org
         ORDER BY org.name, org.id",
        where_clause = wanted.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(OrgLine {
                name: row.try_get("name")?,
                slug: row.try_get("slug")?,
                members: row.try_get("members")?,
                projects: row.try_get("projects")?,
            })
        })
        .collect()
}

/// An organisation with what only its staff page tells.
#[derive(Debug, Clone)]
pub struct OrgDetail {
    pub org: Org,
    /// Sorted.
    pub github_orgs: Vec<String>,
    pub created_at: Timestamp,
    /// Missing for the oldest.
    pub created_by: Option<Name>,
}

pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<OrgDetail>> {
    let statement = db
        .prepare_cached(
            "SELECT org.id, org.name, org.slug, nullif(org.logo_file, '') AS logo_file, org.created_at,
                    ARRAY (
                        SELECT name FROM unnest(org.github_orgs) AS name
                        WHERE name <> ''
                        ORDER BY lower(name), name
                    ) AS github_orgs,
                    creator.username, creator.fullname
             FROM jobserver_org AS org
             LEFT JOIN jobserver_user AS creator ON creator.id = org.created_by_id
             WHERE org.slug = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&slug]).await? else { return Ok(None) };
    let has_creator = row.try_get::<_, Option<&str>>("username")?.is_some();
    Ok(Some(OrgDetail {
        org: Org {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            slug: row.try_get("slug")?,
            logo_file: row.try_get("logo_file")?,
        },
        github_orgs: row.try_get("github_orgs")?,
        created_at: row.try_get("created_at")?,
        created_by: if has_creator { Some(Name::from_row(&row)?) } else { None },
    }))
}

/// The members, by name, with when each was added.
pub async fn members(db: &impl GenericClient, org: OrgId) -> Result<Vec<(Name, Timestamp)>> {
    let statement = db
        .prepare_cached(
            "SELECT person.username, person.fullname, membership.created_at
             FROM jobserver_orgmembership AS membership
             JOIN jobserver_user AS person ON person.id = membership.user_id
             WHERE membership.org_id = $1
             ORDER BY lower(person.fullname), lower(person.username)",
        )
        .await?;
    let rows = db.query(&statement, &[&org]).await?;
    rows.iter().map(|row| Ok((Name::from_row(row)?, row.try_get("created_at")?))).collect()
}

/// The projects it takes part in, in the order of all lists of projects.
pub async fn projects(db: &impl GenericClient, org: OrgId) -> Result<Vec<Project>> {
    let sql = format!(
        "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                project.number AS project_number
         FROM jobserver_projectcollaboration AS part
         JOIN jobserver_project AS project ON project.id = part.project_id
         WHERE part.org_id = $1
         ORDER BY {}",
        project_number::ORDER_BY
    );
    let statement = db.prepare_cached(&sql).await?;
    db.query(&statement, &[&org]).await?.iter().map(Project::from_row).collect()
}

/// An old address of an organisation.
#[derive(Debug, Clone)]
pub struct OldAddress {
    pub id: i32,
    pub old_url: String,
}

/// The old addresses of an organisation, newest first.
pub async fn old_addresses(db: &impl GenericClient, org: OrgId) -> Result<Vec<OldAddress>> {
    let statement = db
        .prepare_cached(
            "SELECT id, old_url
             FROM redirects_redirect
             WHERE org_id = $1
             ORDER BY created_at DESC, id DESC",
        )
        .await?;
    let rows = db.query(&statement, &[&org]).await?;
    rows.iter()
        .map(|row| Ok(OldAddress { id: row.try_get("id")?, old_url: row.try_get("old_url")? }))
        .collect()
}

/// Everybody who could become a member if they are few, as on a new installation; nobody if they are many.
pub async fn few_candidates(db: &impl GenericClient, org: OrgId) -> Result<Vec<Choice>> {
    let statement = db
        .prepare_cached(
            "SELECT candidate.id, candidate.username, candidate.fullname
             FROM (
                 SELECT person.id, person.username, person.fullname
                 FROM jobserver_user AS person
                 WHERE NOT EXISTS (
                     SELECT FROM jobserver_orgmembership AS membership
                     WHERE membership.user_id = person.id
                       AND membership.org_id = $1
                 )
                 LIMIT 11
             ) AS candidate
             ORDER BY lower(candidate.fullname), lower(candidate.username)",
        )
        .await?;
    let rows = db.query(&statement, &[&org]).await?;
    if rows.len() > FEW { Ok(Vec::new()) } else { rows.iter().map(person).collect() }
}

/// The people with these keys, whether they are members or not.
pub async fn people(db: &impl GenericClient, keys: &[i32]) -> Result<Vec<Choice>> {
    let statement = db
        .prepare_cached(
            "SELECT id, username, fullname
             FROM jobserver_user
             WHERE id = ANY($1)
             ORDER BY lower(fullname), lower(username)",
        )
        .await?;
    db.query(&statement, &[&keys]).await?.iter().map(person).collect()
}

fn person(row: &Row) -> Result<Choice> {
    let (id, name): (i32, Name) = (row.try_get("id")?, Name::from_row(row)?);
    Ok(Choice { value: id.to_string(), label: name.display_name() })
}
