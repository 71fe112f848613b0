//! Audit logs: of everything, of a project, of a person. Django's events and ours are one list.

use jiff::{Timestamp, ToSpan};

use crate::harness::{
    Browser, Db, Page, Study, TestApp, a,
    counting::{can_count, quiet, statements},
    finn, visible_text,
};

pub const ALL: &str = "/staff/audit-log/";
pub const OF_ASTHMA: &str = "/staff/projects/asthma/audit-log/";
pub const OF_ADA: &str = "/staff/users/ada/audit-log/";
const DEVELOPER: &str = "jobserver.authorization.roles.ProjectDeveloper";

/// An event as Django writes it.
pub struct DjangoEvent<'a> {
    kind: &'a str,
    by: &'a str,
    user: &'a str,
    project: String,
    old: &'a str,
    new: &'a str,
    minutes_ago: i64,
}

pub fn event<'a>(kind: &'a str, by: &'a str, user: &'a str) -> DjangoEvent<'a> {
    DjangoEvent { kind, by, user, project: String::new(), old: "", new: "", minutes_ago: 0 }
}

impl DjangoEvent<'_> {
    pub fn on(mut self, project: impl ToString) -> Self {
        self.project = project.to_string();
        self
    }

    pub fn ago(mut self, minutes: i64) -> Self {
        self.minutes_ago = minutes;
        self
    }

    pub async fn insert(self, db: &Db) {
        let is_creation = self.kind == "project_created";
        let parent = if self.project.is_empty() { "" } else { "jobserver.Project" };
        let model = match self.kind {
            "project_created" => "jobserver.Project",
            "user_updated_roles" => "jobserver.User",
            _ => "jobserver.ProjectMembership",
        };
        let target = if is_creation { self.project.clone() } else { "1".to_owned() };
        let field = if self.kind.ends_with("_updated_roles") { "roles" } else { "" };
        let at = Timestamp::now() - self.minutes_ago.minutes();
        db.execute(
            "INSERT INTO jobserver_auditableevent (old, new, type, target_model, target_field, target_id, target_user,
                                                   parent_model, parent_id, created_at, created_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                &self.old, &self.new, &self.kind, &model, &field, &target, &self.user, &parent, &self.project, &at,
                &self.by,
            ],
        )
        .await;
    }
}

/// An event of our own about an organisation that does not exist.
pub async fn ours(db: &Db, kind: &str, label: &str, user: &str, project: Option<i32>, minutes_ago: i64) {
    let at = Timestamp::now() - minutes_ago.minutes();
    let changes = serde_json::json!([{"field": "github_orgs", "old": "", "new": "opensafely"}]);
    db.execute(
        "INSERT INTO staff_event (type, created_at, created_by, about_model, about_id, about_label, target_user,
                                  project_id, changes)
         VALUES ($1, $2, 'finn', 'jobserver.Org', '99', $3, $4, $5, $6)",
        &[&kind, &at, &label, &user, &project, &changes],
    )
    .await;
}

/// The texts of the lines of the log, in order.
pub fn lines(page: &Page) -> Vec<String> {
    let table = page.body.split_once("<tbody>").and_then(|(_, rest)| rest.split_once("</tbody>"));
    let rows = table.map(|(rows, _)| rows).unwrap_or_default();
    rows.split("<tr>").skip(1).map(visible_text).collect()
}

/// Each line holds its sentence, and there are no others.
#[track_caller]
fn assert_lines(lines: &[String], sentences: &[&str]) {
    assert_eq!(lines.len(), sentences.len(), "{lines:#?}");
    for (line, sentence) in lines.iter().zip(sentences) {
        assert!(line.contains(sentence), "{line} is not: {sentence}");
    }
}

async fn logged(browser: &Browser, path: &str) -> Vec<String> {
    lines(&browser.get(path).await.expect(200))
}

