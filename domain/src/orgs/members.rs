//! Who belongs to an organisation: it decides in whose repositories they may make workspaces. Memberships are added and
//! removed one by one, so that each keeps who made it and when.

use deadpool_postgres::Object;

use super::Org;
use crate::{
    Result,
    audit::{self, About, Event, Kind},
    users::Person,
};

/// Somebody who became a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub username: String,
    pub fullname: String,
}

/// Makes all of these people members, or none of them: `Err` has the first key that is no person's, or a member's.
pub async fn add(
    db: &mut Object,
    org: &Org,
    users: &[i32],
    by: &Person,
) -> Result<std::result::Result<Vec<Added>, i32>> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "WITH added AS (
                 INSERT INTO jobserver_orgmembership (org_id, user_id, created_at, created_by_id)
                 SELECT $1, person.id, now(), $3
                 FROM jobserver_user AS person
                 WHERE person.id = ANY($2)
                 ON CONFLICT (org_id, user_id) DO NOTHING
                 RETURNING user_id
             )
             SELECT person.id, person.username, person.fullname
             FROM added
             JOIN jobserver_user AS person ON person.id = added.user_id
             ORDER BY lower(person.fullname), lower(person.username)",
        )
        .await?;
    let mut added = Vec::new();
    let mut keys: Vec<i32> = Vec::new();
    for row in tx.query(&statement, &[&org.id, &users, &by.id]).await? {
        keys.push(row.try_get("id")?);
        added.push(Added { username: row.try_get("username")?, fullname: row.try_get("fullname")? });
    }
    if let Some(other) = users.iter().find(|key| !keys.contains(key)) {
        return Ok(Err(*other));
    }
    let events: Vec<Event> = added
        .iter()
        .map(|member| {
            Event::new(Kind::OrgMemberAdded, &by.username, About::org(org.id, &org.name))
                .user(&member.username)
        })
        .collect();
    audit::record(&tx, &events).await?;
    tx.commit().await?;
    Ok(Ok(added))
}

/// Ends somebody's membership. False: there was none.
pub async fn remove(db: &mut Object, org: &Org, username: &str, by: &Person) -> Result<bool> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "DELETE FROM jobserver_orgmembership AS membership
             USING jobserver_user AS person
             WHERE person.id = membership.user_id
               AND person.username = $2
               AND membership.org_id = $1",
        )
        .await?;
    if tx.execute(&statement, &[&org.id, &username]).await? == 0 {
        return Ok(false);
    }
    let event =
        Event::new(Kind::OrgMemberRemoved, &by.username, About::org(org.id, &org.name)).user(username);
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(true)
}
