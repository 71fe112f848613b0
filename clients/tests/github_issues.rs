//! Issues at GitHub.

use clients::github::{GitHub, GitHubError, Issue, IssueChange, IssueOrder, IssueState, NewIssue};
use serde_json::json;

use crate::{
    github::{client, settings},
    support::{Answer, Peer, answer, json as reply},
};

fn issue() -> NewIssue {
    NewIssue {
        title: "workspace 01J".to_owned(),
        body: "Please check".to_owned(),
        labels: vec!["internal".to_owned()],
    }
}

#[tokio::test]
async fn an_issue_is_found_by_words_of_its_title() {
    let found = r#"{"total_count":2,"items":[{"number":7}]}"#;
    let peer = Peer::start(vec![
        reply(200, found),
        reply(200, r#"{"total_count":0,"items":[]}"#),
        answer(404, "", ""),
    ])
    .await;
    let github = client(&peer.url);
    let open = Some(IssueState::Open);
    assert_eq!(github.find_issue("o", "r", "01J", open, IssueOrder::NewestFirst).await.unwrap(), Some(7));
    assert_eq!(
        peer.only().target,
        "/search/issues?q=org%3Ao+repo%3Ar+in%3Atitle+01J+is%3Aopen&sort=created&order=desc&per_page=1"
    );
    assert_eq!(github.find_issue("o", "r", "01J", None, IssueOrder::OldestFirst).await.unwrap(), None);
    assert!(peer.asked()[1].target.contains("q=org%3Ao+repo%3Ar+in%3Atitle+01J&sort=created&order=asc"));
    assert_eq!(github.find_issue("o", "r", "01J", None, IssueOrder::OldestFirst).await.unwrap(), None);
}

#[tokio::test]
async fn an_issue_is_created_commented_and_changed() {
    let written = r#"{"number":7,"html_url":"https://github.com/o/r/issues/7"}"#;
    let peer = Peer::start(vec![
        reply(201, written),
        reply(201, r#"{"html_url":"https://github.com/o/r/issues/7#c1"}"#),
        reply(200, written),
        reply(200, r#"[{"name":"internal"},{"name":"Pending review"}]"#),
    ])
    .await;
    let github = client(&peer.url);
    let expected = Issue { number: Some(7), html_url: "https://github.com/o/r/issues/7".to_owned() };
    assert_eq!(github.create_issue("o", "r", &issue()).await.unwrap(), expected);
    assert_eq!(
        github.comment_on_issue("o", "r", 7, "Done").await.unwrap(),
        "https://github.com/o/r/issues/7#c1"
    );
    let change = IssueChange { state: Some(IssueState::Closed), labels: Some(vec!["internal".to_owned()]) };
    assert_eq!(github.update_issue("o", "r", 7, &change).await.unwrap(), expected);
    assert_eq!(github.issue_labels("o", "r", 7).await.unwrap(), ["internal", "Pending review"]);

    let asked = peer.asked();
    let targets: Vec<&str> = asked.iter().map(|asked| asked.target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "/repos/o/r/issues",
            "/repos/o/r/issues/7/comments",
            "/repos/o/r/issues/7",
            "/repos/o/r/issues/7/labels?per_page=100"
        ]
    );
    assert!(asked[..3].iter().all(|asked| asked.method == "POST"));
    assert_eq!(
        asked[0].json(),
        json!({"title": "workspace 01J", "body": "Please check", "labels": ["internal"]})
    );
    assert_eq!(asked[1].json(), json!({"body": "Done"}));
    assert_eq!(asked[2].json(), json!({"state": "closed", "labels": ["internal"]}));
}

#[tokio::test]
async fn what_is_not_to_change_is_not_sent() {
    let peer = Peer::start(vec![reply(200, r#"{"html_url":"u"}"#)]).await;
    let change = IssueChange { labels: Some(vec![]), ..IssueChange::default() };
    client(&peer.url).update_issue("o", "r", 7, &change).await.unwrap();
    assert_eq!(peer.only().json(), json!({"labels": []}));
}

#[tokio::test]
async fn a_write_is_never_repeated_nor_redirected() {
    for script in [
        Answer::CutOff("{"),
        answer(502, "", ""),
        answer(307, "Location: /elsewhere\r\n", ""),
        answer(404, "", ""),
    ] {
        let peer = Peer::start(vec![script]).await;
        assert!(client(&peer.url).create_issue("o", "r", &issue()).await.is_err());
        assert_eq!(peer.asked().len(), 1);
    }
    let peer = Peer::start(vec![answer(404, "", "")]).await;
    let error = client(&peer.url).issue_labels("o", "r", 7).await.unwrap_err();
    assert!(matches!(error, GitHubError::Response { status: 404, .. }));
}

#[tokio::test]
async fn a_dry_run_sends_no_write() {
    let peer = Peer::start(vec![reply(200, r#"{"items":[]}"#)]).await;
    let mut settings = settings(&peer.url);
    settings.dry_run = true;
    let github = GitHub::new(settings).unwrap();
    assert_eq!(github.create_issue("o", "r", &issue()).await.unwrap().html_url, "http://example.com");
    let comment = github.comment_on_issue("o", "r", 7, "Done").await.unwrap();
    assert_eq!(comment, "http://example.com/issues/comment");
    let closed = github.update_issue("o", "r", 7, &IssueChange::default()).await.unwrap();
    assert_eq!(closed.html_url, "http://example.com/issues/closed");
    assert!(peer.asked().is_empty());
    assert_eq!(
        github.find_issue("o", "r", "t", None, IssueOrder::NewestFirst).await.unwrap(),
        None,
        "reads go out"
    );
    assert_eq!(peer.asked().len(), 1);
}
