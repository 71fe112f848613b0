//! What somebody is and may do, for programs that act on their behalf.

use serde::Deserialize;

use crate::{Error, Result, db::GenericClient, permissions::RoleSet};

/// All roles of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    pub global: RoleSet,
    /// One for every membership, also those without roles.
    pub projects: Vec<OnProject>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnProject {
    pub slug: String,
    pub roles: RoleSet,
}

#[derive(Deserialize)]
struct StoredMembership(String, Vec<Option<String>>);

/// The roles of the person with exactly this username; none when there is nobody.
pub async fn roles_of(db: &impl GenericClient, username: &str) -> Result<Option<Roles>> {
    if username.contains('\0') {
        return Ok(None);
    }
    let select = db
        .prepare_cached(
            "SELECT person.roles,
                    (SELECT coalesce(jsonb_agg(jsonb_build_array(project.slug, membership.roles) ORDER BY membership.id), '[]')
                     FROM jobserver_projectmembership AS membership
                     JOIN jobserver_project AS project ON project.id = membership.project_id
                     WHERE membership.user_id = person.id)
             FROM jobserver_user AS person
             WHERE person.username = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&select, &[&username]).await? else { return Ok(None) };
    let global: Vec<Option<String>> = row.get(0);
    let projects: Vec<StoredMembership> =
        serde_json::from_value(row.get(1)).map_err(|error| Error::Corrupt(error.to_string()))?;
    let set = |stored: Vec<Option<String>>| RoleSet::from_stored(stored.into_iter().flatten());
    Ok(Some(Roles {
        global: set(global),
        projects: projects
            .into_iter()
            .map(|StoredMembership(slug, roles)| OnProject { slug, roles: set(roles) })
            .collect(),
    }))
}
