//! The roles that people hold on the whole site. Every change is written with its audit event, in Django's table and
//! form; nothing but this and the commands of operators may write them. There is always somebody left who may give them.

use deadpool_postgres::{GenericClient, Transaction};

use crate::{
    Error, Result,
    db::Object,
    ids::UserId,
    memberships,
    permissions::{Permission, Role, RoleSet},
    version::{Edited, Version},
};

/// New roles for somebody, from a form.
#[derive(Debug, Clone, Copy)]
pub struct RolesChange<'a> {
    pub user: UserId,
    pub roles: &'a RoleSet,
    pub by: UserId,
    /// [`version`] of what the form showed; none replaces whatever there is.
    pub version: Option<&'a str>,
}

/// What a form that shows these roles carries.
pub fn version(roles: &RoleSet) -> Version {
    let mut stored = roles.to_stored();
    stored.sort_unstable();
    Version::of(&stored)
}

/// Replaces somebody's global roles, with an audit event even if they are the same; unless the form is an old one, sent
/// twice.
///
/// # Errors
/// [`Error::Invalid`] when nobody would be left who may manage people.
pub async fn update_roles(db: &mut Object, change: &RolesChange<'_>) -> Result<Edited<RoleSet>> {
    let tx = db.transaction().await?;
    let held = lock(&tx, change.user).await?;
    if !version(&held.roles).admits(change.version) {
        return Ok(if held.roles == *change.roles {
            Edited::Unchanged
        } else {
            Edited::Overtaken(held.roles)
        });
    }
    held.refuse_to_leave_nobody(change.roles)?;
    write(&tx, change.user, change.roles, change.by).await?;
    tx.commit().await?;
    Ok(Edited::Saved)
}

/// Takes all roles away, global ones and those on every project; memberships stay. One audit event for the person and
/// one for each membership, also where there was nothing to take. The number of memberships.
///
/// # Errors
/// [`Error::Invalid`] when nobody would be left who may manage people.
pub async fn clear_all_roles(db: &mut Object, user: UserId, by: UserId) -> Result<u64> {
    let tx = db.transaction().await?;
    let none = RoleSet::default();
    lock(&tx, user).await?.refuse_to_leave_nobody(&none)?;
    write(&tx, user, &none, by).await?;
    let memberships = memberships::clear_roles_of(&tx, user, by).await?;
    tx.commit().await?;
    Ok(memberships)
}

/// Whether these roles let somebody into the staff area and give roles there.
fn is_administrator(roles: &RoleSet) -> bool {
    roles.may(Permission::StaffAreaAccess) && roles.may(Permission::UserManage)
}

struct Held {
    roles: RoleSet,
    /// Somebody else is an administrator.
    others_administer: bool,
}

impl Held {
    fn refuse_to_leave_nobody(&self, new: &RoleSet) -> Result<()> {
        if is_administrator(&self.roles) && !is_administrator(new) && !self.others_administer {
            return Err(Error::Invalid(
                "Nobody else is a Staff Area Administrator: make somebody else one first, or nobody could give \
                 roles any more."
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

/// Locks the person together with everybody who has the last word on roles, always in the same order: of two
/// administrators who take each other's role away at once, the second sees what the first did.
async fn lock(tx: &Transaction<'_>, user: UserId) -> Result<Held> {
    let decisive = Role::stored_granting(Permission::UserManage);
    let statement = tx
        .prepare_cached(
            "SELECT id, roles
             FROM jobserver_user
             WHERE id = $1 OR roles && $2
             ORDER BY id
             FOR NO KEY UPDATE",
        )
        .await?;
    let mut found = None;
    let mut others_administer = false;
    for row in tx.query(&statement, &[&user, &decisive]).await? {
        let roles: Vec<Option<String>> = row.try_get("roles")?;
        let roles = RoleSet::from_stored(roles.into_iter().flatten());
        if row.try_get::<_, UserId>("id")? == user {
            found = Some(roles);
        } else {
            others_administer |= is_administrator(&roles);
        }
    }
    let roles = found.ok_or_else(|| Error::Invalid("This person does not exist any more.".to_owned()))?;
    Ok(Held { roles, others_administer })
}

async fn write(tx: &impl GenericClient, user: UserId, roles: &RoleSet, by: UserId) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "WITH person AS (
                 SELECT id, username, roles FROM jobserver_user WHERE id = $1
             ),
             written AS (
                 UPDATE jobserver_user
                 SET roles = $2
                 FROM person
                 WHERE jobserver_user.id = person.id
             )
             INSERT INTO jobserver_auditableevent (
                 type, target_model, target_field, target_id, target_user,
                 parent_model, parent_id, old, new, created_at, created_by
             )
             SELECT
                 'user_updated_roles', 'jobserver.User', 'roles', person.id::text, person.username,
                 '', '', array_to_string(person.roles, ','), array_to_string($2::text[], ','), now(), actor.username
             FROM person
             JOIN jobserver_user AS actor ON actor.id = $3",
        )
        .await?;
    match tx.execute(&statement, &[&user, &roles.to_stored(), &by]).await? {
        1 => Ok(()),
        _ => Err(Error::Invalid("The person who changes the roles does not exist.".to_owned())),
    }
}
