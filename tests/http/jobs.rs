//! The page of a job.

use serde_json::json;

use crate::harness::{Study, TestApp, a};

struct Scene {
    app: TestApp,
    study: Study,
    job_request: i32,
}

async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("running").insert(&app.db).await;
    Scene { app, study, job_request }
}

impl Scene {
    fn address(&self, identifier: &str) -> String {
        format!("/asthma/asthma-main/{}/{identifier}/", self.job_request)
    }
}

#[tokio::test]
async fn everybody_can_read_how_a_job_ended_and_what_that_means() {
    let scene = scene().await;
    let job = a::job(scene.job_request, "make_table", "failed")
        .code("nonzero_exit", "Job exited with an error: <exit 1>")
        .insert(&scene.app.db)
        .await;
    let page = scene.app.get(&scene.address(&job)).await.expect(200);
    assert_eq!(
        page.title(),
        format!("Job: make_table - {} - asthma-main | OpenSAFELY Jobs", scene.job_request)
    );
    page.shows("Failed").shows("nonzero_exit").shows("Job exited with an error: <exit 1>");
    page.shows("metadata/make_table.log").shows("python:latest python analysis/run.py").shows("Ada Lovelace");
    page.shows("It ran for 10m 00s").hides("CPU");
    assert!(page.links_to(&format!("/jobs/{job}/")));
    assert!(page.links_to("https://docs.opensafely.org/outputs/viewing-with-airlock/"));
}

#[tokio::test]
async fn the_beginning_of_an_identifier_leads_to_the_job_if_it_is_the_only_one() {
    let scene = scene().await;
    a::job(scene.job_request, "one", "running").identifier("abcdefghijklmnop").insert(&scene.app.db).await;
    a::job(scene.job_request, "two", "running").identifier("abcxyzghijklmnop").insert(&scene.app.db).await;
    let other = scene.study.job_request().insert(&scene.app.db).await;
    a::job(other, "one", "running").identifier("zzzzzzghijklmnop").insert(&scene.app.db).await;
    let full = scene.address("abcdefghijklmnop");
    scene.app.get(&scene.address("abcd")).await.expect_redirect(302, &full);
    scene.app.get(&full).await.expect(200);
    for wrong in ["abc", "zzz", "abcdefghijklmnopq", "%25", "_", "a%25", "ABCD"] {
        scene.app.get(&scene.address(wrong)).await.expect(404);
    }
    scene.app.get("/jobs/abcdefghijklmnop/").await.expect_redirect(302, &full);
    scene.app.get("/jobs/abcd/").await.expect(404);
    for path in [
        format!("/other/asthma-main/{}/abcdefghijklmnop/", scene.job_request),
        format!("/asthma/other/{}/abcdefghijklmnop/", scene.job_request),
        format!("/asthma/asthma-main/{other}/abcdefghijklmnop/"),
    ] {
        scene.app.get(&path).await.expect(404);
    }
}

#[tokio::test]
async fn an_identifier_that_is_the_beginning_of_another_is_still_found() {
    let scene = scene().await;
    a::job(scene.job_request, "short", "running").identifier("abc").insert(&scene.app.db).await;
    a::job(scene.job_request, "long", "running").identifier("abcdef").insert(&scene.app.db).await;
    scene.app.get(&scene.address("abcdef")).await.expect(200).shows("long");
    scene.app.get("/jobs/abc/").await.expect_redirect(302, &scene.address("abc"));
    scene.app.get(&scene.address("abc")).await.expect(200).shows("short");
}

#[tokio::test]
async fn every_state_has_its_page() {
    let scene = scene().await;
    for (number, status) in
        ["pending", "running", "failed", "succeeded", "Failed", "Succeeded", "0", "", "odd"]
            .iter()
            .enumerate()
    {
        let job = a::job(scene.job_request, &format!("action_{number}"), status).insert(&scene.app.db).await;
        scene.app.get(&scene.address(&job)).await.expect(200).shows(&format!("action_{number}"));
    }
    let cancelled =
        a::job(scene.job_request, "stopped", "failed").code("cancelled_by_user", "Cancelled by user");
    let cancelled = cancelled.insert(&scene.app.db).await;
    scene.app.get(&scene.address(&cancelled)).await.expect(200).shows("Cancelled");
}

