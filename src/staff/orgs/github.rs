//! The GitHub organisations of an organisation: adding one, by a form on its page or on a page of its own, and removing.

use actix_web::web;
use domain::orgs::{self, Org, github_orgs};
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::Fields,
        redirect,
        shell::Page,
    },
    staff::{Staff, addresses, entered::Entered},
};

#[derive(Serialize)]
struct AddPage {
    org_name: String,
    org_url: String,
    name: String,
    name_error: Option<String>,
    errors: Vec<FieldError>,
}

/// `GET /staff/orgs/{slug}/add-github-org/`
pub async fn form(app: App, staff: Staff, slug: web::Path<String>) -> PageResult {
    let org = find(&app, &slug).await?;
    show(&app, &staff, &org, String::new(), Vec::new())
}

/// `POST /staff/orgs/{slug}/add-github-org/`
pub async fn add(app: App, staff: Staff, slug: web::Path<String>, fields: Fields) -> PageResult {
    let org = find(&app, &slug).await?;
    let mut form = Entered::new(&fields);
    let name = form.required("name");
    if let Err(problem) = github_orgs::checked_name(&name) {
        form.error("name", problem);
    }
    if form.is_ok() && !github_orgs::add(&mut app.db().await?, &org, &name, &staff.person).await? {
        form.error("name", format!("{name} has been added to {} already.", org.name));
    }
    if !form.is_ok() {
        return show(&app, &staff, &org, fields.text("name").to_owned(), form.into_errors());
    }
    tracing::info!(
        org = org.slug,
        github_org = name,
        by = staff.person.username,
        "GitHub organisation added"
    );
    let notice = Flash::success(format!("Added {name} to {}", org.name));
    redirect::to(&app, &staff.visitor, &addresses::org(&org.slug), vec![notice])
}

/// `POST /staff/orgs/{slug}/remove-github-org/`
pub async fn remove(app: App, staff: Staff, slug: web::Path<String>, fields: Fields) -> PageResult {
    let org = find(&app, &slug).await?;
    let name = fields.raw("name").unwrap_or_default();
    let notice = if github_orgs::remove(&mut app.db().await?, &org, name, &staff.person).await? {
        tracing::info!(
            org = org.slug,
            github_org = name,
            by = staff.person.username,
            "GitHub organisation removed"
        );
        Flash::success(format!("Removed {name} from {}", org.name))
    } else {
        Flash::error(format!("{name} is not assigned to {}", org.name))
    };
    redirect::to(&app, &staff.visitor, &addresses::org(&org.slug), vec![notice])
}

async fn find(app: &App, slug: &str) -> Result<Org, Error> {
    orgs::find(&app.db().await?, slug).await?.ok_or(Error::NotFound)
}

fn show(app: &App, staff: &Staff, org: &Org, name: String, errors: Vec<FieldError>) -> PageResult {
    let view = AddPage {
        org_name: org.name.clone(),
        org_url: addresses::org(&org.slug),
        name,
        name_error: FieldError::find(&errors, "name"),
        errors,
    };
    let page = Page::staff(format!("Add a GitHub organisation to {}", org.name));
    staff.visitor.render(app, "staff/orgs/add_github_org", page, &view)
}
