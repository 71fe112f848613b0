//! Membership of projects. Every change is written together with its audit events; nothing else may write this table.

use deadpool_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use crate::{
    Error, Result,
    ids::{ProjectId, UserId},
    permissions::RoleSet,
};

/// Who becomes a member of what.
#[derive(Debug, Clone)]
pub struct NewMembership<'a> {
    pub project: ProjectId,
    pub user: UserId,
    pub roles: &'a RoleSet,
    /// Who does it; may be the new member.
    pub by: UserId,
}

/// Adds a member with an audit event, and a second one when roles are given. Call it within the transaction of its
/// cause. Returns the membership's id; an error ends the transaction: [`Error::Invalid`] when they are a member already
/// or when one of the three does not exist.
pub async fn add(tx: &impl GenericClient, new: &NewMembership<'_>) -> Result<i32> {
    let statement = tx
        .prepare_cached(
            "WITH membership AS (
                 INSERT INTO jobserver_projectmembership (project_id, user_id, roles, created_at, created_by_id)
                 SELECT project.id, member.id, $3, now(), actor.id
                 FROM jobserver_project AS project, jobserver_user AS member, jobserver_user AS actor
                 WHERE project.id = $1 AND member.id = $2 AND actor.id = $4
                 RETURNING id, created_at
             ),
             event AS (
                 INSERT INTO jobserver_auditableevent (
                     type, target_model, target_field, target_id, target_user,
                     parent_model, parent_id, old, new, created_at, created_by
                 )
                 SELECT
                     kind.type, 'jobserver.ProjectMembership', kind.field, membership.id::text, member.username,
                     'jobserver.Project', ($1::integer)::text, '', kind.new, membership.created_at, actor.username
                 FROM membership
                 CROSS JOIN (
                     VALUES
                         (1, 'project_member_added', '', ''),
                         (2, 'project_member_updated_roles', 'roles', array_to_string($3::text[], ','))
                 ) AS kind (place, type, field, new)
                 JOIN jobserver_user AS member ON member.id = $2
                 JOIN jobserver_user AS actor ON actor.id = $4
                 WHERE kind.place = 1 OR kind.new <> ''
                 ORDER BY kind.place
             )
             SELECT id FROM membership",
        )
        .await?;
    let roles = new.roles.to_stored();
    match tx.query_opt(&statement, &[&new.project, &new.user, &roles, &new.by]).await {
        Ok(Some(row)) => Ok(row.try_get(0)?),
        Ok(None) => Err(Error::Invalid("The project or the person does not exist.".to_owned())),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            Err(Error::Invalid("This person is a member of the project already.".to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Replaces a member's roles on the project, with an audit event even if they are the same. Call it within a
/// transaction: the row stays locked until its end.
///
/// # Errors
/// [`Error::Invalid`] when the membership has gone meanwhile, or the actor does not exist.
pub async fn update_roles(
    tx: &impl GenericClient,
    membership: i32,
    roles: &RoleSet,
    by: UserId,
) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "WITH membership AS (
                 SELECT membership.id, membership.project_id, membership.roles, member.username
                 FROM jobserver_projectmembership AS membership
                 JOIN jobserver_user AS member ON member.id = membership.user_id
                 WHERE membership.id = $1
                 FOR UPDATE OF membership
             ),
             written AS (
                 UPDATE jobserver_projectmembership
                 SET roles = $2
                 FROM membership
                 WHERE jobserver_projectmembership.id = membership.id
             )
             INSERT INTO jobserver_auditableevent (
                 type, target_model, target_field, target_id, target_user,
                 parent_model, parent_id, old, new, created_at, created_by
             )
             SELECT
                 'project_member_updated_roles', 'jobserver.ProjectMembership', 'roles', membership.id::text,
                 membership.username, 'jobserver.Project', membership.project_id::text,
                 array_to_string(membership.roles, ','), array_to_string($2::text[], ','), now(), actor.username
             FROM membership
             JOIN jobserver_user AS actor ON actor.id = $3",
        )
        .await?;
    let events = tx.execute(&statement, &[&membership, &roles.to_stored(), &by]).await?;
    if events == 1 { Ok(()) } else { Err(gone()) }
}

/// Removes a member, with the two audit events of it: the loss of their roles, and of the membership. Call it within a
/// transaction.
///
/// # Errors
/// [`Error::Invalid`] when the membership has gone meanwhile, or the actor does not exist.
pub async fn remove(tx: &impl GenericClient, membership: i32, by: UserId) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "WITH removed AS (
                 DELETE FROM jobserver_projectmembership
                 WHERE id = $1
                 RETURNING id, project_id, user_id, roles
             )
             INSERT INTO jobserver_auditableevent (
                 type, target_model, target_field, target_id, target_user,
                 parent_model, parent_id, old, new, created_at, created_by
             )
             SELECT
                 kind.type, 'jobserver.ProjectMembership', kind.field, removed.id::text, member.username,
                 'jobserver.Project', removed.project_id::text,
                 CASE WHEN kind.field = 'roles' THEN array_to_string(removed.roles, ',') ELSE '' END, '',
                 now(), actor.username
             FROM removed
             CROSS JOIN (
                 VALUES (1, 'project_member_updated_roles', 'roles'), (2, 'project_member_removed', '')
             ) AS kind (place, type, field)
             JOIN jobserver_user AS member ON member.id = removed.user_id
             JOIN jobserver_user AS actor ON actor.id = $2
             ORDER BY kind.place",
        )
        .await?;
    let events = tx.execute(&statement, &[&membership, &by]).await?;
    if events == 2 { Ok(()) } else { Err(gone()) }
}

/// Takes a person's roles on every project away, with an audit event for each membership, also those without roles.
/// Call it within a transaction. The number of memberships.
pub async fn clear_roles_of(tx: &impl GenericClient, user: UserId, by: UserId) -> Result<u64> {
    let statement = tx
        .prepare_cached(
            "WITH membership AS (
                 SELECT id, project_id, roles
                 FROM jobserver_projectmembership
                 WHERE user_id = $1
                 ORDER BY id
                 FOR UPDATE
             ),
             written AS (
                 UPDATE jobserver_projectmembership
                 SET roles = '{}'
                 FROM membership
                 WHERE jobserver_projectmembership.id = membership.id
             )
             INSERT INTO jobserver_auditableevent (
                 type, target_model, target_field, target_id, target_user,
                 parent_model, parent_id, old, new, created_at, created_by
             )
             SELECT
                 'project_member_updated_roles', 'jobserver.ProjectMembership', 'roles', membership.id::text,
                 member.username, 'jobserver.Project', membership.project_id::text,
                 array_to_string(membership.roles, ','), '', now(), actor.username
             FROM membership
             JOIN jobserver_user AS member ON member.id = $1
             JOIN jobserver_user AS actor ON actor.id = $2
             ORDER BY membership.id",
        )
        .await?;
    Ok(tx.execute(&statement, &[&user, &by]).await?)
}

fn gone() -> Error {
    Error::Invalid("This person is not a member of the project any more.".to_owned())
}