#[tokio::test]
async fn events_are_sentences_with_links() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    app.db.execute("UPDATE jobserver_project SET number = '7' WHERE id = $1", &[&study.project]).await;
    event("project_created", "finn", "finn").on(study.project).ago(5).insert(&app.db).await;
    event("project_member_added", "finn", "ada").on(study.project).ago(4).insert(&app.db).await;
    let mut roles = event("project_member_updated_roles", "finn", "ada").on(study.project).ago(3);
    roles.new =
        "jobserver.authorization.roles.ProjectCollaborator,jobserver.authorization.roles.ProjectDeveloper";
    roles.insert(&app.db).await;
    event("project_member_removed", "finn", "ada").on(study.project).ago(2).insert(&app.db).await;
    let mut roles = event("user_updated_roles", "finn", "ada").ago(1);
    (roles.old, roles.new) = ("jobserver.authorization.roles.OutputChecker", DEVELOPER);
    roles.insert(&app.db).await;

    let page = browser.get(ALL).await.expect(200);
    assert_eq!(page.title(), "Audit log: Staff Area | OpenSAFELY Jobs");
    let (finn, ada, project) = ("Finn Staff (finn)", "Ada Lovelace (ada)", "7 - Asthma reviews");
    let expected = [
        format!("{finn} changed global roles for {ada}"),
        format!("{finn} removed {ada} from {project}"),
        format!("{finn} changed roles for {ada} on {project}"),
        format!("{finn} added {ada} to {project}"),
        format!("{finn} created project {project}"),
    ];
    let lines = lines(&page);
    assert_lines(&lines, &expected.each_ref().map(String::as_str));
    for line in &lines {
        assert!(line.starts_with("Today") || line.starts_with("Yesterday"), "{line}");
    }
    assert!(lines[0].contains("Roles From: OutputChecker; To: ProjectDeveloper"), "{}", lines[0]);
    assert!(lines[2].contains("From: nothing ; To: ProjectCollaborator, ProjectDeveloper"), "{}", lines[2]);
    for link in ["/staff/users/finn/", "/staff/users/ada/", "/staff/projects/asthma/"] {
        assert!(page.links_to(link), "{link}");
    }
}

#[tokio::test]
async fn both_tables_are_one_list_newest_first() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    for minutes in [2, 4, 6] {
        event("user_updated_roles", "finn", "finn").ago(minutes).insert(&app.db).await;
        ours(&app.db, "org_edited", &format!("Org {minutes}"), "", None, minutes + 1).await;
    }
    let lines = logged(&browser, ALL).await;
    let order: Vec<bool> = lines.iter().map(|line| line.contains("organisation")).collect();
    assert_eq!(order, [false, true, false, true, false, true], "{lines:#?}");
    assert!(lines[1].contains("Finn Staff (finn) edited organisation Org 2"), "{}", lines[1]);
    assert!(lines[1].contains("Github orgs From: nothing ; To: opensafely"), "{}", lines[1]);
}

#[tokio::test]
async fn weakness_07_logs_are_paged_and_offer_every_type() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    for minutes in 1..=30 {
        let user = format!("user{minutes}");
        event("project_member_added", "finn", &user).on(study.project).ago(minutes).insert(&app.db).await;
    }
    for path in [ALL, OF_ASTHMA, "/staff/users/finn/audit-log/"] {
        let first = logged(&browser, path).await;
        assert_eq!(first.len(), 25, "{path}");
        assert!(first[0].contains("added user1 to") && first[24].contains("added user25 to"), "{first:#?}");
        let page = browser.get(&format!("{path}?page=2")).await.expect(200);
        page.shows("page 2 of 2");
        let second = lines(&page);
        assert_eq!(second.len(), 5);
        assert!(second[0].contains("added user26 to"), "{second:#?}");
        assert_eq!(logged(&browser, &format!("{path}?page=last")).await, second);
        for nowhere in ["3", "0", "x", "401", "99999999999999999999"] {
            browser.get(&format!("{path}?page={nowhere}")).await.expect(404);
        }
        let offered = browser.get(path).await.offered("types");
        for kind in [
            "project_created",
            "user_updated_roles",
            "project_member_added",
            "org_edited",
            "backend_token_rotated",
        ] {
            assert!(offered.iter().any(|offer| offer == kind), "{path} does not offer {kind}: {offered:?}");
        }
    }
}

