//! The search of the site: what its reader may see anyhow on public pages, found by a fragment of its name. Staff are
//! shown the way to the search of theirs.

use domain::{
    db::GenericClient,
    search::{self, Found, MAX_CHARS, Reach, Term},
};
use serde::Serialize;

use crate::{
    app::App,
    http::{error::PageResult, shell::Page, times::Moment, visitor::Visitor},
};

/// What was found of a kind.
#[derive(Serialize)]
pub struct Group {
    id: &'static str,
    title: &'static str,
    pub hits: Vec<Hit>,
    has_more: bool,
    /// The list that holds the others as well.
    all: Option<String>,
}

/// Something that was found.
#[derive(Serialize)]
pub struct Hit {
    title: String,
    url: Option<String>,
    note: String,
    badge: &'static str,
    badge_tone: &'static str,
    at: Option<Moment>,
}

impl Group {
    pub fn of<T>(id: &'static str, title: &'static str, found: Found<T>, hit: impl Fn(T) -> Hit) -> Group {
        Group {
            id,
            title,
            has_more: found.has_more,
            hits: found.hits.into_iter().map(hit).collect(),
            all: None,
        }
    }

    /// Where the rest is, if there is more.
    pub fn all_at(mut self, path: &str, term: &Term) -> Group {
        if self.has_more {
            let mut link = url::form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
            self.all = Some(link.append_pair("q", term.text()).finish());
        }
        self
    }
}

impl Hit {
    pub fn new(title: impl Into<String>, url: String) -> Hit {
        Hit { url: Some(url), ..Hit::unlinked(title) }
    }

    /// Something that has no page any more.
    pub fn unlinked(title: impl Into<String>) -> Hit {
        Hit { title: title.into(), url: None, note: String::new(), badge: "", badge_tone: "", at: None }
    }

    pub fn note(mut self, note: impl Into<String>) -> Hit {
        self.note = note.into();
        self
    }

    pub fn badge_if(mut self, holds: bool, badge: &'static str, tone: &'static str) -> Hit {
        if holds {
            (self.badge, self.badge_tone) = (badge, tone);
        }
        self
    }

    pub fn at(mut self, at: Moment) -> Hit {
        self.at = Some(at);
        self
    }
}

#[derive(Serialize)]
struct Results {
    q: String,
    problem: Option<String>,
    groups: Vec<Group>,
    /// The same search in the staff area, for those who may.
    staff: Option<String>,
}

/// `GET /?q=`: what was found of `typed`, which is not blank.
pub async fn show(app: &App, visitor: &Visitor, typed: &str) -> PageResult {
    let term = Term::new(typed);
    let groups = match &term {
        Some(term) => groups(app, visitor, term).await?,
        None => Vec::new(),
    };
    let q: String = typed.chars().take(MAX_CHARS).map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect();
    let staff = term.as_ref().filter(|_| visitor.is_staff()).map(|term| {
        let mut link = url::form_urlencoded::Serializer::for_suffix(String::from("/staff/?"), 8);
        link.append_pair("q", term.text()).finish()
    });
    let view = Results {
        problem: term
            .is_none()
            .then(|| format!("Please search for at most {MAX_CHARS} characters, all of them printable.")),
        groups,
        staff,
        q,
    };
    let page = Page::titled(format!("Search: {}", view.q));
    visitor.render(app, "site/search", page, &view)
}

async fn groups(app: &App, visitor: &Visitor, term: &Term) -> domain::Result<Vec<Group>> {
    let db = app.db().await?;
    let reach = Reach::of(visitor.person());
    let shows_archived = visitor.has_any_roles();
    let (named, runs) = tokio::try_join!(named(&db, term, shows_archived), runs(&db, term, &reach))?;
    drop(db);
    Ok(named.into_iter().chain(runs).filter(|group| !group.hits.is_empty()).collect())
}

/// That a workspace is archived is told to those who have a role somewhere, as on its own page.
async fn named(db: &impl GenericClient, term: &Term, shows_archived: bool) -> domain::Result<[Group; 2]> {
    let (projects, workspaces) = tokio::try_join!(search::projects(db, term), search::workspaces(db, term))?;
    Ok([
        Group::of("projects", "Projects", projects, |project| Hit::new(project.title(), project.url())),
        Group::of("workspaces", "Workspaces", workspaces, |workspace| {
            let url = format!("{}{}/", workspace.project.url(), workspace.name);
            Hit::new(&workspace.name, url).note(workspace.project.title()).badge_if(
                shows_archived && workspace.is_archived,
                "Archived",
                "warning",
            )
        }),
    ])
}

async fn runs(db: &impl GenericClient, term: &Term, reach: &Reach) -> domain::Result<[Group; 3]> {
    let (job_requests, jobs, releases) = tokio::try_join!(
        search::job_requests(db, term),
        search::jobs(db, term),
        search::releases(db, term, reach),
    )?;
    Ok([
        Group::of("job-requests", "Job requests", job_requests, |request| {
            Hit::new(format!("{} ({})", request.workspace, request.id), request.url())
                .note(format!("{} by {}", request.identifier, request.created_by))
                .at(Moment::date(request.created_at))
        }),
        Group::of("jobs", "Jobs", jobs, |job| {
            Hit::new(&job.identifier, job.url())
                .note(format!("{} in {}", job.action, job.workspace))
                .at(Moment::date(job.created_at))
        }),
        Group::of("releases", "Releases", releases, |release| {
            Hit::new(&release.id, release.url()).note(release.workspace).at(Moment::date(release.created_at))
        }),
    ])
}
