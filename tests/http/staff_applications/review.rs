//! Reviewing pages: what is saved, what is left alone, and two reviewers at once.

use serde_json::{Value, json};

use super::scene::{Scene, fill, url};
use crate::harness::{Browser, Page};

async fn review_of(scene: &Scene, table: &str) -> (String, Option<bool>, bool) {
    let sql = format!("SELECT notes, is_approved, last_reviewed_at IS NOT NULL FROM applications_{table}");
    let row = scene.db().rows(&sql, &[]).await.remove(0);
    (row.get(0), row.get(1), row.get(2))
}

/// The fields of the review form as a browser sends them.
fn form(page: &Page) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for tag in page.tags("input") {
        let Some(name) = tag.get("name").filter(|name| name.contains('-')) else { continue };
        let is_sent = tag.get("type").is_none_or(|kind| kind != "radio") || tag.contains_key("checked");
        if is_sent {
            fields.push((name.clone(), tag.get("value").cloned().unwrap_or_default()));
        }
    }
    for area in page.body.split("<textarea").skip(1) {
        let name = area.split_once("name=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a name").0;
        let text =
            area.split_once('>').and_then(|(_, rest)| rest.split_once("</textarea>")).expect("a text").0;
        fields.push((name.to_owned(), text.to_owned()));
    }
    fields
}

/// Changes a field of a form, or adds it.
fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

async fn send(browser: &Browser, path: &str, fields: &[(String, String)]) -> Page {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post_form(path, &fields).await
}

#[tokio::test]
async fn a_review_is_stored_with_one_time_for_all_its_pages() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    fill(scene.db(), id, "datasets", &json!({})).await;
    let fields = [
        ("datasets-notes", "  Which ones?\r\nPlease say. "),
        ("datasets-is_approved", "False"),
        ("study-information-notes", ""),
        ("study-information-is_approved", "True"),
        ("team-details-notes", "not started"),
        ("references-notes", "does not apply"),
    ];
    let answer = scene.post(&url(id), &fields).await.expect_redirect(302, &url(id));
    let page = scene.browser.follow(answer).await;
    page.shows("The review of 2 pages was saved.");
    assert_eq!(
        review_of(&scene, "datasetspage").await,
        ("Which ones?\r\nPlease say.".to_owned(), Some(false), true)
    );
    assert_eq!(review_of(&scene, "studyinformationpage").await, (String::new(), Some(true), true));
    let same: bool = scene
        .db()
        .value(
            "SELECT datasets.last_reviewed_at = study.last_reviewed_at AND datasets.reviewed_by_id = $1
                    AND datasets.updated_at = datasets.last_reviewed_at
             FROM applications_datasetspage AS datasets, applications_studyinformationpage AS study",
            &[&scene.finn],
        )
        .await;
    assert!(same);
    assert_eq!(scene.db().count("applications_teamdetailspage").await, 0);
    let row = scene
        .db()
        .rows("SELECT type, created_by, target_user, about_id, changes FROM staff_event", &[])
        .await;
    assert_eq!(row.len(), 1);
    assert_eq!(
        (row[0].get::<_, String>(0), row[0].get::<_, String>(1), row[0].get::<_, String>(2)),
        ("application_reviewed".to_owned(), "finn".to_owned(), "ada".to_owned())
    );
    assert_eq!(row[0].get::<_, String>(3), id.to_string());
    let changes: Value = row[0].get(4);
    let approved = json!({"field": "Study information: decision", "old": "", "new": "approved"});
    assert!(changes.as_array().expect("a list").contains(&approved), "{changes}");
    let again = scene.post(&url(id), &fields).await.expect_redirect(302, &url(id));
    scene.browser.follow(again).await.shows("nothing was changed");
    assert_eq!(scene.events().await.len(), 1);
}

#[tokio::test]
async fn a_no_to_a_page_that_nobody_reviewed_is_a_review() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    // As an applicant's first save leaves it.
    fill(scene.db(), id, "datasets", &json!({"needs_ukrr": true, "is_approved": false})).await;
    let page = scene.get(&url(id)).await;
    assert_eq!(page.ticked("datasets-is_approved").len(), 0);
    assert!(page.section("pages").contains("Datasets Not approved yet"), "{}", page.section("pages"));
    let mut fields = form(&page);
    set(&mut fields, "datasets-is_approved", "False");
    send(&scene.browser, &url(id), &fields).await.expect_redirect(302, &url(id));
    assert_eq!(review_of(&scene, "datasetspage").await, (String::new(), Some(false), true));
}

#[tokio::test]
async fn weakness_14_a_partial_review_leaves_other_pages_alone() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let reviewed = json!({"notes": "Good", "is_approved": true, "last_reviewed_at": "2026-01-05T14:03:00Z"});
    for key in ["datasets", "team-details", "study-funding"] {
        fill(scene.db(), id, key, &reviewed).await;
    }
    let fields = [("datasets-notes", "Better"), ("study-funding-is_approved", "False")];
    scene.post(&url(id), &fields).await.expect_redirect(302, &url(id));
    assert_eq!(review_of(&scene, "teamdetailspage").await, ("Good".to_owned(), Some(true), true));
    assert_eq!(review_of(&scene, "datasetspage").await, ("Better".to_owned(), Some(true), true));
    assert_eq!(review_of(&scene, "studyfundingpage").await, ("Good".to_owned(), Some(false), true));
    scene.post(&url(id), &[]).await.expect_redirect(302, &url(id));
    scene.post(&url(id), &[("team-details-is_approved", ""), ("team-details-notes", "")]).await.expect(302);
    assert_eq!(review_of(&scene, "teamdetailspage").await, (String::new(), None, true));
}