#[tokio::test]
async fn weakness_07_what_is_unknown_is_told_plainly() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    event("user_flew_away", "finn", "ada").on(study.project).ago(1).insert(&app.db).await;
    event("project_created", "long <i>gone</i>", "x").on("77777").ago(2).insert(&app.db).await;
    event("project_member_added", "", "").on("no number").ago(3).insert(&app.db).await;
    event("project_member_removed", "", "").on("99999999999").ago(4).insert(&app.db).await;
    ours(&app.db, "org_flew_away", "A <b>bold</b> \"org\"", "", None, 5).await;
    let page = browser.get(ALL).await.expect(200);
    let sentences = [
        "Finn Staff (finn) did “user_flew_away” to Ada Lovelace (ada) on Asthma reviews",
        "long <i>gone</i> created project a Project",
        "Unknown User added Unknown User to a Project",
        "Unknown User removed Unknown User from a Project",
        "Finn Staff (finn) did “org_flew_away” on organisation A <b>bold</b> \"org\"",
    ];
    assert_lines(&lines(&page), &sentences);
    page.lacks("<b>bold</b>").lacks("<i>gone</i>");
}

#[tokio::test]
async fn weakness_07_the_number_of_statements_does_not_depend_on_the_events() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    let mut counts = Vec::new();
    for events in [1, 24] {
        for number in 0..events {
            let name = format!("person{events}-{number}");
            a::user(&name).insert(&app.db).await;
            let project = a::project(&app.db, &name, &name, study.ada).await;
            event("project_member_added", "finn", &name).on(project).insert(&app.db).await;
            event("project_member_added", &name, "ada").on(study.project).insert(&app.db).await;
            ours(&app.db, "org_edited", &name, &name, Some(project), 0).await;
        }
        quiet(&app.db).await;
        let mut sent = Vec::new();
        for path in [ALL, OF_ASTHMA, OF_ADA, "/staff/audit-log/?q=person&types=org_edited&by=finn"] {
            browser.get(path).await.expect(200);
            sent.push(statements(&app, &browser, path).await);
        }
        assert!(sent.iter().all(|sent| *sent <= 12), "{sent:?}");
        counts.push(sent);
    }
    for (few, many) in counts[0].iter().zip(&counts[1]) {
        assert!(many <= few, "{counts:?}");
    }
}

#[tokio::test]
async fn the_log_of_a_project_holds_its_events_alone() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let other = a::project(&app.db, "other", "Other", study.ada).await;
    let browser = finn(&app).await;
    event("project_created", "finn", "finn").on(study.project).ago(3).insert(&app.db).await;
    event("project_member_added", "finn", "ada").on(other).ago(2).insert(&app.db).await;
    event("user_updated_roles", "finn", "ada").ago(1).insert(&app.db).await;
    ours(&app.db, "project_edited", "Asthma", "", Some(study.project), 4).await;
    ours(&app.db, "project_edited", "Other", "", Some(other), 5).await;
    let page = browser.get(OF_ASTHMA).await.expect(200);
    assert_eq!(lines(&page).len(), 2, "{}", page.text());
    assert!(page.links_to("/staff/projects/asthma/") && page.links_to("/staff/projects/"));
    page.contains("<h1>Audit log: Asthma reviews</h1>");
    browser.get("/staff/projects/nothing/audit-log/").await.expect(404);
    browser.get("/staff/projects/a%00b/audit-log/").await.expect(404);
}

