//! Every stand-in misbehaves in the same ways when told to.

use std::time::{Duration, Instant};

use devkit::standins::{Behaviour, Mode, slack};
use serde_json::{Value, json};

use super::{ANYWHERE, http};

struct Told {
    slack: slack::Slack,
}

impl Told {
    fn to(behaviour: Behaviour) -> Told {
        let slack = slack::start(ANYWHERE).unwrap();
        slack.control.set(behaviour);
        Told { slack }
    }

    fn post(&self) -> reqwest::RequestBuilder {
        let message = json!({"channel": "general", "text": "hello"});
        let url = format!("{}chat.postMessage", self.slack.url);
        http().post(url).header("Authorization", "Bearer x").timeout(Duration::from_secs(5)).json(&message)
    }
}

#[actix_web::test]
async fn failing_is_an_error_page_for_as_many_requests_as_told() {
    let told = Told::to(Behaviour::fail(502).times(1));
    let answer = told.post().send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(told.slack.messages().is_empty());
    assert_eq!(told.post().send().await.unwrap().status(), 200);
    assert_eq!(told.slack.control.count("chat.postMessage"), 2);
}

#[actix_web::test]
async fn rubbish_is_html_with_status_200() {
    let told = Told::to(Behaviour::of(Mode::Rubbish));
    let answer = told.post().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("<html>"));
}

#[actix_web::test]
async fn half_an_answer_comes_after_the_whole_work() {
    let told = Told::to(Behaviour::of(Mode::Half));
    let answer = told.post().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    assert_eq!(told.slack.messages().len(), 1);
}

#[actix_web::test]
async fn a_hanging_one_does_its_work_and_never_answers() {
    let told = Told::to(Behaviour::of(Mode::Hang));
    let error = told.post().timeout(Duration::from_millis(300)).send().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(told.slack.messages().len(), 1);
}

#[actix_web::test]
async fn a_slow_one_is_told_over_http_and_only_about_some_paths() {
    let told = Told::to(Behaviour::default());
    let control = told.slack.url.replace("/api/", "/_control/");
    // Long enough for an answer that is not slowed to come before, also on a busy machine.
    let delay = Duration::from_secs(1);
    let slow = json!({"mode": "slow", "delay_ms": 1_000, "path": "postMessage"});
    let answer: Value = http().post(&control).json(&slow).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["mode"], "slow");

    let begun = Instant::now();
    assert_eq!(told.post().send().await.unwrap().status(), 200);
    assert!(begun.elapsed() >= delay);
    let begun = Instant::now();
    http().get(told.slack.page_url()).send().await.unwrap();
    assert!(begun.elapsed() < delay);
}
