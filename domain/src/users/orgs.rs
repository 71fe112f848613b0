//! Which organisations somebody belongs to, changed by staff from the person's side. Differences are applied and recorded;
//! what stays keeps its date and who gave it.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;

use super::account::{Edit, lock};
use crate::{
    Result,
    audit::{self, About, Event, Kind},
    db::Object,
    ids::{OrgId, UserId},
    version::{Edited, Version},
};

/// The version of a form that shows these organisations.
pub fn version(orgs: &BTreeSet<OrgId>) -> Version {
    Version::of(orgs)
}

/// Makes somebody a member of exactly these organisations. Unknown ones are left out.
pub async fn set_orgs(db: &mut Object, edit: &Edit<'_, BTreeSet<OrgId>>) -> Result<Edited<BTreeSet<OrgId>>> {
    let tx = db.transaction().await?;
    let username = lock(&tx, edit.user).await?;
    let current = of(&tx, edit.user).await?;
    let added: Vec<&OrgId> = edit.wanted.difference(&current).collect();
    let removed: Vec<&OrgId> = current.difference(edit.wanted).collect();
    if added.is_empty() && removed.is_empty() {
        return Ok(Edited::Unchanged);
    }
    if !version(&current).admits(edit.version) {
        return Ok(Edited::Overtaken(current));
    }
    let statement = tx
        .prepare_cached(
            "WITH added AS (
                 INSERT INTO jobserver_orgmembership (org_id, user_id, created_at, created_by_id)
                 SELECT id, $1, now(), $2
                 FROM jobserver_org
                 WHERE id = ANY($3)
                 ON CONFLICT (org_id, user_id) DO NOTHING
                 RETURNING org_id
             ),
             removed AS (
                 DELETE FROM jobserver_orgmembership
                 WHERE user_id = $1 AND org_id = ANY($4)
                 RETURNING org_id
             )
             SELECT org.id, org.name, change.is_added
             FROM (
                 SELECT org_id, true AS is_added FROM added
                 UNION ALL
                 SELECT org_id, false FROM removed
             ) AS change
             JOIN jobserver_org AS org ON org.id = change.org_id
             ORDER BY lower(org.name), org.id",
        )
        .await?;
    let rows = tx.query(&statement, &[&edit.user, &edit.by.0, &added, &removed]).await?;
    let events = rows
        .iter()
        .map(|row| {
            let is_added: bool = row.try_get("is_added")?;
            let kind = if is_added { Kind::OrgMemberAdded } else { Kind::OrgMemberRemoved };
            let (id, name): (OrgId, String) = (row.try_get("id")?, row.try_get("name")?);
            Ok(Event::new(kind, edit.by.1, About::org(id, name)).user(&username))
        })
        .collect::<Result<Vec<Event>>>()?;
    audit::record(&tx, &events).await?;
    tx.commit().await?;
    Ok(if events.is_empty() { Edited::Unchanged } else { Edited::Saved })
}

async fn of(tx: &Transaction<'_>, user: UserId) -> Result<BTreeSet<OrgId>> {
    let statement =
        tx.prepare_cached("SELECT org_id FROM jobserver_orgmembership WHERE user_id = $1").await?;
    let rows = tx.query(&statement, &[&user]).await?;
    rows.iter().map(|row| Ok(row.try_get("org_id")?)).collect()
}
