//! The moving part of a job request's page, drawn once for each state of the job request, however many pages and
//! browsers show it.

use std::sync::Arc;

use domain::{
    db::GenericClient,
    ids::JobRequestId,
    views::{job_request::JobRequestPage, job_request_jobs},
};
use jiff::Timestamp;

use super::{fixed, live::LiveView, states::Filter};
use crate::{app::App, http::error::Error};

/// A drawing of something that goes on is used for this long, in seconds; browsers count times on by themselves.
const MOMENT_SECONDS: i64 = 10;

#[derive(Debug)]
pub struct Fragment {
    /// The content of the page's live region.
    pub live: String,
    /// Small parts elsewhere on the page, each with its id.
    pub elsewhere: String,
    /// Nothing will move any more.
    pub is_final: bool,
}

/// Everything that decides what a fragment looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FragmentKey {
    job_request: JobRequestId,
    revision: i64,
    filter: Filter,
    /// Always the same for what is over.
    moment: i64,
}

/// The fragment of a job request as it is now. The jobs are read only if it has not been drawn yet.
pub async fn of(
    app: &App,
    db: &impl GenericClient,
    request: &JobRequestPage,
    filter: Filter,
) -> Result<Arc<Fragment>, Error> {
    let now = Timestamp::now();
    let moment = if request.is_active() { now.as_second() / MOMENT_SECONDS } else { 0 };
    let key = FragmentKey { job_request: request.id, revision: request.revision, filter, moment };
    app.live_fragments.drawn.get_or_insert_async(&key, draw(app, db, request, filter, now)).await
}

async fn draw(
    app: &App,
    db: &impl GenericClient,
    request: &JobRequestPage,
    filter: Filter,
    now: Timestamp,
) -> Result<Arc<Fragment>, Error> {
    let jobs = async { Ok(job_request_jobs::all(db, request.id).await?) };
    let fixed = fixed::parts(app, db, request.id, &request.repo_url, &request.sha);
    let (jobs, fixed) = tokio::try_join!(jobs, fixed)?;
    let mut view = LiveView::new(request, &jobs, &fixed, filter, now);
    if app.config.rap.controller.is_none() {
        view.offer_to_cancel_early(request);
    }
    Ok(Arc::new(Fragment {
        live: app.templates.render("site/job_requests/live", &view)?,
        elsewhere: app.templates.render("site/job_requests/elsewhere", &view)?,
        is_final: !request.is_active(),
    }))
}

impl Fragment {
    /// What it weighs in a cache, in bytes.
    pub fn weight(&self) -> u64 {
        (self.live.len() + self.elsewhere.len() + 128) as u64
    }
}
