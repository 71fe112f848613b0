//! Old addresses of what was renamed or moved.

use crate::harness::{Study, TestApp, a};

struct Old<'a> {
    app: &'a TestApp,
    study: Study,
}

impl Old<'_> {
    async fn to(&self, column: &str, target: i32, old_url: &str, lasts: &str) {
        a::redirect(&self.app.db, old_url, column, target, self.study.ada, lasts).await;
    }

    async fn project(&self, old_url: &str) {
        self.to("project_id", self.study.project, old_url, "1 day").await;
    }

    async fn leads(&self, path: &str, location: &str) {
        self.app.get(path).await.expect_redirect(301, location);
    }
}

async fn old(app: &TestApp) -> Old<'_> {
    Old { app, study: Study::set_up(app).await }
}

#[tokio::test]
async fn the_old_address_leads_to_the_new_one_and_so_do_the_pages_below() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.project("/breathing/").await;
    old.leads("/breathing/", "/asthma/").await;
    old.leads("/breathing/asthma-main/", "/asthma/asthma-main/").await;
    old.leads("/breathing/asthma-main/logs/", "/asthma/asthma-main/logs/").await;
    app.get("/breathing").await.expect_redirect(301, "/breathing/");
    app.get("/breathings/").await.expect(404);
}

#[tokio::test]
async fn organisations_and_workspaces_have_old_addresses_too() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    let org: i32 = app.db.value("SELECT id FROM jobserver_org", &[]).await;
    old.to("org_id", org, "/orgs/datalab/", "1 day").await;
    old.to("workspace_id", old.study.workspace, "/other/before/", "1 day").await;
    old.leads("/orgs/datalab/", "/orgs/bennett/").await;
    old.leads("/other/before/logs/", "/asthma/asthma-main/logs/").await;
}

#[tokio::test]
async fn the_page_for_running_jobs_moves_with_its_workspace() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.to("workspace_id", old.study.workspace, "/other/before/", "1 day").await;
    old.leads("/other/before/run-jobs/", "/asthma/asthma-main/run-jobs/").await;
}

#[tokio::test]
async fn only_the_beginning_of_the_address_is_replaced() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.project("/x/").await;
    old.leads("/x/asthma-main/x/", "/asthma/asthma-main/x/").await;
}

#[tokio::test]
async fn the_longest_old_address_wins() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.project("/breathing/").await;
    old.to("workspace_id", old.study.workspace, "/breathing/first/", "1 day").await;
    old.leads("/breathing/first/logs/", "/asthma/asthma-main/logs/").await;
    old.leads("/breathing/second/", "/asthma/second/").await;
}

#[tokio::test]
async fn characters_that_databases_find_special_stand_for_themselves() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.project("/a_b%c/").await;
    old.project("/d_e/").await;
    old.leads("/d_e/", "/asthma/").await;
    app.get("/dXe/").await.expect(404);
    app.get("/aXbYc/").await.expect(404);
    app.get("/a_bYYc/").await.expect(404);
}

#[tokio::test]
async fn redirects_that_have_ended_lead_nowhere() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.to("project_id", old.study.project, "/expired/", "-1 second").await;
    old.project("/deleted/").await;
    app.db
        .execute(
            "UPDATE redirects_redirect SET deleted_at = now(), deleted_by_id = $1 WHERE old_url = '/deleted/'",
            &[&old.study.ada],
        )
        .await;
    app.get("/expired/").await.expect(404);
    app.get("/deleted/").await.expect(404);
}

#[tokio::test]
async fn a_loop_is_not_followed() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    app.db.execute("UPDATE jobserver_project SET slug = 'second' WHERE id = $1", &[&old.study.project]).await;
    let other = a::project(&app.db, "first", "Another", old.study.ada).await;
    old.project("/first/").await;
    old.to("project_id", other, "/second/", "1 day").await;
    app.get("/first/nothing/").await.expect(404);
    app.get("/second/nothing/").await.expect(404);
}

#[tokio::test]
async fn what_exists_is_shown_and_not_redirected() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    let other = a::project(&app.db, "other", "Another", old.study.ada).await;
    old.to("project_id", other, "/asthma/", "1 day").await;
    app.get("/asthma/").await.expect(200).shows("Asthma reviews");
    app.get("/asthma/asthma-main/").await.expect(200);
    old.leads("/asthma/gone/", "/other/gone/").await;
}

#[tokio::test]
async fn the_query_is_kept() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.project("/breathing/").await;
    old.leads("/breathing/asthma-main/logs/?q=a%20b&page=2", "/asthma/asthma-main/logs/?q=a%20b&page=2")
        .await;
}

#[tokio::test]
async fn machines_and_forms_are_not_redirected() {
    let app = TestApp::start().await;
    let old = old(&app).await;
    old.project("/api/").await;
    old.project("/staff/").await;
    old.project("/breathing/").await;
    app.get("/api/nothing/").await.expect(404);
    app.get("/staff/nothing/").await.expect(404);
    app.browser().post_form("/breathing/asthma-main/archive-toggle/", &[]).await.expect(404);
}
