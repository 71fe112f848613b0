//! Who did what: the log of everything, of a project, and of a person, each with the same filters, as a page or as CSV.

mod asked;
mod download;
mod entry;
mod sentence;

use actix_web::{HttpRequest, web};
use domain::{
    projects,
    users::Name,
    views::audit_log::{self, Event, Filter, Log, MOST, What, names},
};
use serde::Serialize;

use self::{asked::Days, entry::Entry};
use super::{
    Staff, UserManager, addresses,
    listing::{Asked, Choice, ListTools, PAGE_SIZE},
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::PageLinks,
        shell::Page,
        visitor::Visitor,
        words::counted,
    },
};

const PATH: &str = "/staff/audit-log/";

/// Whose log it is, for the head of the page.
#[derive(Serialize)]
struct Subject {
    /// The list that it belongs to, such as Users; none for the log of everything.
    section: Option<(&'static str, &'static str)>,
    title: String,
    url: String,
    /// What is recorded, and since when.
    intro: &'static str,
}

const OF_EVERYTHING: &str = "What staff did, and the commands of this server: who, when, to whom, and what was there \
    before. Memberships of projects are recorded since 12 February 2024, global roles since 16 February 2026, all else \
    since this server keeps a log of it.";
const OF_PROJECT: &str = "The making of this project, and every change of its members since 12 February 2024; changes \
    of the project itself since this server keeps a log of them. For staff only.";
const OF_USER: &str = "What this person did and what was done to them: global roles since 16 February 2026, memberships \
    of projects since 16 February 2024; other changes since this server keeps a log of them. For staff only.";

#[derive(Serialize)]
struct LogPage<'a> {
    heading: String,
    subject: Subject,
    path: String,
    entries: Vec<Entry>,
    pages: PageLinks,
    /// `1,204 events`
    total: String,
    /// There are more than are paged through.
    is_cut: bool,
    is_narrowed: bool,
    tools: ListTools<'a>,
    days: Days,
    csv: String,
}

/// `GET /staff/audit-log/?q=&types=&by=&whom=&from=&to=&page=&format=`
pub async fn everything(app: App, manager: UserManager, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let db = app.db().await?;
    let found = Found::read(&app, &db, Log::Everything, &asked).await?;
    let names = names::of(&db, &found.events, &found.people).await?;
    drop(db);
    let subject =
        Subject { section: None, title: "Audit log".to_owned(), url: String::new(), intro: OF_EVERYTHING };
    answer(
        &app,
        &manager.visitor,
        Answer { asked: &asked, request: &request, found, names, subject, path: PATH.to_owned() },
    )
}

/// `GET /staff/projects/{slug}/audit-log/`, with the same query.
pub async fn of_project(app: App, staff: Staff, slug: web::Path<String>, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let db = app.db().await?;
    let project = async { Ok(projects::find(&db, &slug).await?) };
    let (project, found) = tokio::try_join!(project, Found::read(&app, &db, Log::Project(&slug), &asked))?;
    let project = project.ok_or(Error::NotFound)?;
    let names = names::of(&db, &found.events, &found.people).await?;
    drop(db);
    let url = addresses::project(&project.slug);
    let subject = Subject {
        section: Some(("Projects", "/staff/projects/")),
        title: project.title(),
        url: url.clone(),
        intro: OF_PROJECT,
    };
    let path = format!("{url}audit-log/");
    answer(&app, &staff.visitor, Answer { asked: &asked, request: &request, found, names, subject, path })
}

/// `GET /staff/users/{username}/audit-log/`, with the same query.
pub async fn of_user(
    app: App,
    manager: UserManager,
    username: web::Path<String>,
    request: HttpRequest,
) -> PageResult {
    let asked = Asked::of(&request)?;
    let db = app.db().await?;
    let mut found = Found::read(&app, &db, Log::User(&username), &asked).await?;
    found.people.push(username.to_string());
    let names = names::of(&db, &found.events, &found.people).await?;
    drop(db);
    let user = names.user(&username).ok_or(Error::NotFound)?;
    let url = addresses::user(&user.username);
    let subject = Subject {
        section: Some(("Users", "/staff/users/")),
        title: user.display_name(),
        url: url.clone(),
        intro: OF_USER,
    };
    let path = format!("{url}audit-log/");
    answer(&app, &manager.visitor, Answer { asked: &asked, request: &request, found, names, subject, path })
}

