//! Who is looking: a person who is signed in, or anybody. Loaded once per request, from the session that both this
//! server and Django can write.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use domain::{
    ids::ProjectId,
    permissions::Permission,
    sessions::{self, Session},
    users::Person,
};
use futures_util::future::LocalBoxFuture;

use super::{
    cache::Notices,
    cookies, csrf,
    error::Error,
    flash::{self, Flash},
    observe::RequestFacts,
};
use crate::app::App;

#[derive(Clone)]
pub struct Visitor(Rc<Inner>);

struct Inner {
    person: Option<Person>,
    session: RefCell<Option<Session>>,
    stale_cookie: bool,
    renewed_key: Option<String>,
    flashes: Vec<Flash>,
    csrf_secret: String,
    csrf_is_new: bool,
    csrf_used: Cell<bool>,
    notices: Option<Arc<Notices>>,
    facts: RequestFacts,
}

impl Visitor {
    pub fn person(&self) -> Option<&Person> {
        self.0.person.as_ref()
    }

    /// Whether this visitor holds `permission`, globally or, if a project is given, on that project.
    pub fn may(&self, permission: Permission, project: Option<ProjectId>) -> bool {
        self.person().is_some_and(|person| person.may(permission, project))
    }

    /// Whether this visitor has a role anywhere: then archived workspaces and metrics are shown.
    pub fn has_any_roles(&self) -> bool {
        self.person().is_some_and(Person::has_any_roles)
    }

    pub fn is_member_of(&self, project: ProjectId) -> bool {
        self.person().is_some_and(|person| person.is_member_of(project))
    }

    pub fn is_staff(&self) -> bool {
        self.may(Permission::StaffAreaAccess, None)
    }

    pub fn facts(&self) -> &RequestFacts {
        &self.0.facts
    }

    pub fn notices(&self) -> Option<&Notices> {
        self.0.notices.as_deref()
    }

    pub fn flashes(&self) -> &[Flash] {
        &self.0.flashes
    }

    /// The cookie's session has gone: the answer should remove the cookie.
    pub fn has_stale_cookie(&self) -> bool {
        self.0.stale_cookie
    }

    /// The key of a session that was written anew: the answer should carry its cookie once more.
    pub fn renewed_key(&self) -> Option<&str> {
        self.0.renewed_key.as_deref()
    }

    /// The session's data, for signing in and out.
    pub fn take_session(&self) -> Option<Session> {
        self.0.session.borrow_mut().take()
    }

    /// A token for a form on this page; the answer then carries the cookie that belongs to it.
    pub fn csrf_token(&self) -> String {
        self.0.csrf_used.set(true);
        csrf::masked(&self.0.csrf_secret)
    }

    /// The cookie to send, if a token was handed out.
    pub fn csrf_cookie_value(&self) -> Option<String> {
        (self.0.csrf_used.get() || (self.0.csrf_is_new && self.0.person.is_some()))
            .then(|| self.0.csrf_secret.clone())
    }

    /// The visitor of a request, loaded at the first call.
    pub async fn of(request: &HttpRequest) -> Result<Visitor, Error> {
        if let Some(visitor) = request.extensions().get::<Visitor>() {
            return Ok(visitor.clone());
        }
        let app = crate::app::of(request).ok_or(Error::Misconfigured("no application state"))?;
        let visitor = Visitor::load(request, app).await?;
        request.extensions_mut().insert(visitor.clone());
        Ok(visitor)
    }

    /// Nobody in particular: for error pages when the database cannot say who asks.
    pub fn anonymous(request: &HttpRequest) -> Visitor {
        let secret_key =
            crate::app::of(request).map(|app| app.config.keys.secret.expose()).unwrap_or_default();
        Visitor::assemble(request, secret_key, Loaded::default())
    }

    async fn load(request: &HttpRequest, app: &App) -> Result<Visitor, Error> {
        let cookie = request.cookie(cookies::SESSION).map(|cookie| cookie.value().to_owned());
        let loaded = match cookie {
            Some(key) => load_signed_in(app, &key).await?,
            None => Loaded::default(),
        };
        Ok(Visitor::assemble(request, app.config.keys.secret.expose(), loaded))
    }

    fn assemble(request: &HttpRequest, secret_key: &str, loaded: Loaded) -> Visitor {
        let known = request.cookie(cookies::CSRF).and_then(|cookie| csrf::secret_of(cookie.value()));
        let flashes = request
            .cookie(cookies::MESSAGES)
            .map(|cookie| flash::decode(cookie.value(), secret_key))
            .unwrap_or_default();
        Visitor(Rc::new(Inner {
            person: loaded.person,
            session: RefCell::new(loaded.session),
            stale_cookie: loaded.stale_cookie,
            renewed_key: loaded.renewed_key,
            flashes,
            csrf_is_new: known.is_none(),
            csrf_secret: known.unwrap_or_else(csrf::new_secret),
            csrf_used: Cell::new(false),
            notices: loaded.notices,
            facts: RequestFacts::of(request),
        }))
    }
}

#[derive(Default)]
struct Loaded {
    person: Option<Person>,
    session: Option<Session>,
    stale_cookie: bool,
    /// The old secret made the session, which has been written anew under this key.
    renewed_key: Option<String>,
    notices: Option<Arc<Notices>>,
}

async fn load_signed_in(app: &App, key: &str) -> Result<Loaded, Error> {
    let db = app.db().await?;
    let hint = app.caches.session_hints.get(key);
    let mut visit = sessions::visitor(&db, &app.keys, key, hint).await?;
    let Some(person) = visit.person else {
        if let Some(session) = visit.session.as_mut().filter(|session| session.is_changed()) {
            sessions::save(&db, &app.keys, session).await?;
        }
        return Ok(Loaded { session: visit.session, stale_cookie: visit.stale_cookie, ..Loaded::default() });
    };
    app.caches.session_hints.insert(key.to_owned(), person.id);
    let renewed_key = match visit.session.as_mut().filter(|_| visit.needs_upgrade) {
        Some(session) => {
            sessions::upgrade(&app.keys, session, &person);
            sessions::save(&db, &app.keys, session).await?;
            session.key().map(str::to_owned)
        }
        None => None,
    };
    let notices = app.caches.notices(&db).await?;
    Ok(Loaded {
        person: Some(person),
        session: visit.session,
        stale_cookie: false,
        renewed_key,
        notices: Some(notices),
    })
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Visitor::of(&request).await })
    }
}
