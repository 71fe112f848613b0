//! Making people members of an organisation, from the form on its page.

use actix_web::web;
use domain::{
    orgs::{
        Org,
        members::{self, Added},
    },
    views::{
        options::{self, UserKey, Without},
        staff_orgs,
    },
};

use super::detail_page::{self, Adding};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::Fields,
        redirect,
    },
    staff::{
        Staff, addresses,
        entered::{Entered, REQUIRED, not_a_choice},
    },
};

/// `POST /staff/orgs/{slug}/`: adds people, or looks for them.
pub async fn submit(app: App, staff: Staff, slug: web::Path<String>, fields: Fields) -> PageResult {
    let org = domain::orgs::find(&app.db().await?, &slug).await?.ok_or(Error::NotFound)?;
    let mut form = Entered::new(&fields);
    let keys = form.keys("users");
    let find = form.optional("users_find");
    if !find.is_empty() || !form.is_ok() {
        return show_again(&app, &staff, &org, &keys, find, form.into_errors()).await;
    }
    if keys.is_empty() {
        form.error("users", REQUIRED);
        return show_again(&app, &staff, &org, &keys, find, form.into_errors()).await;
    }
    match members::add(&mut app.db().await?, &org, &keys, &staff.person).await? {
        Ok(added) => {
            tracing::info!(org = org.slug, count = added.len(), by = staff.person.username, "members added");
            let notice = Flash::success(told(&added, &org));
            redirect::to(&app, &staff.visitor, &addresses::org(&org.slug), vec![notice])
        }
        Err(other) => {
            form.error("users", not_a_choice(&other.to_string()));
            show_again(&app, &staff, &org, &keys, find, form.into_errors()).await
        }
    }
}

fn told(added: &[Added], org: &Org) -> String {
    match added {
        [one] => format!("Added {} ({}) to {}", one.fullname, one.username, org.name),
        all => format!("Added {} people to {}", all.len(), org.name),
    }
}

/// The page with what was chosen, what was found, and what is wrong.
async fn show_again(
    app: &App,
    staff: &Staff,
    org: &Org,
    keys: &[i32],
    find: String,
    errors: Vec<FieldError>,
) -> PageResult {
    let db = app.db().await?;
    let without = Without { org: Some(&org.slug), ..Without::default() };
    let (detail, parts, chosen, few, found) = tokio::try_join!(
        staff_orgs::find(&db, &org.slug),
        detail_page::parts(&db, org.id),
        staff_orgs::people(&db, keys),
        staff_orgs::few_candidates(&db, org.id),
        options::users(&db, &find, UserKey::Id, without),
    )?;
    drop(db);
    let found = if find.is_empty() { few } else { found.choices };
    let found = found.into_iter().filter(|choice| !chosen.contains(choice)).collect();
    let adding = Adding { chosen, found, find, errors };
    detail_page::show(app, staff, detail.ok_or(Error::NotFound)?, parts, adding)
}
