//! A project: what it is, who works on it, what belongs to it.

use actix_web::web;
use domain::{
    applications::hash,
    permissions::Permission,
    views::{
        project::{self, Pulse},
        staff_project::{self, Detail, Member},
    },
};
use serde::Serialize;

use super::status::Status;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
        words::counted,
    },
    site::bars::{self, Bar},
    staff::{Staff, addresses, link::Link},
};

#[derive(Serialize)]
struct DetailPage {
    title: String,
    url: String,
    public_url: String,
    status: Status,
    /// Markdown.
    status_description: String,
    created: Moment,
    created_by: Link,
    application: Option<Link>,
    may_link: bool,
    may_edit_members: bool,
    members: Vec<MemberLine>,
    /// Jobs of each of the last 26 weeks; empty if there were none.
    pulse: Vec<Bar>,
    /// How many they are together.
    pulse_total: String,
    copilot: Option<Link>,
    support_ends: Option<Moment>,
    /// Line by line.
    notes: Vec<String>,
    orgs: Vec<OrgLine>,
    workspaces: Vec<WorkspaceLine>,
    redirects: Vec<Link>,
}

#[derive(Serialize)]
struct MemberLine {
    url: String,
    name: String,
    roles: String,
    /// With `may_edit_members` only.
    edit_url: String,
    remove_id: String,
    remove_url: String,
    remove_title: String,
}

#[derive(Serialize)]
struct OrgLine {
    url: String,
    name: String,
    is_lead: bool,
}

#[derive(Serialize)]
struct WorkspaceLine {
    url: String,
    name: String,
    is_archived: bool,
}

/// `GET /staff/projects/{slug}/`
pub async fn show(app: App, staff: Staff, slug: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let detail = staff_project::find(&db, &slug).await?.ok_or(Error::NotFound)?;
    let id = detail.head.project.id;
    let pulse = app.caches.pulses.get(id, project::pulse(&db, id)).await?;
    drop(db);
    let view = view(&staff, detail, &pulse);
    let page = Page::staff(&view.title);
    staff.visitor.render(&app, "staff/projects/detail", page, &view)
}

fn view(staff: &Staff, detail: Detail, pulse: &Pulse) -> DetailPage {
    let Detail { head, members, orgs, workspaces, redirects } = detail;
    let (title, url) = (head.project.title(), addresses::project(&head.project.slug));
    let person = |of: &domain::copilots::Candidate| Link {
        url: addresses::user(&of.username),
        text: of.display_name(),
    };
    let jobs: i64 = pulse.jobs_per_week.iter().sum();
    DetailPage {
        status: Status::of(&head.status),
        status_description: head.status_description,
        created: Moment::date_and_time(head.created_at),
        created_by: person(&head.created_by),
        application: head.application.map(|application| Link {
            url: addresses::application(&hash(application.id)),
            text: format!("{} by {}", hash(application.id), application.created_by),
        }),
        may_link: staff.visitor.may(Permission::ProjectLinkToApplication, None),
        may_edit_members: staff.visitor.may(Permission::UserEditProjectRoles, None),
        members: members.into_iter().map(|member| member_line(member, &title, &url)).collect(),
        pulse: if jobs > 0 { bars::weeks(&pulse.jobs_per_week) } else { Vec::new() },
        pulse_total: counted(jobs, "job", "jobs"),
        copilot: head.copilot.as_ref().map(person),
        support_ends: head.copilot_support_ends_at.map(Moment::date),
        notes: head.copilot_notes.lines().map(str::to_owned).collect(),
        orgs: orgs
            .into_iter()
            .map(|org| OrgLine { url: addresses::org(&org.slug), name: org.name, is_lead: org.is_lead })
            .collect(),
        workspaces: workspaces
            .into_iter()
            .map(|workspace| WorkspaceLine {
                url: addresses::workspace(&workspace.name),
                name: workspace.name,
                is_archived: workspace.is_archived,
            })
            .collect(),
        redirects: redirects
            .into_iter()
            .map(|redirect| Link { url: addresses::redirect(redirect.id), text: redirect.old_url })
            .collect(),
        public_url: head.project.url(),
        title,
        url,
    }
}

fn member_line(member: Member, project: &str, project_url: &str) -> MemberLine {
    let name = member.name.display_name();
    let roles: Vec<&str> = member.roles.iter().map(|role| role.display_name()).collect();
    let membership = format!("{project_url}members/{}/", member.membership);
    MemberLine {
        url: addresses::user(&member.name.username),
        roles: roles.join(", "),
        edit_url: format!("{membership}edit/?next={project_url}"),
        remove_id: format!("remove-{}", member.membership),
        remove_url: format!("{membership}remove/"),
        remove_title: format!("Remove {name} from {project}?"),
        name,
    }
}
