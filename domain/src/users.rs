//! People: who somebody is and what they may do, and what they can change about themselves.
//! How they prove it is the business of `sessions` and `identities`.

mod account;
mod name;
mod orgs;
mod roles;

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use crate::{
    Error, Result,
    ids::{ProjectId, UserId},
    permissions::{Permission, RoleSet},
};

pub use account::{Account, Edit, account, edit};
pub use name::{Name, display_name};
pub use orgs::{set_orgs, version as orgs_version};
pub use roles::{RolesChange, clear_all_roles, update_roles, version as roles_version};

/// A person with everything that decides what they may do. It is loaded afresh for each request and never kept.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub username: String,
    pub fullname: String,
    pub email: String,
    /// Roles that hold on every project.
    pub roles: RoleSet,
    /// Every membership with its roles, ordered by project.
    pub project_roles: Vec<(ProjectId, RoleSet)>,
    /// Whether a GitHub account is linked.
    pub uses_github: bool,
    /// Whether they are a member of at least one backend.
    pub has_backends: bool,
    /// The password hash as Django stores it, empty for those who come by GitHub. Sessions are bound to it.
    pub password: String,
}

/// The columns of [`Person::from_row`], for a SELECT that calls the user table `person`.
macro_rules! person_columns {
    () => {
        "person.id, person.username, person.fullname, person.email, person.password, person.roles,
         EXISTS (
             SELECT FROM social_auth_usersocialauth AS identity WHERE identity.user_id = person.id
         ) AS uses_github,
         EXISTS (
             SELECT FROM jobserver_backendmembership AS membership WHERE membership.user_id = person.id
         ) AS has_backends,
         (
             SELECT jsonb_agg(jsonb_build_array(membership.project_id, membership.roles) ORDER BY membership.project_id)
             FROM jobserver_projectmembership AS membership
             WHERE membership.user_id = person.id
         ) AS project_roles"
    };
}
pub(crate) use person_columns;

impl Person {
    /// Reads the columns that `person_columns!` selects; none when the row was joined to no user.
    pub(crate) fn from_row(row: &Row) -> Result<Option<Person>> {
        let Some(id) = row.try_get::<_, Option<i32>>("id")? else { return Ok(None) };
        let roles: Vec<Option<String>> = row.try_get("roles")?;
        let project_roles: Option<serde_json::Value> = row.try_get("project_roles")?;
        let project_roles: Vec<(i32, Vec<Option<String>>)> = project_roles
            .map(serde_json::from_value)
            .transpose()
            .map_err(|error| Error::Corrupt(error.to_string()))?
            .unwrap_or_default();
        Ok(Some(Person {
            id: UserId(id),
            username: row.try_get("username")?,
            fullname: row.try_get("fullname")?,
            email: row.try_get("email")?,
            roles: RoleSet::from_stored(roles.into_iter().flatten()),
            project_roles: project_roles
                .into_iter()
                .map(|(project, roles)| {
                    (ProjectId(project), RoleSet::from_stored(roles.into_iter().flatten()))
                })
                .collect(),
            uses_github: row.try_get("uses_github")?,
            has_backends: row.try_get("has_backends")?,
            password: row.try_get("password")?,
        }))
    }

    /// Whether they may do this: by a global role, or by a role on `project` when one is given.
    pub fn may(&self, permission: Permission, project: Option<ProjectId>) -> bool {
        self.roles.may(permission)
            || project.and_then(|project| self.roles_on(project)).is_some_and(|roles| roles.may(permission))
    }

    /// Whether they hold any role anywhere. A membership without roles does not count.
    pub fn has_any_roles(&self) -> bool {
        !self.roles.is_empty() || self.project_roles.iter().any(|(_, roles)| !roles.is_empty())
    }

    /// Whether they are a member of the project, with or without roles.
    pub fn is_member_of(&self, project: ProjectId) -> bool {
        self.roles_on(project).is_some()
    }

    /// "Full Name (username)".
    pub fn display_name(&self) -> String {
        display_name(&self.fullname, &self.username)
    }

    fn roles_on(&self, project: ProjectId) -> Option<&RoleSet> {
        self.project_roles.iter().find(|(id, _)| *id == project).map(|(_, roles)| roles)
    }
}

