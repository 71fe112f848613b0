//! Correcting what an application says of a researcher.

use actix_web::web;
use domain::{
    applications::{
        Refusal,
        researchers::{self, DAA_LIMIT, PHONE_TYPES, Researcher, day},
    },
    version::Edited,
};
use jiff::Timestamp;

use super::{
    id_of,
    researcher_page::{Shown, show},
    staff_url,
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
    staff::{Staff, entered::Entered, overtaken, pk},
};

/// `GET /staff/applications/{hash}/researchers/{pk}/edit/`
pub async fn form(app: App, staff: Staff, path: web::Path<(String, String)>) -> PageResult {
    let (application, id) = (id_of(&path.0)?, pk(&path.1)?);
    let stored = stored(&app, application, id).await?;
    show(&app, &staff, (application, id), &stored.name, Shown::stored(&stored), Vec::new())
}

/// `POST /staff/applications/{hash}/researchers/{pk}/edit/`
pub async fn submit(app: App, staff: Staff, path: web::Path<(String, String)>, fields: Fields) -> PageResult {
    let (application, id) = (id_of(&path.0)?, pk(&path.1)?);
    let before = stored(&app, application, id).await?;
    let version = fields.raw("version");
    let key = (application, id);
    let new = match checked(&fields, &before) {
        Ok(new) => new,
        Err(errors) => {
            return show(&app, &staff, key, &before.name, Shown::typed(&fields, &before), errors);
        }
    };
    match researchers::edit(&mut app.db().await?, key, &staff.person, &new, version).await? {
        Ok(Edited::Overtaken(now)) => {
            let shown = Shown::typed(&fields, &now).with_version(&now);
            show(&app, &staff, key, &now.name, shown, differences(&new, &now))
        }
        Ok(edited @ (Edited::Saved | Edited::Unchanged)) => {
            let text = format!("{} was saved.", new.name);
            let notice = Flash::edited(edited == Edited::Saved, text);
            redirect::to(&app, &staff.visitor, &staff_url(application), vec![notice])
        }
        Err(Refusal::Missing | Refusal::Deleted | Refusal::Approved | Refusal::NoStudy) => {
            Err(Error::NotFound)
        }
    }
}

async fn stored(app: &App, application: i32, id: i32) -> Result<Researcher, Error> {
    researchers::find(&app.db().await?, application, id).await?.ok_or(Error::NotFound)
}

/// A researcher as typed.
fn checked(fields: &Fields, before: &Researcher) -> Result<Researcher, Vec<FieldError>> {
    let mut entered = Entered::new(fields);
    let researcher = Researcher {
        name: entered.required("name"),
        job_title: entered.required("job_title"),
        email: entered.required("email"),
        github_username: entered.optional("github_username"),
        telephone: entered.optional("telephone"),
        daa: entered.optional_url("daa", DAA_LIMIT),
        does_researcher_need_server_access: entered.optional_bool("does_researcher_need_server_access"),
        phone_type: phone_type(&mut entered, fields, before),
        has_taken_safe_researcher_training: entered.optional_bool("has_taken_safe_researcher_training"),
        training_with_org: entered.optional("training_with_org"),
        training_passed_at: training_passed_at(&mut entered, fields, before),
    };
    if entered.is_ok() { Ok(researcher) } else { Err(entered.into_errors()) }
}

/// One that was not sent at all stays.
fn phone_type(entered: &mut Entered<'_>, fields: &Fields, before: &Researcher) -> String {
    match fields.raw("phone_type") {
        None => before.phone_type.clone(),
        Some("") => String::new(),
        Some(_) => entered.choice("phone_type", &PHONE_TYPES.map(|(value, _)| value)),
    }
}

/// The time of a day that was not changed stays.
fn training_passed_at(entered: &mut Entered<'_>, fields: &Fields, before: &Researcher) -> Option<Timestamp> {
    let typed = entered.optional_date("training_passed_at");
    let is_same_day = fields.text("training_passed_at") == day(before.training_passed_at);
    if is_same_day { before.training_passed_at } else { typed }
}

/// What somebody else saved since the form was filled.
fn differences(typed: &Researcher, now: &Researcher) -> Vec<FieldError> {
    let facts: Vec<_> = typed.facts().zip(now.facts()).collect();
    let fields: Vec<(&str, &str, &str)> = facts
        .iter()
        .map(|((column, typed), (_, stored))| (*column, typed.as_str(), stored.as_str()))
        .collect();
    overtaken::differences(&fields)
}