#[tokio::test]
async fn odd_times_do_not_break_the_page() {
    let scene = scene().await;
    let job = a::job(scene.job_request, "backwards", "succeeded").insert(&scene.app.db).await;
    for change in [
        "started_at = completed_at + interval '1 hour'",
        "started_at = NULL",
        "completed_at = NULL, updated_at = NULL",
        "started_at = '0001-01-01Z', completed_at = '9999-12-30Z'",
    ] {
        scene.app.db.execute(&format!("UPDATE jobserver_job SET {change}"), &[]).await;
        scene.app.get(&scene.address(&job)).await.expect(200);
        scene.app.get(&format!("/asthma/asthma-main/{}/", scene.job_request)).await.expect(200);
        scene.app.get("/asthma/asthma-main/logs/").await.expect(200);
    }
}

#[tokio::test]
async fn metrics_are_for_people_with_a_role() {
    let scene = scene().await;
    let job = a::job(scene.job_request, "make_table", "succeeded").insert(&scene.app.db).await;
    let browser = scene.study.browser(&scene.app).await;
    for (metrics, shown) in [
        (
            json!({"cpu_mean": 99.5, "cpu_peak": 240.4, "mem_mb_mean": 1234.5, "mem_mb_peak": 20480}),
            "20,480 MB",
        ),
        (json!({"cpu_mean": "12.5"}), "13%"),
        (json!(null), "CPU, mean -"),
        (json!({"cpu_mean": null, "cpu_peak": {}}), "CPU, peak -"),
        (json!("text"), "CPU, peak -"),
    ] {
        scene.app.db.execute("UPDATE jobserver_job SET metrics = $1", &[&metrics]).await;
        browser.get(&scene.address(&job)).await.expect(200).shows(shown);
    }
    scene.app.get(&scene.address(&job)).await.expect(200).hides("CPU, mean");
}

#[tokio::test]
async fn an_error_of_creating_jobs_has_its_own_heading() {
    let scene = scene().await;
    let job = a::job(scene.job_request, "__error__", "failed").code("", "Broken").insert(&scene.app.db).await;
    scene.app.get(&scene.address(&job)).await.expect(200).shows("Error creating job").shows("Broken");
}

#[tokio::test]
async fn a_silent_job_is_noticed_while_it_is_active() {
    let scene = scene().await;
    let silent = a::job(scene.job_request, "silent", "running").minutes_ago(31).insert(&scene.app.db).await;
    let over = a::job(scene.job_request, "over", "failed").minutes_ago(31).insert(&scene.app.db).await;
    scene.app.get(&scene.address(&silent)).await.expect(200).shows("No news of this job");
    scene.app.get(&scene.address(&over)).await.expect(200).hides("No news of this job");
}

#[tokio::test]
async fn traces_of_any_shape_are_linked_or_left_out() {
    let scene = scene().await;
    let staff = a::user("staff").staff().insert(&scene.app.db).await;
    let browser = scene.app.browser_of(staff).await;
    let job = a::job(scene.job_request, "make_table", "running").insert(&scene.app.db).await;
    for trace in [
        json!({"traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-03"}),
        json!({"traceparent": "rubbish"}),
        json!({"traceparent": 7}),
        json!([]),
        json!(null),
    ] {
        scene.app.db.execute("UPDATE jobserver_job SET trace_context = $1", &[&trace]).await;
        browser.get(&scene.address(&job)).await.expect(200).contains("honeycomb");
    }
    scene.app.get(&scene.address(&job)).await.expect(200).lacks("honeycomb");
}
