//! The RAP controller: bodies, the order of its checks, and how jobs come to be and end.

use devkit::standins::rap::{self, Code, Maintenance, Rap, Settings, TOKEN};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ANYWHERE, http, push, repositories};

struct Controller {
    rap: Rap,
    sha: String,
    repositories: devkit::standins::repositories::Repositories,
}

fn controller() -> Controller {
    let (repositories, sha) = repositories();
    let mut settings = Settings::for_tests(repositories.clone());
    settings.tokens.insert("tpp-only".to_owned(), vec!["tpp".to_owned()]);
    Controller { rap: rap::start(ANYWHERE, settings).unwrap(), sha, repositories }
}

impl Controller {
    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> (StatusCode, Value) {
        let mut request = http().request(method, format!("{}{path}", self.rap.url)).body(body.to_owned());
        if let Some(token) = token {
            request = request.header("Authorization", token);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.send(Method::POST, path, Some(TOKEN), &body.to_string()).await;
        (status.as_u16(), body)
    }

    fn request(&self, rap_id: &str, actions: &[&str]) -> Value {
        json!({
            "rap_id": rap_id, "backend": "tpp", "workspace": "asthma-main",
            "repo_url": "https://github.com/opensafely/asthma", "branch": "main", "commit": self.sha,
            "database_name": "default", "requested_actions": actions, "codelists_ok": true,
            "force_run_dependencies": false, "created_by": "ada", "project": "asthma", "orgs": [],
            "analysis_scope": {},
        })
    }

    async fn create(&self, rap_id: &str, actions: &[&str]) -> (u16, Value) {
        self.post("rap/create/", &self.request(rap_id, actions)).await
    }

    async fn status(&self, rap_ids: &[&str]) -> Value {
        let (status, body) = self.post("rap/status/", &json!({"rap_ids": rap_ids})).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Action and status code of each job of a request.
    async fn codes(&self, rap_id: &str) -> Vec<(String, String)> {
        let body = self.status(&[rap_id]).await;
        let text = |job: &Value, key: &str| job[key].as_str().unwrap().to_owned();
        let mut codes: Vec<_> = body["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| (text(job, "action"), text(job, "status_code")))
            .collect();
        codes.sort();
        codes
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(action, code)| ((*action).to_owned(), (*code).to_owned())).collect()
}

const ONE: &str = "k3jq7xw2mzdn5p6a";
const TWO: &str = "aaaabbbbccccdddd";
const THREE: &str = "1111222233334444";

#[actix_web::test]
async fn checks_come_in_the_order_method_token_json_schema() {
    let controller = controller();
    for path in ["rap/create/", "rap/cancel/", "rap/status/"] {
        let answer = http().get(format!("{}{path}", controller.rap.url)).send().await.unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "POST");
        assert_eq!(answer.text().await.unwrap(), "");

        let (status, body) = controller.send(Method::POST, path, None, "{").await;
        assert_eq!(
            (status.as_u16(), &body),
            (401, &json!({"error": "Unauthorized", "details": "No token provided"}))
        );
        let bearer = format!("Bearer {TOKEN}");
        let (status, body) = controller.send(Method::POST, path, Some(&bearer), "{").await;
        assert_eq!(
            (status.as_u16(), &body),
            (401, &json!({"error": "Unauthorized", "details": "Invalid token"}))
        );

        let (status, body) = controller.send(Method::POST, path, Some(TOKEN), "{").await;
        let bad_json =
            json!({"error": "Validation error", "details": "could not parse JSON from request body"});
        assert_eq!((status.as_u16(), body), (400, bad_json));
        let (status, body) = controller.send(Method::POST, path, Some(TOKEN), "{}").await;
        assert_eq!(status, 400);
        assert!(body["details"].as_str().unwrap().ends_with("is a required property"), "{body}");
    }
    let (status, _) = controller.send(Method::POST, "backend/status/", Some(TOKEN), "").await;
    assert_eq!(status, 405);
}

#[actix_web::test]
async fn a_missing_trailing_slash_is_a_redirect() {
    let controller = controller();
    let answer = http().post(format!("{}rap/status", controller.rap.url)).send().await.unwrap();
    assert_eq!(answer.status(), 301);
    assert_eq!(answer.headers()["location"], "/controller/v1/rap/status/");
}

#[actix_web::test]
async fn creating_is_idempotent_and_brings_dependencies_along() {
    let controller = controller();
    let (status, body) = controller.create(ONE, &["make_table"]).await;
    let created = json!({
        "result": "Success", "details": format!("Jobs created for rap_id '{ONE}'"), "rap_id": ONE, "count": 2,
    });
    assert_eq!((status, body), (201, created));
    let (status, body) = controller.create(ONE, &["make_table"]).await;
    let again = json!({
        "result": "No change", "details": format!("Jobs already created for rap_id '{ONE}'"), "rap_id": ONE, "count": 2,
    });
    assert_eq!((status, body), (200, again));

    let mut other = controller.request(ONE, &["make_table"]);
    other["workspace"] = json!("another");
    let (status, body) = controller.post("rap/create/", &other).await;
    assert_eq!((status, &body["error"]), (400, &json!("Inconsistent request data")));
    assert!(body["details"].as_str().unwrap().contains(ONE));
}

#[actix_web::test]
async fn there_may_be_nothing_to_do() {
    let controller = controller();
    controller.create(ONE, &["draw_plots", "extract"]).await;
    let (status, body) = controller.create(TWO, &["draw_plots"]).await;
    let scheduled = json!({
        "result": "Nothing to do", "details": "All requested actions were already scheduled to run",
        "rap_id": TWO, "count": 0,
    });
    assert_eq!((status, body), (200, scheduled));

    // Everything has run; run_all runs only the two that did not succeed.
    controller.rap.run_to_end();
    controller.create(TWO, &["run_all"]).await;
    assert_eq!(
        controller.codes(TWO).await,
        pairs(&[("after_failure", "created"), ("fail_early", "created")])
    );
    controller.rap.will_end("fail_early", Code::Succeeded);
    controller.rap.will_end("after_failure", Code::Succeeded);
    controller.rap.run_to_end();
    let (status, body) = controller.create(THREE, &["run_all"]).await;
    assert_eq!(status, 200);
    assert_eq!(body["details"], "All actions have already completed successfully");
    assert_eq!(body["count"], 0);
}

#[actix_web::test]
async fn what_succeeded_runs_again_only_when_asked_for_or_forced() {
    let controller = controller();
    controller.create(ONE, &["make_table"]).await;
    controller.rap.run_to_end();
    controller.create(TWO, &["make_table"]).await;
    assert_eq!(controller.codes(TWO).await, pairs(&[("make_table", "created")]));
    controller.rap.run_to_end();
    let mut forced = controller.request(THREE, &["make_table"]);
    forced["force_run_dependencies"] = json!(true);
    controller.post("rap/create/", &forced).await;
    assert_eq!(controller.codes(THREE).await, pairs(&[("extract", "created"), ("make_table", "created")]));
}

#[actix_web::test]
async fn what_a_researcher_can_get_wrong_is_explained() {
    let controller = controller();
    let broken = push(&controller.repositories, "broken", &[("project.yaml", "version: 4\nactions: [\n")]);
    let cases = [
        ("requested_actions", json!(["nonsense"]), "Action 'nonsense' not found in project.yaml"),
        ("branch", json!("gone"), "branch 'gone'"),
        ("commit", json!("0123456789012345678901234567890123456789"), "is not on branch 'main'"),
        ("repo_url", json!("https://github.com/elsewhere/asthma"), "'elsewhere'"),
        ("repo_url", json!("https://gitlab.com/opensafely/asthma"), "not on https://github.com"),
        ("workspace", json!("a b"), "Workspace name"),
        ("backend", json!("unknown"), "Unknown error"),
    ];
    for (member, value, expected) in cases {
        let mut request = controller.request(ONE, &["make_table"]);
        request[member] = value;
        let (status, body) = controller.post("rap/create/", &request).await;
        assert_eq!((status, &body["error"]), (400, &json!("Error creating jobs")), "{member}");
        assert!(body["details"].as_str().unwrap().contains(expected), "{body}");
    }
    let mut request = controller.request(ONE, &["make_table"]);
    (request["branch"], request["commit"]) = (json!("broken"), json!(broken));
    let (status, body) = controller.post("rap/create/", &request).await;
    assert_eq!((status, &body["error"]), (400, &json!("Error creating jobs")));

    let mut request = controller.request(ONE, &["draw_plots"]);
    request["codelists_ok"] = json!(false);
    let (_, body) = controller.post("rap/create/", &request).await;
    assert_eq!(body["details"], "Codelists are out of date (required by action extract)");
    request["analysis_scope"] = Value::Null;
    let (_, body) = controller.post("rap/create/", &request).await;
    let wrong = "Invalid request body received at $.analysis_scope: None is not of type 'object'";
    assert_eq!(body, json!({"error": "Validation error", "details": wrong}));
    assert!(controller.rap.jobs().is_empty());
}

#[actix_web::test]
async fn jobs_wait_for_each_other_and_end_as_their_names_say() {
    let controller = controller();
    controller.create(ONE, &["run_all"]).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        controller.rap.tick();
        for job in controller.rap.jobs() {
            seen.insert((job.action.clone(), job.code.as_str()));
            // Nothing starts before what it needs has ended.
            if job.action == "make_table" && job.code.status() == "running" {
                assert!(
                    controller.rap.jobs().iter().any(|job| job.action == "extract" && !job.code.is_active())
                );
            }
        }
    }
    let expected = [
        ("after_failure", "dependency_failed"),
        ("draw_plots", "succeeded"),
        ("extract", "succeeded"),
        ("fail_early", "nonzero_exit"),
        ("make_table", "succeeded"),
    ];
    assert_eq!(controller.codes(ONE).await, pairs(&expected));
    for code in [
        "waiting_on_dependencies",
        "initiated",
        "preparing",
        "prepared",
        "executing",
        "executed",
        "finalizing",
        "finalized",
    ] {
        assert!(seen.contains(&("make_table".to_owned(), code)), "{code}");
    }
}

#[actix_web::test]
async fn a_report_has_every_member_of_the_real_one() {
    let controller = controller();
    controller.create(ONE, &["make_table"]).await;
    controller.rap.run_to_end();
    let body = controller.status(&[ONE, TWO]).await;
    assert_eq!(body["unrecognised_rap_ids"], json!([TWO]));
    let job = body["jobs"].as_array().unwrap().iter().find(|job| job["action"] == "make_table").unwrap();
    assert_eq!(job["identifier"], "od6um3nidaonay5k");
    assert_eq!(job["run_command"], "python:v2 python analysis/table.py");
    assert_eq!((&job["status"], &job["status_code"]), (&json!("succeeded"), &json!("succeeded")));
    let traceparent = job["trace_context"]["traceparent"].as_str().unwrap();
    assert!(traceparent.starts_with("00-") && traceparent.ends_with("-03") && traceparent.len() == 55);
    assert_eq!(job["metrics"].as_object().unwrap().len(), 9);
    for moment in ["created_at", "updated_at", "started_at", "completed_at"] {
        let text = job[moment].as_str().unwrap();
        assert!(text.len() == "2025-11-03T09:00:04Z".len() && text.ends_with('Z'), "{text}");
    }
    let mut members: Vec<&str> = job.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let expected = "action backend completed_at created_at identifier metrics rap_id requires_db run_command \
                    started_at status status_code status_message trace_context updated_at";
    assert_eq!(members.join(" "), expected);
}

#[actix_web::test]
async fn cancelling_flags_now_and_ends_at_the_next_tick() {
    let controller = controller();
    controller.create(ONE, &["make_table"]).await;
    let cancel = |actions: Value| json!({"rap_id": ONE, "actions": actions});
    let (status, body) = controller.post("rap/cancel/", &cancel(json!(["make_table", "zz", "aa"]))).await;
    assert_eq!(status, 404);
    assert_eq!((&body["error"], &body["not_found"]), (&json!("jobs not found"), &json!(["aa", "zz"])));
    assert!(body["details"].as_str().unwrap().ends_with("aa, zz"));
    assert!(controller.rap.jobs().iter().all(|job| !job.is_cancelled));

    let (status, body) = controller.post("rap/cancel/", &cancel(json!(["make_table"]))).await;
    assert_eq!(
        (status, body),
        (200, json!({"result": "Success", "details": "1 actions cancelled", "count": 1}))
    );
    let before = controller.status(&[ONE]).await;
    let job =
        before["jobs"].as_array().unwrap().iter().find(|job| job["action"] == "make_table").unwrap().clone();
    assert_eq!(job["status"], "pending");
    assert!(job["completed_at"].is_string());
    controller.rap.tick();
    let after = controller.status(&[ONE]).await;
    let job = after["jobs"].as_array().unwrap().iter().find(|job| job["action"] == "make_table").unwrap();
    assert_eq!(
        (&job["status_code"], &job["status_message"]),
        (&json!("cancelled_by_user"), &json!("Cancelled by user"))
    );

    let (status, body) = controller.post("rap/cancel/", &json!({"rap_id": TWO, "actions": ["x"]})).await;
    let unknown = json!({"error": "jobs not found", "details": format!("No jobs found for rap_id {TWO}"), "rap_id": TWO});
    assert_eq!((status, body), (404, unknown));
}

#[actix_web::test]
async fn a_token_sees_only_its_backends() {
    let controller = controller();
    let mut request = controller.request(ONE, &["extract"]);
    request["backend"] = json!("emis");
    controller.post("rap/create/", &request).await;
    let ask = json!({"rap_ids": [ONE]}).to_string();
    let (_, body) = controller.send(Method::POST, "rap/status/", Some("tpp-only"), &ask).await;
    assert_eq!(body, json!({"jobs": [], "unrecognised_rap_ids": [ONE]}));
    let (_, body) = controller.send(Method::GET, "backend/status/", Some("tpp-only"), "").await;
    assert_eq!(body["backends"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn backends_report_their_flags_and_jobs_heed_them() {
    let controller = controller();
    let (_, body) = controller.send(Method::GET, "backend/status/", Some(TOKEN), "").await;
    let never = json!({
        "slug": "tpp", "last_seen": null, "paused": {"status": "off", "since": null},
        "db_maintenance": {"status": "off", "since": null, "type": null},
    });
    assert_eq!(body["backends"][0], never);

    controller.rap.set_maintenance("tpp", Some(Maintenance::Scheduled));
    controller.create(ONE, &["extract", "fail_early"]).await;
    controller.rap.run_to_end();
    assert_eq!(
        controller.codes(ONE).await,
        pairs(&[("extract", "waiting_db_maintenance"), ("fail_early", "nonzero_exit")])
    );
    let (_, body) = controller.send(Method::GET, "backend/status/", Some(TOKEN), "").await;
    let tpp = &body["backends"][0];
    assert_eq!(
        (&tpp["db_maintenance"]["status"], &tpp["db_maintenance"]["type"]),
        (&json!("on"), &json!("scheduled"))
    );
    assert!(tpp["last_seen"].is_string() && tpp["db_maintenance"]["since"].is_string());

    let control = controller.rap.url.replace("controller/v1/", "_control/backends/tpp");
    let answer =
        http().post(control).json(&json!({"db_maintenance": "off", "paused": true})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    controller.rap.tick();
    assert_eq!(controller.codes(ONE).await[0].1, "paused");
    controller.rap.set_paused("tpp", false);
    controller.rap.run_to_end();
    assert_eq!(controller.codes(ONE).await[0].1, "succeeded");
}

#[actix_web::test]
async fn one_bad_id_fails_the_whole_status_call_and_an_empty_list_does_not() {
    let controller = controller();
    let (status, body) = controller.post("rap/status/", &json!({"rap_ids": [ONE, "Old-Id"]})).await;
    let details = "Invalid request body received at $.rap_ids[1]: 'Old-Id' does not match '^[a-z0-9]{16}$'";
    assert_eq!((status, body), (400, json!({"error": "Validation error", "details": details})));
    assert_eq!(controller.status(&[]).await, json!({"jobs": [], "unrecognised_rap_ids": []}));
}

#[actix_web::test]
async fn jobs_outlive_the_controller_if_it_has_a_file() {
    let (repositories, sha) = repositories();
    let file = std::env::temp_dir().join(format!("devkit-rap-{:x}.json", rand::random::<u64>()));
    let mut settings = Settings::for_tests(repositories.clone());
    settings.state_file = Some(file.clone());
    let first =
        Controller { rap: rap::start(ANYWHERE, settings.clone()).unwrap(), sha: sha.clone(), repositories };
    first.create(ONE, &["extract"]).await;
    let repositories = first.repositories.clone();
    drop(first);
    let second = Controller { rap: rap::start(ANYWHERE, settings).unwrap(), sha, repositories };
    assert_eq!(second.codes(ONE).await, pairs(&[("extract", "created")]));
    std::fs::remove_file(file).unwrap();
}
