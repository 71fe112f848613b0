//! GitHub: signing in from the first redirect to the e-mail address, and the REST and GraphQL calls.

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;
use devkit::standins::github::{self, GitHub, Person, Settings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{ANYWHERE, PIPELINE, http, push, repositories};

fn started() -> (GitHub, String) {
    let (repositories, sha) = repositories();
    push(&repositories, "feature/x", &[("codelists/codelists.txt", "org/list/1\n")]);
    let people = vec![
        Person::new("ada-researcher", Some("Ada"), Some("ada@example.org")),
        Person::new("nameless", None, None),
    ];
    let client = Some(("id".to_owned(), "secret".to_owned()));
    (github::start(ANYWHERE, Settings { repositories, people, client }).unwrap(), sha)
}

const CALLBACK: &str = "http://localhost:8000/complete/github/";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rules-of-the-rfc";

fn authorize_url(github: &GitHub) -> Url {
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(VERIFIER));
    let parameters = [
        ("client_id", "id"),
        ("redirect_uri", CALLBACK),
        ("state", "st&te"),
        ("scope", "user:email"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    Url::parse_with_params(&format!("{}/login/oauth/authorize", github.url), parameters).unwrap()
}

/// The parameters with which the browser is sent back.
fn answer_of(response: &reqwest::Response) -> HashMap<String, String> {
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

async fn exchange(github: &GitHub, code: &str, verifier: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "id"),
        ("client_secret", "secret"),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", verifier),
    ];
    let request = http().post(format!("{}/login/oauth/access_token", github.url)).form(&form);
    request.header("Accept", "application/json").send().await.unwrap().json().await.unwrap()
}

async fn get(github: &GitHub, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = http().get(format!("{}{path}", github.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[actix_web::test]
async fn a_person_chosen_on_the_page_is_the_one_the_token_tells_of() {
    let (github, _) = started();
    let page = http().get(authorize_url(&github)).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("ada-researcher"));

    let choice =
        http().post(authorize_url(&github)).form(&[("login", "ada-researcher")]).send().await.unwrap();
    let answer = answer_of(&choice);
    assert_eq!(answer["state"], "st&te");
    let granted = exchange(&github, &answer["code"], VERIFIER).await;
    let token = format!("token {}", granted["access_token"].as_str().unwrap());

    let (_, user) = get(&github, "/user", &[("Authorization", &token)]).await;
    assert_eq!((&user["login"], &user["name"]), (&json!("ada-researcher"), &json!("Ada")));
    assert!(user["id"].is_u64());
    let (_, emails) = get(&github, "/user/emails", &[("Authorization", &token)]).await;
    let primary = emails.as_array().unwrap().iter().find(|email| email["primary"] == true).unwrap();
    assert_eq!(primary["email"], "ada@example.org");

    // A code works once.
    assert_eq!(exchange(&github, &answer["code"], VERIFIER).await["error"], "bad_verification_code");
}

#[actix_web::test]
async fn the_wrong_verifier_gets_no_token() {
    let (github, _) = started();
    github.sign_in_as(Some("nameless"));
    let sent = http().get(authorize_url(&github)).send().await.unwrap();
    let code = &answer_of(&sent)["code"];
    assert_eq!(exchange(&github, code, "another").await["error"], "bad_verification_code");
    let (status, _) = get(&github, "/user", &[("Authorization", "token made-up")]).await;
    assert_eq!(status, 401);
}

#[actix_web::test]
async fn somebody_new_may_have_no_name_and_anybody_may_cancel() {
    let (github, _) = started();
    let form = [("login", "brand-new"), ("name", ""), ("email", "new@example.org"), ("new", "1")];
    let sent = http().post(authorize_url(&github)).form(&form).send().await.unwrap();
    let granted = exchange(&github, &answer_of(&sent)["code"], VERIFIER).await;
    let token = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    let (_, user) = get(&github, "/user", &[("Authorization", &token)]).await;
    assert_eq!((&user["login"], &user["name"]), (&json!("brand-new"), &Value::Null));

    let sent = http().post(authorize_url(&github)).form(&[("deny", "1")]).send().await.unwrap();
    assert_eq!(answer_of(&sent)["error"], "access_denied");
}

#[actix_web::test]
async fn repositories_are_read_at_a_branch_or_a_commit() {
    let (github, sha) = started();
    let (_, repository) = get(&github, "/repos/opensafely/asthma", &[]).await;
    assert_eq!(repository["private"], true);
    assert_eq!(repository["created_at"], "2024-02-03T04:05:06Z");
    let (_, branch) = get(&github, "/repos/opensafely/asthma/branches/main", &[]).await;
    assert_eq!(branch["commit"]["sha"], sha);
    let (status, _) = get(&github, "/repos/opensafely/asthma/branches/feature%2Fx", &[]).await;
    assert_eq!(status, 200);
    assert_eq!(get(&github, "/repos/opensafely/asthma/branches/gone", &[]).await.0, 404);
    let (_, branches) = get(&github, "/repos/opensafely/asthma/branches", &[]).await;
    assert_eq!(branches.as_array().unwrap().len(), 2);

    let raw = [("Accept", "application/vnd.github.3.raw")];
    let (_, text) =
        get(&github, &format!("/repos/opensafely/asthma/contents/project.yaml?ref={sha}"), &raw).await;
    assert_eq!(text, PIPELINE);
    let path = "/repos/opensafely/asthma/contents/codelists%2Fcodelists.txt?ref=feature%2Fx";
    assert_eq!(get(&github, path, &raw).await, (200, json!("org/list/1\n")));
    assert_eq!(get(&github, "/repos/opensafely/asthma/contents/codelists?ref=main", &[]).await.0, 404);
    assert_eq!(get(&github, "/repos/opensafely/asthma/contents/codelists?ref=feature/x", &[]).await.0, 200);

    let (_, commit) = get(&github, &format!("/repos/opensafely/asthma/commits/{sha}"), &[]).await;
    assert_eq!(commit["commit"]["message"], "Add the pipeline");
    assert_eq!(commit["commit"]["author"]["date"], "2025-01-02T03:04:05Z");
    assert_eq!(get(&github, "/repos/opensafely/asthma/commits/nothing", &[]).await.0, 422);
    assert_eq!(get(&github, "/repos/opensafely/unknown", &[]).await.0, 404);
}

#[actix_web::test]
async fn a_simulated_push_moves_the_branch() {
    let (github, sha) = started();
    let push =
        json!({"repository": "opensafely/asthma", "branch": "main", "files": {"project.yaml": "version: 4"}});
    let pushed: Value = http()
        .post(format!("{}/_control/push", github.url))
        .json(&push)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let (_, branch) = get(&github, "/repos/opensafely/asthma/branches/main", &[]).await;
    assert_eq!(branch["commit"]["sha"], pushed["sha"]);
    assert_ne!(branch["commit"]["sha"], sha);
}

#[actix_web::test]
async fn graphql_lists_an_organisation_page_by_page() {
    let (github, _) = started();
    for number in 0..120 {
        github
            .repositories
            .create(&format!("opensafely/study-{number:03}"), jiff::Timestamp::UNIX_EPOCH)
            .unwrap();
    }
    let mut names = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let query = json!({"query": "query", "variables": {"cursor": cursor, "org_name": "opensafely"}});
        let request =
            http().post(format!("{}/graphql", github.url)).header("Authorization", "bearer x").json(&query);
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        let found = &body["data"]["organization"]["repositories"];
        names.extend(found["nodes"].as_array().unwrap().iter().map(|node| node["name"].clone()));
        if found["pageInfo"]["hasNextPage"] != true {
            break;
        }
        cursor = found["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(names.len(), 121);
}

#[actix_web::test]
async fn issues_can_be_opened_found_commented_and_closed() {
    let (github, _) = started();
    let send = |path: String, body: Value| {
        let request = http().post(format!("{}/repos/opensafely/asthma/issues{path}", github.url)).json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let title = "asthma-main 01ABC";
    let opened = send(String::new(), json!({"title": title, "body": "b", "labels": ["Internal"]})).await;
    assert!(opened["html_url"].as_str().unwrap().ends_with("/opensafely/asthma/issues/1"));
    send("/1/comments".to_owned(), json!({"body": "done"})).await;
    let query = "/search/issues?q=org:opensafely+repo:asthma+in:title+01ABC+is:open&sort=created&order=desc&per_page=1";
    let (_, found) = get(&github, query, &[]).await;
    assert_eq!((&found["total_count"], &found["items"][0]["number"]), (&json!(1), &json!(1)));
    send("/1".to_owned(), json!({"state": "closed", "labels": ["External"]})).await;
    assert_eq!(get(&github, query, &[]).await.1["total_count"], 0);
    let (_, labels) = get(&github, "/repos/opensafely/asthma/issues/1/labels", &[]).await;
    assert_eq!(labels, json!([{"name": "External"}]));
    assert_eq!(github.issues()[0].comments, ["done"]);
}

#[actix_web::test]
async fn a_search_may_lag_behind_while_lists_and_pages_know_all() {
    let (github, _) = started();
    let issues = format!("{}/repos/opensafely/asthma/issues", github.url);
    for number in 0..3 {
        http().post(&issues).json(&json!({"title": format!("<b> {number}")})).send().await.unwrap();
    }
    github.search_lags(jiff::SignedDuration::from_hours(1));
    let (_, found) = get(&github, "/search/issues?q=repo:opensafely/asthma+in:title+b", &[]).await;
    assert_eq!(found["total_count"], 0);
    let list = "/repos/opensafely/asthma/issues?state=all&per_page=2&page=";
    let numbers = |page: Value| -> Vec<u64> {
        page.as_array().unwrap().iter().filter_map(|issue| issue["number"].as_u64()).collect()
    };
    assert_eq!(numbers(get(&github, &format!("{list}1"), &[]).await.1), [3, 2]);
    assert_eq!(numbers(get(&github, &format!("{list}2"), &[]).await.1), [1]);
    let (status, page) = get(&github, "/opensafely/asthma/issues/3", &[]).await;
    assert_eq!(status, 200);
    assert!(page.as_str().unwrap().contains("&lt;b&gt; 2"), "{page}");
    assert_eq!(get(&github, "/opensafely/asthma/issues/4", &[]).await.0, 404);
}

#[actix_web::test]
async fn a_repository_has_the_usual_labels_or_those_it_was_given() {
    let (github, _) = started();
    let labels = "/repos/opensafely/asthma/labels";
    assert_eq!(get(&github, labels, &[]).await.1[0]["name"], "internal");
    github.set_labels("opensafely/asthma", &["bug"]);
    assert_eq!(get(&github, labels, &[]).await.1, json!([{"name": "bug"}]));
}

#[actix_web::test]
async fn one_call_can_be_made_to_fail() {
    let (github, _) = started();
    let fail = devkit::standins::Behaviour { retry_after: Some(7), ..devkit::standins::Behaviour::fail(429) };
    github.control.set(fail.on_path("/issues$").on_method("POST").times(1));
    assert_eq!(get(&github, "/repos/opensafely/asthma/issues", &[]).await.0, 200);
    let create = || {
        let request = http().post(format!("{}/repos/opensafely/asthma/issues", github.url));
        request.json(&json!({"title": "x"})).send()
    };
    let refused = create().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(create().await.unwrap().status(), 201);
}
