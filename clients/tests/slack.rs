//! Posting to Slack.

use std::time::{Duration, Instant};

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
        // Nonsense is not followed, and nobody is sent away for years.
        (answer(429, "Retry-After: Wed, 21 Oct 2065 07:28:00 GMT\r\n", ""), 60),
        (answer(429, "Retry-After: -1\r\n", ""), 60),
        (answer(429, "Retry-After: 18446744073709551615\r\n", ""), 3_600),
    ] {
        let error = post(script).await.1.unwrap_err();
        assert!(!error.is_permanent());
        let SlackError::RateLimited { retry_after } = error else { panic!("{error:?}") };
        assert_eq!(retry_after, Duration::from_secs(seconds));
    }
}

#[tokio::test]
async fn refusals_are_told_from_outages() {
    for (body, permanent) in [("channel_not_found", true), ("invalid_auth", false), ("internal_error", false)]
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

#[tokio::test]
async fn when_slack_says_nothing_it_is_not_waited_for() {
    let peer = Peer::start(vec![Answer::Silence]).await;
    let mut settings = SlackSettings::new(peer.url.clone(), Some(Secret::new("xoxb-1")));
    settings.timeout = Duration::from_millis(300);
    let started = Instant::now();
    let error = Slack::new(settings).unwrap().post("c", "t").await.unwrap_err();
    assert_eq!(error.to_string(), "Slack could not be reached: no complete answer within the time limit");
    assert!(!error.is_permanent());
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(peer.asked().len(), 1);
}

#[tokio::test]
async fn what_slack_would_never_say_is_not_believed() {
    for script in [
        reply(200, r#"{"ok":"true"}"#),
        reply(200, r#"{"ok":1,"ts":"1"}"#),
        reply(200, "true"),
        reply(200, r#"{"ok":false,"error":{"message":"no"}}"#),
        answer(302, "Location: http://elsewhere.example/\r\n", ""),
        answer(204, "", ""),
        Answer::Huge(8 * 1024 * 1024),
    ] {
        let (peer, result) = post(script).await;
        let error = result.unwrap_err();
        assert!(!error.is_permanent(), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
        assert_eq!(peer.asked().len(), 1);
    }
}
