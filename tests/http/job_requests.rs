//! The page of a job request.

use crate::harness::{PIPELINE, Page, Study, a};

fn address(job_request: i32) -> String {
    format!("/asthma/asthma-main/{job_request}/")
}

fn cancel_address(job_request: i32) -> String {
    format!("/asthma/asthma-main/{job_request}/cancel/")
}

/// Whether the live region says that something can be cancelled, which is when the button shows.
fn is_cancellable(page: &Page) -> bool {
    page.has_form_to(&cancel_address(1)) && page.body.contains(" data-cancellable")
}

#[tokio::test]
async fn everybody_can_read_what_was_asked_for_and_how_it_goes() {
    let (app, study, _) = Study::of_researcher().await;
    let job_request = study
        .job_request()
        .status("running")
        .actions(&["make_table", "draw_plot"])
        .definition(PIPELINE)
        .notify()
        .insert(&app.db)
        .await;
    a::job(job_request, "generate_dataset", "succeeded").insert(&app.db).await;
    let job = a::job(job_request, "make_table", "running").insert(&app.db).await;
    a::job(job_request, "draw_plot", "pending")
        .code("waiting_on_dependencies", "Waiting on dependencies")
        .insert(&app.db)
        .await;
    let page = app.get(&address(job_request)).await.expect(200);
    assert_eq!(page.title(), format!("Job request: {job_request} - asthma-main | OpenSAFELY Jobs"));
    page.shows("Ada Lovelace")
        .shows("Running")
        .shows("1 of 3 jobs finished")
        .shows("Waiting on dependencies");
    page.shows("Bennett").shows("draw_plot").shows("aaaaaaa").shows("main");
    assert!(page.links_to(&format!("/asthma/asthma-main/{job_request}/{job}/")));
    page.contains(&format!("sse-connect=\"/api/live/job-requests/{job_request}/\""));
    assert!(page.section("definition").contains("generate-dataset"), "project.yaml is not shown");
    assert!(!page.has_form_to(&cancel_address(job_request)), "strangers are offered to cancel");
    page.contains(&format!("og:url\" content=\"{}{}\"", app.url, address(job_request)));
}

#[tokio::test]
async fn a_job_request_belongs_to_one_place() {
    let (app, study, _) = Study::of_researcher().await;
    let job_request = study.job_request().insert(&app.db).await;
    a::project(&app.db, "other", "Other", study.ada).await;
    for path in [
        format!("/other/asthma-main/{job_request}/"),
        format!("/asthma/other/{job_request}/"),
        format!("/asthma/asthma-main/{}/", job_request + 1),
    ] {
        app.get(&path).await.expect(404);
    }
    app.get(&format!("/job-requests/{job_request}/")).await.expect_redirect(302, &address(job_request));
    app.get(&format!("/job-requests/{}/", job_request + 1)).await.expect(404);
    app.get(&format!("/asthma/asthma-main/0{job_request}/")).await.expect(200);
}

#[tokio::test]
async fn what_happened_without_jobs_is_told_with_its_reason() {
    let (app, study, _) = Study::of_researcher().await;
    for (status, message, shown) in [
        ("failed", Some("Codelists are <b>old</b>"), "Codelists are <b>old</b>"),
        ("nothing_to_do", Some("All actions have already completed"), "All actions have already completed"),
        ("nothing_to_do", None, "Nothing to do"),
        ("pending", None, "Pending"),
        ("unknown", None, "Unknown"),
        ("unknown_error_creating_jobs", None, "Unknown error creating jobs"),
        ("something_else", None, "Something else"),
    ] {
        let mut job_request = study.job_request().status(status);
        if let Some(message) = message {
            job_request = job_request.message(message);
        }
        let job_request = job_request.insert(&app.db).await;
        app.get(&address(job_request)).await.expect(200).shows(shown);
    }
}

