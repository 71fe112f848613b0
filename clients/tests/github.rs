//! Reading from GitHub.

use std::time::Duration;

use clients::{
    Secret,
    github::{GitHub, GitHubError, GitHubSettings},
};
use serde_json::json;
use url::Url;

use crate::support::{Answer, Peer, answer, json as reply, nobody};

const SHA: &str = "3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22";

pub fn settings(url: &Url) -> GitHubSettings {
    let mut settings = GitHubSettings::new(url.clone(), Some(Secret::new("ghp_stays_here")));
    settings.timeout = Duration::from_secs(2);
    settings
}

pub fn client(url: &Url) -> GitHub {
    GitHub::new(settings(url)).unwrap()
}

#[tokio::test]
async fn a_branch_is_asked_for_as_one_segment() {
    let body = format!(
        r#"{{"name":"feature/x","commit":{{"sha":"{SHA}","commit":{{"message":"Add","author":{{"date":"2025-01-02T03:04:05Z"}}}}}}}}"#
    );
    let peer = Peer::start(vec![reply(200, &body)]).await;
    let commit = client(&peer.url).branch_head("opensafely", "asthma", "feature/x").await.unwrap().unwrap();
    assert_eq!(commit.sha, SHA);
    assert_eq!(commit.authored_at, Some("2025-01-02T03:04:05Z".parse().unwrap()));
    let asked = peer.only();
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("GET", "/repos/opensafely/asthma/branches/feature%2Fx")
    );
    assert_eq!(asked.header("authorization"), Some("bearer ghp_stays_here"));
    assert_eq!(asked.header("accept"), Some("application/vnd.github.v3+json"));
    assert_eq!(asked.header("user-agent"), Some("OpenSAFELY Jobs"));
}

#[tokio::test]
async fn a_path_in_the_address_is_kept_and_no_token_means_no_header() {
    let peer = Peer::start(vec![answer(404, "", "")]).await;
    let github =
        GitHub::new(GitHubSettings::new(peer.url.join("api/v3").unwrap(), Some(Secret::new("")))).unwrap();
    assert_eq!(github.repo("o", "r").await.unwrap(), None);
    assert_eq!(
        (peer.only().target.as_str(), peer.only().header("authorization")),
        ("/api/v3/repos/o/r", None)
    );
}

