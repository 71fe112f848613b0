//! Stand-in for Slack: takes `chat.postMessage` as Slack does and shows what was posted, as a page at `/` and as JSON at
//! `/messages.json`.

use std::{
    net::ToSocketAddrs,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{control::Control, server::Server, smtp::escape};
use crate::Result;

/// A message that was posted.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    pub at: Timestamp,
    pub channel: String,
    pub text: String,
}

type Messages = Arc<Mutex<Vec<Message>>>;

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct Slack {
    /// What to give as `SLACK_API_URL`.
    pub url: String,
    pub control: Control,
    messages: Messages,
    server: Server,
}

/// Starts the stand-in. It accepts any bot token that is not empty.
pub fn start(address: impl ToSocketAddrs) -> Result<Slack> {
    let control = Control::default();
    let messages = Messages::default();
    let data = web::Data::new(messages.clone());
    let server = Server::start(address, &control, move |config| {
        config
            .app_data(data.clone())
            .route("/api/chat.postMessage", web::post().to(post_message))
            .route("/", web::get().to(page))
            .route("/messages.json", web::get().to(list));
    })?;
    Ok(Slack { url: format!("{}/api/", server.url()), control, messages, server })
}

impl Slack {
    /// What was posted so far, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        copy(&self.messages)
    }

    /// The page that shows them.
    pub fn page_url(&self) -> String {
        self.server.url()
    }
}

fn copy(messages: &Messages) -> Vec<Message> {
    messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Slack answers 200 also to what it refuses.
async fn post_message(messages: web::Data<Messages>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let has_token = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.strip_prefix("Bearer ").is_some_and(|token| !token.is_empty()));
    let fields: Option<Value> = match request.headers().get("content-type") {
        Some(kind) if kind.as_bytes().starts_with(b"application/json") => serde_json::from_slice(&body).ok(),
        _ => Some(url::form_urlencoded::parse(&body).map(|(key, value)| (key, Value::from(value))).collect()),
    };
    let refuse = |error: &str| HttpResponse::Ok().json(json!({"ok": false, "error": error}));
    if !has_token {
        return refuse("not_authed");
    }
    let Some(fields) = fields else { return refuse("invalid_json") };
    let (Some(channel), Some(text)) = (fields["channel"].as_str(), fields["text"].as_str()) else {
        return refuse("invalid_arguments");
    };
    if channel.is_empty() {
        return refuse("channel_not_found");
    }
    if text.is_empty() {
        return refuse("no_text");
    }
    let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
    messages.push(Message { at: Timestamp::now(), channel: channel.to_owned(), text: text.to_owned() });
    let ts = format!("{}.{:06}", Timestamp::now().as_second(), messages.len());
    HttpResponse::Ok()
        .json(json!({"ok": true, "channel": "C0000000001", "ts": ts, "message": {"text": text}}))
}

async fn list(messages: web::Data<Messages>) -> HttpResponse {
    HttpResponse::Ok().json(copy(&messages))
}

async fn page(messages: web::Data<Messages>) -> HttpResponse {
    let mut text =
        String::from("<!doctype html><meta charset=utf-8><title>Slack stand-in</title><h1>Posted</h1>");
    for message in copy(&messages).iter().rev() {
        text.push_str(&format!(
            "<article><h2>#{}</h2><p><time>{}</time></p><pre>{}</pre></article>",
            escape(&message.channel),
            message.at,
            escape(&message.text)
        ));
    }
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(text)
}
