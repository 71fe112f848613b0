//! The form for somebody's global roles, with the roles that they hold on projects below it.

use domain::{
    permissions::{Role, RoleSet},
    users,
    views::staff_user::{self, HeldOnProject, StaffPerson},
};
use serde::Serialize;

use super::address;
use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, shell::Page},
    staff::{UserManager, addresses},
};

/// The form, when it does not show what is stored.
pub struct Filled {
    pub roles: RoleSet,
    /// None: that of what is stored.
    pub version: Option<String>,
    pub errors: Vec<FieldError>,
}

/// How many projects a question names.
const MOST_NAMED: usize = 5;

#[derive(Serialize)]
struct RolesPage {
    heading: String,
    username: String,
    fullname: String,
    user_url: String,
    roles_url: String,
    roles: Vec<RoleBox>,
    roles_error: Option<String>,
    errors: Vec<FieldError>,
    version: String,
    held: Vec<HeldRow>,
    clear_url: String,
    clear_title: String,
    clear_text: String,
}

#[derive(Serialize)]
struct RoleBox {
    value: String,
    label: String,
    hint: &'static str,
    checked: bool,
}

#[derive(Serialize)]
struct HeldRow {
    title: String,
    url: String,
    roles: String,
}

/// What people call these roles; a text that names none as it is stored.
pub fn names(roles: &RoleSet) -> Vec<String> {
    roles.to_stored().into_iter().map(|stored| name(&stored)).collect()
}

fn name(stored: &str) -> String {
    Role::from_stored(stored).map_or_else(|| stored.to_owned(), |role| role.display_name().to_owned())
}

/// The page with what is stored in the form, or with `filled`.
pub async fn show(
    app: &App,
    manager: &UserManager,
    person: &StaffPerson,
    filled: Option<Filled>,
) -> PageResult {
    let held = staff_user::held_on_projects(&app.db().await?, person.id).await?;
    let filled =
        filled.unwrap_or_else(|| Filled { roles: person.roles.clone(), version: None, errors: Vec::new() });
    let stored_version = || users::roles_version(&person.roles).as_str().to_owned();
    let view = RolesPage {
        heading: format!("Edit global roles: {}", person.display_name()),
        username: person.username.clone(),
        fullname: person.fullname.clone(),
        user_url: addresses::user(&person.username),
        roles_url: address::roles(&person.username),
        roles: boxes(&person.roles, &filled.roles),
        roles_error: FieldError::find(&filled.errors, "roles"),
        version: filled.version.unwrap_or_else(stored_version),
        errors: filled.errors,
        clear_url: address::clear_roles(&person.username),
        clear_title: format!("Clear all roles of {}?", person.display_name()),
        clear_text: loss(&person.roles, &held),
        held: held.into_iter().map(|held| held_row(held, &person.username)).collect(),
    };
    let page = Page::staff(&view.heading);
    manager.visitor.render(app, "staff/users/roles", page, &view)
}

/// Every global role, then whatever else is stored for the person, so that it can be seen and taken away.
fn boxes(stored: &RoleSet, ticked: &RoleSet) -> Vec<RoleBox> {
    let ticked = ticked.to_stored();
    let global = Role::ALL.iter().copied().filter(|role| role.is_global());
    let mut boxes: Vec<RoleBox> = global
        .map(|role| RoleBox {
            value: role.stored(),
            label: role.display_name().to_owned(),
            hint: role.description(),
            checked: false,
        })
        .collect();
    for text in stored.to_stored() {
        let hint = match Role::from_stored(&text) {
            Some(role) if role.is_global() => continue,
            Some(_) => {
                "A role for members of projects, which counts on all of them here. Once unticked it cannot be given again."
            }
            None => {
                "Unknown to this version: it lets its holder do nothing. Once unticked it cannot be given again."
            }
        };
        boxes.push(RoleBox { label: name(&text), value: text, hint, checked: false });
    }
    for found in &mut boxes {
        found.checked = ticked.contains(&found.value);
    }
    boxes
}

/// What would be lost, in a few sentences.
fn loss(global: &RoleSet, held: &[HeldOnProject]) -> String {
    let mut lost = Vec::new();
    if !global.is_empty() {
        lost.push(format!("for the whole site: {}", names(global).join(", ")));
    }
    if !held.is_empty() {
        let mut titles: Vec<String> = held.iter().take(MOST_NAMED).map(|held| held.project.title()).collect();
        if held.len() > MOST_NAMED {
            titles.push(format!("{} more", held.len() - MOST_NAMED));
        }
        let projects = if held.len() == 1 { "project" } else { "projects" };
        lost.push(format!("on {} {projects}: {}", held.len(), titles.join("; ")));
    }
    if lost.is_empty() {
        return "This person holds no roles at the moment. The audit log will say that they were cleared."
            .to_owned();
    }
    format!(
        "Roles are taken away {}. Memberships of projects stay. There is no way back but giving each role again; the \
         audit log keeps what it was.",
        lost.join(", and ")
    )
}

fn held_row(held: HeldOnProject, username: &str) -> HeldRow {
    HeldRow {
        url: address::membership(&held.project.slug, held.membership, username),
        title: held.project.title(),
        roles: names(&held.roles).join(", "),
    }
}