/// What the database knows of what was asked for.
struct Found {
    filter: Filter,
    days: Days,
    total: i64,
    events: Vec<Event>,
    /// Usernames that the filter holds.
    people: Vec<String>,
}

impl Found {
    async fn read(
        app: &App,
        db: &impl domain::db::GenericClient,
        log: Log<'_>,
        asked: &Asked,
    ) -> Result<Found, Error> {
        if let Log::Project(key) | Log::User(key) = log
            && key.contains('\0')
        {
            return Err(Error::NotFound);
        }
        let (filter, days) = asked::read(db, asked).await?;
        let (total, events) = if is_csv(asked) {
            let events = audit_log::page(db, log, &filter, 0, MOST).await?;
            (0, events)
        } else if asked.last("page") == Some("last") {
            let total = count(app, db, log, &filter).await?;
            let offset = asked.slice(total)?.offset;
            (total, audit_log::page(db, log, &filter, offset, PAGE_SIZE).await?)
        } else {
            // Whether the page is beyond the end shows later: both are asked at once.
            let offset = asked.slice(MOST)?.offset;
            let page = async { Ok(audit_log::page(db, log, &filter, offset, PAGE_SIZE).await?) };
            tokio::try_join!(count(app, db, log, &filter), page)?
        };
        let people = filter.by.iter().chain(&filter.whom).cloned().collect();
        Ok(Found { filter, days, total, events, people })
    }
}

/// The log of everything grows all the time, and its number of events is nobody's concern to the second.
async fn count(
    app: &App,
    db: &impl domain::db::GenericClient,
    log: Log<'_>,
    filter: &Filter,
) -> Result<i64, Error> {
    if log == Log::Everything && filter.is_empty() {
        return Ok(*app.caches.audit_log_count.get(audit_log::count(db, log, filter)).await?);
    }
    Ok(audit_log::count(db, log, filter).await?)
}

fn is_csv(asked: &Asked) -> bool {
    asked.last("format") == Some("csv")
}

struct Answer<'a> {
    asked: &'a Asked,
    request: &'a HttpRequest,
    found: Found,
    names: names::Names,
    subject: Subject,
    path: String,
}

fn answer(app: &App, visitor: &Visitor, answer: Answer<'_>) -> PageResult {
    let Answer { asked, request, found, names, subject, path } = answer;
    if is_csv(asked) {
        return download::answer(&found.events, &names);
    }
    // Events may have come since the count.
    let slice = asked.slice(found.total.max(i64::from(!found.events.is_empty())))?;
    let heading = match subject.section {
        Some(_) => format!("Audit log: {}", subject.title),
        None => subject.title.clone(),
    };
    let now = jiff::Timestamp::now();
    let view = LogPage {
        entries: found.events.iter().map(|event| Entry::new(event, &names, now)).collect(),
        pages: asked.links(slice),
        total: total_in_words(found.total),
        is_cut: found.total >= MOST,
        is_narrowed: !found.filter.is_empty() || found.days.are_given(),
        tools: tools(asked, &path, &found.filter, &names),
        days: found.days,
        csv: asked::csv_link(&path, request.query_string()),
        heading,
        subject,
        path,
    };
    visitor.render(app, "staff/audit_log/log", Page::staff(&view.heading), &view)
}

fn tools<'a>(asked: &'a Asked, path: &str, filter: &Filter, names: &names::Names) -> ListTools<'a> {
    let person = |username: &String| {
        let label = names.user(username).map_or_else(|| username.clone(), Name::display_name);
        Choice::new(username, label)
    };
    let kinds = What::all().map(|what| Choice::new(what.as_str(), what.label())).collect();
    asked
        .tools(PATH, "Search by project, or by the beginning of a name")
        .at(path)
        .facet("types", "Type", kinds)
        .picker("by", "Done by", "users", filter.by.iter().map(person).collect())
        .picker("whom", "Done to", "users", filter.whom.iter().map(person).collect())
}

fn total_in_words(total: i64) -> String {
    if total >= MOST { "The newest 10,000 events".to_owned() } else { counted(total, "event", "events") }
}