#[tokio::test]
async fn weakness_18_an_invalid_decision_is_an_error_and_nothing_typed_is_lost() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    fill(scene.db(), id, "datasets", &json!({})).await;
    let fields = [
        ("datasets-notes", "Typed <b>one</b>"),
        ("datasets-is_approved", "perhaps"),
        ("study-information-notes", "Typed two"),
        ("study-information-is_approved", "True"),
    ];
    let page = scene.post(&url(id), &fields).await.expect(200);
    page.shows("Datasets: Select a valid choice. perhaps is not one of the available choices.");
    page.shows("Typed <b>one</b>").shows("Typed two").lacks("<b>one");
    assert_eq!(page.ticked("study-information-is_approved"), ["True"]);
    assert!(
        page.links_to("#field-datasets-notes") && page.contains("id=\"field-datasets-notes\"").status == 200
    );
    let page = scene.post(&url(id), &[("datasets-notes", "a\0b")]).await.expect(200);
    page.shows("Null characters are not allowed.");
    assert_eq!(review_of(&scene, "datasetspage").await, (String::new(), None, false));
    assert_eq!(review_of(&scene, "studyinformationpage").await, (String::new(), None, false));
}

#[tokio::test]
async fn two_reviewers_of_different_pages_do_not_disturb_each_other() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    fill(scene.db(), id, "datasets", &json!({})).await;
    let other = scene.colleague("olga").await;
    let (mut first, mut second) = (form(&scene.get(&url(id)).await), form(&other.get(&url(id)).await));
    set(&mut first, "datasets-notes", "By Finn");
    set(&mut second, "study-information-notes", "By Olga");
    send(&scene.browser, &url(id), &first).await.expect_redirect(302, &url(id));
    send(&other, &url(id), &second).await.expect_redirect(302, &url(id));
    assert_eq!(review_of(&scene, "datasetspage").await.0, "By Finn");
    assert_eq!(review_of(&scene, "studyinformationpage").await.0, "By Olga");
}

#[tokio::test]
async fn two_reviewers_of_one_page_see_what_the_other_said() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    fill(scene.db(), id, "datasets", &json!({})).await;
    let other = scene.colleague("olga").await;
    let (mut first, mut second) = (form(&scene.get(&url(id)).await), form(&other.get(&url(id)).await));
    set(&mut first, "datasets-notes", "By Finn");
    set(&mut first, "study-information-notes", "By Finn too");
    set(&mut second, "datasets-notes", "By Olga");
    set(&mut second, "datasets-is_approved", "True");
    send(&scene.browser, &url(id), &first).await.expect_redirect(302, &url(id));
    let page = send(&other, &url(id), &second).await.expect(200);
    page.shows("Datasets: Somebody changed this page meanwhile.").shows("with the notes “By Finn”");
    assert_eq!(review_of(&scene, "datasetspage").await, ("By Finn".to_owned(), None, true));
    let again = form(&page);
    let notes = |key: &str| again.iter().find(|(name, _)| name == key).expect("the field").1.clone();
    assert_eq!(notes("datasets-notes"), "By Olga");
    assert_eq!(notes("study-information-notes"), "By Finn too", "what Olga left alone is shown as it is now");
    assert_eq!(page.ticked("datasets-is_approved"), ["True"]);
    send(&other, &url(id), &again).await.expect_redirect(302, &url(id));
    assert_eq!(review_of(&scene, "datasetspage").await, ("By Olga".to_owned(), Some(true), true));
    assert_eq!(review_of(&scene, "studyinformationpage").await.0, "By Finn too");
}

#[tokio::test]
async fn answers_that_changed_under_a_reviewer_are_not_approved_unseen() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    let mut fields = form(&scene.get(&url(id)).await);
    set(&mut fields, "study-information-is_approved", "True");
    scene
        .db()
        .execute(
            "UPDATE applications_studyinformationpage SET study_name = 'Another', is_approved = false",
            &[],
        )
        .await;
    let page = send(&scene.browser, &url(id), &fields).await.expect(200);
    page.shows("Somebody changed this page meanwhile").shows("Another");
    assert_eq!(review_of(&scene, "studyinformationpage").await, (String::new(), Some(false), false));
}

#[tokio::test]
async fn a_deleted_application_is_not_reviewed() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    scene.post(&format!("{}delete/", url(id)), &[]).await.expect(302);
    let fields = [("study-information-notes", "late")];
    let answer = scene.post(&url(id), &fields).await.expect_redirect(302, "/staff/applications/");
    scene.browser.follow(answer).await.shows("It must be restored before it can be viewed.");
    scene.get(&url(id)).await.expect_redirect(302, "/staff/applications/");
    assert_eq!(review_of(&scene, "studyinformationpage").await, (String::new(), None, false));
}
