//! Status, deletion and restoring.

use serde_json::Value;

use super::scene::{Scene, url};

const LIST: &str = "/staff/applications/";

async fn stored(scene: &Scene, id: i32) -> (String, String) {
    let sql = "SELECT status, status_comment FROM applications_application WHERE id = $1";
    let row = scene.db().rows(sql, &[&id]).await.remove(0);
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn the_status_and_its_comment_are_edited() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    let path = format!("{}edit/", url(id));
    let page = scene.get(&path).await.expect(200);
    let hash = domain::applications::hash(id);
    assert_eq!(page.title(), format!("Edit: Application {hash}: Staff Area | OpenSAFELY Jobs"));
    let options: Vec<String> = page.tags("option").iter().map(|tag| tag["value"].clone()).collect();
    assert_eq!(
        options,
        [
            "approved_fully",
            "approved_subject_to",
            "completed",
            "submitted",
            "ongoing",
            "rejected",
            "deferred"
        ]
    );
    let fields = [("status", "approved_subject_to"), ("status_comment", " <i>Soon</i>\r\nmaybe ")];
    let answer = scene.post(&path, &fields).await.expect_redirect(302, &url(id));
    let page = scene.browser.follow(answer).await;
    page.shows("Approved subject to").shows("<i>Soon</i> maybe").lacks("<i>Soon");
    assert_eq!(
        stored(&scene, id).await,
        ("approved_subject_to".to_owned(), "<i>Soon</i>\r\nmaybe".to_owned())
    );
    let approved: bool =
        scene.db().value("SELECT approved_at IS NOT NULL FROM applications_application", &[]).await;
    assert!(!approved, "a status approves nothing");
}

#[tokio::test]
async fn an_unknown_status_is_refused_and_the_comment_stays() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let path = format!("{}edit/", url(id));
    for (status, error) in [
        ("lost", "Select a valid choice. lost is not one of the available choices."),
        ("", "This field is required."),
    ] {
        let page = scene.post(&path, &[("status", status), ("status_comment", "Kept")]).await.expect(200);
        page.shows(error).shows("Kept");
    }
    let page = scene.post(&path, &[("status", "deferred"), ("status_comment", "a\0b")]).await.expect(200);
    page.shows("Null characters are not allowed.");
    assert_eq!(stored(&scene, id).await, ("ongoing".to_owned(), String::new()));
}

#[tokio::test]
async fn an_edit_that_was_overtaken_shows_both_and_overwrites_only_knowingly() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let path = format!("{}edit/", url(id));
    let version = scene.get(&path).await.field("version");
    scene.post(&path, &[("status", "rejected"), ("status_comment", "By Olga")]).await.expect(302);
    let fields = [("status", "deferred"), ("status_comment", "By Finn"), ("version", &version)];
    let page = scene.post(&path, &fields).await.expect(200);
    page.shows("Somebody saved “Rejected” here meanwhile").shows("Somebody saved “By Olga” here meanwhile");
    page.shows("By Finn");
    assert_eq!(stored(&scene, id).await.0, "rejected");
    let version = page.field("version");
    let fields = [("status", "deferred"), ("status_comment", "By Finn"), ("version", &version)];
    scene.post(&path, &fields).await.expect_redirect(302, &url(id));
    assert_eq!(stored(&scene, id).await, ("deferred".to_owned(), "By Finn".to_owned()));
}

#[tokio::test]
async fn a_deleted_application_must_be_restored_before_anything_else() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    scene.post(&format!("{}delete/", url(id)), &[]).await.expect_redirect(302, LIST);
    for (path, before) in [("", "it can be viewed"), ("edit/", "editing"), ("approve/", "it can be approved")]
    {
        let path = format!("{}{path}", url(id));
        let answer = scene.get(&path).await.expect_redirect(302, LIST);
        scene.browser.follow(answer).await.shows(&format!("It must be restored before {before}."));
        scene.post(&path, &[("status", "deferred")]).await.expect_redirect(302, LIST);
    }
    scene.post(&format!("{}restore/", url(id)), &[]).await.expect_redirect(302, LIST);
    scene.get(&url(id)).await.expect(200).shows("Asthma");
    assert_eq!(stored(&scene, id).await.0, "ongoing");
}

#[tokio::test]
async fn deleting_twice_or_after_approval_changes_nothing() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let delete = format!("{}delete/", url(id));
    scene.post(&delete, &[]).await.expect_redirect(302, LIST);
    let answer = scene.post(&delete, &[]).await.expect_redirect(302, &url(id));
    scene.browser.follow(answer).await.shows("has been deleted already");
    scene.post(&format!("{}restore/", url(id)), &[]).await.expect_redirect(302, LIST);
    scene.post(&format!("{}restore/", url(id)), &[]).await.expect_redirect(302, LIST);
    scene
        .db()
        .execute(
            "UPDATE applications_application SET approved_at = now(), approved_by_id = $1",
            &[&scene.finn],
        )
        .await;
    let answer = scene.post(&delete, &[]).await.expect_redirect(302, &url(id));
    scene.browser.follow(answer).await.shows("It cannot be deleted any more.");
    assert_eq!(scene.events().await, ["application_deleted", "application_restored"]);
}

#[tokio::test]
async fn weakness_25_what_staff_decide_is_on_record() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    let edit = [("status", "deferred"), ("status_comment", "Later")];
    scene.post(&format!("{}edit/", url(id)), &edit).await.expect(302);
    scene.post(&format!("{}edit/", url(id)), &edit).await.expect(302);
    scene.post(&format!("{}delete/", url(id)), &[]).await.expect(302);
    scene.post(&format!("{}restore/", url(id)), &[]).await.expect(302);
    assert_eq!(
        scene.events().await,
        ["application_edited", "application_deleted", "application_restored"],
        "and saving what is stored already is no event"
    );
    let row = scene
        .db()
        .rows("SELECT about_model, about_label, changes FROM staff_event ORDER BY id", &[])
        .await
        .remove(0);
    assert_eq!(row.get::<_, String>(0), "applications.Application");
    assert_eq!(
        row.get::<_, String>(1),
        format!("Application {} by Ada Lovelace", domain::applications::hash(id))
    );
    let changes: Value = row.get(2);
    assert_eq!(
        changes,
        serde_json::json!([
            {"field": "status", "old": "ongoing", "new": "deferred"},
            {"field": "status_comment", "old": "", "new": "Later"}
        ])
    );
}

#[tokio::test]
async fn weakness_27_deleting_asks_and_says_what_is_lost() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let page = scene.get(&url(id)).await;
    page.shows(&format!("Delete application {}?", domain::applications::hash(id)));
    page.shows("it can be restored from the list of applications");
    assert!(page.has_form_to(&format!("{}delete/", url(id))));
    page.contains("popovertarget=\"delete\"");
}

#[tokio::test]
async fn weakness_29_every_change_says_that_it_was_made() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let hash = domain::applications::hash(id);
    for (action, fields, notice) in [
        ("edit/", &[("status", "deferred")][..], format!("Application {hash} was saved.")),
        ("delete/", &[], format!("Application {hash} was deleted. It can be restored here.")),
        ("restore/", &[], format!("Application {hash} was restored.")),
    ] {
        let answer = scene.post(&format!("{}{action}", url(id)), fields).await;
        scene.browser.follow(answer).await.shows(&notice);
    }
    let answer = scene.post(&format!("{}restore/", url(id)), &[]).await;
    scene.browser.follow(answer).await.hides("was restored");
}
