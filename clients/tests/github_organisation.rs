//! Reading all repositories of an organisation.

use serde_json::{Value, json};

use crate::{
    github::client,
    support::{Peer, json as reply},
};

fn page(nodes: &Value, cursor: Option<&str>) -> String {
    let info = json!({"endCursor": cursor, "hasNextPage": cursor.is_some()});
    json!({"data": {"organization": {"repositories": {"nodes": nodes, "pageInfo": info}}}}).to_string()
}

fn node(name: &str) -> Value {
    json!({
        "name": name,
        "url": format!("https://github.com/opensafely/{name}"),
        "isPrivate": true,
        "createdAt": "2024-05-06T07:08:09Z",
        "repositoryTopics": {"nodes": [{"topic": {"name": "github-releases"}}]},
    })
}

#[tokio::test]
async fn an_organisation_is_read_page_by_page() {
    let peer = Peer::start(vec![
        reply(200, &page(&json!([node("b")]), Some("c2"))),
        reply(200, &page(&json!([node("a")]), None)),
    ])
    .await;
    let listed = client(&peer.url).listed_repositories("opensafely").await.unwrap();
    let names: Vec<&str> = listed.iter().map(|repository| repository.name.as_str()).collect();
    assert_eq!(names, ["b", "a"], "in GitHub's order");
    assert!(listed[0].is_private);
    assert_eq!(listed[0].url, "https://github.com/opensafely/b");
    assert_eq!(listed[0].created_at, Some("2024-05-06T07:08:09Z".parse().unwrap()));
    assert_eq!(listed[0].topics, ["github-releases"]);
    let asked = peer.asked();
    assert_eq!(asked[0].json()["variables"], json!({"cursor": null, "org_name": "opensafely"}));
    assert_eq!(asked[1].json()["variables"]["cursor"], "c2");
}

#[tokio::test]
async fn an_entry_that_makes_no_sense_hides_no_other() {
    let nodes = json!([
        null,
        "rubbish",
        {"name": "without-visibility", "url": "https://github.com/opensafely/x"},
        {"name": "old", "url": "https://github.com/opensafely/old", "isPrivate": false, "createdAt": "long ago",
         "repositoryTopics": null},
        node("good"),
    ]);
    let peer = Peer::start(vec![reply(200, &page(&nodes, None))]).await;
    let listed = client(&peer.url).listed_repositories("opensafely").await.unwrap();
    let names: Vec<&str> = listed.iter().map(|repository| repository.name.as_str()).collect();
    assert_eq!(names, ["old", "good"]);
    assert_eq!((listed[0].created_at, listed[0].topics.len()), (None, 0));
}

#[tokio::test]
async fn an_answer_without_a_list_is_an_error() {
    for body in ["{}", "[]", r#"{"data":null}"#, r#"{"data":{"organization":{"repositories":{"nodes":7}}}}"#]
    {
        let peer = Peer::start(vec![reply(200, body)]).await;
        let outcome = client(&peer.url).listed_repositories("opensafely").await;
        assert!(outcome.is_err(), "{body}: {outcome:?}");
    }
}
