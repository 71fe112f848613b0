//! The note to the co-pilots' channel that a project was made for one of them, in Slack's markup.

use domain::{
    new_project::Created,
    outbox::{Kind, NewMessage},
    users::Person,
};

use crate::{app::App, slack, staff::addresses};

/// Somebody whom the note names.
pub struct Named<'a> {
    pub username: &'a str,
    pub fullname: &'a str,
}

/// `title` is the project's.
pub fn announcement(
    app: &App,
    created: &Created,
    title: &str,
    creator: &Person,
    copilot: &Named<'_>,
) -> NewMessage {
    let project = link(app, &addresses::project(&created.slug), title);
    let by = link(app, &addresses::user(&creator.username), &creator.fullname);
    let copilot = link(app, &addresses::user(copilot.username), copilot.fullname);
    let text = format!(
        "{by} created the project {project}. Its co-pilot is {copilot}. \
         Please put it on the tracking board and get in touch with its users."
    );
    NewMessage {
        kind: Kind::Slack,
        ordering_key: None,
        payload: serde_json::json!({"channel": app.config.slack.copilots_channel, "text": text}),
        marker: format!("project-created:{}", created.id),
    }
}

fn link(app: &App, path: &str, text: &str) -> String {
    slack::link(&app.absolute(path), text)
}
