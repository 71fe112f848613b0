//! One member of a project: the roles, and the end of it.

use actix_web::{HttpRequest, web};
use domain::{
    permissions::RoleSet,
    project_members::{self, Changed, Member},
};
use serde::Serialize;

use super::{
    Choice, error_of,
    members::{role_options, roles},
    next_of,
};
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
    staff::{self, MemberManager, addresses, entered::Entered},
};

#[derive(Serialize)]
struct MembershipPage {
    heading: String,
    project: String,
    project_url: String,
    post_url: String,
    remove_url: String,
    remove_title: String,
    user_url: String,
    fullname: String,
    /// Of those who sign in by GitHub.
    username: Option<String>,
    email: String,
    next: String,
    version: String,
    role_options: Vec<Choice>,
    roles_error: String,
    errors: Vec<FieldError>,
}

/// What the form shows besides the member.
struct Shown {
    ticked: RoleSet,
    version: String,
    next: String,
    errors: Vec<FieldError>,
}

/// `GET /staff/projects/{slug}/members/{pk}/edit/?next=`
pub async fn form(
    app: App,
    manager: MemberManager,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> PageResult {
    let member = member_at(&app, &path).await?;
    let shown = Shown {
        ticked: member.roles.clone(),
        version: project_members::version(&member.roles).as_str().to_owned(),
        next: next_of(&request, &Fields::default(), addresses::project(&member.project.slug))?,
        errors: Vec::new(),
    };
    show(&app, &manager, &member, shown)
}

/// `POST /staff/projects/{slug}/members/{pk}/edit/?next=`
pub async fn submit(
    app: App,
    manager: MemberManager,
    path: web::Path<(String, String)>,
    request: HttpRequest,
    fields: Fields,
) -> PageResult {
    let member = member_at(&app, &path).await?;
    let next = next_of(&request, &fields, addresses::project(&member.project.slug))?;
    let mut form = Entered::new(&fields);
    let ticked = roles(&mut form, &fields);
    let sent = form.version();
    if !form.is_ok() {
        let version = form.version_or(&project_members::version(&member.roles));
        return show(&app, &manager, &member, Shown { ticked, version, next, errors: form.into_errors() });
    }
    let mut db = app.db().await?;
    match project_members::set_roles(&mut db, member.membership, &ticked, sent, manager.person.id).await? {
        Changed::Done => {
            let notice =
                format!("Saved the roles of {} on {}.", member.display_name(), member.project.title());
            redirect::to(&app, &manager.visitor, &next, vec![Flash::success(notice)])
        }
        Changed::Gone => Err(Error::NotFound),
        Changed::Overtaken(stored) => {
            let errors = vec![FieldError::new("roles", overtaken(&stored))];
            let version = project_members::version(&stored).as_str().to_owned();
            show(&app, &manager, &member, Shown { ticked, version, next, errors })
        }
    }
}

/// `POST /staff/projects/{slug}/members/{pk}/remove/?next=`
pub async fn remove(
    app: App,
    manager: MemberManager,
    path: web::Path<(String, String)>,
    request: HttpRequest,
    fields: Fields,
) -> PageResult {
    let member = member_at(&app, &path).await?;
    let next = next_of(&request, &fields, addresses::project(&member.project.slug))?;
    let mut db = app.db().await?;
    if !project_members::remove(&mut db, member.membership, manager.person.id).await? {
        return Err(Error::NotFound);
    }
    let notice = format!("Removed {} from {}", member.username, member.project.title());
    redirect::to(&app, &manager.visitor, &next, vec![Flash::success(notice)])
}

/// The membership in the address; a key that is no number names none.
async fn member_at(app: &App, path: &web::Path<(String, String)>) -> Result<Member, Error> {
    let (slug, key) = (&path.0, staff::pk(&path.1)?);
    project_members::find(&app.db().await?, slug, key).await?.ok_or(Error::NotFound)
}

fn overtaken(stored: &RoleSet) -> String {
    let names: Vec<&str> = stored.iter().map(|role| role.display_name()).collect();
    let now = if names.is_empty() { "no role".to_owned() } else { names.join(" and ") };
    format!("Somebody else saved meanwhile: they have {now} now. Save again to replace that.")
}

fn show(app: &App, manager: &MemberManager, member: &Member, shown: Shown) -> PageResult {
    let (project, project_url) = (member.project.title(), addresses::project(&member.project.slug));
    let membership = format!("{project_url}members/{}/", member.membership);
    let view = MembershipPage {
        heading: format!("Edit project roles: {}", member.fullname),
        post_url: format!("{membership}edit/"),
        remove_url: format!("{membership}remove/"),
        remove_title: format!("Remove {} from {project}?", member.display_name()),
        user_url: addresses::user(&member.username),
        fullname: member.fullname.clone(),
        username: member.uses_github.then(|| member.username.clone()),
        email: member.email.clone(),
        next: shown.next,
        version: shown.version,
        role_options: role_options(|role| shown.ticked.contains(role)),
        roles_error: error_of(&shown.errors, "roles"),
        errors: shown.errors,
        project,
        project_url,
    };
    let page = Page::staff(&view.heading);
    manager.visitor.render(app, "staff/projects/membership", page, &view)
}
