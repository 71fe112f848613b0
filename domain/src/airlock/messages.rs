//! The messages of an event: what each of them says, and its row in the outbox.

use std::time::Duration;

use serde_json::json;

use super::{
    Event, Settings,
    catalogue::{IssueAction, Mail, PENDING_REVIEW},
    facts::Facts,
    lines, repository,
    task::{Announcement, Comment, IssueTask, NewIssue, Operation},
};
use crate::{
    Error, Result,
    outbox::{Kind, NewMessage},
};

/// How long a post to Slack waits for the comment that it is about. After that it goes out without a link.
pub(super) const ANNOUNCE_WITHIN: Duration = Duration::from_secs(30);

/// GitHub takes 65,536 characters, Slack shows 40,000.
const GITHUB_ROOM: usize = 60_000;
const SLACK_ROOM: usize = 20_000;

pub(super) struct Messages {
    pub rows: Vec<NewMessage>,
    /// Marker of the post that waits for its comment.
    pub announcement: Option<String>,
    /// What could not be queued.
    pub problems: Vec<String>,
}

/// All messages of an event. Their markers share a random word: the same event sent twice happened twice.
pub(super) fn of(settings: &Settings, event: &Event, facts: &Facts) -> Result<Messages> {
    let id = format!("{:032x}", rand::random::<u128>());
    let mut messages = Messages { rows: Vec::new(), announcement: None, problems: Vec::new() };
    match event.kind.mail(&event.workspace, &event.request) {
        Some(mail) if mail.needs_release && facts.release_path.is_none() => {
            // Clients know this sentence.
            messages.problems.push("Release matching query does not exist.".to_owned());
        }
        Some(mail) if !facts.author.email.is_empty() => messages.rows.push(email(mail, &id, event, facts)),
        _ => {}
    }
    let task = issue_task(settings, &id, event, facts);
    if let Operation::Comment { announcement, .. } = &task.operation {
        messages.announcement = Some(announcement.marker.clone());
        messages.rows.push(NewMessage {
            kind: Kind::Slack,
            ordering_key: Some(format!("airlock-slack:{}", event.request)),
            payload: announcement.pending(),
            marker: announcement.marker.clone(),
        });
    }
    messages.rows.push(NewMessage {
        kind: Kind::GitHub,
        ordering_key: Some(format!("airlock-github:{}", event.request)),
        payload: serde_json::to_value(&task)
            .map_err(|error| Error::Corrupt(format!("an issue task that is no JSON: {error}")))?,
        marker: format!("airlock-{}:{id}:github", event.kind.name()),
    });
    Ok(messages)
}

fn email(mail: Mail, id: &str, event: &Event, facts: &Facts) -> NewMessage {
    NewMessage {
        kind: Kind::Email,
        ordering_key: Some(format!("airlock-email:{}", event.request)),
        payload: json!({
            "template": mail.template,
            "to": [facts.author.email],
            "subject": mail.subject,
            "facts": {
                "name": facts.author.name,
                "workspace": event.workspace,
                "request": event.request,
                "release_path": facts.release_path.as_deref().filter(|_| mail.needs_release),
                "updates": lines::updates(event),
            },
        }),
        marker: format!("airlock-{}:{id}:email", event.kind.name()),
    }
}

fn issue_task(settings: &Settings, id: &str, event: &Event, facts: &Facts) -> IssueTask {
    let happened = lines::of(event);
    let operation = match event.kind.issue_action() {
        IssueAction::Create => Operation::Create { issue: new_issue(settings, event, facts) },
        IssueAction::Comment { status } => Operation::Comment {
            comment: comment(
                &format!("Release request updated:\n{}", for_github(&lines::bullets(&happened, GITHUB_ROOM))),
                id,
            ),
            status: status.map(str::to_owned),
            issue: new_issue(settings, event, facts),
            announcement: Announcement {
                marker: format!("airlock-{}:{id}:slack", event.kind.name()),
                channel: settings.slack_channel.clone(),
                subject: format!("{} {} has been updated", event.workspace, event.request),
                lines: lines::bullets(&happened, SLACK_ROOM),
            },
        },
        IssueAction::Close => {
            let what = format!("Issue closed: {} by {}", event.kind.description(), event.user);
            Operation::Close { comment: comment(&for_github(&what), id) }
        }
    };
    IssueTask {
        repository: event
            .repository
            .clone()
            .unwrap_or_else(|| repository::choose(&facts.orgs, &settings.repository)),
        request: event.request.clone(),
        operation,
    }
}

fn comment(text: &str, id: &str) -> Comment {
    let marker = format!("<!-- job-server:event:{id} -->");
    Comment { text: format!("{text}\n\n{marker}"), marker }
}

/// A request has one issue, whoever creates it, so its marker names the request and not the event.
fn new_issue(settings: &Settings, event: &Event, facts: &Facts) -> NewIssue {
    let Event { workspace, request, .. } = event;
    let base_url = &settings.base_url;
    let marker = format!("<!-- job-server:release-request:{} -->", for_github(request));
    let body = format!(
        "Requested by: [{name}]({base_url}/staff/users/{username}/)\n\
         Release request ID: {id}\n\
         GitHub repo: [{repo}]({repo_url})\n\
         Workspace: [{workspace}]({base_url}{workspace_path})\n\
         \n\
         **Reviewers: react to this with :eyes: when you begin, and add :thumbsup: when you have finished.**\n\
         \n\
         {marker}",
        name = link_text(&facts.author.name),
        username = facts.author.username,
        id = for_github(request),
        repo = link_text(&facts.repo_name),
        repo_url = facts.repo_url,
        workspace_path = facts.workspace_path,
    );
    let whose = if facts.author.is_internal { "internal" } else { "external" };
    NewIssue {
        title: format!("{workspace} {request}"),
        body,
        labels: vec![whose.to_owned(), PENDING_REVIEW.to_owned()],
        marker,
    }
}

/// Text in which GitHub sees no HTML, so that nothing that somebody has typed hides what follows it.
pub(crate) fn for_github(text: &str) -> String {
    text.replace('<', "&lt;")
}

/// Text inside the brackets of a link, which must not end there.
pub(crate) fn link_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in for_github(text).chars() {
        if matches!(c, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

/// Text in which Slack sees neither links nor mentions.
pub(super) fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
pub(super) mod tests;
