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
