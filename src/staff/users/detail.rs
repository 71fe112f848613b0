//! One person: the page, and saving name, address and backends.

use std::collections::BTreeSet;

use actix_web::web;
use domain::{
    users::{self, Account, EMAIL_LIMIT, Edit, FULLNAME_LIMIT},
    version::Edited,
    views::staff_user::{self, BackendChoice, StaffPerson},
};

use super::detail_page::{self, Filled};
use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, flash::Flash, form::Fields, redirect},
    staff::{
        UserManager, addresses,
        entered::{Entered, not_a_choice},
        overtaken,
    },
};

/// `GET /staff/users/{username}/`
pub async fn show(app: App, manager: UserManager, username: web::Path<String>) -> PageResult {
    let person = super::person(&app.db().await?, &username).await?;
    detail_page::show(&app, &manager, &person, None).await
}

/// `POST /staff/users/{username}/`
pub async fn save(app: App, manager: UserManager, username: web::Path<String>, fields: Fields) -> PageResult {
    let mut db = app.db().await?;
    let person = super::person(&db, &username).await?;
    let backends = staff_user::backends(&db, None).await?;
    let mut form = Entered::new(&fields);
    let wanted = read(&mut form, &fields, &person, &backends);
    let by = (manager.person.id, manager.person.username.as_str());
    let edit = Edit { user: person.id, wanted: &wanted, by, version: form.version() };
    let edited = if form.is_ok() { Some(users::edit(&mut db, &edit).await) } else { None };
    drop(db);
    let notice = match edited {
        Some(Ok(Edited::Saved)) => Flash::success(format!("Saved {}.", person.display_name())),
        Some(Ok(Edited::Unchanged)) => Flash::unchanged(),
        Some(Ok(Edited::Overtaken(now))) => {
            let errors = differences(&wanted, &now, &backends);
            let filled = Filled { account: wanted, version: Some(now.version().as_str().to_owned()), errors };
            return detail_page::show(&app, &manager, &person, Some(filled)).await;
        }
        Some(Err(domain::Error::Invalid(text))) => {
            form.error("email", text);
            return again(&app, &manager, &person, &fields, wanted, form).await;
        }
        Some(Err(error)) => return Err(error.into()),
        None => return again(&app, &manager, &person, &fields, wanted, form).await,
    };
    redirect::to(&app, &manager.visitor, &addresses::user(&person.username), vec![notice])
}

/// Shows what was typed and what is wrong with it.
async fn again(
    app: &App,
    manager: &UserManager,
    person: &StaffPerson,
    fields: &Fields,
    wanted: Account,
    form: Entered<'_>,
) -> PageResult {
    let account = Account {
        fullname: fields.text("fullname").to_owned(),
        email: wanted.email.map(|_| fields.text("email").to_owned()),
        backends: wanted.backends,
    };
    let version = form.version().map(str::to_owned);
    let filled = Filled { account, version, errors: form.into_errors() };
    detail_page::show(app, manager, person, Some(filled)).await
}

/// What was posted; of those who come by GitHub the backends, of the others the address.
fn read(
    form: &mut Entered<'_>,
    fields: &Fields,
    person: &StaffPerson,
    backends: &[BackendChoice],
) -> Account {
    let fullname = form.required("fullname");
    form.at_most("fullname", &fullname, FULLNAME_LIMIT);
    if fullname.contains(char::is_control) {
        form.error("fullname", "The name cannot contain control characters.");
    }
    if !person.uses_github {
        let email = form.optional_email("email", EMAIL_LIMIT).unwrap_or_default();
        return Account { fullname, email: Some(email), backends: None };
    }
    let mut chosen = BTreeSet::new();
    for slug in fields.all("backends") {
        if backends.iter().any(|backend| backend.slug == slug) {
            chosen.insert(slug.to_owned());
        } else {
            form.error("backends", not_a_choice(slug));
        }
    }
    Account { fullname, email: None, backends: Some(chosen) }
}

/// What is stored now, field by field, where it is not what was typed.
fn differences(wanted: &Account, now: &Account, backends: &[BackendChoice]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if wanted.fullname != now.fullname {
        errors.push(overtaken::error("fullname", &now.fullname));
    }
    if let (Some(typed), Some(stored)) = (&wanted.email, &now.email)
        && typed != stored
    {
        errors.push(overtaken::error("email", stored));
    }
    if let (Some(chosen), Some(stored)) = (&wanted.backends, &now.backends)
        && chosen != stored
    {
        let names: Vec<&str> = backends
            .iter()
            .filter(|backend| stored.contains(&backend.slug))
            .map(|backend| backend.name.as_str())
            .collect();
        errors.push(overtaken::error("backends", &names.join(", ")));
    }
    if errors.is_empty() {
        errors.push(FieldError::of_form("Somebody saved the same meanwhile."));
    }
    errors
}
