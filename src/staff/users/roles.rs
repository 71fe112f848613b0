//! The roles that somebody holds on the whole site: changing them, and taking all roles away.

use actix_web::{HttpRequest, web};
use domain::{
    permissions::{Role, RoleSet},
    users::{self, RolesChange},
    version::Edited,
};

use super::{
    address,
    roles_page::{self, Filled},
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::{self, Fields},
        next_url, redirect,
    },
    staff::{
        UserManager,
        entered::{Entered, not_a_choice},
        overtaken,
    },
};

/// `GET /staff/users/{username}/roles/`
pub async fn show(app: App, manager: UserManager, username: web::Path<String>) -> PageResult {
    let person = super::person(&app.db().await?, &username).await?;
    roles_page::show(&app, &manager, &person, None).await
}

/// `POST /staff/users/{username}/roles/`
pub async fn save(app: App, manager: UserManager, username: web::Path<String>, fields: Fields) -> PageResult {
    let mut db = app.db().await?;
    let person = super::person(&db, &username).await?;
    let mut form = Entered::new(&fields);
    let roles = read(&mut form, &fields, &person.roles);
    let version = form.version();
    let change = RolesChange { user: person.id, roles: &roles, by: manager.person.id, version };
    let edited = if form.is_ok() { Some(users::update_roles(&mut db, &change).await) } else { None };
    drop(db);
    let mut version = version.map(str::to_owned);
    let errors = match edited {
        None => form.into_errors(),
        Some(Err(domain::Error::Invalid(text))) => vec![FieldError::new("roles", text)],
        Some(Err(error)) => return Err(error.into()),
        Some(Ok(Edited::Overtaken(now))) => {
            version = Some(users::roles_version(&now).as_str().to_owned());
            vec![overtaken::error("roles", &roles_page::names(&now).join(", "))]
        }
        Some(Ok(edited @ (Edited::Saved | Edited::Unchanged))) => {
            let text = format!("Saved the global roles of {}.", person.display_name());
            let notice = Flash::edited(edited == Edited::Saved, text);
            return redirect::to(&app, &manager.visitor, &address::roles(&person.username), vec![notice]);
        }
    };
    roles_page::show(&app, &manager, &person, Some(Filled { roles, version, errors })).await
}

/// The roles that were ticked: global ones, and whatever else the person holds already.
fn read(form: &mut Entered<'_>, fields: &Fields, held: &RoleSet) -> RoleSet {
    let held = held.to_stored();
    let mut chosen = Vec::new();
    for value in fields.all("roles") {
        let is_offered = Role::from_stored(value).is_some_and(Role::is_global)
            || held.iter().any(|stored| stored == value);
        if is_offered {
            chosen.push(value.to_owned());
        } else {
            form.error("roles", not_a_choice(value));
        }
    }
    RoleSet::from_stored(chosen)
}

/// `POST /staff/users/{username}/roles/clear/?next=`
pub async fn clear(
    app: App,
    manager: UserManager,
    username: web::Path<String>,
    request: HttpRequest,
) -> PageResult {
    let mut db = app.db().await?;
    let person = super::person(&db, &username).await?;
    let cleared = users::clear_all_roles(&mut db, person.id, manager.person.id).await;
    drop(db);
    let (location, notice) = match cleared {
        Ok(_) => {
            let notice = Flash::success(format!("{} holds no roles any more.", person.display_name()));
            (next(&request)?.unwrap_or_else(|| address::roles(&person.username)), notice)
        }
        Err(domain::Error::Invalid(text)) => (address::roles(&person.username), Flash::error(text)),
        Err(error) => return Err(error.into()),
    };
    redirect::to(&app, &manager.visitor, &location, vec![notice])
}

/// Where the address says to go afterwards, if that is a path of ours.
fn next(request: &HttpRequest) -> Result<Option<String>, Error> {
    let query = form::query_pairs(request.query_string())?;
    let next = query.iter().rev().find(|(name, _)| name == "next");
    Ok(next.and_then(|(_, path)| next_url::own_path(path)).map(str::to_owned))
}
