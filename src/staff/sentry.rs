//! Tests of what happens to errors. This server keeps no connection to Sentry: what it has to report goes into its log,
//! one structured line each, which the platform collects; these pages put a line there that is easy to find.

use actix_web::{HttpRequest, http::Method};
use serde::Serialize;

use super::Staff;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
    },
};

#[derive(Serialize)]
struct MessageView {
    /// Whether a line was just written.
    is_sent: bool,
    request_id: String,
}

/// `/staff/sentry/`
pub async fn index(app: App, staff: Staff) -> PageResult {
    staff.visitor.render(&app, "staff/sentry/index", Page::staff("Sentry"), &())
}

/// `/staff/sentry/error`: fails, whatever the method, as a page fails that has a bug.
pub async fn error(staff: Staff) -> PageResult {
    let username = &staff.person.username;
    Err(Error::Render(format!("this failure was asked for by {username}, to see that failures are noticed")))
}

/// `/staff/sentry/message`: a `POST` writes the line; other methods only offer to.
pub async fn message(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let request_id = staff.visitor.facts().request_id.clone();
    let is_sent = request.method() == Method::POST;
    if is_sent {
        tracing::error!(by = staff.person.username, request_id, "testing");
    }
    let view = MessageView { is_sent, request_id };
    staff.visitor.render(&app, "staff/sentry/message", Page::staff("Sentry: Message"), &view)
}