/// The person with this id.
pub async fn find(db: &impl GenericClient, id: UserId) -> Result<Option<Person>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            person_columns!(),
            "
             FROM jobserver_user AS person
             WHERE person.id = $1"
        ))
        .await?;
    db.query_opt(&statement, &[&id]).await?.map_or(Ok(None), |row| Person::from_row(&row))
}

/// The person with exactly this username.
pub async fn find_by_username(db: &impl GenericClient, username: &str) -> Result<Option<Person>> {
    if username.contains('\0') {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            person_columns!(),
            "
             FROM jobserver_user AS person
             WHERE person.username = $1"
        ))
        .await?;
    db.query_opt(&statement, &[&username]).await?.map_or(Ok(None), |row| Person::from_row(&row))
}

/// What people can change about themselves, as they typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub fullname: String,
    pub email: String,
}

/// What is wrong with [`Settings`], field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsErrors {
    pub fullname: Option<&'static str>,
    pub email: Option<&'static str>,
}

/// The longest name that is accepted, in characters. The column has no limit of its own.
pub const FULLNAME_LIMIT: usize = 255;
/// The longest e-mail address that the column holds, in characters.
pub const EMAIL_LIMIT: usize = 254;

impl Settings {
    /// Takes away surrounding space and says what is wrong with the rest.
    fn checked(&self) -> std::result::Result<Settings, SettingsErrors> {
        let settings =
            Settings { fullname: self.fullname.trim().to_owned(), email: self.email.trim().to_owned() };
        let errors = SettingsErrors {
            fullname: fullname_error(&settings.fullname),
            email: email_error(&settings.email),
        };
        if errors == SettingsErrors::default() { Ok(settings) } else { Err(errors) }
    }
}

/// Changes name and e-mail address. The outer error is the database's, the inner one the person's; nothing is saved
/// when a field is wrong. The address keeps its case, but must differ from everybody else's by more than case.
pub async fn update_settings(
    db: &impl GenericClient,
    id: UserId,
    settings: &Settings,
) -> Result<std::result::Result<Settings, SettingsErrors>> {
    let settings = match settings.checked() {
        Ok(settings) => settings,
        Err(errors) => return Ok(Err(errors)),
    };
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_user
             SET fullname = $2, email = $3
             WHERE id = $1
               AND (
                   email = $3
                   OR NOT EXISTS (
                       SELECT FROM jobserver_user AS other WHERE lower(other.email) = lower($3) AND other.id <> $1
                   )
               )",
        )
        .await?;
    let saved = match db.execute(&statement, &[&id, &settings.fullname, &settings.email]).await {
        Ok(rows) => rows == 1,
        // Somebody else took the address between the check and the write.
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION) => false,
        Err(error) => return Err(error.into()),
    };
    let taken =
        SettingsErrors { email: Some("This e-mail address belongs to another account."), fullname: None };
    Ok(if saved { Ok(settings) } else { Err(taken) })
}

/// What is wrong with a name that has been trimmed, if anything.
pub(crate) fn fullname_error(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("Enter your name.")
    } else if name.chars().count() > FULLNAME_LIMIT {
        Some("Your name can have 255 characters at most.")
    } else if name.contains(char::is_control) {
        Some("Your name cannot contain control characters.")
    } else {
        None
    }
}

/// What is wrong with an e-mail address that has been trimmed, if anything. Only its form is looked at.
fn email_error(email: &str) -> Option<&'static str> {
    if email.is_empty() {
        Some("Enter your e-mail address.")
    } else if email.chars().count() > EMAIL_LIMIT {
        Some("An e-mail address can have 254 characters at most.")
    } else if !is_email(email) {
        Some("Enter an e-mail address in the form name@example.com.")
    } else {
        None
    }
}

/// One `@`, something before it, and a dotted name of letters, digits and inner hyphens after it.
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    !local.is_empty()
        && !local.contains(|c: char| c.is_whitespace() || c.is_control() || "@<>()[]\\,;:\"".contains(c))
        && host.contains('.')
        && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses_are_recognised() {
        for good in ["a@b.org", "a.b+c@d-e.co.uk", "ü@münchen.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.org", "a@b..org", "a b@c.org", "a@-b.org", "<a>@b.org"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
