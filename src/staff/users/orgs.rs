//! Which organisations somebody belongs to, set from the person's side.

use std::collections::BTreeSet;

use actix_web::web;
use domain::{
    ids::OrgId,
    users::{self, Edit},
    version::Edited,
    views::staff_user::{self, OrgChoice, StaffPerson},
};
use serde::Serialize;

use super::address;
use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, flash::Flash, form::Fields, redirect, shell::Page},
    staff::{
        UserManager, addresses,
        entered::{Entered, not_a_choice},
        overtaken,
    },
};

#[derive(Serialize)]
struct OrgsPage {
    username: String,
    display_name: String,
    user_url: String,
    post_url: String,
    orgs: Vec<OrgBox>,
    orgs_error: Option<String>,
    errors: Vec<FieldError>,
    version: String,
}

#[derive(Serialize)]
struct OrgBox {
    value: String,
    label: String,
    checked: bool,
}

/// `GET /staff/users/{username}/set-orgs/`
pub async fn form(app: App, manager: UserManager, username: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let person = super::person(&db, &username).await?;
    let orgs = staff_user::all_orgs(&db, person.id).await?;
    drop(db);
    let current = members(&orgs);
    let version = users::orgs_version(&current).as_str().to_owned();
    show(&app, &manager, &person, orgs, &current, version, Vec::new())
}

/// `POST /staff/users/{username}/set-orgs/`
pub async fn save(app: App, manager: UserManager, username: web::Path<String>, fields: Fields) -> PageResult {
    let mut db = app.db().await?;
    let person = super::person(&db, &username).await?;
    let orgs = staff_user::all_orgs(&db, person.id).await?;
    let mut form = Entered::new(&fields);
    let wanted = read(&mut form, &orgs);
    let by = (manager.person.id, manager.person.username.as_str());
    let edit = Edit { user: person.id, wanted: &wanted, by, version: form.version() };
    let edited = if form.is_ok() { Some(users::set_orgs(&mut db, &edit).await?) } else { None };
    drop(db);
    let current = members(&orgs);
    let mut version = form.version_or(&users::orgs_version(&current));
    let errors = match edited {
        None => form.into_errors(),
        Some(Edited::Overtaken(now)) => {
            version = users::orgs_version(&now).as_str().to_owned();
            vec![overtaken::error("orgs", &names(&orgs, &now))]
        }
        Some(edited) => {
            let notice = match edited {
                Edited::Saved => {
                    Flash::success(format!("Saved the organisations of {}.", person.display_name()))
                }
                _ => Flash::unchanged(),
            };
            let location = addresses::user(&person.username);
            return redirect::to(&app, &manager.visitor, &location, vec![notice]);
        }
    };
    show(&app, &manager, &person, orgs, &wanted, version, errors)
}

fn read(form: &mut Entered<'_>, orgs: &[OrgChoice]) -> BTreeSet<OrgId> {
    let mut chosen = BTreeSet::new();
    for key in form.keys("orgs") {
        if orgs.iter().any(|org| org.id.0 == key) {
            chosen.insert(OrgId(key));
        } else {
            form.error("orgs", not_a_choice(&key.to_string()));
        }
    }
    chosen
}

fn members(orgs: &[OrgChoice]) -> BTreeSet<OrgId> {
    orgs.iter().filter(|org| org.is_member).map(|org| org.id).collect()
}

fn names(orgs: &[OrgChoice], chosen: &BTreeSet<OrgId>) -> String {
    let names: Vec<&str> =
        orgs.iter().filter(|org| chosen.contains(&org.id)).map(|org| org.name.as_str()).collect();
    names.join(", ")
}

fn show(
    app: &App,
    manager: &UserManager,
    person: &StaffPerson,
    orgs: Vec<OrgChoice>,
    ticked: &BTreeSet<OrgId>,
    version: String,
    errors: Vec<FieldError>,
) -> PageResult {
    let view = OrgsPage {
        username: person.username.clone(),
        display_name: person.display_name(),
        user_url: addresses::user(&person.username),
        post_url: address::orgs(&person.username),
        orgs: orgs
            .into_iter()
            .map(|org| OrgBox {
                value: org.id.to_string(),
                label: org.name,
                checked: ticked.contains(&org.id),
            })
            .collect(),
        orgs_error: FieldError::find(&errors, "orgs"),
        errors,
        version,
    };
    let page = Page::staff(format!("Edit organisation membership: {}", view.display_name));
    manager.visitor.render(app, "staff/users/orgs", page, &view)
}