#[tokio::test]
async fn a_404_is_an_absence_where_the_question_allows_it() {
    let gone = || reply(404, r#"{"message":"Not Found"}"#);
    let peer = Peer::start((0..7).map(|_| gone()).collect()).await;
    let github = client(&peer.url);
    assert_eq!(github.repo("o", "r").await.unwrap(), None);
    assert_eq!(github.branch_head("o", "r", "b").await.unwrap(), None);
    assert_eq!(github.commit("o", "r", SHA).await.unwrap(), None);
    assert!(github.branches("o", "r").await.unwrap().is_empty());
    assert!(github.labels("o", "r").await.unwrap().is_empty());
    assert_eq!(github.file_at_commit("o", "r", "project.yaml", SHA).await.unwrap(), None);
    assert!(!github.directory_exists("o", "r", "codelists", SHA).await.unwrap());
}

#[tokio::test]
async fn a_repository_is_read() {
    let body = r#"{"private":true,"created_at":"2024-05-06T07:08:09Z","html_url":"https://github.com/o/r","topics":["t"],"id":1}"#;
    let peer = Peer::start(vec![reply(200, body)]).await;
    let repo = client(&peer.url).repo("o", "r").await.unwrap().unwrap();
    assert!(repo.private);
    assert_eq!((repo.html_url.as_str(), repo.topics), ("https://github.com/o/r", vec!["t".to_owned()]));
    assert_eq!(repo.created_at, Some("2024-05-06T07:08:09Z".parse().unwrap()));
}

#[tokio::test]
async fn a_commit_is_found_by_its_sha_only() {
    let body = format!(
        r#"{{"sha":"{SHA}","commit":{{"message":"Fix","author":{{"date":"2025-01-02T03:04:05Z"}}}}}}"#
    );
    let none = r#"{"message":"No commit found for SHA: 3f0c"}"#;
    let peer =
        Peer::start(vec![reply(200, &body), reply(200, &body), reply(422, none), reply(409, "{}")]).await;
    let github = client(&peer.url);
    let commit = github.commit("o", "r", SHA).await.unwrap().unwrap();
    assert_eq!((commit.sha.as_str(), commit.message.as_deref()), (SHA, Some("Fix")));
    assert_eq!(peer.only().target, format!("/repos/o/r/commits/{SHA}?per_page=1"));
    assert_eq!(github.commit("o", "r", "main").await.unwrap(), None, "a branch is no commit");
    assert_eq!(github.commit("o", "r", "3f0c").await.unwrap(), None);
    assert_eq!(github.commit("o", "r", "3f0c").await.unwrap(), None);
}

#[tokio::test]
async fn branches_follow_pages() {
    let more = "Link: <https://api.github.com/elsewhere?page=2>; rel=\"next\"\r\n";
    let peer = Peer::start(vec![
        answer(200, more, r#"[{"name":"a"},{"name":"b"}]"#),
        reply(200, r#"[{"name":"c"}]"#),
    ])
    .await;
    assert_eq!(client(&peer.url).branches("o", "r").await.unwrap(), ["a", "b", "c"]);
    let targets: Vec<String> = peer.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(
        targets,
        ["/repos/o/r/branches?per_page=100&page=1", "/repos/o/r/branches?per_page=100&page=2"]
    );

    let endless = (0..20).map(|_| answer(200, more, r#"[{"name":"a"}]"#)).collect();
    let peer = Peer::start(endless).await;
    assert_eq!(client(&peer.url).branches("o", "r").await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_file_is_text_at_a_ref() {
    let peer = Peer::start(vec![answer(200, "", "version: '4'\n# é\n"), answer(200, "", "")]).await;
    let github = client(&peer.url);
    let text = github.file_at_commit("o", "r", "codelists/codelists.txt", "a b&c").await.unwrap();
    assert_eq!(text.as_deref(), Some("version: '4'\n# é\n"));
    assert_eq!(peer.only().target, "/repos/o/r/contents/codelists%2Fcodelists.txt?ref=a+b%26c");
    assert_eq!(peer.only().header("accept"), Some("application/vnd.github.3.raw"));
    assert_eq!(github.file_at_commit("o", "r", "empty", SHA).await.unwrap().as_deref(), Some(""));
}

#[tokio::test]
async fn a_file_that_is_too_large_or_not_text_is_refused_in_words() {
    let binary = Answer::Full { status: 200, headers: String::new(), body: vec![0xff, 0xfe] };
    let peer = Peer::start(vec![binary, Answer::Huge(9 * 1024 * 1024)]).await;
    let github = client(&peer.url);
    let error = github.file_at_commit("o", "r", "project.yaml", "main").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub's answer cannot be used to read project.yaml of o/r at main: the file is not UTF-8 text"
    );
    let error = github.file_at_commit("o", "r", "project.yaml", "main").await.unwrap_err();
    assert!(error.to_string().ends_with("it is larger than 8 MiB"), "{error}");
}

#[tokio::test]
async fn an_error_names_status_and_reason() {
    let peer = Peer::start(vec![
        reply(401, r#"{"message":"Bad credentials"}"#),
        answer(500, "", ""),
        answer(451, "", "<p>"),
    ])
    .await;
    let github = client(&peer.url);
    let text = github.repo("o", "r").await.unwrap_err().to_string();
    assert_eq!(text, "GitHub answered 401 when asked to look up the repository o/r: Bad credentials");
    let text = github.repo("o", "r").await.unwrap_err().to_string();
    assert!(text.ends_with(": 500 Internal Server Error"), "{text}");
    let text = github.repo("o", "r").await.unwrap_err().to_string();
    assert!(text.ends_with(": 451 Unavailable For Legal Reasons"), "{text}");
}

#[tokio::test]
async fn being_rate_limited_says_for_how_long() {
    let reset = jiff::Timestamp::now().as_second() + 90;
    let used_up = format!("x-ratelimit-remaining: 0\r\nx-ratelimit-reset: {reset}\r\n");
    let secondary = r#"{"message":"You have exceeded a secondary rate limit"}"#;
    for (script, least, most) in [
        (answer(429, "Retry-After: 7\r\n", "{}"), 7, 7),
        (answer(403, "Retry-After: 8\r\n", "{}"), 8, 8),
        (answer(403, &used_up, "{}"), 80, 90),
        (answer(403, "", secondary), 60, 60),
        (answer(429, "", ""), 60, 60),
    ] {
        let peer = Peer::start(vec![script]).await;
        let error = client(&peer.url).repo("o", "r").await.unwrap_err();
        let GitHubError::RateLimited { retry_after, message } = error else { panic!("{error:?}") };
        assert!((least..=most).contains(&retry_after.as_secs()), "{retry_after:?}");
        assert!(!message.is_empty());
        assert_eq!(peer.asked().len(), 1, "not repeated");
    }
    let peer =
        Peer::start(vec![answer(403, "x-ratelimit-remaining: 20\r\n", r#"{"message":"Forbidden"}"#)]).await;
    assert!(matches!(client(&peer.url).repo("o", "r").await, Err(GitHubError::Response { status: 403, .. })));
}

#[tokio::test]
async fn reads_are_repeated_when_a_proxy_fails() {
    let peer = Peer::start(vec![answer(502, "", ""), Answer::CutOff("{"), reply(404, "{}")]).await;
    assert_eq!(client(&peer.url).repo("o", "r").await.unwrap(), None);
    let peer = Peer::start((0..9).map(|_| answer(502, "", "")).collect()).await;
    assert!(matches!(client(&peer.url).repo("o", "r").await, Err(GitHubError::Response { status: 502, .. })));
    assert_eq!(peer.asked().len(), 3);
}

#[tokio::test]
async fn a_read_follows_a_renamed_repository() {
    let peer = Peer::start(vec![answer(301, "Location: /repositories/9\r\n", ""), reply(404, "{}")]).await;
    assert_eq!(client(&peer.url).repo("o", "old").await.unwrap(), None);
    assert_eq!(peer.asked()[1].target, "/repositories/9");
}

#[tokio::test]
async fn silence_and_absence_are_request_errors() {
    let peer = Peer::start(vec![Answer::Silence, Answer::Silence, Answer::Silence]).await;
    let mut settings = settings(&peer.url);
    settings.timeout = Duration::from_millis(150);
    let error = GitHub::new(settings).unwrap().repo("o", "r").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub could not be reached to look up the repository o/r: no complete answer within the time limit"
    );
    let error = client(&nobody().await).repo("o", "r").await.unwrap_err();
    assert!(
        matches!(&error, GitHubError::Request { cause, .. } if cause.starts_with("no connection")),
        "{error}"
    );
}

#[tokio::test]
async fn repositories_come_page_by_page_without_the_non_research_ones() {
    let page = |name: &str, topic: &str, next: &str| {
        let node = json!({"name": name, "url": format!("https://github.com/o/{name}"),
            "refs": {"nodes": [{"name": "main"}, {"name": "dev"}]},
            "repositoryTopics": {"nodes": [{"topic": {"name": topic}}]}});
        let info = json!({"endCursor": next, "hasNextPage": !next.is_empty()});
        json!({"data": {"organization": {"repositories": {"nodes": [node], "pageInfo": info}}}}).to_string()
    };
    let peer = Peer::start(vec![
        reply(200, &page("a", "study", "c1")),
        reply(200, &page("b", "non-research", "c2")),
        reply(200, &page("c", "study", "")),
    ])
    .await;
    let repos = client(&peer.url).repositories_with_branches("opensafely").await.unwrap();
    let names: Vec<&str> = repos.iter().map(|repo| repo.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(repos[0].branches, ["main", "dev"]);
    assert_eq!(repos[0].url, "https://github.com/o/a");
    let asked = peer.asked();
    assert_eq!((asked[0].method.as_str(), asked[0].target.as_str()), ("POST", "/graphql"));
    assert_eq!(asked[0].json()["variables"], json!({"cursor": null, "org_name": "opensafely"}));
    assert_eq!(asked[2].json()["variables"]["cursor"], "c2");
}

#[tokio::test]
async fn a_graphql_refusal_is_an_error_with_its_message() {
    let refused =
        r#"{"data":{"organization":null},"errors":[{"message":"Could not resolve to an Organization"}]}"#;
    let stuck = r#"{"data":{"organization":{"repositories":{"nodes":[],"pageInfo":{"endCursor":null,"hasNextPage":true}}}}}"#;
    for (script, end) in [
        (reply(200, refused), "Could not resolve to an Organization"),
        (reply(200, "{}"), "neither repositories nor an error"),
        (reply(200, stuck), "says not where"),
        (reply(401, r#"{"message":"Bad credentials"}"#), "Bad credentials"),
    ] {
        let peer = Peer::start(vec![script]).await;
        let text = client(&peer.url).repositories_with_branches("o").await.unwrap_err().to_string();
        assert!(text.ends_with(end), "{text}");
    }
}
