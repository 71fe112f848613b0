//! Posting to Slack.

use std::time::Duration;

use clients::{
    Secret,
    slack::{Slack, SlackError, SlackSettings},
};
use serde_json::json;

use crate::support::{Answer, Peer, answer, json as reply, nobody};

async fn post(script: Answer) -> (Peer, Result<(), SlackError>) {
    let peer = Peer::start(vec![script]).await;
    let settings = SlackSettings::new(peer.url.join("api/").unwrap(), Some(Secret::new("xoxb-1")));
    let result = Slack::new(settings).unwrap().post("job-server-registrations", "New user (a & b)").await;
    (peer, result)
}

#[tokio::test]
async fn a_message_is_posted_with_the_bot_token() {
    let (peer, result) = post(reply(200, r#"{"ok":true,"ts":"1"}"#)).await;
    result.unwrap();
    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/api/chat.postMessage"));
    assert_eq!(asked.header("authorization"), Some("Bearer xoxb-1"));
    assert_eq!(asked.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(asked.json(), json!({"channel": "job-server-registrations", "text": "New user (a & b)"}));
}

#[tokio::test]
async fn rate_limits_say_how_long_to_wait() {
    for (script, seconds) in [
        (answer(429, "Retry-After: 17\r\n", ""), 17),
        (answer(429, "", ""), 60),
        (answer(200, "Retry-After: 5\r\n", r#"{"ok":false,"error":"ratelimited"}"#), 5),
    ] {
        let error = post(script).await.1.unwrap_err();
        assert!(!error.is_permanent());
        let SlackError::RateLimited { retry_after } = error else { panic!("{error:?}") };
        assert_eq!(retry_after, Duration::from_secs(seconds));
    }
}

#[tokio::test]
async fn refusals_are_told_from_outages() {
    for (body, permanent) in [("channel_not_found", true), ("invalid_auth", true), ("internal_error", false)]
    {
        let error = post(reply(200, &json!({"ok": false, "error": body}).to_string())).await.1.unwrap_err();
        assert_eq!(error.to_string(), format!("Slack refused the message: {body}"));
        assert_eq!(error.is_permanent(), permanent, "{body}");
    }
    for script in [answer(500, "", ""), answer(200, "", "<html>"), reply(200, "{}"), Answer::CutOff("{")] {
        assert!(!post(script).await.1.unwrap_err().is_permanent());
    }
    let slack = Slack::new(SlackSettings::new(nobody().await, Some(Secret::new("xoxb-1")))).unwrap();
    assert!(matches!(slack.post("c", "t").await, Err(SlackError::Request(_))));
}

#[tokio::test]
async fn without_a_token_or_in_a_dry_run_nothing_is_sent() {
    let peer = Peer::start(vec![]).await;
    let slack = Slack::new(SlackSettings::new(peer.url.clone(), None)).unwrap();
    assert!(!slack.is_configured());
    assert!(matches!(slack.post("c", "t").await, Err(SlackError::NotConfigured)));
    let mut settings = SlackSettings::new(peer.url.clone(), Some(Secret::new("xoxb-1")));
    settings.dry_run = true;
    Slack::new(settings).unwrap().post("c", "t").await.unwrap();
    assert!(peer.asked().is_empty());
}
