//! An application with all its pages, and the form with which staff review them.

use actix_web::web;
use domain::{
    applications::{self, Refusal, Reviewed, hash},
    views::staff_applications::{self, Done, Head},
};
use serde::Serialize;

use super::{
    StatusBadge,
    cards::{self, Card, Problem},
    id_of, refuse_deleted,
    sent::Sent,
    site_url, staff_url, title,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        form::Fields,
        redirect,
        shell::Page,
        times::Moment,
    },
    staff::{Staff, addresses},
};

const BEFORE: &str = "it can be viewed";

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    title: String,
    url: String,
    site_url: String,
    created: DoneView,
    submitted: Option<DoneView>,
    approved: Option<DoneView>,
    project: Option<ProjectLink>,
    status: StatusBadge,
    status_comment: String,
    /// How the project and the status go together.
    approval: &'static str,
    links: Links,
    delete_title: String,
    cards: Vec<Card>,
    errors: Vec<Problem>,
}

#[derive(Serialize)]
struct Links {
    edit: String,
    approve: String,
    delete: String,
}

#[derive(Serialize)]
struct DoneView {
    at: Moment,
    by: String,
    by_url: String,
}

#[derive(Serialize)]
struct ProjectLink {
    title: String,
    url: String,
}

/// `GET /staff/applications/{hash}/`
pub async fn show(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    render(&app, &staff, id_of(&path)?, &Sent::default()).await
}

/// `POST /staff/applications/{hash}/`: saves the review of the pages that were sent.
pub async fn review(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let id = id_of(&path)?;
    let sent = Sent::read(&fields);
    let Some(reviews) = sent.reviews() else { return render(&app, &staff, id, &sent).await };
    let saved = applications::review(&mut app.db().await?, id, &staff.person, &reviews).await?;
    let notice = match saved {
        Ok(Reviewed::Saved(0)) => Flash::info("The review holds nothing new, so nothing was changed."),
        Ok(Reviewed::Saved(1)) => Flash::success("The review of a page was saved."),
        Ok(Reviewed::Saved(pages)) => Flash::success(format!("The review of {pages} pages was saved.")),
        Ok(Reviewed::Overtaken) => return render(&app, &staff, id, &sent).await,
        Err(Refusal::Deleted) => return refuse_deleted(&app, &staff, id, BEFORE),
        Err(_) => return Err(Error::NotFound),
    };
    redirect::to(&app, &staff.visitor, &staff_url(id), vec![notice])
}

async fn render(app: &App, staff: &Staff, id: i32, sent: &Sent) -> PageResult {
    let db = app.db().await?;
    let (head, stored, researchers) = tokio::try_join!(
        staff_applications::head(&db, id),
        applications::stored_pages(&db, id),
        staff_applications::researchers(&db, id)
    )?;
    drop(db);
    let head = head.ok_or(Error::NotFound)?;
    if head.deleted.is_some() {
        return refuse_deleted(app, staff, id, BEFORE);
    }
    let cards = cards::cards(id, stored, researchers, sent);
    let view = detail_page(id, head, cards);
    staff.visitor.render(app, "staff/applications/detail", Page::staff(&view.heading), &view)
}

fn detail_page(id: i32, head: Head, cards: Vec<Card>) -> DetailPage {
    let url = staff_url(id);
    DetailPage {
        approval: approval(&head),
        links: Links {
            edit: format!("{url}edit/"),
            approve: format!("{url}approve/"),
            delete: format!("{url}delete/"),
        },
        delete_title: format!("Delete application {}?", hash(id)),
        heading: format!("Application {}", hash(id)),
        title: title(head.study_name.as_deref()).to_owned(),
        url,
        site_url: site_url(id),
        created: done(head.created),
        submitted: head.submitted.map(done),
        approved: head.approved.map(done),
        project: head
            .project
            .map(|project| ProjectLink { title: project.title(), url: addresses::project(&project.slug) }),
        status: StatusBadge::of(&head.status),
        status_comment: head.status_comment,
        errors: cards::problems(&cards),
        cards,
    }
}

/// Approving and the status are apart: either can be without the other.
fn approval(head: &Head) -> &'static str {
    match (&head.approved, &head.project) {
        (Some(_), _) => "The application has been approved, whatever its status says.",
        (None, Some(_)) => "Linked to it. The application itself has not been approved.",
        (None, None) => "The application has not been approved, whatever its status says.",
    }
}

fn done((at, by): Done) -> DoneView {
    DoneView { at: Moment::date_and_time(at), by_url: addresses::user(&by.username), by: by.display_name() }
}
