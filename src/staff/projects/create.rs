//! Making a project.

use actix_web::HttpRequest;
use domain::{
    copilots::Candidate,
    db::Object,
    ids::{OrgId, UserId},
    new_project::{self, Created, NewProject, Refusal},
    outbox, project_number, projects,
    users::Person,
};

use super::{
    PATH,
    announcement::{Named, announcement},
    create_page::{Choices, Typed, show},
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        form::Fields,
        redirect,
    },
    staff::{
        ProjectCreator,
        entered::{self, Entered},
        listing::Asked,
    },
};

/// `GET /staff/projects/create/?org-slug=`
pub async fn form(app: App, creator: ProjectCreator, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let choices = Choices::load(&app.db().await?).await?;
    let org = asked.last("org-slug").map(|slug| choices.org_by_slug(slug)).unwrap_or_default();
    show(&app, &creator, choices, Typed { org, ..Typed::default() }, Vec::new())
}

/// `POST /staff/projects/create/`
pub async fn submit(app: App, creator: ProjectCreator, fields: Fields) -> PageResult {
    let mut form = Entered::new(&fields);
    let new = read(&mut form, &fields, &creator.person);
    let mut db = app.db().await?;
    let choices = Choices::load(&db).await?;
    let outcome = if form.is_ok() {
        create(&app, &mut db, &new, &creator.person, &choices.copilots).await?
    } else {
        Err(new_project::refusals(&db, &new).await?)
    };
    drop(db);
    match outcome {
        Ok(created) => {
            tracing::info!(project = created.slug, by = creator.person.username, "project created");
            redirect::to(&app, &creator.visitor, &format!("{PATH}{}/created/", created.slug), Vec::new())
        }
        Err(refusals) => {
            note(&mut form, refusals);
            show(&app, &creator, choices, Typed::posted(&fields), form.into_errors())
        }
    }
}

fn read(form: &mut Entered<'_>, fields: &Fields, by: &Person) -> NewProject {
    let number = form.optional("number");
    let number = project_number::checked(&number).unwrap_or_else(|text| {
        form.error("number", text);
        None
    });
    NewProject {
        name: form.optional("name"),
        number,
        orgs: one_key(form, fields, "orgs").map(OrgId).into_iter().collect(),
        copilot: one_key(form, fields, "copilot").map(UserId),
        pos_needs_copilot: true,
        by: by.id,
    }
}

/// The key of the one thing that was chosen, if any.
pub(super) fn one_key(form: &mut Entered<'_>, fields: &Fields, field: &'static str) -> Option<i32> {
    let text = fields.text(field);
    if text.is_empty() {
        return None;
    }
    let key = text.parse().ok();
    if key.is_none() {
        form.error(field, entered::NO_SUCH_CHOICE);
    }
    key
}

/// Adds what the domain says to what is wrong already, one error a field.
pub(super) fn note(form: &mut Entered<'_>, refusals: Vec<Refusal>) {
    for refusal in refusals {
        if form.is_ok_so_far(refusal.field.name()) {
            form.error(refusal.field.name(), refusal.text);
        }
    }
}

/// The project and the note about it, both or neither.
async fn create(
    app: &App,
    db: &mut Object,
    new: &NewProject,
    by: &Person,
    copilots: &[Candidate],
) -> Result<Result<Created, Vec<Refusal>>, Error> {
    let tx = db.transaction().await.map_err(domain::Error::from)?;
    let created = match new_project::create(&tx, new).await? {
        Ok(created) => created,
        Err(refusals) => return Ok(Err(refusals)),
    };
    if let Some(copilot) = copilots.iter().find(|person| Some(person.id) == new.copilot) {
        let copilot = Named { username: &copilot.username, fullname: &copilot.fullname };
        let title = projects::title(new.number.as_deref(), &new.name);
        outbox::enqueue(&tx, &[announcement(app, &created, &title, by, &copilot)]).await?;
    }
    tx.commit().await.map_err(domain::Error::from)?;
    Ok(Ok(created))
}
