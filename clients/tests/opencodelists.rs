//! The codelists check.

use std::time::Duration;

use clients::opencodelists::{OpenCodelists, OpenCodelistsError, OpenCodelistsSettings};

use crate::support::{Answer, Peer, answer, json as reply};

async fn check(script: Answer) -> (Peer, Result<String, OpenCodelistsError>) {
    let peer = Peer::start(vec![script]).await;
    let mut settings = OpenCodelistsSettings::new(peer.url.join("api/v1").unwrap());
    settings.timeout = Duration::from_millis(300);
    let verdict = OpenCodelists::new(settings).unwrap().check("a/b/1\n&é", r#"{"files":{}}"#).await;
    (peer, verdict)
}

#[tokio::test]
async fn both_texts_are_sent_as_a_form() {
    let (peer, verdict) = check(reply(200, r#"{"status":"ok","data":1}"#)).await;
    assert_eq!(verdict.unwrap(), "ok");
    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/api/v1/check/"));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.header("user-agent"), Some("OpenSAFELY Jobs"));
    let form = [("codelists", "a/b/1\n&é"), ("manifest", r#"{"files":{}}"#)];
    assert_eq!(asked.form(), form.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn any_status_is_passed_on() {
    assert_eq!(check(reply(200, r#"{"status":"error"}"#)).await.1.unwrap(), "error");
}

#[tokio::test]
async fn an_outage_is_an_error_that_names_it() {
    for (script, expected) in [
        (answer(500, "", ""), "OpenCodelists answered 500 Internal Server Error"),
        (answer(302, "Location: /\r\n", ""), "OpenCodelists answered 302 Found"),
        (Answer::Silence, "OpenCodelists could not be reached: no complete answer within the time limit"),
        (reply(200, "{}"), "the answer of OpenCodelists cannot be used: it holds no `status`"),
    ] {
        assert_eq!(check(script).await.1.unwrap_err().to_string(), expected);
    }
    for script in [answer(200, "", "<html>"), Answer::Huge(2 * 1024 * 1024)] {
        assert!(matches!(check(script).await.1, Err(OpenCodelistsError::Malformed(_))));
    }
}
