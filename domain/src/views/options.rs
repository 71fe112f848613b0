//! What can be chosen in forms and filters, looked for by a fragment of its name while somebody types. The tables are
//! small (people, projects, workspaces, organisations) and at most [`LIMIT`] rows leave them; what begins with the
//! fragment comes first. Who may look is the caller's to say.

use deadpool_postgres::GenericClient;
use serde::Serialize;
use tokio_postgres::Row;

use crate::{Result, ids::UserId, listing::pattern, projects::Project};

/// The most that is offered at once.
pub const LIMIT: usize = 20;

/// Something to choose: what a form sends, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// What is offered, and whether there was more.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    pub choices: Vec<Choice>,
    pub has_more: bool,
}

impl Offer {
    fn of(rows: &[Row], choice: impl Fn(&Row) -> Result<Choice>) -> Result<Offer> {
        let choices = rows.iter().take(LIMIT).map(choice).collect::<Result<_>>()?;
        Ok(Offer { choices, has_more: rows.len() > LIMIT })
    }
}

/// What forms send for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKey {
    Id,
    Username,
}

/// Whom a form does not offer, by slug: those who are members already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Without<'a> {
    pub org: Option<&'a str>,
    pub project: Option<&'a str>,
}

/// People whose name or username contains `find`.
pub async fn users(db: &impl GenericClient, find: &str, key: UserKey, without: Without<'_>) -> Result<Offer> {
    let statement = db
        .prepare_cached(
            "SELECT person.id, person.username, person.fullname
             FROM jobserver_user AS person
             WHERE (upper(person.fullname) LIKE $1 OR upper(person.username) LIKE $1)
               AND NOT EXISTS (
                   SELECT 1
                   FROM jobserver_orgmembership AS membership
                   INNER JOIN jobserver_org AS org ON org.id = membership.org_id
                   WHERE membership.user_id = person.id AND org.slug = $3
               )
               AND NOT EXISTS (
                   SELECT 1
                   FROM jobserver_projectmembership AS membership
                   INNER JOIN jobserver_project AS project ON project.id = membership.project_id
                   WHERE membership.user_id = person.id AND project.slug = $4
               )
             ORDER BY
                 (upper(person.fullname) LIKE $2 OR upper(person.username) LIKE $2) DESC,
                 lower(person.fullname),
                 lower(person.username)
             LIMIT 21",
        )
        .await?;
    let (within, first) = patterns(find);
    let rows = db.query(&statement, &[&within, &first, &without.org, &without.project]).await?;
    Offer::of(&rows, |row| person(row, key))
}

/// People who have applied for a project, and whose name or username contains `find`; filters send the username.
pub async fn applicants(db: &impl GenericClient, find: &str) -> Result<Offer> {
    let statement = db
        .prepare_cached(
            "SELECT person.id, person.username, person.fullname
             FROM jobserver_user AS person
             WHERE (upper(person.fullname) LIKE $1 OR upper(person.username) LIKE $1)
               AND EXISTS (SELECT 1 FROM applications_application WHERE created_by_id = person.id)
             ORDER BY
                 (upper(person.fullname) LIKE $2 OR upper(person.username) LIKE $2) DESC,
                 lower(person.fullname),
                 lower(person.username)
             LIMIT 21",
        )
        .await?;
    let (within, first) = patterns(find);
    let rows = db.query(&statement, &[&within, &first]).await?;
    Offer::of(&rows, |row| person(row, UserKey::Username))
}

fn person(row: &Row, key: UserKey) -> Result<Choice> {
    let username: String = row.try_get("username")?;
    let fullname: String = row.try_get("fullname")?;
    let id: UserId = row.try_get("id")?;
    let label = format!("{fullname} ({username})");
    Ok(Choice { value: if key == UserKey::Id { id.to_string() } else { username }, label })
}

/// Projects whose name, slug or number contains `find`; forms send the slug.
pub async fn projects(db: &impl GenericClient, find: &str) -> Result<Offer> {
    let statement = db
        .prepare_cached(
            "SELECT id AS project_id, slug AS project_slug, name AS project_name, number AS project_number
             FROM jobserver_project
             WHERE upper(name) LIKE $1 OR upper(slug) LIKE $1 OR upper(number) LIKE $1
             ORDER BY
                 (upper(name) LIKE $2 OR coalesce(upper(number) LIKE $2, FALSE)) DESC,
                 lower(name)
             LIMIT 21",
        )
        .await?;
    let (within, first) = patterns(find);
    let rows = db.query(&statement, &[&within, &first]).await?;
    Offer::of(&rows, |row| {
        let project = Project::from_row(row)?;
        Ok(Choice { label: project.title(), value: project.slug })
    })
}

/// Workspaces whose name contains `find`; forms send the name.
pub async fn workspaces(db: &impl GenericClient, find: &str) -> Result<Offer> {
    let statement = db
        .prepare_cached(
            "SELECT name
             FROM jobserver_workspace
             WHERE upper(name) LIKE $1
             ORDER BY (upper(name) LIKE $2) DESC, lower(name)
             LIMIT 21",
        )
        .await?;
    let (within, first) = patterns(find);
    let rows = db.query(&statement, &[&within, &first]).await?;
    Offer::of(&rows, |row| {
        let name: String = row.try_get("name")?;
        Ok(Choice { value: name.clone(), label: name })
    })
}

/// Organisations whose name or slug contains `find`; forms send the slug.
pub async fn orgs(db: &impl GenericClient, find: &str) -> Result<Offer> {
    let statement = db
        .prepare_cached(
            "SELECT slug, name
             FROM jobserver_org
             WHERE upper(name) LIKE $1 OR upper(slug) LIKE $1
             ORDER BY (upper(name) LIKE $2) DESC, lower(name)
             LIMIT 21",
        )
        .await?;
    let (within, first) = patterns(find);
    let rows = db.query(&statement, &[&within, &first]).await?;
    Offer::of(&rows, |row| Ok(Choice { value: row.try_get("slug")?, label: row.try_get("name")? }))
}

/// Patterns for "contains `find`" and for "begins with `find`".
fn patterns(find: &str) -> (String, String) {
    let within = pattern(find);
    let first = within.strip_prefix('%').unwrap_or(&within).to_owned();
    (within, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_is_typed_is_looked_for_and_not_obeyed() {
        assert_eq!(patterns("a_b"), ("%A\\_B%".to_owned(), "A\\_B%".to_owned()));
        assert_eq!(patterns("%"), ("%\\%%".to_owned(), "\\%%".to_owned()));
    }
}