#[tokio::test]
async fn the_log_of_a_person_holds_what_they_did_and_what_was_done_to_them() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let other = a::project(&app.db, "other", "Other", study.ada).await;
    let browser = finn(&app).await;
    event("project_created", "finn", "finn").on(study.project).ago(1).insert(&app.db).await;
    event("project_created", "finn", "finn").on(other).ago(2).insert(&app.db).await;
    event("user_updated_roles", "finn", "ada").ago(3).insert(&app.db).await;
    event("project_member_added", "ada", "bela").on(other).ago(4).insert(&app.db).await;
    event("user_updated_roles", "ada", "ada").ago(5).insert(&app.db).await;
    event("project_member_added", "finn", "bela").on(study.project).ago(6).insert(&app.db).await;
    ours(&app.db, "org_member_added", "Bennett", "ada", None, 7).await;
    ours(&app.db, "org_member_added", "Bennett", "bela", None, 8).await;
    let lines = logged(&browser, OF_ADA).await;
    let expected = [
        "created project Asthma reviews",
        "changed global roles for Ada Lovelace (ada)",
        "Ada Lovelace (ada) added bela to Other",
        "Ada Lovelace (ada) changed global roles for Ada Lovelace (ada)",
        "added Ada Lovelace (ada) to organisation Bennett",
    ];
    assert_lines(&lines, &expected);
    browser.get("/staff/users/nobody/audit-log/").await.expect(404);
    browser.get("/staff/users/a%00b/audit-log/").await.expect(404);
}

#[tokio::test]
async fn logs_are_for_those_who_may() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    event("user_updated_roles", "finn", "ada").insert(&app.db).await;
    let mut strangers = vec![app.browser()];
    for role in ["ServiceAdministrator", "TechSupport", "OutputChecker"] {
        let user = a::user(&role.to_lowercase()).role(role).insert(&app.db).await;
        strangers.push(app.browser_of(user).await);
    }
    for browser in strangers {
        for path in [ALL, OF_ASTHMA, OF_ADA, "/staff/users/nobody/audit-log/", "/staff/audit-log/?format=csv"]
        {
            browser.get(path).await.expect(403).hides("changed global roles");
        }
        browser.post_form(ALL, &[]).await.expect(403);
    }
    let browser = finn(&app).await;
    for path in [ALL, OF_ASTHMA, OF_ADA] {
        browser.post_form(path, &[]).await.expect(405);
    }
}

#[tokio::test]
async fn weakness_25_things_that_are_there_are_linked_by_their_present_name() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    let db = &app.db;
    let job_request = study.job_request().insert(db).await;
    let org: i32 = db.value("SELECT id FROM jobserver_org", &[]).await;
    let repo: i32 = db.value("SELECT id FROM jobserver_repo", &[]).await;
    for (kind, model, id) in [
        ("org_edited", "jobserver.Org", org),
        ("backend_token_rotated", "jobserver.Backend", study.backend),
        ("workspace_edited", "jobserver.Workspace", study.workspace),
        ("repo_signed_off", "jobserver.Repo", repo),
        ("job_request_cancelled", "jobserver.JobRequest", job_request),
        ("project_edited", "jobserver.Project", study.project),
    ] {
        db.execute(
            "INSERT INTO staff_event (type, created_by, about_model, about_id, about_label, project_id)
             VALUES ($1, 'finn', $2, $3, 'an old name', $4)",
            &[&kind, &model, &id.to_string(), &study.project],
        )
        .await;
    }
    let page = browser.get(OF_ASTHMA).await.expect(200);
    for sentence in [
        "edited organisation Bennett",
        "rotated the token of backend Test",
        "edited workspace asthma-main of Asthma reviews",
        "signed off repository asthma",
        &format!("cancelled job request {job_request} of Asthma reviews"),
        "edited project Asthma reviews",
    ] {
        page.shows(sentence);
    }
    for link in [
        "/staff/orgs/bennett/",
        &format!("/staff/backends/{}/", study.backend),
        "/staff/workspaces/asthma-main/",
        "/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma/",
        &format!("/staff/job-requests/{job_request}/"),
    ] {
        assert!(page.links_to(link), "{link}");
    }
    page.hides("an old name");
}
