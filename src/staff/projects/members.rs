//! Adding members to a project.

use actix_web::web;
use domain::{
    ids::UserId,
    permissions::{Role, RoleSet},
    project_members::{self, Added, Impossible, NewMembers},
    projects::{self, Project},
    views::{
        options::{self, UserKey, Without},
        staff_projects,
    },
};
use serde::Serialize;

use super::{Choice, error_of};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::Fields,
        redirect,
        shell::Page,
        words::counted,
    },
    staff::{
        MemberManager, addresses,
        entered::{self, Entered},
    },
};

#[derive(Serialize)]
struct MembersPage {
    title: String,
    project_url: String,
    post_url: String,
    /// Where the picker asks.
    source: String,
    chosen: Vec<options::Choice>,
    found: Vec<options::Choice>,
    find: String,
    users_error: String,
    role_options: Vec<Choice>,
    roles_error: String,
    errors: Vec<FieldError>,
}

/// `GET /staff/projects/{slug}/add-member/`
pub async fn form(app: App, manager: MemberManager, slug: web::Path<String>) -> PageResult {
    let project = projects::find(&app.db().await?, &slug).await?.ok_or(Error::NotFound)?;
    show(&app, &manager, &project, &Fields::default(), Vec::new()).await
}

/// `POST /staff/projects/{slug}/add-member/`: adds all that were chosen, or finds more people to choose from.
pub async fn submit(app: App, manager: MemberManager, slug: web::Path<String>, fields: Fields) -> PageResult {
    let mut db = app.db().await?;
    let project = projects::find(&db, &slug).await?.ok_or(Error::NotFound)?;
    if !fields.text("users_find").is_empty() {
        drop(db);
        return show(&app, &manager, &project, &fields, Vec::new()).await;
    }
    let mut form = Entered::new(&fields);
    let users: Vec<UserId> = form.keys("users").into_iter().map(UserId).collect();
    if users.is_empty() && form.is_ok_so_far("users") {
        form.error("users", entered::REQUIRED);
    }
    let roles = roles(&mut form, &fields);
    if form.is_ok() {
        let new = NewMembers { project: project.id, users: &users, roles: &roles, by: manager.person.id };
        match project_members::add(&mut db, &new).await? {
            Added::Done => return done(&app, &manager, &project, users.len()),
            Added::Impossible(impossible) => {
                impossible.into_iter().for_each(|one| form.error("users", reason(one)));
            }
        }
    }
    drop(db);
    show(&app, &manager, &project, &fields, form.into_errors()).await
}

fn done(app: &App, manager: &MemberManager, project: &Project, count: usize) -> PageResult {
    let people = counted(count, "person", "people");
    let notice = Flash::success(format!("Added {people} to {}.", project.title()));
    redirect::to(app, &manager.visitor, &addresses::project(&project.slug), vec![notice])
}

fn reason(impossible: Impossible) -> String {
    match impossible {
        Impossible::NoSuchPerson(id) => entered::not_a_choice(&id.to_string()),
        Impossible::MemberAlready(name) => format!("{name} is a member already."),
    }
}

/// The roles that were ticked.
pub(super) fn roles(form: &mut Entered<'_>, fields: &Fields) -> RoleSet {
    let mut chosen = RoleSet::default();
    for text in fields.all("roles") {
        match Role::from_stored(text).filter(|role| role.is_for_projects()) {
            Some(role) => chosen.insert(role),
            None => form.error("roles", entered::not_a_choice(text)),
        }
    }
    chosen
}

/// A box for each role that a member can have.
pub(super) fn role_options(is_ticked: impl Fn(Role) -> bool) -> Vec<Choice> {
    let roles = Role::ALL.iter().copied().filter(|role| role.is_for_projects());
    roles
        .map(|role| Choice {
            hint: role.description().to_owned(),
            ..Choice::new(role.stored(), role.display_name(), is_ticked(role))
        })
        .collect()
}

async fn show(
    app: &App,
    manager: &MemberManager,
    project: &Project,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> PageResult {
    let find = fields.text("users_find").replace('\0', "");
    let chosen: Vec<i32> = fields.all("users").iter().filter_map(|key| key.trim().parse().ok()).collect();
    let without = Without { project: Some(&project.slug), ..Without::default() };
    let db = app.db().await?;
    let chosen = staff_projects::people(&db, &chosen).await?;
    let found = match find.as_str() {
        "" => Vec::new(),
        find => options::users(&db, find, UserKey::Id, without).await?.choices,
    };
    drop(db);
    let project_url = addresses::project(&project.slug);
    let view = MembersPage {
        title: project.title(),
        post_url: format!("{project_url}add-member/"),
        source: format!("/staff/options/users/?without_project={}", project.slug),
        found: found.into_iter().filter(|choice| !chosen.contains(choice)).collect(),
        chosen,
        find,
        users_error: error_of(&errors, "users"),
        role_options: role_options(|role| fields.all("roles").contains(&role.stored().as_str())),
        roles_error: error_of(&errors, "roles"),
        project_url,
        errors,
    };
    manager.visitor.render(app, "staff/projects/members", Page::staff("Add members"), &view)
}
