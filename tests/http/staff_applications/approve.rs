//! Making a project of an application.

use futures_util::future::join_all;
use serde_json::json;

use super::scene::{Scene, fill, url};
use crate::harness::{Page, a};

struct Approving {
    scene: Scene,
    id: i32,
    org: String,
    path: String,
}

/// Ada's application for a study of asthma, and the organisation Bennett.
async fn set_up() -> Approving {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma reviews").await;
    let org = a::org(scene.db(), "Bennett").await.to_string();
    Approving { path: format!("{}approve/", url(id)), scene, id, org }
}

impl Approving {
    async fn approve(&self, name: &str, number: &str) -> Page {
        let fields = [("org", self.org.as_str()), ("project_name", name), ("project_number", number)];
        self.scene.post(&self.path, &fields).await
    }

    async fn projects(&self) -> i64 {
        self.scene.db().count("jobserver_project").await
    }
}

#[tokio::test]
async fn an_approved_application_is_a_project() {
    let approving = set_up().await;
    let (scene, id) = (&approving.scene, approving.id);
    a::project(scene.db(), "old", "Old", scene.ada).await;
    scene.db().execute("UPDATE jobserver_project SET number = '41'", &[]).await;
    let page = scene.get(&approving.path).await.expect(200);
    let hash = domain::applications::hash(id);
    assert_eq!(page.title(), format!("Approve: Application {hash}: Staff Area | OpenSAFELY Jobs"));
    page.shows("Asthma reviews");
    assert_eq!(page.field("project_name"), "Asthma reviews");
    assert_eq!(page.field("project_number"), "42");
    approving
        .approve(" Asthma reviews ", " 42 ")
        .await
        .expect_redirect(302, "/staff/projects/asthma-reviews/");
    let row = scene
        .db()
        .rows(
            "SELECT project.name, project.number, project.status, project.category, project.copilot_id IS NULL,
                    lead.is_lead, lead.org_id::text, application.status, application.approved_by_id,
                    application.approved_at IS NOT NULL
             FROM applications_application AS application
             JOIN jobserver_project AS project ON project.id = application.project_id
             JOIN jobserver_projectcollaboration AS lead ON lead.project_id = project.id",
            &[],
        )
        .await;
    assert_eq!(row.len(), 1);
    let texts: Vec<String> = [0, 1, 2, 3, 6, 7].iter().map(|&column| row[0].get(column)).collect();
    assert_eq!(texts, ["Asthma reviews", "42", "ongoing", "unknown", &approving.org, "ongoing"]);
    assert!(row[0].get::<_, bool>(4) && row[0].get::<_, bool>(5) && row[0].get::<_, bool>(9));
    assert_eq!(row[0].get::<_, i32>(8), scene.finn);
    let event: Vec<String> =
        scene.db().values("SELECT created_by || ' ' || type FROM jobserver_auditableevent", &[]).await;
    assert_eq!(event, ["finn project_created"]);
    assert_eq!(scene.events().await, ["application_approved"]);
    assert_eq!(scene.db().count("jobserver_projectmembership").await, 0);
    scene.get(&approving.path).await.expect_redirect(302, &url(id));
    approving.approve("Again", "43").await.expect_redirect(302, &url(id));
    assert_eq!(approving.projects().await, 2);
}

#[tokio::test]
async fn approving_many_times_at_once_makes_one_project() {
    let approving = set_up().await;
    approving.scene.browser.csrf_token().await;
    let names: Vec<String> = (0..6).map(|number| format!("Asthma {number}")).collect();
    let attempts = names.iter().enumerate().map(|(number, name)| {
        let number = (number + 1).to_string();
        let approving = &approving;
        async move { approving.approve(name, &number).await.location().to_owned() }
    });
    let locations = join_all(attempts).await;
    let made = locations.iter().filter(|location| location.starts_with("/staff/projects/")).count();
    let refused = locations.iter().filter(|location| **location == url(approving.id)).count();
    assert_eq!((made, refused), (1, 5), "{locations:?}");
    assert_eq!(approving.projects().await, 1);
    assert_eq!(approving.scene.events().await, ["application_approved"]);
}