#[tokio::test]
async fn the_status_follows_from_the_jobs_and_reading_writes_nothing() {
    let (app, study, _) = Study::of_researcher().await;
    for (stored, jobs, shown) in [
        ("pending", vec!["pending", "pending"], "Pending"),
        ("pending", vec!["pending", "running", "failed", "succeeded"], "Running"),
        ("pending", vec!["pending", "failed", "succeeded"], "Running"),
        ("running", vec!["failed", "succeeded"], "Failed"),
        ("running", vec!["Failed"], "Failed"),
        ("running", vec!["failed", "Succeeded"], "Failed"),
        ("running", vec!["succeeded", "succeeded"], "Succeeded"),
        ("pending", vec!["foo", "bar"], "Unknown"),
        ("pending", vec!["0"], "Unknown"),
        ("pending", vec![""], "Pending"),
        ("succeeded", vec!["running"], "Succeeded"),
        ("failed", vec!["succeeded"], "Failed"),
    ] {
        let job_request = study.job_request().status(stored).insert(&app.db).await;
        for (number, status) in jobs.iter().enumerate() {
            a::job(job_request, &format!("action_{number}"), status).insert(&app.db).await;
        }
        let page = app.get(&address(job_request)).await.expect(200);
        let state = page.body.split_once("id=\"request-state\"").expect("a state").1;
        let state = state.split_once("</header>").expect("its end").0;
        assert!(state.contains(&format!(">{shown}<")), "{stored} {jobs:?} is not {shown}: {state}");
        let now: String =
            app.db.value("SELECT _status FROM jobserver_jobrequest WHERE id = $1", &[&job_request]).await;
        assert_eq!(now, stored, "reading wrote");
    }
}

#[tokio::test]
async fn what_failed_comes_first_with_what_to_do_about_it() {
    let (app, study, _) = Study::of_researcher().await;
    let job_request = study.job_request().status("failed").insert(&app.db).await;
    a::job(job_request, "generate_dataset", "succeeded").insert(&app.db).await;
    a::job(job_request, "make_table", "failed")
        .code("nonzero_exit", "Job exited with an error")
        .insert(&app.db)
        .await;
    a::job(job_request, "draw_plot", "failed")
        .code("dependency_failed", "Not starting")
        .insert(&app.db)
        .await;
    let page = app.get(&address(job_request)).await.expect(200);
    let attention = page.section("attention");
    assert!(
        attention.contains("make_table") && attention.contains("Job exited with an error"),
        "{attention}"
    );
    assert!(attention.contains("draw_plot"), "{attention}");
    assert!(!attention.contains("generate_dataset"), "{attention}");
    let failed_only = app.get(&format!("{}?state=failed", address(job_request))).await.expect(200);
    assert!(!failed_only.section("jobs").contains("generate_dataset"), "{}", failed_only.section("jobs"));
    app.get(&format!("{}?state=nonsense", address(job_request))).await.expect(200);
}

#[tokio::test]
async fn a_job_request_that_could_not_be_made_into_jobs_says_why() {
    let (app, study, _) = Study::of_researcher().await;
    let job_request = study.job_request().status("failed").insert(&app.db).await;
    a::job(job_request, "__error__", "failed").code("", "The repository is <gone>").insert(&app.db).await;
    let page = app.get(&address(job_request)).await.expect(200);
    page.shows("The repository is <gone>").hides("__error__");
}

#[tokio::test]
async fn silence_of_the_backend_is_noticed() {
    let (app, study, _) = Study::of_researcher().await;
    let silent = study.job_request().status("running").insert(&app.db).await;
    a::job(silent, "make_table", "running").minutes_ago(31).insert(&app.db).await;
    let lively = study.job_request().status("running").insert(&app.db).await;
    a::job(lively, "make_table", "running").minutes_ago(29).insert(&app.db).await;
    let over = study.job_request().status("succeeded").insert(&app.db).await;
    a::job(over, "make_table", "succeeded").minutes_ago(100).insert(&app.db).await;
    app.get(&address(silent)).await.expect(200).shows("more than 30 minutes");
    app.get(&address(lively)).await.expect(200).hides("more than 30 minutes");
    app.get(&address(over)).await.expect(200).hides("more than 30 minutes");
}

