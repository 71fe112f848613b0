//! Lists of job requests: the event log of the site, and the log of a workspace with its search.

use crate::harness::{Browser, Page, Study, TestApp, a};

const LOGS: &str = Study::LOGS;

/// The job requests that a page links to, in its order.
fn listed(page: &Page) -> Vec<i32> {
    let below = page.linked_below(Study::PATH);
    let mut ids: Vec<i32> = below.iter().filter_map(|part| part.parse().ok()).collect();
    ids.dedup();
    ids
}

async fn many(app: &TestApp, study: &Study, count: usize) -> Vec<i32> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(study.job_request().insert(&app.db).await);
    }
    ids.reverse();
    ids
}

#[tokio::test]
async fn an_empty_log_has_one_page() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    for path in ["/event-log/", LOGS] {
        app.get(path).await.expect(200).shows("1 of 1");
        app.get(&format!("{path}?page=last")).await.expect(200);
        app.get(&format!("{path}?page=2")).await.expect(404);
    }
}

#[tokio::test]
async fn logs_show_twenty_five_a_page_newest_first() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let ids = many(&app, &study, 51).await;
    for path in ["/event-log/", LOGS] {
        assert_eq!(listed(&app.get(path).await.expect(200)), ids[..25], "{path}");
        assert_eq!(listed(&app.get(&format!("{path}?page=2")).await.expect(200)), ids[25..50]);
        let last = app.get(&format!("{path}?page=last")).await.expect(200);
        assert_eq!(listed(&last), ids[50..]);
        last.shows("3 of 3");
        assert!(last.links_to("?page=2") && last.links_to("?page=1"), "{:?}", last.tags("a"));
        for page in ["0", "4", "-1", "abc", "1.0", "", "99999999999999999999"] {
            app.get(&format!("{path}?page={page}")).await.expect(404);
        }
    }
}

#[tokio::test]
async fn a_line_tells_who_ran_what_where_and_how_far_it_is() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("running").insert(&app.db).await;
    a::job(job_request, "generate_dataset", "succeeded").insert(&app.db).await;
    a::job(job_request, "make_table", "Succeeded").insert(&app.db).await;
    a::job(job_request, "draw_plot", "running").insert(&app.db).await;
    let page = app.get("/event-log/").await.expect(200);
    page.shows("Asthma reviews")
        .shows("asthma-main")
        .shows("Ada Lovelace")
        .shows("TEST")
        .shows("2/3")
        .shows("Running");
    let page = app.get(LOGS).await.expect(200);
    page.shows("2/3").shows("draw_plot").shows("Ada Lovelace").shows("TEST");
}

#[tokio::test]
async fn the_status_shown_is_that_of_the_jobs_and_reading_writes_nothing() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("pending").insert(&app.db).await;
    a::job(job_request, "make_table", "failed").insert(&app.db).await;
    for path in ["/event-log/", LOGS, "/"] {
        app.get(path).await.expect(200).shows("Failed").hides("Pending");
    }
    let stored: String = app.db.value("SELECT _status FROM jobserver_jobrequest", &[]).await;
    assert_eq!(stored, "pending");
}

struct Logs {
    app: TestApp,
    browser: Browser,
    by_action: i32,
    by_identifier: i32,
    on_tpp: i32,
}

async fn logs() -> Logs {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let tpp = a::backend(&app.db, "tpp").await;
    // Numbers that cannot be part of an identifier, which has no 0, 1, 8 and 9.
    app.db.execute("ALTER SEQUENCE jobserver_jobrequest_id_seq RESTART 9001", &[]).await;
    app.db.execute("ALTER SEQUENCE jobserver_job_id_seq RESTART 8001", &[]).await;
    let by_action = study.job_request().insert(&app.db).await;
    a::job(by_action, "Make_100%_table", "failed").insert(&app.db).await;
    a::job(by_action, "make_other_table", "failed").insert(&app.db).await;
    let by_identifier = study.job_request().insert(&app.db).await;
    a::job(by_identifier, "draw_plot", "succeeded").identifier("abcdefghijklmnop").insert(&app.db).await;
    let on_tpp = a::job_request(study.workspace, tpp, study.ada).insert(&app.db).await;
    a::job(on_tpp, "draw_plot", "running").insert(&app.db).await;
    let browser = study.browser(&app).await;
    Logs { app, browser, by_action, by_identifier, on_tpp }
}

