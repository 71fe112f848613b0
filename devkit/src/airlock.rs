//! Airlock, as Job Server meets it: plays a whole review against a running server, from signing in to the last file, and
//! shows every call with its answer and the verdict on it. The calls, their order and their oddities are those of the real
//! client; what is released is made up here.

mod calls;
mod files;
mod review;

use calls::Calls;
use review::Review;

use crate::Result;

/// Who plays what, and where.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the server.
    pub server: String,
    pub backend_token: String,
    /// Username of who asks for the release.
    pub user: String,
    /// Theirs; none: they are authorised only, not signed in.
    pub login_token: Option<String>,
    /// Username of who checks and releases.
    pub checker: String,
    /// Name of the workspace whose outputs are released.
    pub workspace: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// Answers that came.
    pub answers: usize,
    /// Those of them that Airlock could not have worked with.
    pub wrong: usize,
    /// Id of the release.
    pub release: String,
}

/// Plays to the end, wrong answers or not. An error means that an answer did not come at all.
pub async fn play(settings: &Settings) -> Result<Played> {
    let mut calls = Calls::new(&settings.server, &settings.backend_token)?;
    let review = Review {
        user: &settings.user,
        login_token: settings.login_token.as_deref(),
        checker: &settings.checker,
        workspace: &settings.workspace,
        files: files::all()?,
        request: domain::ulid::new(),
    };
    review.play(&mut calls).await?;
    Ok(Played { answers: calls.made, wrong: calls.wrong, release: review.request })
}
