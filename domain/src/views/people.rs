//! People in a list, for choosing one.

use deadpool_postgres::GenericClient;

use crate::{Result, permissions::RoleSet};

#[derive(Debug)]
pub struct PersonLine {
    pub username: String,
    pub fullname: String,
    /// Names of the roles they hold, globally or on any project.
    pub roles: Vec<&'static str>,
}

/// The first `limit` people, those with most roles first.
pub async fn by_roles(db: &impl GenericClient, limit: i64) -> Result<Vec<PersonLine>> {
    let statement = db
        .prepare_cached(
            "SELECT person.username, person.fullname, person.roles || held.roles AS roles
             FROM jobserver_user AS person
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(DISTINCT role), '{}') AS roles
                 FROM jobserver_projectmembership AS membership, unnest(membership.roles) AS role
                 WHERE membership.user_id = person.id
             ) AS held
             ORDER BY cardinality(person.roles || held.roles) DESC, lower(person.fullname), person.id
             LIMIT $1",
        )
        .await?;
    let rows = db.query(&statement, &[&limit]).await?;
    rows.iter()
        .map(|row| {
            let roles: Vec<String> = row.try_get("roles")?;
            Ok(PersonLine {
                username: row.try_get("username")?,
                fullname: row.try_get("fullname")?,
                roles: RoleSet::from_stored(roles).iter().map(|role| role.display_name()).collect(),
            })
        })
        .collect()
}
