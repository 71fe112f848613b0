//! `POST /api/v2/airlock/events/`: Airlock says what happened to a release request. It waits for the answer while somebody
//! looks at its page, shows nobody what the answer says, and never asks again; so whatever can be done is done, what cannot
//! is answered as text, and nothing here waits for GitHub, Slack or a mail server.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use domain::airlock::{self, Event, EventType, Repository, Update};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{access, error::ApiResult, json};
use crate::app::App;

/// Characters of a name or an id.
const LONGEST_NAME: usize = 255;
const LONGEST_TEXT: usize = 10_000;
const MOST_UPDATES: usize = 5_000;

/// What was made of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    /// `ok` or `error`.
    #[schema(example = "ok")]
    status: &'static str,
    /// What could not be done; the rest is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "There is no workspace 'asthma'")]
    message: Option<String>,
}

/// Tell what happened to a release request
///
/// The author hears of it by e-mail, output checkers by an issue at GitHub and in Slack, soon after the answer.
/// Events: `request_submitted`, `request_withdrawn`, `request_approved`, `request_released`, `request_rejected`,
/// `request_returned`, `request_resubmitted`, `request_reviewed` (or `request_partially_reviewed`).
#[utoipa::path(
    post,
    path = "/api/v2/airlock/events/",
    tag = "Airlock",
    security(("backend" = [])),
    request_body(
        content = Value,
        description = "`workspace` is a name, `request_author` and `user` are usernames. `updates`, `org` and `repo` may \
                       be null or absent; `org` and `repo` say where the issue is.",
        example = json!({
            "event_type": "request_returned",
            "workspace": "my-workspace",
            "request": "01JNG0V6ZQ8T4M2X9K5R7B3CDE",
            "request_author": "octocat",
            "user": "octo-checker",
            "updates": [{"update": "comment added", "group": "group 1", "user": "octo-checker"}],
        }),
    ),
    responses(
        (status = 201, description = "The event has been taken, as far as `status` and `message` say", body = Answer),
        (status = 400, description = "The body is no JSON", body = Value),
        (status = 403, description = "The token is of no backend", body = Value),
        (status = 413, description = "The body is larger than 2.5 MiB", body = Value),
        (status = 415, description = "The body is not said to be JSON", body = Value),
        (status = 503, description = "Try again later", body = Value),
    ),
)]
pub async fn receive(app: App, request: HttpRequest, payload: web::Payload) -> ApiResult {
    access::session(&app, &request).await?;
    let backend = access::backend(&app, &request).await?;
    let body = json::body(payload, &request, json::LIMIT).await?;
    let event = match read(&body) {
        Ok(event) => event,
        Err(problem) => {
            tracing::warn!(backend = backend.slug, problem, "an Airlock event was not understood");
            return Ok(answer(vec![problem]));
        }
    };
    let settings = app.config.output_checking.settings(&app.config.base_url);
    let pool = app.pool.clone();
    // Airlock has forgotten the event by now: it is taken even if nobody waits for the answer any more.
    let taken = app.in_background(async move {
        let mut db = pool.get().await.map_err(domain::Error::from)?;
        airlock::acknowledge(&mut db, &settings, &event).await
    });
    Ok(answer(taken.await??))
}

fn answer(problems: Vec<String>) -> HttpResponse {
    let answer = match problems.is_empty() {
        true => Answer { status: "ok", message: None },
        false => Answer { status: "error", message: Some(problems.join("; ")) },
    };
    json::answer(StatusCode::CREATED, &answer)
}

/// The event, or all that is wrong with it.
fn read(body: &Value) -> Result<Event, String> {
    let fields = body.as_object().ok_or("An event must be a JSON object")?;
    let kind = kind(fields)?;
    let mut problems = Vec::new();
    let mut name =
        |key: &str| text(fields, key, LONGEST_NAME).map_err(|problem| problems.push(problem)).ok().flatten();
    let (workspace, request) = (name("workspace"), name("request"));
    let (author, user) = (name("request_author"), name("user"));
    for (key, value) in
        [("workspace", &workspace), ("request", &request), ("request_author", &author), ("user", &user)]
    {
        if value.is_none() && !problems.iter().any(|problem| problem.starts_with(&format!("'{key}' "))) {
            problems.push(format!("'{key}' is missing"));
        }
    }
    if request.as_deref().is_some_and(|id| !id.bytes().all(|byte| byte.is_ascii_graphic())) {
        problems.push("'request' must be an id, without spaces".to_owned());
    }
    let updates = updates(fields).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let repository = repository(fields).map_err(|problem| problems.push(problem)).unwrap_or_default();
    match (workspace, request, author, user) {
        (Some(workspace), Some(request), Some(author), Some(user)) if problems.is_empty() => {
            Ok(Event { kind, workspace, request, author, user, updates, repository })
        }
        _ => Err(problems.join("; ")),
    }
}