#[tokio::test]
async fn a_project_that_it_was_linked_to_is_named_before_and_on_record_after() {
    let approving = set_up().await;
    let db = approving.scene.db();
    let old = a::project(db, "old", "Old", approving.scene.ada).await;
    db.execute("UPDATE applications_application SET project_id = $1", &[&old]).await;
    approving
        .scene
        .get(&approving.path)
        .await
        .expect(200)
        .shows("It is linked to the project Old, and will be");
    approving.approve("Asthma", "7").await.expect_redirect(302, "/staff/projects/asthma/");
    let change: serde_json::Value = db.value("SELECT changes -> 0 FROM staff_event", &[]).await;
    assert_eq!(change, json!({"field": "project", "old": "Old", "new": "7 - Asthma"}));
}

#[tokio::test]
async fn the_status_is_set_as_well_if_that_is_wanted() {
    let approving = set_up().await;
    let fields = [
        ("org", approving.org.as_str()),
        ("project_name", "Asthma"),
        ("project_number", "7"),
        ("sets_status", "True"),
    ];
    approving.scene.post(&approving.path, &fields).await.expect(302);
    let status: String = approving.scene.db().value("SELECT status FROM applications_application", &[]).await;
    assert_eq!(status, "approved_fully");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let approving = set_up().await;
    let db = approving.scene.db();
    a::project(db, "taken", "Taken", approving.scene.ada).await;
    db.execute("UPDATE jobserver_project SET number = '5'", &[]).await;
    let long = "x".repeat(256);
    for (name, number, field) in [
        ("", "7", "project_name"),
        ("Taken", "7", "project_name"),
        ("TAKEN!", "7", "project_name"),
        ("…", "7", "project_name"),
        ("Staff", "7", "project_name"),
        ("a\0b", "7", "project_name"),
        (&long, "7", "project_name"),
        ("Asthma", "", "project_number"),
        ("Asthma", "5", "project_number"),
        ("Asthma", "007", "project_number"),
        ("Asthma", "-1", "project_number"),
        ("Asthma", "POS-2025-0001", "project_number"),
        ("Asthma", "123456789012345678901", "project_number"),
    ] {
        let page = approving.approve(name, number).await.expect(200);
        page.contains(&format!("id=\"field-{field}-error\""));
        assert!(page.links_to(&format!("#field-{field}")), "{name:?} {number:?}");
        assert_eq!(page.field("project_number"), number);
        if !name.contains('\0') {
            assert_eq!(page.field("project_name"), name);
        }
        page.contains(&format!("value=\"{}\" selected", approving.org));
    }
    assert_eq!(approving.projects().await, 1);
    assert_eq!(approving.scene.events().await.len(), 0);
    let largest = "9".repeat(20);
    approving.approve("Asthma \u{202e}😀 \"<b>", &largest).await.expect(302);
}

#[tokio::test]
async fn an_organisation_must_be_chosen_and_exist() {
    let approving = set_up().await;
    for (org, error) in [
        ("", "This field is required."),
        ("99999999999999999999", "Select a valid choice. That choice is not one of the available choices."),
        ("x", "Select a valid choice. That choice is not one of the available choices."),
    ] {
        let fields = [("org", org), ("project_name", "Asthma"), ("project_number", "7")];
        let page = approving.scene.post(&approving.path, &fields).await.expect(200);
        page.contains("id=\"field-org-error\"").shows(error);
    }
    assert_eq!(approving.projects().await, 0);
}

#[tokio::test]
async fn an_application_without_a_study_is_not_approved() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let path = format!("{}approve/", url(id));
    let answer = scene.get(&path).await.expect_redirect(302, &url(id));
    scene.browser.follow(answer).await.shows("Study information");
    scene.post(&path, &[("org", "1")]).await.expect_redirect(302, &url(id));
}

