//! The form that changes an organisation's name, address and logo.

use actix_web::web;
use domain::{
    orgs::{self, NAME_LIMIT, NewContent, Org, Refusal, Saving},
    users::Person,
    version::Edited,
};
use serde::Serialize;

use super::logo::{self, Picture};
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
    staff::{
        Staff, addresses,
        entered::{Entered, taken},
        overtaken,
    },
};

#[derive(Serialize)]
struct EditPage {
    heading: String,
    org_name: String,
    org_url: String,
    version: String,
    name: String,
    name_error: Option<String>,
    slug: String,
    slug_error: Option<String>,
    logo: Option<String>,
    logo_error: Option<String>,
    errors: Vec<FieldError>,
}

/// What was typed.
struct Typed {
    name: String,
    slug: String,
}

/// What is to be saved; its texts have been checked.
struct Wanted {
    typed: Typed,
    picture: Option<Picture>,
    version: Option<String>,
}

/// What came of saving.
enum Outcome {
    Asked(Saving<Edited<Org>>),
    /// The media folder does not take files.
    LogoNotStored,
}

/// `GET /staff/orgs/{slug}/edit/`
pub async fn form(app: App, staff: Staff, slug: web::Path<String>) -> PageResult {
    let org = find(&app, &slug).await?;
    let typed = Typed { name: org.name.clone(), slug: org.slug.clone() };
    show(&app, &staff, &org, typed, org.version().as_str().to_owned(), Vec::new())
}

/// `POST /staff/orgs/{slug}/edit/`
pub async fn submit(app: App, staff: Staff, slug: web::Path<String>, fields: Fields) -> PageResult {
    let org = find(&app, &slug).await?;
    let version = Entered::new(&fields).version_or(&org.version());
    let wanted = match checked(&fields) {
        Ok(wanted) => wanted,
        Err(errors) => return show_again(&app, &staff, &org, &fields, version, errors),
    };
    let new_url = addresses::org(&wanted.typed.slug);
    let work = save(app.clone(), org.clone(), wanted, staff.person.clone());
    let refusal = match app.in_background(work).await?? {
        Outcome::Asked(Ok(Edited::Saved)) => {
            tracing::info!(org = org.slug, by = staff.person.username, "organisation edited");
            let notice = Flash::success(format!("{} was saved.", fields.text("name")));
            return redirect::to(&app, &staff.visitor, &new_url, vec![notice]);
        }
        Outcome::Asked(Ok(Edited::Unchanged)) => {
            let notice = Flash::unchanged();
            return redirect::to(&app, &staff.visitor, &new_url, vec![notice]);
        }
        Outcome::Asked(Ok(Edited::Overtaken(stored))) => {
            let errors = differences(&fields, &stored);
            let version = stored.version().as_str().to_owned();
            return show_again(&app, &staff, &stored, &fields, version, errors);
        }
        Outcome::Asked(Err(refusal)) => complaint(refusal),
        Outcome::LogoNotStored => {
            FieldError::new("logo_file", "The logo could not be stored. Nothing was saved; try again later.")
        }
    };
    show_again(&app, &staff, &org, &fields, version, vec![refusal])
}

async fn find(app: &App, slug: &str) -> Result<Org, Error> {
    orgs::find(&app.db().await?, slug).await?.ok_or(Error::NotFound)
}

fn checked(fields: &Fields) -> Result<Wanted, Vec<FieldError>> {
    let mut form = Entered::new(fields);
    let name = form.required("name");
    form.at_most("name", &name, NAME_LIMIT);
    let slug = form.slug("slug");
    let picture = logo::sent(fields).unwrap_or_else(|problem| {
        form.error("logo_file", problem);
        None
    });
    let version = form.version().map(str::to_owned);
    if form.is_ok() {
        Ok(Wanted { typed: Typed { name, slug }, picture, version })
    } else {
        Err(form.into_errors())
    }
}

/// Stores the logo, then the rest. If the rest is not saved, the logo goes again.
async fn save(app: App, org: Org, wanted: Wanted, by: Person) -> Result<Outcome, Error> {
    let Wanted { typed, picture, version } = wanted;
    let logo = picture.as_ref().map(|picture| logo::new_path(picture, &org.slug));
    let file = logo.as_ref().map(|path| app.config.web.media_root.join(path));
    if let (Some(picture), Some(file)) = (picture, file.clone())
        && let Err(error) = logo::store(picture, file.clone()).await
    {
        tracing::error!(%error, file = %file.display(), "a logo could not be stored");
        return Ok(Outcome::LogoNotStored);
    }
    let content = NewContent { name: &typed.name, slug: &typed.slug, logo_file: logo.as_deref() };
    let saved = match app.db().await {
        Ok(mut db) => orgs::edit(&mut db, org.id, version.as_deref(), content, &by).await,
        Err(error) => Err(error),
    };
    if let (Some(file), false) = (file, matches!(saved, Ok(Ok(Edited::Saved))))
        && let Err(error) = tokio::fs::remove_file(&file).await
    {
        tracing::warn!(%error, file = %file.display(), "a logo that nobody uses could not be removed");
    }
    Ok(Outcome::Asked(saved?))
}

fn complaint(refusal: Refusal) -> FieldError {
    match refusal {
        Refusal::NameTaken => FieldError::new("name", taken("Organisation", "Name")),
        Refusal::SlugTaken => FieldError::new("slug", taken("Organisation", "Slug")),
        Refusal::Slug(problem) => FieldError::new("slug", problem),
    }
}

fn differences(fields: &Fields, stored: &Org) -> Vec<FieldError> {
    let (name, slug) = (fields.text("name"), fields.text("slug"));
    let mut errors = overtaken::differences(&[("name", name, &stored.name), ("slug", slug, &stored.slug)]);
    if errors.is_empty() {
        errors.push(FieldError::of_form("Somebody saved another logo meanwhile. Save again to replace it."));
    }
    errors
}

/// The form with what was typed. A browser does not keep a chosen file.
fn show_again(
    app: &App,
    staff: &Staff,
    org: &Org,
    fields: &Fields,
    version: String,
    mut errors: Vec<FieldError>,
) -> PageResult {
    if fields.file("logo_file").is_some() && FieldError::find(&errors, "logo_file").is_none() {
        errors.push(FieldError::new("logo_file", "Choose the logo again: it was not saved."));
    }
    let typed = Typed { name: fields.text("name").to_owned(), slug: fields.text("slug").to_owned() };
    show(app, staff, org, typed, version, errors)
}

fn show(
    app: &App,
    staff: &Staff,
    org: &Org,
    typed: Typed,
    version: String,
    errors: Vec<FieldError>,
) -> PageResult {
    let view = EditPage {
        heading: format!("Edit organisation: {}", org.name),
        org_url: addresses::org(&org.slug),
        version,
        name: typed.name,
        name_error: FieldError::find(&errors, "name"),
        slug: typed.slug,
        slug_error: FieldError::find(&errors, "slug"),
        logo: org.logo_file.as_ref().map(|file| format!("/uploads/{file}")),
        logo_error: FieldError::find(&errors, "logo_file"),
        org_name: org.name.clone(),
        errors,
    };
    let page = Page::staff(&view.heading);
    staff.visitor.render(app, "staff/orgs/edit", page, &view)
}
