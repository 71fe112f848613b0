//! Airlock's events while GitHub is slow, in trouble or rude, or while we are killed: nothing is lost, and nothing is
//! told twice.

use std::time::Duration;

use devkit::standins::{Behaviour, Mode};
use jiff::SignedDuration;

use crate::{
    airlock_events::{A_WHILE, REQUEST, SECOND, scene},
    harness::{eventually, stays_true},
};

/// A call to GitHub whose answer was lost is left alone this long.
const IN_DOUBT: Duration = Duration::from_secs(45);

#[tokio::test]
async fn mails_and_posts_do_not_wait_for_github_and_everything_gets_there_in_order() {
    let scene = scene().await;
    scene.app.github.control.set(Behaviour::fail(500));
    for id in [REQUEST, SECOND] {
        scene.tell_of("request_submitted", id).await;
        scene.tell_of("request_returned", id).await;
    }
    eventually("the mails arrive", A_WHILE, async || scene.app.smtp.mails().len() == 2).await;
    eventually("the posts arrive", A_WHILE, async || scene.posts().len() == 2).await;
    assert!(scene.posts()[0].starts_with("asthma-main 01J"), "without a link: {}", scene.posts()[0]);
    assert_eq!(scene.app.github.issues().len(), 0);
    scene.tell("request_resubmitted").await;

    scene.app.github.control.set(Behaviour::default());
    scene.everything_delivered_within(Duration::from_secs(90)).await;
    let issues = scene.app.github.issues();
    let mut comments: Vec<(String, usize)> =
        issues.iter().map(|issue| (issue.title.clone(), issue.comments.len())).collect();
    comments.sort();
    let expected = [(REQUEST, 2), (SECOND, 1)].map(|(id, count)| (format!("asthma-main {id}"), count));
    assert_eq!(comments, expected);
    let first = issues.iter().find(|issue| issue.title.ends_with(REQUEST)).unwrap();
    assert!(first.comments[0].contains("request returned") && first.comments[1].contains("resubmitted"));
    assert_eq!(first.labels, ["external", "Pending review"]);
    assert_eq!(scene.posts().len(), 3, "nobody is told twice");
}

#[tokio::test]
async fn a_comment_that_fails_is_announced_with_the_reason_after_three_attempts() {
    let scene = scene().await;
    scene.tell("request_submitted").await;
    scene.everything_delivered().await;
    scene.app.github.control.set(Behaviour::fail(500).on_path("/comments"));
    scene.tell("request_returned").await;
    let soon = Duration::from_secs(20);
    eventually("it is announced", soon, async || scene.posts().len() == 1).await;
    let post = &scene.posts()[0];
    assert!(
        post.starts_with(&format!("asthma-main {REQUEST} has been updated\n- request returned")),
        "{post}"
    );
    let last = post.lines().last().unwrap();
    assert!(last.starts_with("A GitHub error occurred: GitHub answered 500"), "{post}");
    scene.app.github.control.set(Behaviour::default());
    scene.everything_delivered().await;
    assert_eq!((scene.comments().len(), scene.posts().len()), (1, 1));
}

#[tokio::test]
async fn what_github_refuses_for_good_is_given_up_and_the_next_event_makes_up_for_it() {
    let scene = scene().await;
    scene.app.github.control.set(Behaviour::fail(422).on_path("/issues").on_method("POST"));
    scene.tell("request_submitted").await;
    eventually("it is given up", A_WHILE, async || scene.app.db.given_up().await == 1).await;
    scene.app.github.control.set(Behaviour::default());
    scene.tell("request_returned").await;
    eventually("it is delivered", A_WHILE, async || scene.app.db.undelivered().await == 1).await;
    assert_eq!(scene.comments().len(), 1);
    assert_eq!(scene.the_issue().labels, ["external", "With requester"]);
}

#[tokio::test]
async fn an_issue_whose_answer_is_cut_off_is_not_created_twice() {
    let scene = scene().await;
    scene.app.github.search_lags(SignedDuration::from_hours(1));
    let control = &scene.app.github.control;
    control.set(Behaviour::of(Mode::Half).on_path("/issues").on_method("POST").times(1));
    scene.tell("request_submitted").await;
    scene.everything_delivered().await;
    assert_eq!(scene.the_issue().number, 1);
    control.set(Behaviour::of(Mode::Half).on_path("/comments").on_method("POST").times(1));
    scene.tell("request_returned").await;
    scene.everything_delivered().await;
    assert_eq!(scene.comments().len(), 1);
    assert!(scene.posts()[0].contains("#issuecomment-1|"), "{:?}", scene.posts());
}

