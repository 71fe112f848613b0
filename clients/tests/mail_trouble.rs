//! Mail where the other side hangs, breaks off or says what is not so.

use std::time::{Duration, Instant};

use clients::{
    Secret,
    mail::{MailError, MailSettings, Mailer, OutgoingMail},
};

use crate::support::{
    Answer, Peer, answer, json as reply,
    smtp::{Manner, Relay},
};

const LIMIT: Duration = Duration::from_millis(300);
/// Far below the limits that are usual, far above ours.
const IN_TIME: Duration = Duration::from_secs(5);

fn mail() -> OutgoingMail {
    OutgoingMail {
        from: "notifications@jobs.opensafely.org".to_owned(),
        to: vec!["ann@example.org".to_owned()],
        subject: "succeeded".to_owned(),
        text: "done".to_owned(),
        ..OutgoingMail::default()
    }
}

fn smtp(relay: &Relay) -> Mailer {
    let settings = MailSettings::parse("smtp", Some(Secret::new(&relay.url)), None, "", "").unwrap();
    Mailer::with_time_limit(settings, LIMIT).unwrap()
}

async fn by_smtp(manner: Manner) -> Result<(), MailError> {
    let relay = Relay::with(manner).await;
    smtp(&relay).send(&mail()).await
}

async fn by_mailgun(script: Answer) -> (Peer, Result<(), MailError>) {
    let peer = Peer::start(vec![script]).await;
    let key = Some(Secret::new("key-1-of-many-more"));
    let address = peer.url.join("v3").unwrap();
    let settings = MailSettings::parse("mailgun", None, key, address.as_str(), "mg.x.org").unwrap();
    let sent = Mailer::with_time_limit(settings, LIMIT).unwrap().send(&mail()).await;
    (peer, sent)
}

#[tokio::test]
async fn a_relay_that_says_nothing_is_not_waited_for() {
    for manner in [Manner::Mute, Manner::MuteAtTheEnd] {
        let started = Instant::now();
        let error = by_smtp(manner).await.unwrap_err();
        assert!(!error.permanent);
        assert_eq!(error.to_string(), "the mail relay gave no answer within the time limit", "{manner:?}");
        assert!(started.elapsed() < IN_TIME, "{manner:?}");
    }
}

#[tokio::test]
async fn a_relay_that_hangs_up_or_is_none_may_be_asked_again() {
    for manner in [
        Manner::HangsUpAtTheEnd,
        Manner::Greeting("HTTP/1.1 400 Bad Request"),
        Manner::Greeting(""),
        Manner::Greeting("421 too busy"),
        Manner::Mail("451 try later"),
        Manner::Mail("HTTP/1.1 200 OK"),
    ] {
        let error = by_smtp(manner).await.unwrap_err();
        assert!(!error.permanent, "{manner:?}: {error}");
        assert!(error.to_string().starts_with("the mail relay "), "{error}");
    }
}

#[tokio::test]
async fn a_relay_that_refuses_the_mail_itself_refuses_for_good() {
    let error = by_smtp(Manner::Mail("554 5.7.1 looks like spam")).await.unwrap_err();
    assert!(error.permanent);
    assert!(error.to_string().contains("looks like spam"), "{error}");
}

#[tokio::test]
async fn a_relay_that_does_not_know_us_may_know_us_later() {
    for verdict in ["530 5.7.0 authentication required", "535 5.7.8 bad credentials"] {
        let error = by_smtp(Manner::Recipients(verdict)).await.unwrap_err();
        assert!(!error.permanent, "{error}");
        assert!(error.to_string().contains(&verdict[4..]), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_between_two_mails_is_replaced() {
    let relay = Relay::with(Manner::OneMailEach).await;
    let mailer = smtp(&relay);
    for _ in 0..3 {
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(relay.heard().matches("MAIL FROM").count(), 3);
}

#[tokio::test]
async fn when_mailgun_says_nothing_it_is_not_waited_for() {
    let started = Instant::now();
    let (peer, sent) = by_mailgun(Answer::Silence).await;
    let error = sent.unwrap_err();
    assert!(!error.permanent);
    assert!(error.to_string().ends_with("no complete answer within the time limit"), "{error}");
    assert!(started.elapsed() < IN_TIME);
    assert_eq!(peer.asked().len(), 1, "what may have been accepted is not sent again by this client");
}

#[tokio::test]
async fn what_mailgun_would_never_say_is_not_believed() {
    for (script, text) in [
        (answer(200, "", ""), "no message id"),
        (reply(200, r#"{"id":7}"#), "no message id"),
        (reply(200, r#"["id"]"#), "no message id"),
        (answer(301, "Location: http://elsewhere.example/\r\n", ""), "301"),
        (reply(429, r#"{"message":"slow down"}"#), "slow down"),
        (reply(404, r#"{"message":"Domain not found: mg.x.org"}"#), "Domain not found"),
    ] {
        let (peer, sent) = by_mailgun(script).await;
        let error = sent.unwrap_err();
        assert!(!error.permanent && error.to_string().contains(text), "{error}");
        assert_eq!(peer.asked().len(), 1);
    }
    let (_, sent) = by_mailgun(Answer::Huge(8 * 1024 * 1024)).await;
    let error = sent.unwrap_err().to_string();
    assert!(error.len() < 200, "{} characters", error.len());
}
