//! The list of people: search, filters, and what somebody seems to lack.

use actix_web::HttpRequest;
use domain::{
    ids::BackendId,
    permissions::Role,
    users,
    views::{
        staff_chosen::{self, Chosen},
        staff_user::{self, BackendChoice},
        staff_users::{self, Missing, OrgName, PersonLine, Wanted},
    },
};
use serde::Serialize;

use super::address;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::PageLinks,
        shell::Page,
        words::counted,
    },
    staff::{
        UserManager, addresses,
        listing::{Asked, Choice, ListTools},
    },
};

/// With more organisations than this they are looked up while somebody types.
const MOST_ORGS: i64 = 20;

/// What the list can be narrowed to.
pub struct Choices {
    backends: Vec<BackendChoice>,
    /// None: too many to show.
    orgs: Option<Vec<OrgName>>,
}

#[derive(Serialize)]
struct ListPage<'a> {
    tools: ListTools<'a>,
    people: Vec<PersonRow>,
    pages: PageLinks,
    total: String,
}

#[derive(Serialize)]
struct PersonRow {
    url: String,
    name: String,
    /// One of the following.
    lacks_any: bool,
    /// GitHub people without a backend, an organisation, a project.
    lacks_backends: bool,
    lacks_org: bool,
    lacks_projects: bool,
    lacks_roles: bool,
}

impl From<PersonLine> for PersonRow {
    fn from(line: PersonLine) -> Self {
        let lacks_any_place = line.uses_github && !(line.has_backends && line.has_orgs && line.has_projects);
        PersonRow {
            lacks_any: lacks_any_place || !line.has_roles,
            url: addresses::user(&line.username),
            name: users::display_name(&line.fullname, &line.username),
            lacks_backends: line.uses_github && !line.has_backends,
            lacks_org: line.uses_github && !line.has_orgs,
            lacks_projects: line.uses_github && !line.has_projects,
            lacks_roles: !line.has_roles,
        }
    }
}

/// `GET /staff/users/?q=&backend=&missing=&org=&role=&any_roles=&page=`
pub async fn show(app: App, manager: UserManager, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let wanted = wanted(&asked)?;
    let db = app.db().await?;
    let people = asked.part(&app, staff_users::count(&db, &wanted), async |offset| {
        staff_users::page(&db, &wanted, offset).await
    });
    let choices = async {
        let load = async {
            let (backends, orgs) =
                tokio::try_join!(staff_user::backends(&db, None), staff_users::few_orgs(&db, MOST_ORGS))?;
            Ok::<_, Error>(Choices { backends, orgs })
        };
        app.staff.user_choices.get(load).await
    };
    let chosen = async {
        let chosen = Chosen { orgs: &wanted.orgs, ..Chosen::default() };
        Ok(staff_chosen::labels(&db, chosen).await?.orgs)
    };
    let ((slice, people), choices, chosen) = tokio::try_join!(people, choices, chosen)?;
    drop(db);
    let tools = tools(&asked, &choices.backends);
    let tools = match &choices.orgs {
        Some(orgs) => tools.facet("org", "Organisation", Choice::all(orgs.clone())),
        None => tools.picker("org", "Organisation", "orgs", Choice::all(chosen)),
    };
    let view = ListPage {
        tools,
        people: people.into_iter().map(PersonRow::from).collect(),
        pages: asked.links(slice),
        total: counted(slice.total, "person", "people"),
    };
    manager.visitor.render(&app, "staff/users/list", Page::staff("Users"), &view)
}

/// What the query asks for. Values that no filter knows are left out.
fn wanted(asked: &Asked) -> Result<Wanted<'_>, Error> {
    let missing = Missing::ALL.into_iter().filter(|missing| asked.has("missing", missing.as_str()));
    let roles = Role::ALL.iter().copied().filter(|role| asked.has("role", role.as_str()));
    Ok(Wanted {
        q: asked.q(),
        backends: backends(asked)?,
        missing: missing.collect(),
        orgs: asked.all("org"),
        roles: roles.collect(),
        any_roles: match (asked.has("any_roles", "yes"), asked.has("any_roles", "no")) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        },
    })
}

/// The keys of backends; 400 for what is no number. A number too large for any backend names none.
fn backends(asked: &Asked) -> Result<Option<Vec<BackendId>>, Error> {
    let values = asked.all("backend");
    if values.is_empty() {
        return Ok(None);
    }
    let mut ids = Vec::new();
    for value in values {
        let digits = value.strip_prefix('-').unwrap_or(&value);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::BadRequest("a backend is named by its number".to_owned()));
        }
        ids.extend(value.parse().ok().map(BackendId));
    }
    Ok(Some(ids))
}

fn tools<'a>(asked: &'a Asked, backends: &[BackendChoice]) -> ListTools<'a> {
    let backends = backends.iter().map(|backend| Choice::new(backend.id.to_string(), &backend.name));
    let roles = Role::ALL.iter().filter(|role| role.is_global());
    let roles = roles.map(|role| Choice::new(role.as_str(), role.display_name()));
    let missing = [("backend", "Backend"), ("org", "Org"), ("project", "Project")];
    asked
        .tools(address::LIST, "Search by name or username")
        .facet("backend", "Backend", backends.collect())
        .facet("role", "Role", roles.collect())
        .facet("missing", "Missing", missing.map(|(value, label)| Choice::new(value, label)).into())
        .toggle("any_roles", "Has any roles", vec![Choice::new("yes", "Yes"), Choice::new("no", "No")])
}