fn kind(fields: &Map<String, Value>) -> Result<EventType, String> {
    let name = text(fields, "event_type", LONGEST_NAME)?.ok_or("'event_type' is missing")?;
    EventType::named(&name).ok_or_else(|| format!("Unknown event type '{}'", name.to_uppercase()))
}

/// The text at a key; none if it is absent, null or empty.
fn text(fields: &Map<String, Value>, key: &str, longest: usize) -> Result<Option<String>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.contains('\0') => {
            Err(format!("'{key}' holds a character that cannot be kept"))
        }
        Some(Value::String(text)) if text.chars().count() > longest => {
            Err(format!("'{key}' is longer than {longest} characters"))
        }
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("'{key}' must be text")),
    }
}

fn updates(fields: &Map<String, Value>) -> Result<Vec<Update>, String> {
    match fields.get("updates") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() > MOST_UPDATES => {
            Err(format!("'updates' holds more than {MOST_UPDATES}"))
        }
        Some(Value::Array(items)) => items.iter().map(update).collect(),
        Some(_) => Err("'updates' must be a list".to_owned()),
    }
}

/// Older versions of Airlock say `update_type`.
fn update(item: &Value) -> Result<Update, String> {
    let fields = item.as_object().ok_or("Each of the 'updates' must be an object")?;
    let what = text(fields, "update_type", LONGEST_TEXT)?;
    let what = what.map_or_else(|| text(fields, "update", LONGEST_TEXT), |what| Ok(Some(what)))?;
    Ok(Update {
        what: what.ok_or("Each of the 'updates' must have an 'update'")?,
        group: text(fields, "group", LONGEST_TEXT)?,
        user: text(fields, "user", LONGEST_NAME)?,
    })
}

/// `repo` means nothing without `org`.
fn repository(fields: &Map<String, Value>) -> Result<Option<Repository>, String> {
    let Some(owner) = text(fields, "org", LONGEST_NAME)? else { return Ok(None) };
    let name = text(fields, "repo", LONGEST_NAME)?.ok_or("'repo' is missing, although 'org' is given")?;
    let repository = Repository { owner, name };
    match repository.is_possible() {
        true => Ok(Some(repository)),
        false => Err("'org' and 'repo' must be names that GitHub allows".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "event_type": "request_returned",
            "workspace": "my-ws",
            "request": "01JNG0V6ZQ8T4M2X9K5R7B3CDE",
            "request_author": "octocat",
            "user": "octo-checker",
            "updates": [
                {"update": "comment added", "group": "group 1", "user": "octo-checker"},
                {"update": "new word", "update_type": "old word", "group": null},
            ],
            "org": "some-gh-org",
            "repo": "some-repo",
        })
    }

    #[track_caller]
    fn problem(key: &str, value: Value, expected: &str) {
        let mut event = event();
        event[key] = value;
        assert_eq!(read(&event).unwrap_err(), expected);
    }

    #[test]
    fn an_event_is_read() {
        let read = read(&event()).unwrap();
        assert_eq!((read.kind, read.author.as_str()), (EventType::Returned, "octocat"));
        assert_eq!(read.updates[0].group.as_deref(), Some("group 1"));
        assert_eq!((read.updates[1].what.as_str(), &read.updates[1].user), ("old word", &None));
        assert_eq!(read.repository, Some(Repository::new("some-gh-org", "some-repo")));
    }

    #[test]
    fn updates_and_the_repository_may_be_absent_or_null() {
        for value in [Value::Null, json!([])] {
            let mut event = event();
            event["updates"] = value;
            event["org"] = Value::Null;
            let read = read(&event).unwrap();
            assert_eq!(
                (read.updates.len(), read.repository),
                (0, None),
                "a repo without an org is passed over"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        problem("event_type", json!("zzz"), "Unknown event type 'ZZZ'");
        problem("event_type", Value::Null, "'event_type' is missing");
        problem("event_type", json!(7), "'event_type' must be text");
        problem("workspace", json!(""), "'workspace' is missing");
        problem("user", json!(["x"]), "'user' must be text");
        problem("request", json!("01J 02K"), "'request' must be an id, without spaces");
        problem("request_author", json!("a\0b"), "'request_author' holds a character that cannot be kept");
        problem("updates", json!({}), "'updates' must be a list");
        problem("updates", json!(["x"]), "Each of the 'updates' must be an object");
        problem("updates", json!([{"group": "x"}]), "Each of the 'updates' must have an 'update'");
        problem("repo", Value::Null, "'repo' is missing, although 'org' is given");
        problem("org", json!("a/b"), "'org' and 'repo' must be names that GitHub allows");
        assert_eq!(read(&json!([])).unwrap_err(), "An event must be a JSON object");
        let all =
            "'workspace' is missing; 'request' is missing; 'request_author' is missing; 'user' is missing";
        assert_eq!(read(&json!({"event_type": "request_submitted"})).unwrap_err(), all);
    }
}
