//! What stands around every page: header, banners, footer. Computed from the visitor, the same for all templates.

use domain::{permissions::Permission, site_alerts::SiteAlert, users::Person};
use serde::Serialize;

use super::{drawn::Volatile, flash::Flash, next_url, visitor::Visitor};
use crate::app::App;

/// What a handler says about its page, beside its view-model.
#[derive(Debug, Clone, Default)]
pub struct Page {
    title: String,
    description: Option<String>,
    og: Option<(String, String)>,
    shows_maintenance: bool,
    has_form: bool,
}

impl Page {
    /// `title` is followed by the site's name.
    pub fn titled(title: impl Into<String>) -> Self {
        Page { title: format!("{} | OpenSAFELY Jobs", title.into()), ..Page::default() }
    }

    /// A page of the staff area.
    pub fn staff(title: impl std::fmt::Display) -> Self {
        Page::titled(format!("{title}: Staff Area"))
    }

    /// A page whose whole title is given.
    pub fn with_full_title(title: impl Into<String>) -> Self {
        Page { title: title.into(), ..Page::default() }
    }

    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// How the page looks when its link is shared.
    pub fn shared_as(mut self, title: impl Into<String>, description: impl Into<String>) -> Self {
        self.og = Some((title.into(), description.into()));
        self
    }

    /// Says so above the content when the TPP database is in maintenance: for pages about running jobs.
    pub fn with_maintenance_banner(mut self) -> Self {
        self.shows_maintenance = true;
        self
    }

    /// The page has a form although its visitor may not be signed in.
    pub fn with_form(mut self) -> Self {
        self.has_form = true;
        self
    }

    /// Whether its answer needs a form token: the header of those who are signed in has a form.
    pub(super) fn has_form_for(&self, visitor: &Visitor) -> bool {
        self.has_form || visitor.person().is_some()
    }
}

#[derive(Serialize)]
pub struct Shell {
    title: String,
    description: Option<String>,
    nonce: String,
    csrf_token: String,
    path: String,
    login_url: String,
    person: Option<ShellPerson>,
    nav: Nav,
    alerts: Vec<ShellAlert>,
    flashes: Vec<Flash>,
    maintenance: bool,
    creating_disabled: bool,
    debug: bool,
    year: i16,
    plausible_domain: Option<String>,
    template: String,
    og: Option<OpenGraph>,
    assets: crate::http::assets::Bundle,
    request_id: String,
}

#[derive(Serialize)]
struct ShellPerson {
    username: String,
    fullname: String,
    via_github: bool,
    is_staff: bool,
}

#[derive(Serialize)]
struct Nav {
    event_log: bool,
    status: bool,
    staff: bool,
}

#[derive(Serialize)]
struct ShellAlert {
    level: String,
    /// HTML, as written by staff.
    title: String,
    message: String,
}

#[derive(Serialize)]
struct OpenGraph {
    title: String,
    url: String,
    description: String,
}

impl Shell {
    /// `marks` stand for what differs in every answer.
    pub fn new(app: &App, visitor: &Visitor, template: &str, page: Page, marks: Volatile<'_>) -> Shell {
        let facts = visitor.facts();
        let person = visitor.person();
        let notices = visitor.notices();
        Shell {
            csrf_token: if page.has_form_for(visitor) { marks.csrf_token.to_owned() } else { String::new() },
            title: page.title,
            description: page.description,
            nonce: marks.nonce.to_owned(),
            path: facts.path.clone(),
            login_url: next_url::login_link(&facts.path, &facts.query),
            person: person.map(shell_person),
            nav: Nav {
                event_log: facts.path.starts_with("/event-log/"),
                status: facts.path.starts_with("/status/"),
                staff: facts.path.starts_with("/staff/"),
            },
            alerts: notices
                .map(|notices| notices.alerts.iter().map(shell_alert).collect())
                .unwrap_or_default(),
            flashes: visitor.flashes().to_vec(),
            maintenance: page.shows_maintenance && notices.is_some_and(|notices| notices.tpp_maintenance),
            creating_disabled: app.config.disable_creating_jobs,
            debug: app.config.debug,
            year: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year(),
            plausible_domain: app.config.web.plausible_domain.clone(),
            template: format!("{template}.html"),
            og: page.og.map(|(title, description)| OpenGraph {
                title,
                url: app.absolute(&facts.path),
                description,
            }),
            assets: app.assets.bundle().clone(),
            request_id: marks.request_id.to_owned(),
        }
    }
}

fn shell_person(person: &Person) -> ShellPerson {
    ShellPerson {
        username: person.username.clone(),
        fullname: person.fullname.clone(),
        via_github: person.uses_github,
        is_staff: person.may(Permission::StaffAreaAccess, None),
    }
}

fn shell_alert(alert: &SiteAlert) -> ShellAlert {
    ShellAlert { level: alert.level.clone(), title: alert.title.clone(), message: alert.message.clone() }
}
