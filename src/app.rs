//! What every handler may need, built once and cheap to clone.

use std::{ops::Deref, sync::Arc};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use clients::{
    github::{GitHub, oauth::OAuth},
    opencodelists::OpenCodelists,
    storage::Storage,
};
use domain::{db, sessions};
use tokio::{runtime::Handle, sync::watch};

use crate::{
    api::live_fragments::LiveFragments,
    code::Code,
    config::Config,
    http::{
        assets::Assets, cache::Caches, client_address::TrustedProxies, metrics::Metrics, render::Templates,
    },
    staff::Remembered,
};

#[derive(Clone)]
pub struct App(Arc<AppState>);

pub struct AppState {
    pub config: Config,
    pub pool: db::Pool,
    pub keys: sessions::Keys,
    pub templates: Arc<Templates>,
    pub assets: Assets,
    pub actors: actors::Actors,
    pub github: GitHub,
    pub oauth: OAuth,
    pub opencodelists: OpenCodelists,
    /// Where released files lie.
    pub storage: Storage,
    pub caches: Caches,
    pub metrics: Metrics,
    pub proxies: TrustedProxies,
    pub code: Code,
    pub live_fragments: LiveFragments,
    /// What pages of the staff area remember.
    pub staff: Remembered,
    /// Where work goes that must not be tied to one HTTP worker: calls to other services, writes that must finish.
    pub background: Handle,
    /// Turns true when the server is stopping: event streams end themselves then.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    pub fn new(state: AppState) -> Self {
        App(Arc::new(state))
    }

    /// A connection to the database.
    pub async fn db(&self) -> domain::Result<db::Object> {
        Ok(self.pool.get().await?)
    }

    /// Runs `work` to its end on the background runtime, also when the browser goes away meanwhile.
    pub async fn in_background<F, T>(&self, work: F) -> Result<T, crate::http::error::Error>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        Ok(self.background.spawn(work).await?)
    }

    /// The address that a request comes from, behind our proxies.
    pub fn client_address(&self, request: &HttpRequest) -> String {
        self.proxies.client_of(request.headers(), request.peer_addr().map(|peer| peer.ip()))
    }

    /// The absolute address of one of our paths.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.config.base_url)
    }
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl FromRequest for App {
    type Error = crate::http::error::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            of(request).cloned().ok_or(crate::http::error::Error::Misconfigured("no application state")),
        )
    }
}

/// The application of a request, for middleware.
pub fn of(request: &HttpRequest) -> Option<&App> {
    request.app_data::<web::Data<App>>().map(web::Data::get_ref)
}
