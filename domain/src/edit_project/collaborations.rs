//! The organisations of a project: the difference between what is and what is wanted. Rows of organisations that stay are
//! left alone, so that it remains known who added them and when.

use super::{Stored, Wanted};
use crate::{
    Result,
    db::GenericClient,
    ids::{OrgId, ProjectId, UserId},
};

/// Writes the difference, if there is any. At most one row may be the lead at every moment, so the old lead steps back
/// before the new one steps forward.
pub async fn replace(tx: &impl GenericClient, stored: &Stored, wanted: &Wanted, by: UserId) -> Result<()> {
    let has = |id: &OrgId| stored.orgs.iter().any(|org| org.id == *id);
    let is_same =
        stored.lead == wanted.lead && stored.orgs.len() == wanted.orgs.len() && wanted.orgs.iter().all(has);
    if is_same {
        return Ok(());
    }
    remove_others(tx, stored.id, &wanted.orgs).await?;
    if stored.lead != wanted.lead {
        step_back(tx, stored.id, wanted.lead, by).await?;
    }
    add(tx, stored.id, &wanted.orgs, wanted.lead, by).await
}

async fn remove_others(tx: &impl GenericClient, project: ProjectId, orgs: &[OrgId]) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "DELETE FROM jobserver_projectcollaboration
             WHERE project_id = $1
               AND org_id <> ALL($2)",
        )
        .await?;
    tx.execute(&statement, &[&project, &orgs]).await?;
    Ok(())
}

async fn step_back(
    tx: &impl GenericClient,
    project: ProjectId,
    lead: Option<OrgId>,
    by: UserId,
) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_projectcollaboration
             SET is_lead = false, updated_at = now(), updated_by_id = $3
             WHERE project_id = $1
               AND is_lead
               AND org_id IS DISTINCT FROM $2",
        )
        .await?;
    tx.execute(&statement, &[&project, &lead, &by]).await?;
    Ok(())
}

/// New rows in the order of `orgs`; of the rows that are there only the new lead's changes.
async fn add(
    tx: &impl GenericClient,
    project: ProjectId,
    orgs: &[OrgId],
    lead: Option<OrgId>,
    by: UserId,
) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_projectcollaboration AS collaboration
                 (project_id, org_id, is_lead, created_at, created_by_id, updated_at, updated_by_id)
             SELECT $1, wanted.org_id, wanted.org_id IS NOT DISTINCT FROM $3, now(), $4, now(), $4
             FROM unnest($2::integer[]) WITH ORDINALITY AS wanted (org_id, place)
             ORDER BY wanted.place
             ON CONFLICT (org_id, project_id) DO UPDATE
             SET is_lead = true, updated_at = excluded.updated_at, updated_by_id = excluded.updated_by_id
             WHERE excluded.is_lead
               AND NOT collaboration.is_lead",
        )
        .await?;
    tx.execute(&statement, &[&project, &orgs, &lead, &by]).await?;
    Ok(())
}
