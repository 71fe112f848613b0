//! Older job-runners, which come and fetch: what they are told, what they may report, and a whole job request run by one.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Browser, Page, Study, TestApp, a, eventually};

/// A runner of the backend `test`, which comes and fetches.
struct Runner {
    client: Browser,
    token: String,
}

impl Runner {
    async fn of(app: &TestApp, backend: &str) -> Runner {
        Runner { client: app.browser(), token: app.db.backend_token(backend).await }
    }

    async fn fetch(&self, query: &str) -> Page {
        let path = format!("/api/v2/job-requests/{query}");
        let request = self.client.request(Method::GET, &path).header("authorization", &self.token);
        self.client
            .send(request.header("flags", r#"{"mode":{"v":"db-maintenance","ts":"2025-11-03T09:00:00Z"}}"#))
            .await
    }

    /// The only job request there is.
    async fn only_request(&self) -> Value {
        let page = self.fetch("?backend=test").await.expect(200).json();
        assert_eq!(page["count"], 1, "{page}");
        page["results"][0].clone()
    }

    async fn report(&self, jobs: Value) -> Page {
        let request = self.client.request(Method::POST, "/api/v2/jobs/").header("authorization", &self.token);
        self.client.send(request.json(&jobs)).await
    }
}

/// The identifier of a new job request without jobs.
async fn waiting(app: &TestApp, study: &Study) -> String {
    let id = study.job_request().insert(&app.db).await;
    app.db.identifier_of(id).await
}

fn job(rap_id: &str, action: &str, status: &str) -> Value {
    let is_over = matches!(status, "failed" | "succeeded");
    json!({
        "identifier": format!("{action}-job"), "job_request_id": rap_id, "action": action, "run_command": null,
        "status": status, "status_code": "executing", "status_message": format!("{action} {status}"),
        "created_at": "2025-11-03T09:00:04Z", "updated_at": "2025-11-03T09:06:10Z",
        "started_at": if status == "pending" { Value::Null } else { json!("2025-11-03T09:01:30Z") },
        "completed_at": if is_over { json!("2025-11-03T09:06:10Z") } else { Value::Null },
        "trace_context": {"traceparent": "00-x-y-03"}, "metrics": {"cpu_mean": 61.2}, "requires_db": false,
    })
}

/// A server without a controller.
async fn pull_mode() -> (TestApp, Study, Browser, Runner) {
    let app = TestApp::builder().without_env("RAP_API_BASE_URL").without_env("RAP_API_TOKEN").start().await;
    let (app, study, browser) = Study::of_researcher_on(app).await;
    let runner = Runner::of(&app, "test").await;
    (app, study, browser, runner)
}

async fn request_jobs(browser: &Browser, actions: &[&str]) {
    let mut fields = vec![("backend", "test"), ("will_notify", "True")];
    fields.extend(actions.iter().map(|action| ("requested_actions", *action)));
    let page = browser.post_form(Study::RUN_JOBS, &fields).await;
    browser.follow(page).await.expect(200).shows("Your jobs have been scheduled");
}

#[tokio::test]
async fn a_runner_fetches_a_job_request_runs_it_and_reports_its_end() {
    let (app, study, browser, runner) = pull_mode().await;
    assert_eq!(
        runner.fetch("").await.expect(200).json(),
        json!({"count": 0, "next": null, "previous": null, "results": []})
    );
    request_jobs(&browser, &["make_table", "draw_plot"]).await;
    let request = runner.only_request().await;
    let rap_id = request["identifier"].as_str().unwrap().to_owned();
    let expected = json!({
        "backend": "test", "sha": study.sha, "identifier": rap_id, "force_run_dependencies": false,
        "requested_actions": ["make_table", "draw_plot"], "cancelled_actions": [], "created_by": "ada",
        "created_at": request["created_at"],
        "workspace": {
            "name": "asthma-main", "repo": "https://github.com/opensafely/asthma", "branch": "main", "db": "default",
            "created_by": "ada", "created_at": request["workspace"]["created_at"],
        },
        "database_name": "default", "project": "asthma", "orgs": ["bennett"], "codelists_ok": true,
    });
    assert_eq!(request, expected);
    assert!(request["created_at"].as_str().unwrap().ends_with('Z'));

    let report = async |statuses: [&str; 2]| {
        let [table, plot] = statuses;
        let jobs = json!([job(&rap_id, "make_table", table), job(&rap_id, "draw_plot", plot)]);
        assert_eq!(runner.report(jobs).await.expect(200).body, r#"{"status":"success"}"#);
    };
    report(["pending", "pending"]).await;
    assert_eq!(app.db.newest_status().await, "pending");
    report(["running", "pending"]).await;
    assert_eq!(app.db.newest_status().await, "running");
    report(["succeeded", "running"]).await;
    report(["succeeded", "succeeded"]).await;
    assert_eq!(app.db.newest_status().await, "succeeded");
    assert_eq!(runner.fetch("").await.json()["count"], 0);
    let job_request: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    browser.get(&format!("/asthma/asthma-main/{job_request}/")).await.expect(200).shows("Succeeded");
    eventually("a mail about each job", Duration::from_secs(10), async || app.smtp.mails().len() == 2).await;
    assert!(app.rap.jobs().is_empty(), "nobody asked the controller");
}

#[tokio::test]
async fn a_cancellation_reaches_the_runner_before_and_after_it_has_jobs() {
    let (app, _study, browser, runner) = pull_mode().await;
    request_jobs(&browser, &["run_all"]).await;
    let rap_id = runner.only_request().await["identifier"].as_str().unwrap().to_owned();
    let job_request: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    let address = format!("/asthma/asthma-main/{job_request}/");
    runner
        .report(json!([job(&rap_id, "make_table", "running"), job(&rap_id, "draw_plot", "pending")]))
        .await
        .expect(200);
    let page = browser.post_form(&format!("{address}draw_plot-job/cancel/"), &[]).await;
    browser.follow(page).await.expect(200).shows("Action draw_plot cancelled");
    assert_eq!(runner.only_request().await["cancelled_actions"], json!(["draw_plot"]));
    let page = browser.post_form(&format!("{address}cancel/"), &[]).await;
    browser.follow(page).await.expect(200).shows("cancelled (draw_plot and make_table)");
    assert_eq!(runner.only_request().await["cancelled_actions"], json!(["draw_plot", "make_table"]));
    runner
        .report(json!([job(&rap_id, "make_table", "failed"), job(&rap_id, "draw_plot", "failed")]))
        .await
        .expect(200);

    request_jobs(&browser, &["run_all"]).await;
    let newest: i32 = app.db.value("SELECT max(id) FROM jobserver_jobrequest", &[]).await;
    let address = format!("/asthma/asthma-main/{newest}/");
    browser.get(&address).await.expect(200).contains("data-cancellable");
    let page = browser.post_form(&format!("{address}cancel/"), &[]).await;
    browser.follow(page).await.expect(200).shows("cancelled");
    browser.get(&address).await.lacks("data-cancellable");
    let expected = json!(["generate_dataset", "make_table", "draw_plot"]);
    assert_eq!(runner.only_request().await["cancelled_actions"], expected);
}

#[tokio::test]
async fn a_request_that_cannot_be_run_says_why() {
    let (app, _study, browser, runner) = pull_mode().await;
    request_jobs(&browser, &["make_table"]).await;
    let rap_id = runner.only_request().await["identifier"].as_str().unwrap().to_owned();
    let mut error = job(&rap_id, "__error__", "failed");
    error["status_message"] = json!("ProjectValidationError: no such action");
    runner.report(json!([error])).await.expect(200);
    let job_request: i32 =
        app.db.value("SELECT id FROM jobserver_jobrequest WHERE _status = 'failed'", &[]).await;
    let page = browser.get(&format!("/asthma/asthma-main/{job_request}/")).await;
    page.shows("ProjectValidationError: no such action");
}

#[tokio::test]
async fn two_runners_at_once_each_keep_to_their_own() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    a::backend(&app.db, "other").await;
    let (own, foreign) = (Runner::of(&app, "test").await, Runner::of(&app, "other").await);
    let rap_ids = [waiting(&app, &study).await, waiting(&app, &study).await, waiting(&app, &study).await];
    let jobs = |status: &str| -> Value {
        let one = |(index, rap_id): (usize, &String)| {
            let mut job = job(rap_id, "make_table", status);
            job["identifier"] = json!(format!("{status}{index}"));
            job
        };
        rap_ids.iter().enumerate().map(one).collect()
    };
    for _ in 0..5 {
        let (a, b, c) = tokio::join!(
            own.report(jobs("running")),
            own.report(jobs("pending")),
            foreign.report(jobs("failed"))
        );
        for page in [a, b, c] {
            page.expect(200);
        }
        let counts: Vec<i64> =
            app.db.values("SELECT count(*) FROM jobserver_job GROUP BY job_request_id", &[]).await;
        assert_eq!(counts, [1, 1, 1]);
        let behind: i64 = app
            .db
            .value(
                "SELECT count(*)
                 FROM jobserver_jobrequest AS job_request
                 JOIN jobserver_job AS job ON job.job_request_id = job_request.id
                 WHERE job.status <> job_request._status",
                &[],
            )
            .await;
        assert_eq!(behind, 0, "a status that does not follow from its jobs");
    }
    assert_eq!(foreign.fetch("").await.json()["count"], 0);
}

#[tokio::test]
async fn the_list_is_public_and_paged() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    for hours in 0..3 {
        study.job_request().hours_ago(hours).insert(&app.db).await;
    }
    let browser = app.browser();
    let get = async |query: &str| browser.get(&format!("/api/v2/job-requests/{query}")).await;
    let page = get("?offset=1&limit=1&b=2&a=x%20y").await.expect(200).json();
    let address = |query: &str| json!(format!("{}/api/v2/job-requests/?{query}", app.url));
    assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(3), 1));
    assert_eq!(page["next"], address("a=x+y&b=2&limit=1&offset=2"));
    assert_eq!(page["previous"], address("a=x+y&b=2&limit=1"));
    let past = get("?offset=7").await.expect(200).json();
    assert_eq!((&past["count"], &past["results"], &past["next"]), (&json!(3), &json!([]), &json!(null)));
    assert_eq!(get("?limit=-1").await.json()["results"].as_array().unwrap().len(), 3);

    let with = |token: &str| {
        browser.request(Method::GET, "/api/v2/job-requests/").header("authorization", token.to_owned())
    };
    assert_eq!(browser.send(with("")).await.expect(200).json()["count"], 3);
    assert_eq!(browser.send(with("wrong")).await.expect(403).body, r#"{"detail":"Invalid token"}"#);
    let posted = browser.post_bare("/api/v2/job-requests/", &[]).await.expect(405);
    assert_eq!(posted.body, r#"{"detail":"Method \"POST\" not allowed."}"#);
}

#[tokio::test]
async fn a_visit_and_its_flags_are_remembered() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    app.db.execute("UPDATE jobserver_backend SET last_seen_at = NULL", &[]).await;
    let runner = Runner::of(&app, "test").await;
    runner.fetch("").await.expect(200);
    runner.report(json!([])).await.expect(200);
    let row = &app
        .db
        .rows(
            "SELECT last_seen_at > now() - interval '1 minute', is_in_maintenance_mode,
                    last_seen_maintenance_mode = '2025-11-03T09:00:00Z'
             FROM jobserver_backend",
            &[],
        )
        .await[0];
    assert_eq!((row.get::<_, bool>(0), row.get::<_, bool>(1), row.get::<_, bool>(2)), (true, true, true));
    let urls: Vec<String> = app.db.values("SELECT url FROM jobserver_stats ORDER BY url", &[]).await;
    assert_eq!(urls, ["/api/v2/job-requests/", "/api/v2/jobs/"]);
}

