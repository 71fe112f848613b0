//! Linking an application to the project that came of it.

use actix_web::web;
use domain::{
    applications::hash,
    project_application::{self, Linked},
    projects::{self, Project},
    views::staff_projects::{self, ApplicationLine},
};
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
        times::Moment,
    },
    staff::{ApplicationLinker, addresses, entered},
};

#[derive(Serialize)]
struct LinkPage {
    title: String,
    project_url: String,
    applications: Vec<Line>,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct Line {
    id: i32,
    url: String,
    name: String,
    study: String,
    created: Moment,
}

impl From<ApplicationLine> for Line {
    fn from(line: ApplicationLine) -> Self {
        let hash = hash(line.id);
        Line {
            id: line.id,
            url: addresses::application(&hash),
            name: format!("{hash} by {}", line.created_by),
            study: line.study.unwrap_or_else(|| "Not specified".to_owned()),
            created: Moment::date(line.created_at),
        }
    }
}

/// `GET /staff/projects/{slug}/link-application/`
pub async fn form(app: App, linker: ApplicationLinker, slug: web::Path<String>) -> PageResult {
    let project = projects::find(&app.db().await?, &slug).await?.ok_or(Error::NotFound)?;
    show(&app, &linker, &project, Vec::new()).await
}

/// `POST /staff/projects/{slug}/link-application/`
pub async fn submit(
    app: App,
    linker: ApplicationLinker,
    slug: web::Path<String>,
    fields: Fields,
) -> PageResult {
    let mut db = app.db().await?;
    let project = projects::find(&db, &slug).await?.ok_or(Error::NotFound)?;
    let text = fields.text("application");
    let linked = match text.parse() {
        Ok(id) => project_application::link(&mut db, project.id, id, &linker.person).await?,
        Err(_) => Linked::NoSuchApplication,
    };
    drop(db);
    let error = match linked {
        Linked::Done => {
            let notice = Flash::success(format!("Linked an application to {}.", project.title()));
            return redirect::to(&app, &linker.visitor, &addresses::project(&project.slug), vec![notice]);
        }
        _ if text.is_empty() => entered::REQUIRED,
        Linked::NoSuchApplication => "Unknown Application",
        Linked::Already => "Can't link Application to multiple Projects",
    };
    show(&app, &linker, &project, vec![FieldError::of_form(error)]).await
}

async fn show(
    app: &App,
    linker: &ApplicationLinker,
    project: &Project,
    errors: Vec<FieldError>,
) -> PageResult {
    let applications = staff_projects::linkable_applications(&app.db().await?).await?;
    let view = LinkPage {
        title: project.title(),
        project_url: addresses::project(&project.slug),
        applications: applications.into_iter().map(Line::from).collect(),
        errors,
    };
    linker.visitor.render(app, "staff/projects/link", Page::staff("Link to an Application"), &view)
}
