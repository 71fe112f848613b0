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
    let found =
        r#"{"total_count":2,"items":[{"number":7,"title":"workspace 01J","html_url":"u","body":null}]}"#;
    let peer = Peer::start(vec![
        reply(200, found),
        reply(200, r#"{"total_count":1,"items":[{"number":8}]}"#),
        reply(200, r#"{"total_count":0,"items":[]}"#),
        answer(404, "", ""),
    ])
    .await;
    let github = client(&peer.url);
    let open = Some(IssueState::Open);
    let issue = github.find_issue("o", "r", "01J", open, IssueOrder::NewestFirst).await.unwrap().unwrap();
    assert_eq!((issue.number, issue.title.as_deref()), (7, Some("workspace 01J")));
    assert_eq!(
        peer.only().target,
        "/search/issues?q=repo%3Ao%2Fr+is%3Aissue+in%3Atitle+01J+is%3Aopen&sort=created&order=desc&per_page=1"
    );
    let issue = github.find_issue("o", "r", "01J", None, IssueOrder::OldestFirst).await.unwrap().unwrap();
    assert_eq!((issue.number, issue.title), (8, None));
    assert!(
        peer.asked()[1].target.contains("q=repo%3Ao%2Fr+is%3Aissue+in%3Atitle+01J&sort=created&order=asc")
    );
    for _ in 0..2 {
        assert_eq!(github.find_issue("o", "r", "01J", None, IssueOrder::OldestFirst).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_newest_issues_are_listed_page_by_page_without_pull_requests() {
    let next = "Content-Type: application/json\r\nLink: <https://api.github.com/x?page=2>; rel=\"next\"\r\n";
    let peer = Peer::start(vec![
        answer(200, next, r#"[{"number":9,"title":"a"},{"number":8,"pull_request":{"url":"x"}}]"#),
        reply(200, r#"[{"number":7,"title":"b","body":"text"}]"#),
        answer(404, "", ""),
    ])
    .await;
    let github = client(&peer.url);
    let numbers: Vec<u64> =
        github.newest_issues("o", "r").await.unwrap().into_iter().map(|issue| issue.number).collect();
    assert_eq!(numbers, [9, 7]);
    assert_eq!(
        peer.asked()[1].target,
        "/repos/o/r/issues?state=all&sort=created&direction=desc&per_page=100&page=2"
    );
    assert_eq!(github.newest_issues("o", "gone").await.unwrap(), []);
}

#[tokio::test]
async fn the_comments_on_an_issue_are_listed() {
    let peer =
        Peer::start(vec![reply(200, r#"[{"html_url":"u#1","body":"Done"},{"html_url":"u#2"}]"#)]).await;
    let comments = client(&peer.url).issue_comments("o", "r", 7).await.unwrap();
    assert_eq!((comments.len(), comments[0].body.as_deref()), (2, Some("Done")));
    assert_eq!(peer.only().target, "/repos/o/r/issues/7/comments?per_page=100&page=1");
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
    assert_eq!(github.issue_labels("o", "r", 7).await.unwrap(), [""; 0]);
    assert!(peer.asked().is_empty());
    assert_eq!(
        github.find_issue("o", "r", "t", None, IssueOrder::NewestFirst).await.unwrap(),
        None,
        "reads go out"
    );
    assert_eq!(peer.asked().len(), 1);
}