#[tokio::test]
async fn one_bad_item_refuses_the_whole_report() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let rap_id = waiting(&app, &study).await;
    let runner = Runner::of(&app, "test").await;
    let mut bad = job(&rap_id, "draw_plot", "pending");
    bad["created_at"] = json!("yesterday");
    bad["status"] = json!("");
    let page = runner.report(json!([job(&rap_id, "make_table", "running"), bad, null])).await.expect(400);
    let format = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
    let expected = json!({
        "1": {"status": ["This field may not be blank."], "created_at": [format]},
        "2": ["This field may not be null."],
    });
    assert_eq!(page.json(), expected);
    assert_eq!(app.db.count("jobserver_job").await, 0);
}

#[tokio::test]
async fn bodies_of_every_kind_are_answered_in_json() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    let runner = Runner::of(&app, "test").await;
    let send = async |kind: Option<&str>, body: &str| {
        let request =
            runner.client.request(Method::POST, "/api/v2/jobs/").header("authorization", &runner.token);
        let request = match kind {
            Some(kind) => request.header("content-type", kind.to_owned()),
            None => request,
        };
        runner.client.send(request.body(body.to_owned())).await
    };
    let json = Some("application/json");
    let no_list = r#"{"non_field_errors":["Expected a list of items but got type \"dict\"."]}"#;
    for (kind, body, status, expected) in [
        (json, "null", 400, r#"{"non_field_errors":["No data provided"]}"#),
        (json, "", 400, no_list),
        (json, "{}", 400, no_list),
        (json, "[]", 200, r#"{"status":"success"}"#),
        (Some("application/x-www-form-urlencoded"), "a=1", 200, r#"{"status":"success"}"#),
        (
            Some("application/xml"),
            "<a/>",
            415,
            r#"{"detail":"Unsupported media type \"application/xml\" in request."}"#,
        ),
        (None, "[]", 415, r#"{"detail":"Unsupported media type \"\" in request."}"#),
    ] {
        assert_eq!(send(kind, body).await.expect(status).body, expected, "{kind:?} {body}");
    }
    for body in ["[", "[NaN]"] {
        let page = send(json, body).await.expect(400).json();
        assert!(page["detail"].as_str().unwrap().starts_with("JSON parse error - "), "{page}");
    }
    let huge = format!("[\"{}\"]", "x".repeat(17 * 1024 * 1024));
    assert!(send(json, &huge).await.expect(413).json()["detail"].is_string());
    let browser = app.browser();
    let page = browser.get("/api/v2/jobs/").await.expect(403);
    assert_eq!(page.body, r#"{"detail":"Authorization header is missing"}"#);
    let get = runner.client.request(Method::GET, "/api/v2/jobs/").header("authorization", &runner.token);
    let page = runner.client.send(get).await.expect(405);
    assert_eq!(page.body, r#"{"detail":"Method \"GET\" not allowed."}"#);
}

#[tokio::test]
async fn five_thousand_jobs_are_taken_at_once() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let rap_id = waiting(&app, &study).await;
    let runner = Runner::of(&app, "test").await;
    let jobs: Value = (0..5_000)
        .map(|number| {
            let mut job = job(&rap_id, &format!("action_{number}"), "running");
            job["status_message"] = json!("x".repeat(400));
            job
        })
        .collect();
    runner.report(jobs).await.expect(200);
    assert_eq!(app.db.count("jobserver_job").await, 5_000);
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_without_holding_up_the_rest() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let rap_ids = [waiting(&app, &study).await, waiting(&app, &study).await];
    let mut bad = job(&rap_ids[0], "make_table", "running");
    bad["metrics"] = json!({"text": "a\0b"});
    let runner = Runner::of(&app, "test").await;
    let page = runner.report(json!([bad, job(&rap_ids[1], "draw_plot", "running")])).await.expect(400);
    assert!(page.json()["detail"].as_str().unwrap().contains(&rap_ids[0]), "{}", page.body);
    let actions: Vec<String> = app.db.values("SELECT action FROM jobserver_job", &[]).await;
    assert_eq!(actions, ["draw_plot"]);
}

#[tokio::test]
async fn roles_and_permissions_of_somebody_are_told_to_backends() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    a::user("grace").staff().role("gone.Role").insert(&app.db).await;
    let second = a::project(&app.db, "second", "Second", study.ada).await;
    a::member(&app.db, second, study.ada, &[]).await;
    let runner = Runner::of(&app, "test").await;
    let get = async |username: &str| {
        let path = format!("/api/v2/users/{username}/");
        let request = runner.client.request(Method::GET, &path).header("authorization", &runner.token);
        runner.client.send(request).await
    };
    let developer = [
        "job_cancel",
        "job_run",
        "project_manage",
        "release_file_view",
        "snapshot_create",
        "unreleased_outputs_view",
        "workspace_archive",
        "workspace_create",
        "workspace_toggle_notifications",
    ];
    let expected = json!({
        "permissions": {"global": [], "projects": [
            {"slug": "asthma", "permissions": developer},
            {"slug": "second", "permissions": []},
        ]},
        "roles": {"global": [], "projects": [
            {"slug": "asthma", "roles": ["ProjectDeveloper"]},
            {"slug": "second", "roles": []},
        ]},
    });
    assert_eq!(get("ada").await.expect(200).json(), expected);
    assert_eq!(get("grace").await.expect(200).json()["roles"]["global"], json!(["StaffAreaAdministrator"]));
    assert_eq!(get("nobody").await.expect(404).body, r#"{"detail":"Not found."}"#);
    app.browser().get("/api/v2/users/ada/").await.expect(403);
}
