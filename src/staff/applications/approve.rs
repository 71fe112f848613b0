//! Approving an application, which makes a project of it.

use actix_web::{HttpRequest, web};
use domain::{
    applications::{self, Application, Approval, Refusal, hash},
    new_project::{self, Field},
    project_number,
    views::staff_projects::{self, OrgChoice},
};

use super::{
    approve_page::{Reviews, Typed, show},
    id_of, refuse_deleted, staff_url,
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
    staff::{
        Staff, addresses,
        entered::{Entered, NO_SUCH_CHOICE, REQUIRED},
        listing::Asked,
    },
};

/// `GET /staff/applications/{hash}/approve/?org-slug=&project_name=&project_number=&sets_status=`: whoever made an
/// organisation meanwhile comes back with its slug and with what they had typed.
pub async fn form(app: App, staff: Staff, path: web::Path<String>, request: HttpRequest) -> PageResult {
    let id = id_of(&path)?;
    let asked = Asked::of(&request)?;
    let application = match approvable(&app, id).await? {
        Ok(application) => application,
        Err(refusal) => return refuse(&app, &staff, id, refusal),
    };
    let db = app.db().await?;
    let (orgs, stored, number) = tokio::try_join!(
        staff_projects::orgs(&db),
        applications::stored_pages(&db, id),
        project_number::next(&db)
    )?;
    drop(db);
    let chosen = asked.last("org-slug").and_then(|slug| orgs.iter().find(|org| org.slug == slug));
    let carried = |name: &str| asked.last(name).map(str::to_owned);
    let typed = Typed {
        org: chosen.map(|org| org.id.to_string()).unwrap_or_default(),
        project_name: carried("project_name").or(application.study_name.clone()).unwrap_or_default(),
        project_number: carried("project_number").unwrap_or(number),
        sets_status: carried("sets_status").is_some(),
    };
    show(&app, &staff, &application, &Reviews::of(stored), &orgs, typed, Vec::new())
}

/// `POST /staff/applications/{hash}/approve/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let id = id_of(&path)?;
    let application = match approvable(&app, id).await? {
        Ok(application) => application,
        Err(refusal) => return refuse(&app, &staff, id, refusal),
    };
    let mut db = app.db().await?;
    let (orgs, stored) = tokio::try_join!(staff_projects::orgs(&db), applications::stored_pages(&db, id))?;
    let errors = match checked(&fields, &orgs) {
        Ok(approval) => match applications::approve(&mut db, id, &staff.person, &approval).await? {
            Ok(Ok(created)) => return approved(&app, &staff, id, &created.slug),
            Ok(Err(refusals)) => refusals.into_iter().map(field_error).collect(),
            Err(refusal) => return refuse(&app, &staff, id, refusal),
        },
        Err(errors) => errors,
    };
    drop(db);
    show(&app, &staff, &application, &Reviews::of(stored), &orgs, Typed::posted(&fields), errors)
}

/// An application that can be approved, or why it cannot.
async fn approvable(app: &App, id: i32) -> Result<Result<Application, Refusal>, Error> {
    let application = applications::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    Ok(application.approvable())
}

fn refuse(app: &App, staff: &Staff, id: i32, refusal: Refusal) -> PageResult {
    match refusal {
        Refusal::Missing => Err(Error::NotFound),
        Refusal::Deleted => refuse_deleted(app, staff, id, "it can be approved"),
        Refusal::Approved => Ok(redirect::plain(&staff_url(id))),
        Refusal::NoStudy => {
            let text = "The applicant must fill in the page “Study information” before the application can be approved.";
            redirect::to(app, &staff.visitor, &staff_url(id), vec![Flash::error(text)])
        }
    }
}

fn approved(app: &App, staff: &Staff, id: i32, slug: &str) -> PageResult {
    let text = format!("Application {} was approved. This is its project.", hash(id));
    redirect::to(app, &staff.visitor, &addresses::project(slug), vec![Flash::success(text)])
}

/// What was typed, as far as it can be judged without the other projects.
fn checked(fields: &Fields, orgs: &[OrgChoice]) -> Result<Approval, Vec<FieldError>> {
    let mut entered = Entered::new(fields);
    let org = entered.required("org");
    let org = orgs.iter().map(|known| known.id).find(|known| known.to_string() == org);
    if org.is_none() && entered.is_ok_so_far("org") {
        entered.error("org", NO_SUCH_CHOICE);
    }
    let project_name = entered.required("project_name");
    entered.at_most("project_name", &project_name, new_project::NAME_LIMIT);
    let typed = entered.optional("project_number");
    let number = project_number::checked(&typed);
    if entered.is_ok_so_far("project_number") {
        match &number {
            Ok(Some(_)) => {}
            Ok(None) => entered.error("project_number", REQUIRED),
            Err(text) => entered.error("project_number", text),
        }
    }
    match (org, number) {
        (Some(org), Ok(Some(project_number))) if entered.is_ok() => {
            let sets_status = fields.flag("sets_status");
            Ok(Approval { org, project_name, project_number, sets_status })
        }
        _ => Err(entered.into_errors()),
    }
}

fn field_error(refusal: new_project::Refusal) -> FieldError {
    let field = match refusal.field {
        Field::Name | Field::Slug => "project_name",
        Field::Orgs | Field::Lead => "org",
        // What a co-pilot is missing for is the number.
        Field::Number | Field::Copilot => "project_number",
    };
    FieldError::new(field, refusal.text)
}