#[tokio::test]
async fn weakness_10_the_organisation_that_was_just_made_is_chosen() {
    let approving = set_up().await;
    let scene = &approving.scene;
    let other = a::org(scene.db(), "Aardvark").await.to_string();
    let page = scene.get(&approving.path).await;
    page.lacks(" selected>Aardvark").lacks(" selected>Bennett").shows("Choose an organisation");
    let address = format!("/staff/orgs/add/?next={}", approving.path);
    assert!(page.links_to(&address), "works without script");
    let link = page.tags("a").into_iter().find(|tag| tag.get("href") == Some(&address)).expect("the link");
    assert_eq!((link["hx-get"].as_str(), link["hx-target"].as_str()), (address.as_str(), "#addNewOrg"));
    assert!(page.tags("dialog").iter().any(|tag| tag.get("id").is_some_and(|id| id == "addNewOrg")));
    let page = scene.get(&format!("{}?org-slug=bennett", approving.path)).await.expect(200);
    page.contains(&format!("value=\"{}\" selected>Bennett", approving.org));
    page.lacks(&format!("value=\"{other}\" selected"));
    scene.get(&format!("{}?org-slug=nowhere", approving.path)).await.expect(200).lacks(" selected>");
}

#[tokio::test]
async fn what_was_typed_survives_making_an_organisation() {
    let approving = set_up().await;
    let scene = &approving.scene;
    let page = scene.get(&approving.path).await;
    let link = page.tags("a").into_iter().find(|tag| tag.contains_key("hx-get")).expect("the link");
    assert_eq!(link["hx-include"], "closest form");
    // As htmx sends the fields that the link names.
    let typed = "project_name=Lungs+%26+%3Cb%3E&project_number=77&sets_status=True";
    let add = format!("{}&{typed}", link["hx-get"]);
    let request = scene.browser.request(reqwest::Method::GET, &add).header("hx-request", "true");
    let fragment = scene.browser.send(request).await.expect(200);
    let form = fragment.tags("form").into_iter().next().expect("the form");
    let token = scene.browser.csrf_token().await;
    let fields = [("csrfmiddlewaretoken", token.as_str()), ("name", "Lung Institute")];
    let request = scene.browser.request(reqwest::Method::POST, &form["hx-post"]);
    let made = scene.browser.send(request.header("hx-request", "true").form(&fields)).await.expect(200);
    let location = made.header("hx-location").expect("a place to go").to_owned();
    let location: serde_json::Value = serde_json::from_str(&location).expect("JSON");
    let page = scene.get(location["path"].as_str().expect("a path")).await.expect(200);
    page.shows("Lung Institute was created.").lacks("Lungs & <b>");
    assert_eq!(page.field("project_name"), "Lungs & <b>");
    assert_eq!(page.field("project_number"), "77");
    assert_eq!(page.ticked("sets_status"), ["True"]);
    page.contains(" selected>Lung Institute");
}

#[tokio::test]
async fn weakness_27_approving_says_what_it_means_and_what_speaks_against_it() {
    let approving = set_up().await;
    let scene = &approving.scene;
    fill(scene.db(), approving.id, "datasets", &json!({"is_approved": true})).await;
    let page = scene.get(&approving.path).await;
    page.shows("Approving makes a project, and cannot be taken back");
    page.shows("It has not been submitted.").shows("Approved pages: 1 of 14.");
    let hash = domain::applications::hash(approving.id);
    page.contains(&format!("data-confirm-title=\"Approve Application {hash}?\""));
    scene
        .db()
        .execute(
            "UPDATE applications_application SET submitted_at = now(), submitted_by_id = $1",
            &[&scene.ada],
        )
        .await;
    scene.get(&approving.path).await.hides("It has not been submitted.");
}

#[tokio::test]
async fn a_number_of_the_pos_form_needs_no_copilot_here() {
    let approving = set_up().await;
    approving.approve("Asthma", "POS-2025-2001").await.expect_redirect(302, "/staff/projects/asthma/");
}
