//! Editing a project.

use actix_web::web;
use domain::{
    edit_project::{self, Key, Outcome, STATUSES, Stored, Wanted},
    ids::{OrgId, ProjectId, UserId},
    project_number,
    version::Edited,
};

use super::{
    create::{note, one_key},
    edit_page::{Choices, Typed, show},
    overtaken,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::Fields,
        redirect,
    },
    staff::{Staff, addresses, entered::Entered},
};

/// `GET /staff/projects/{slug}/edit/`
pub async fn form(app: App, staff: Staff, slug: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let key = Key { slug: &slug, id: None };
    let (stored, choices) =
        tokio::try_join!(async { Ok(edit_project::find(&db, key).await?) }, Choices::load(&db, &slug))?;
    drop(db);
    let stored = stored.ok_or(Error::NotFound)?;
    show(&app, &staff, &stored, &choices, Typed::stored(&stored), Vec::new())
}

/// `POST /staff/projects/{slug}/edit/`
pub async fn submit(app: App, staff: Staff, slug: web::Path<String>, fields: Fields) -> PageResult {
    let mut form = Entered::new(&fields);
    let wanted = read(&mut form, &fields);
    let key = Key { slug: &slug, id: fields.text("project").parse().ok().map(ProjectId) };
    let mut typed = Typed::posted(&fields);
    if form.is_ok() {
        let mut db = app.db().await?;
        match edit_project::edit(&mut db, key, &wanted, form.version(), &staff.person).await? {
            Outcome::Gone => return Err(Error::NotFound),
            Outcome::Refused(refusals) => note(&mut form, refusals),
            Outcome::Edited(Edited::Overtaken(stored)) => {
                drop(db);
                let errors = overtaken::errors(&stored, &typed);
                typed.version = stored.version().as_str().to_owned();
                return again(&app, &staff, &stored, typed, errors).await;
            }
            Outcome::Edited(Edited::Saved) => {
                tracing::info!(project = wanted.slug, by = staff.person.username, "project edited");
                return done(&app, &staff, &wanted, Flash::success(format!("Saved {}.", wanted.name)));
            }
            Outcome::Edited(Edited::Unchanged) => {
                return done(&app, &staff, &wanted, Flash::unchanged());
            }
        }
    }
    let stored = edit_project::find(&app.db().await?, key).await?.ok_or(Error::NotFound)?;
    again(&app, &staff, &stored, typed, form.into_errors()).await
}

fn done(app: &App, staff: &Staff, wanted: &Wanted, notice: Flash) -> PageResult {
    redirect::to(app, &staff.visitor, &addresses::project(&wanted.slug), vec![notice])
}

/// The form with what was typed.
async fn again(
    app: &App,
    staff: &Staff,
    stored: &Stored,
    typed: Typed,
    errors: Vec<FieldError>,
) -> PageResult {
    let choices = Choices::load(&app.db().await?, &stored.slug).await?;
    show(app, staff, stored, &choices, typed, errors)
}

fn read(form: &mut Entered<'_>, fields: &Fields) -> Wanted {
    let number = form.optional("number");
    let number = project_number::checked(&number).unwrap_or_else(|text| {
        form.error("number", text);
        None
    });
    Wanted {
        name: form.required("name"),
        slug: form.slug("slug"),
        number,
        orgs: form.keys("orgs").into_iter().map(OrgId).collect(),
        lead: one_key(form, fields, "lead").map(OrgId),
        copilot: one_key(form, fields, "copilot").map(UserId),
        copilot_support_ends_at: form.optional_date("copilot_support_ends_at"),
        copilot_notes: form.optional("copilot_notes"),
        status: form.choice("status", &STATUSES.map(|(value, _)| value)),
        status_description: form.optional("status_description"),
    }
}
