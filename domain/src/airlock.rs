//! What Airlock tells us about release requests, and who hears of it: the author by e-mail, the output checkers by an issue
//! at GitHub and a post in Slack. An event is acknowledged by one commit that holds all of its messages; nothing here
//! talks to the outside. Rules: the event catalogue of the Airlock interface.

mod catalogue;
mod facts;
mod lines;
mod messages;
pub mod posts;
mod repository;
mod task;

use crate::{Result, db::Object, outbox};

pub use catalogue::EventType;
pub use lines::Update;
pub use repository::Repository;
pub use task::{Announcement, Comment, IssueTask, NewIssue, Operation, STATUS_LABELS};

use messages::{ANNOUNCE_WITHIN, Messages};
pub(crate) use messages::{for_github, link_text};

/// Where messages go unless something says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Our own origin, without a trailing slash.
    pub base_url: String,
    pub repository: Repository,
    pub slack_channel: String,
}

/// Something that happened to a release request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub kind: EventType,
    /// The workspace's name.
    pub workspace: String,
    /// Airlock's id of the release request; its release, if there is one, has the same.
    pub request: String,
    /// User names: who asked for the release, and who did what happened now.
    pub author: String,
    pub user: String,
    pub updates: Vec<Update>,
    /// Where the issue is, if Airlock decides that.
    pub repository: Option<Repository>,
}

/// Queues the messages of an event in one transaction. Returns what could not be queued, a sentence each; the rest is.
///
/// The same event sent twice is two events: people are told of both. Airlock never repeats one, and two that are alike
/// (returned, returned again) both happened.
pub async fn acknowledge(db: &mut Object, settings: &Settings, event: &Event) -> Result<Vec<String>> {
    let transaction = db.transaction().await?;
    let facts = match facts::of(&transaction, event).await? {
        Ok(facts) => facts,
        Err(problems) => return Ok(problems),
    };
    let Messages { rows, announcement, problems } = messages::of(settings, event, &facts)?;
    outbox::enqueue(&transaction, &rows).await?;
    if let Some(marker) = announcement {
        outbox::postpone(&transaction, &marker, ANNOUNCE_WITHIN).await?;
    }
    transaction.commit().await?;
    tracing::info!(
        event = event.kind.name(),
        request = event.request,
        queued = rows.len(),
        "an Airlock event"
    );
    Ok(problems)
}
