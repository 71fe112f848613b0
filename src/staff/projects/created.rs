//! What to do after a project was made.

use actix_web::web;
use domain::views::staff_project;
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
    },
    staff::{ProjectCreator, addresses},
};

#[derive(Serialize)]
struct CreatedPage {
    name: String,
    /// `number: name`, or the name alone.
    headline: String,
    public_url: String,
    staff_url: String,
    add_members_url: String,
    /// Whether the co-pilots' channel was told.
    has_copilot: bool,
}

/// `GET /staff/projects/{slug}/created/`
pub async fn show(app: App, creator: ProjectCreator, slug: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let head = staff_project::head(&db, &slug).await?.ok_or(Error::NotFound)?;
    drop(db);
    let project = head.project;
    let view = CreatedPage {
        headline: match &project.number {
            Some(number) => format!("{number}: {}", project.name),
            None => project.name.clone(),
        },
        public_url: project.url(),
        add_members_url: format!("{}add-member/", addresses::project(&project.slug)),
        staff_url: addresses::project(&project.slug),
        has_copilot: head.copilot.is_some(),
        name: project.name,
    };
    creator.visitor.render(&app, "staff/projects/created", Page::staff("Project created"), &view)
}
