//! What people call the things that a filter was given by their keys in addresses: only those are read, so a filter over
//! thousands costs nothing until somebody uses it.

use deadpool_postgres::GenericClient;

use crate::Result;

/// What is filtered by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen<'a> {
    /// Slugs.
    pub orgs: &'a [String],
    /// Slugs.
    pub projects: &'a [String],
    /// Usernames.
    pub users: &'a [String],
}

/// Keys in addresses with what people read, by name. What is not there is left out.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    pub orgs: Vec<(String, String)>,
    pub projects: Vec<(String, String)>,
    pub users: Vec<(String, String)>,
}

pub async fn labels(db: &impl GenericClient, chosen: Chosen<'_>) -> Result<Labels> {
    let mut labels = Labels::default();
    if chosen.orgs.is_empty() && chosen.projects.is_empty() && chosen.users.is_empty() {
        return Ok(labels);
    }
    let statement = db
        .prepare_cached(
            "SELECT 'org' AS kind, slug::text AS value, name::text AS label
             FROM jobserver_org
             WHERE slug = ANY($1)
             UNION ALL
             SELECT 'project', slug, concat_ws(' - ', number, name)
             FROM jobserver_project
             WHERE slug = ANY($2)
             UNION ALL
             SELECT 'user', username, fullname || ' (' || username || ')'
             FROM jobserver_user
             WHERE username = ANY($3)
             ORDER BY label, value",
        )
        .await?;
    for row in db.query(&statement, &[&chosen.orgs, &chosen.projects, &chosen.users]).await? {
        let line = (row.try_get("value")?, row.try_get("label")?);
        match row.try_get("kind")? {
            "org" => labels.orgs.push(line),
            "project" => labels.projects.push(line),
            _ => labels.users.push(line),
        }
    }
    Ok(labels)
}
