//! Members of a project as staff manage them: several added at once, all or none, and one looked up by the key in an
//! address. The rows and their events are written by `memberships`.

use futures_util::future::try_join_all;

use crate::{
    Error, Result,
    db::{GenericClient, Object},
    ids::{ProjectId, UserId},
    memberships::{self, NewMembership},
    permissions::{Role, RoleSet},
    projects::Project,
    users,
    version::Version,
};

/// Who is to become a member.
#[derive(Debug, Clone)]
pub struct NewMembers<'a> {
    pub project: ProjectId,
    pub users: &'a [UserId],
    /// The same for all of them.
    pub roles: &'a RoleSet,
    pub by: UserId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    Done,
    /// Nobody was added, because of these.
    Impossible(Vec<Impossible>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Impossible {
    NoSuchPerson(UserId),
    /// By their display name.
    MemberAlready(String),
}

/// Adds all of them, or none.
pub async fn add(db: &mut Object, new: &NewMembers<'_>) -> Result<Added> {
    let tx = db.transaction().await?;
    // Who adds members to one project at the same time waits here, so that the look-up stays true.
    let lock = tx.prepare_cached("SELECT FROM jobserver_project WHERE id = $1 FOR UPDATE").await?;
    tx.query_opt(&lock, &[&new.project]).await?;
    let impossible = impossible(&tx, new).await?;
    if !impossible.is_empty() {
        return Ok(Added::Impossible(impossible));
    }
    let memberships: Vec<NewMembership<'_>> = new
        .users
        .iter()
        .map(|user| NewMembership { project: new.project, user: *user, roles: new.roles, by: new.by })
        .collect();
    // Sent one after another without waiting: one round trip.
    try_join_all(memberships.iter().map(|membership| memberships::add(&tx, membership))).await?;
    tx.commit().await?;
    Ok(Added::Done)
}

async fn impossible(tx: &impl GenericClient, new: &NewMembers<'_>) -> Result<Vec<Impossible>> {
    let statement = tx
        .prepare_cached(
            "SELECT wanted.id, person.fullname || ' (' || person.username || ')' AS member
             FROM unnest($2::integer[]) WITH ORDINALITY AS wanted (id, place)
             LEFT JOIN jobserver_user AS person ON person.id = wanted.id
             LEFT JOIN jobserver_projectmembership AS membership
                 ON membership.project_id = $1 AND membership.user_id = wanted.id
             WHERE person.id IS NULL
                OR membership.id IS NOT NULL
             ORDER BY wanted.place",
        )
        .await?;
    let rows = tx.query(&statement, &[&new.project, &new.users]).await?;
    rows.iter()
        .map(|row| {
            Ok(match row.try_get("member")? {
                Some(member) => Impossible::MemberAlready(member),
                None => Impossible::NoSuchPerson(row.try_get("id")?),
            })
        })
        .collect()
}

/// A membership, with whom it makes a member.
#[derive(Debug, Clone)]
pub struct Member {
    pub membership: i32,
    pub project: Project,
    pub username: String,
    pub fullname: String,
    pub email: String,
    /// Whether their username is one of GitHub's.
    pub uses_github: bool,
    pub roles: RoleSet,
}

impl Member {
    /// "Full Name (username)".
    pub fn display_name(&self) -> String {
        users::display_name(&self.fullname, &self.username)
    }
}

/// The membership with this key, if it belongs to the project with this slug.
pub async fn find(db: &impl GenericClient, project: &str, membership: i32) -> Result<Option<Member>> {
    let statement = db
        .prepare_cached(
            "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number,
                    membership.roles, person.username, person.fullname, person.email,
                    EXISTS (
                        SELECT FROM social_auth_usersocialauth WHERE user_id = person.id
                    ) AS uses_github
             FROM jobserver_projectmembership AS membership
             JOIN jobserver_project AS project ON project.id = membership.project_id
             JOIN jobserver_user AS person ON person.id = membership.user_id
             WHERE membership.id = $2
               AND project.slug = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&project, &membership]).await? else { return Ok(None) };
    let roles: Vec<String> = row.try_get("roles")?;
    Ok(Some(Member {
        membership,
        project: Project::from_row(&row)?,
        username: row.try_get("username")?,
        fullname: row.try_get("fullname")?,
        email: row.try_get("email")?,
        uses_github: row.try_get("uses_github")?,
        roles: RoleSet::from_stored(roles),
    }))
}

/// What became of a change of roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    Done,
    /// The membership has gone meanwhile.
    Gone,
    /// Somebody else saved first; these are their roles now. Nothing was written.
    Overtaken(RoleSet),
}

/// The version of a form that shows these roles.
pub fn version(roles: &RoleSet) -> Version {
    Version::of(&roles.to_stored())
}

/// Replaces a member's roles, with an event even if they are the same, unless somebody else did since the form with this
/// `sent` version was filled. Texts in the column that name no role stay.
pub async fn set_roles(
    db: &mut Object,
    membership: i32,
    roles: &RoleSet,
    sent: Option<&str>,
    by: UserId,
) -> Result<Changed> {
    let tx = db.transaction().await?;
    let statement =
        tx.prepare_cached("SELECT roles FROM jobserver_projectmembership WHERE id = $1 FOR UPDATE").await?;
    let Some(row) = tx.query_opt(&statement, &[&membership]).await? else { return Ok(Changed::Gone) };
    let texts: Vec<String> = row.try_get(0)?;
    let stored = RoleSet::from_stored(texts.iter().cloned());
    let unknown = texts.into_iter().filter(|text| Role::from_stored(text).is_none());
    let wanted = RoleSet::from_stored(roles.to_stored().into_iter().chain(unknown));
    if wanted != stored && !version(&stored).admits(sent) {
        return Ok(Changed::Overtaken(stored));
    }
    memberships::update_roles(&tx, membership, &wanted, by).await?;
    tx.commit().await?;
    Ok(Changed::Done)
}

/// Takes somebody out of a project. False: the membership has gone meanwhile.
pub async fn remove(db: &mut Object, membership: i32, by: UserId) -> Result<bool> {
    let tx = db.transaction().await?;
    match memberships::remove(&tx, membership, by).await {
        Ok(()) => {}
        Err(Error::Invalid(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    tx.commit().await?;
    Ok(true)
}
