//! The list of people for those who manage them: who matches, and what somebody seems to lack.

use deadpool_postgres::GenericClient;

use crate::{Result, ids::BackendId, listing::Conditions, permissions::Role};

/// What somebody who comes by GitHub may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Backend,
    Org,
    Project,
}

impl Missing {
    pub const ALL: [Missing; 3] = [Missing::Backend, Missing::Org, Missing::Project];

    pub fn as_str(self) -> &'static str {
        match self {
            Missing::Backend => "backend",
            Missing::Org => "org",
            Missing::Project => "project",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Missing::Backend => {
                "NOT EXISTS (SELECT FROM jobserver_backendmembership AS membership WHERE membership.user_id = person.id)"
            }
            Missing::Org => {
                "NOT EXISTS (SELECT FROM jobserver_orgmembership AS membership WHERE membership.user_id = person.id)"
            }
            Missing::Project => {
                "NOT EXISTS (SELECT FROM jobserver_projectmembership AS membership WHERE membership.user_id = person.id)"
            }
        }
    }
}

/// Which people are asked for. Of several values of one filter any will do; all filters must hold.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Part of a name or username.
    pub q: Option<&'a str>,
    /// Members of one of these backends; none at all if the list is there but empty.
    pub backends: Option<Vec<BackendId>>,
    pub missing: Vec<Missing>,
    /// Members of an organisation with one of these slugs or names.
    pub orgs: Vec<String>,
    /// Holders of one of these roles for the whole site.
    pub roles: Vec<Role>,
    /// Whether they hold any role, for the whole site or on a project.
    pub any_roles: Option<bool>,
}

const HOLDS_ROLES: &str = "(
      person.roles <> '{}'
      OR EXISTS (
          SELECT
          FROM jobserver_projectmembership AS membership
          WHERE membership.user_id = person.id AND membership.roles <> '{}'
      )
  )";

impl Wanted<'_> {
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::new();
        conditions.any_like(&["person.fullname", "person.username"], self.q);
        if let Some(backends) = &self.backends {
            conditions.push(
                "EXISTS (
                     SELECT
                     FROM jobserver_backendmembership AS membership
                     WHERE membership.user_id = person.id AND membership.backend_id = ANY($?)
                 )",
                backends.clone(),
            );
        }
        if !self.missing.is_empty() {
            let lacks: Vec<&str> = self.missing.iter().map(|missing| missing.condition()).collect();
            conditions
                .plain(
                    "EXISTS (
                         SELECT FROM social_auth_usersocialauth AS identity WHERE identity.user_id = person.id
                     )",
                )
                .plain(&format!("({})", lacks.join(" OR ")));
        }
        if !self.orgs.is_empty() {
            conditions.push(
                "EXISTS (
                     SELECT
                     FROM jobserver_orgmembership AS membership
                     JOIN jobserver_org AS org ON org.id = membership.org_id
                     WHERE membership.user_id = person.id AND (org.slug = ANY($?) OR org.name = ANY($?))
                 )",
                self.orgs.clone(),
            );
        }
        if !self.roles.is_empty() {
            let stored: Vec<String> = self.roles.iter().map(|role| role.stored()).collect();
            conditions.push("person.roles && $?", stored);
        }
        match self.any_roles {
            Some(true) => conditions.plain(HOLDS_ROLES),
            Some(false) => conditions.plain(&format!("NOT {HOLDS_ROLES}")),
            None => &mut conditions,
        };
        conditions
    }
}

/// A person in the list.
#[derive(Debug)]
pub struct PersonLine {
    pub username: String,
    pub fullname: String,
    pub uses_github: bool,
    pub has_backends: bool,
    pub has_orgs: bool,
    pub has_projects: bool,
    /// Globally or on a project.
    pub has_roles: bool,
}

/// Slug and name of an organisation.
pub type OrgName = (String, String);

/// Organisations to choose from, by name: none if there are more than `most`.
pub async fn few_orgs(db: &impl GenericClient, most: i64) -> Result<Option<Vec<OrgName>>> {
    let statement =
        db.prepare_cached("SELECT slug, name FROM jobserver_org ORDER BY lower(name), id LIMIT $1").await?;
    let rows = db.query(&statement, &[&(most + 1)]).await?;
    let is_few = i64::try_from(rows.len()).is_ok_and(|count| count <= most);
    if is_few {
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_>>().map(Some)
    } else {
        Ok(None)
    }
}

/// How many people match.
pub async fn count(db: &impl GenericClient, wanted: &Wanted<'_>) -> Result<i64> {
    wanted.conditions().count(db, "jobserver_user AS person").await
}

/// The people from `offset` on, [`super::PAGE_SIZE`] at most, by name.
pub async fn page(db: &impl GenericClient, wanted: &Wanted<'_>, offset: i64) -> Result<Vec<PersonLine>> {
    let conditions = wanted.conditions();
    let (page, params) = conditions.page(&offset);
    let sql = format!(
        "SELECT person.username, person.fullname,
                EXISTS (SELECT FROM social_auth_usersocialauth WHERE user_id = person.id OFFSET 0) AS uses_github,
                EXISTS (SELECT FROM jobserver_backendmembership WHERE user_id = person.id OFFSET 0) AS has_backends,
                EXISTS (SELECT FROM jobserver_orgmembership WHERE user_id = person.id OFFSET 0) AS has_orgs,
                one_project.has_roles IS NOT NULL AS has_projects,
                person.roles <> '{{}}'
                    OR coalesce(one_project.has_roles, false)
                    OR EXISTS (
                        SELECT
                        FROM jobserver_projectmembership
                        WHERE user_id = person.id AND roles <> '{{}}' AND NOT one_project.has_roles
                    ) AS has_roles
         FROM (
             SELECT person.id, person.username, person.fullname, person.roles,
                    lower(person.fullname) AS by_fullname, lower(person.username) AS by_username
             FROM jobserver_user AS person
             {where_clause}
             ORDER BY by_fullname, by_username, person.id
             {page}
         ) AS person
         LEFT JOIN LATERAL (
             SELECT roles <> '{{}}' AS has_roles FROM jobserver_projectmembership WHERE user_id = person.id LIMIT 1
         ) AS one_project ON true
         ORDER BY person.by_fullname, person.by_username, person.id",
        where_clause = conditions.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(PersonLine {
                username: row.try_get("username")?,
                fullname: row.try_get("fullname")?,
                uses_github: row.try_get("uses_github")?,
                has_backends: row.try_get("has_backends")?,
                has_orgs: row.try_get("has_orgs")?,
                has_projects: row.try_get("has_projects")?,
                has_roles: row.try_get("has_roles")?,
            })
        })
        .collect()
}