#[tokio::test]
async fn cancelling_is_offered_to_those_who_may_as_long_as_it_makes_sense() {
    let (app, study, browser) = Study::of_researcher().await;
    let grace = a::user("grace").insert(&app.db).await;
    let developer = a::user("developer").insert(&app.db).await;
    a::member(&app.db, study.project, developer, &["ProjectDeveloper"]).await;
    let creator = a::user("creator").insert(&app.db).await;
    let job_request =
        a::job_request(study.workspace, study.backend, creator).status("running").insert(&app.db).await;
    assert_eq!(job_request, 1);
    a::job(job_request, "make_table", "running").insert(&app.db).await;
    for (user, may) in [(study.ada, true), (developer, true), (creator, true), (grace, false)] {
        let page = app.browser_of(user).await.get(&address(job_request)).await.expect(200);
        assert_eq!(is_cancellable(&page), may, "user {user}");
    }
    app.db.execute("UPDATE jobserver_jobrequest SET cancelled_actions = '[\"make_table\"]'", &[]).await;
    let page = browser.get(&address(job_request)).await.expect(200);
    assert!(!is_cancellable(&page), "everything is cancelled already");
    page.shows("Cancellation has been requested for make_table");
    app.db.execute("UPDATE jobserver_jobrequest SET _status = 'succeeded'", &[]).await;
    let page = browser.get(&address(job_request)).await.expect(200);
    assert!(!page.has_form_to(&cancel_address(job_request)));
    page.hides("Cancellation has been requested");
}

#[tokio::test]
async fn earlier_code_can_be_compared() {
    let (app, study, _) = Study::of_researcher().await;
    let mut ids = Vec::new();
    for sha in ["b", "c", "d"] {
        let id = study.job_request().status("succeeded").insert(&app.db).await;
        app.db
            .execute("UPDATE jobserver_jobrequest SET sha = repeat($2, 40) WHERE id = $1", &[&id, &sha])
            .await;
        ids.push(id);
    }
    a::job(ids[0], "make_table", "succeeded").insert(&app.db).await;
    a::job(ids[1], "make_table", "failed").insert(&app.db).await;
    let compare = |from: &str| {
        format!("https://github.com/opensafely/asthma/compare/{}..{}", from.repeat(40), "d".repeat(40))
    };
    let page = app.get(&address(ids[2])).await.expect(200);
    assert!(page.links_to(&compare("c")) && page.links_to(&compare("b")), "{:?}", page.tags("a"));
    let first = app.get(&address(ids[0])).await.expect(200);
    first.lacks("/compare/");
}

#[tokio::test]
async fn hard_definitions_do_not_break_the_page() {
    let (app, study, _) = Study::of_researcher().await;
    let wide = format!("version: '4.0'\nactions:\n  a:\n    run: {}\n", "/".repeat(20_000));
    for definition in [
        "",
        "{",
        "\u{1F600}\u{202E}<script>alert(1)</script>",
        "run: /\nactions: [",
        &wide,
        &"\n".repeat(50_000),
    ] {
        let job_request =
            study.job_request().status("succeeded").definition(definition).insert(&app.db).await;
        a::job(job_request, "a", "succeeded").insert(&app.db).await;
        app.get(&address(job_request)).await.expect(200).lacks("<script>alert");
    }
}

#[tokio::test]
async fn staff_see_where_to_look_further() {
    let (app, study, browser) = Study::of_researcher().await;
    let staff = a::user("staff").staff().insert(&app.db).await;
    let job_request = study.job_request().insert(&app.db).await;
    app.browser_of(staff)
        .await
        .get(&address(job_request))
        .await
        .expect(200)
        .contains("https://ui.honeycomb.io/");
    browser.get(&address(job_request)).await.expect(200).lacks("honeycomb");
}