#[tokio::test]
async fn a_comment_is_not_repeated_because_the_labels_failed() {
    let scene = scene().await;
    scene.tell("request_submitted").await;
    scene.everything_delivered().await;
    let labels = Behaviour::fail(500).on_path("/issues/1$").on_method("POST");
    scene.app.github.control.set(labels.times(2));
    scene.tell("request_returned").await;
    scene.everything_delivered().await;
    assert_eq!((scene.comments().len(), scene.posts().len()), (1, 1));
    assert_eq!(scene.the_issue().labels, ["external", "With requester"]);
}

#[tokio::test]
async fn github_is_left_alone_for_as_long_as_it_says() {
    let scene = scene().await;
    let limit = Behaviour { retry_after: Some(3), ..Behaviour::fail(429) };
    scene.app.github.control.set(limit.times(1));
    for number in 0..4 {
        scene.tell_of("request_submitted", &format!("request-{number}")).await;
    }
    eventually("it is asked", A_WHILE, async || !scene.app.github.control.seen().is_empty()).await;
    let pause = Duration::from_secs(2);
    stays_true("hardly any call follows", pause, async || scene.app.github.control.seen().len() <= 4).await;
    scene.everything_delivered().await;
    assert_eq!(scene.app.github.issues().len(), 4);
}

#[tokio::test]
async fn killed_while_github_writes_there_is_one_issue_and_one_comment() {
    let mut scene = scene().await;
    scene.app.github.search_lags(SignedDuration::from_hours(1));
    let issues = || Behaviour::of(Mode::Hang).on_path("/issues").on_method("POST");
    scene.app.github.control.set(issues());
    scene.tell("request_submitted").await;
    scene.tell("request_returned").await;
    eventually("the issue is there", A_WHILE, async || scene.app.github.issues().len() == 1).await;
    scene.app.kill();
    scene.app.github.control.set(issues().on_path("/comments"));
    scene.app.restart().await;
    eventually("the comment is there", IN_DOUBT, async || scene.the_issue().comments.len() == 1).await;
    scene.app.kill();
    scene.app.github.control.set(Behaviour::default());
    scene.app.restart().await;
    scene.everything_delivered_within(IN_DOUBT).await;
    assert_eq!((scene.comments().len(), scene.posts().len()), (1, 1));
}

#[tokio::test]
async fn killed_before_a_call_takes_effect_it_is_not_made_again_until_it_has() {
    let mut scene = scene().await;
    let slow = Behaviour::slow(Duration::from_secs(4)).on_path("/issues").on_method("POST");
    scene.app.github.control.set(slow);
    scene.tell("request_submitted").await;
    let asked = async || scene.app.github.control.count("/issues") > 0;
    eventually("GitHub is asked", A_WHILE, asked).await;
    scene.app.kill();
    assert_eq!(scene.app.github.issues().len(), 0);
    scene.app.github.control.set(Behaviour::default());
    scene.app.restart().await;
    scene.everything_delivered_within(IN_DOUBT).await;
    let span = Duration::from_secs(5);
    stays_true("there is one issue", span, async || scene.app.github.issues().len() == 1).await;
}

#[tokio::test]
async fn killed_again_and_again_no_event_is_lost_and_none_told_twice_at_github() {
    let mut scene = scene().await;
    let ids: Vec<String> = (0..6).map(|number| format!("request-{number}")).collect();
    scene.app.github.control.set(Behaviour::slow(Duration::from_millis(120)));
    for (round, kind) in ["request_submitted", "request_returned", "request_resubmitted"].iter().enumerate() {
        for id in &ids {
            scene.tell_of(kind, id).await;
        }
        // At another moment of the calls each time.
        tokio::time::sleep(Duration::from_millis(90 + 170 * round as u64)).await;
        scene.app.forget().await;
    }
    scene.everything_delivered_within(Duration::from_secs(120)).await;
    let issues = scene.app.github.issues();
    assert_eq!(issues.len(), ids.len(), "{issues:#?}");
    for issue in issues {
        let what: Vec<bool> = issue.comments.iter().map(|text| text.contains("request returned")).collect();
        assert_eq!(what, [true, false], "{issue:#?}");
    }
}