#[tokio::test]
async fn a_workspace_log_is_searched_by_action_and_identifier_literally() {
    let logs = logs().await;
    let Logs { by_action, by_identifier, on_tpp, .. } = logs;
    for (search, found) in [
        ("MAKE_1", vec![by_action]),
        ("100%25_t", vec![by_action]),
        ("make%25", vec![]),
        ("m_ke", vec![]),
        ("table", vec![by_action]),
        ("cdefgh", vec![by_identifier]),
        ("draw_plot", vec![on_tpp, by_identifier]),
        ("%20draw_plot%20", vec![on_tpp, by_identifier]),
        ("%5C", vec![]),
        ("'", vec![]),
        ("nothing", vec![]),
        ("", vec![on_tpp, by_identifier, by_action]),
        (&by_identifier.to_string(), vec![by_identifier]),
        ("-1", vec![]),
        ("99999999999999999999999", vec![]),
    ] {
        let page = logs.browser.get(&format!("{LOGS}?q={search}")).await.expect(200);
        assert_eq!(listed(&page), found, "q={search}");
        if found.is_empty() {
            page.shows("No results found");
        }
    }
    let job: i32 =
        logs.app.db.value("SELECT id FROM jobserver_job WHERE identifier = 'abcdefghijklmnop'", &[]).await;
    let page = logs.browser.get(&format!("{LOGS}?q={job}")).await.expect(200);
    assert_eq!(listed(&page), [by_identifier], "a job is found by its number");
}

#[tokio::test]
async fn a_workspace_log_is_narrowed_to_backends() {
    let logs = logs().await;
    let Logs { by_action, by_identifier, on_tpp, .. } = logs;
    for (query, found) in [
        ("backend=tpp", vec![on_tpp]),
        ("backend=test", vec![by_identifier, by_action]),
        ("backend=test&backend=tpp", vec![on_tpp, by_identifier, by_action]),
        ("backend=tpp&q=draw_plot", vec![on_tpp]),
        ("backend=tpp&q=table", vec![]),
        ("backend=nowhere", vec![]),
    ] {
        let page = logs.browser.get(&format!("{LOGS}?{query}")).await.expect(200);
        assert_eq!(listed(&page), found, "{query}");
    }
    let page = logs.browser.get(&format!("{LOGS}?backend=tpp&q=x%22y")).await;
    assert_eq!(page.ticked("backend"), ["tpp"]);
    assert_eq!(page.field("q"), "x\"y");
    assert!(page.links_to(LOGS), "a way back to the whole log");
}

#[tokio::test]
async fn page_links_keep_the_search() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    for id in many(&app, &study, 26).await {
        a::job(id, "make_table", "succeeded").insert(&app.db).await;
    }
    let page = app.get(&format!("{LOGS}?q=make_table&backend=test&backend=tpp")).await.expect(200);
    assert!(page.links_to("?q=make_table&backend=test&backend=tpp&page=2"), "{:?}", page.tags("a"));
}

#[tokio::test]
async fn logs_of_what_does_not_exist_are_not_found() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    for path in ["/asthma/nothing/logs/", "/nothing/asthma-main/logs/", "/ASTHMA/asthma-main/logs/"] {
        app.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn an_archived_workspace_says_so_to_those_who_work_here() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true", &[]).await;
    study.browser(&app).await.get(LOGS).await.expect(200).shows("archived");
    app.get(LOGS).await.expect(200).hides("archived");
}
