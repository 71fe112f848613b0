//! Correcting a researcher of an application.

use super::scene::{Scene, researcher, url};
use crate::harness::Page;

const FULL: [(&str, &str); 11] = [
    ("name", " Béla <b>Bartók</b> "),
    ("job_title", "Composer"),
    ("email", "not checked"),
    ("github_username", "bela"),
    ("telephone", "0123"),
    ("daa", "example.org/daa"),
    ("does_researcher_need_server_access", "True"),
    ("phone_type", "iphone"),
    ("has_taken_safe_researcher_training", "False"),
    ("training_with_org", "ONS"),
    ("training_passed_at", "2026-01-05"),
];

/// The fields of `FULL` with some replaced.
fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FULL.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes).copied().collect()
}

async fn stored(scene: &Scene, column: &str) -> Option<String> {
    scene.db().value(&format!("SELECT {column}::text FROM applications_researcherregistration"), &[]).await
}

async fn set_up() -> (Scene, String, String) {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let person = researcher(scene.db(), id, "Béla").await;
    (scene, url(id), format!("{}researchers/{person}/edit/", url(id)))
}

#[tokio::test]
async fn all_of_a_researcher_can_be_corrected() {
    let (scene, application, path) = set_up().await;
    let page = scene.get(&path).await.expect(200);
    assert_eq!(page.title(), "Edit Researcher: Béla: Staff Area | OpenSAFELY Jobs");
    assert!(page.links_to(&format!("{application}#researcher-details")));
    assert_eq!(page.field("name"), "Béla");
    assert_eq!(page.offered("does_researcher_need_server_access"), ["True", "False"]);
    assert_eq!(page.ticked("does_researcher_need_server_access").len(), 0);
    let answer = scene.post(&path, &FULL).await.expect_redirect(302, &application);
    let page = scene.browser.follow(answer).await;
    page.shows("Béla <b>Bartók</b> was saved.").lacks("<b>Bart");
    for (column, text) in [
        ("name", "Béla <b>Bartók</b>"),
        ("daa", "https://example.org/daa"),
        ("does_researcher_need_server_access", "true"),
        ("phone_type", "iphone"),
        ("has_taken_safe_researcher_training", "false"),
        ("training_passed_at", "2026-01-05 00:00:00+00"),
    ] {
        assert_eq!(stored(&scene, column).await.as_deref(), Some(text), "{column}");
    }
    assert_eq!(scene.events().await, ["researcher_edited"]);
    scene.post(&path, &FULL).await.expect(302);
    assert_eq!(scene.events().await.len(), 1);
    let page = scene.get(&path).await;
    assert_eq!(page.ticked("phone_type"), ["iphone"]);
    assert_eq!(page.field("training_passed_at"), "2026-01-05");
    scene.post(&path, &with(&[("daa", ""), ("training_passed_at", "")])).await.expect(302);
    assert_eq!(stored(&scene, "daa").await, None);
    assert_eq!(stored(&scene, "training_passed_at").await, None);
}

#[tokio::test]
async fn a_researcher_is_only_found_below_their_application() {
    let (scene, _, path) = set_up().await;
    let other = url(scene.application().await);
    let person = path.split("researchers/").nth(1).expect("the rest");
    scene.get(&format!("{other}researchers/{person}")).await.expect(404);
    scene.post(&format!("{other}researchers/{person}"), &FULL).await.expect(404);
    scene.get(&format!("{other}researchers/99999999999999999999/edit/")).await.expect(404);
    scene.get(&format!("{other}researchers/-1/edit/")).await.expect(404);
}

#[tokio::test]
async fn a_time_of_day_survives_an_edit_of_something_else() {
    let (scene, _, path) = set_up().await;
    scene
        .db()
        .execute(
            "UPDATE applications_researcherregistration SET training_passed_at = '2026-01-05 14:03+00'",
            &[],
        )
        .await;
    scene.post(&path, &FULL).await.expect(302);
    assert_eq!(stored(&scene, "training_passed_at").await.as_deref(), Some("2026-01-05 14:03:00+00"));
}

#[tokio::test]
async fn an_overtaken_edit_shows_what_is_stored_now() {
    let (scene, application, path) = set_up().await;
    let version = scene.get(&path).await.field("version");
    scene.post(&path, &with(&[("job_title", "Pianist"), ("phone_type", "android")])).await.expect(302);
    let typed = with(&[("version", &version)]);
    let page = scene.post(&path, &typed).await.expect(200);
    page.shows("Somebody saved “Pianist” here meanwhile").shows("Somebody saved “android” here meanwhile");
    assert_eq!(page.field("job_title"), "Composer");
    assert_eq!(page.ticked("phone_type"), ["iphone"]);
    assert_eq!(stored(&scene, "job_title").await.as_deref(), Some("Pianist"));
    let version = page.field("version");
    scene.post(&path, &with(&[("version", &version)])).await.expect_redirect(302, &application);
    assert_eq!(stored(&scene, "job_title").await.as_deref(), Some("Composer"));
}

#[tokio::test]
async fn weakness_18_a_blank_phone_type_is_stored_as_none_and_a_missing_one_is_kept() {
    let (scene, _, path) = set_up().await;
    scene.post(&path, &FULL).await.expect(302);
    let without: Vec<(&str, &str)> = FULL.into_iter().filter(|(name, _)| *name != "phone_type").collect();
    scene.post(&path, &without).await.expect(302);
    assert_eq!(stored(&scene, "phone_type").await.as_deref(), Some("iphone"));
    scene.post(&path, &with(&[("phone_type", "")])).await.expect(302);
    assert_eq!(stored(&scene, "phone_type").await.as_deref(), Some(""));
}

#[tokio::test]
async fn weakness_22_markup_in_a_name_is_shown_as_text() {
    let (scene, _, path) = set_up().await;
    let name = "<script>alert(1)</script> & \"quotes\" \u{202e}rtl 😀";
    let answer = scene.post(&path, &with(&[("name", name)])).await;
    let page = scene.browser.follow(answer).await;
    page.lacks("<script>alert(1)").shows("<script>alert(1)</script> & \"quotes\"");
    scene.get(&path).await.expect(200).lacks("<script>alert(1)");
}

#[track_caller]
fn error_of(page: &Page, field: &str, text: &str) {
    assert!(page.links_to(&format!("#field-{field}")), "the summary does not link to {field}");
    page.contains(&format!("id=\"field-{field}-error\"")).shows(text);
}

#[tokio::test]
async fn weakness_28_every_field_shows_its_error() {
    let (scene, _, path) = set_up().await;
    let long = format!("https://example.org/{}", "x".repeat(181));
    let wrong = [
        ("name", " "),
        ("job_title", ""),
        ("email", "a\0b"),
        ("daa", long.as_str()),
        ("does_researcher_need_server_access", "perhaps"),
        ("phone_type", "pigeon"),
        ("has_taken_safe_researcher_training", "1"),
        ("training_passed_at", "soon"),
    ];
    let page = scene.post(&path, &with(&wrong)).await.expect(200);
    for (field, text) in [
        ("name", "This field is required."),
        ("job_title", "This field is required."),
        ("email", "Null characters are not allowed."),
        ("daa", "Ensure this value has at most 200 characters (it has 201)."),
        ("does_researcher_need_server_access", "perhaps is not one of the available choices."),
        ("phone_type", "pigeon is not one of the available choices."),
        ("has_taken_safe_researcher_training", "1 is not one of the available choices."),
        ("training_passed_at", "Enter a valid date/time."),
    ] {
        error_of(&page, field, text);
    }
    let places: Vec<Option<usize>> =
        wrong.iter().map(|(field, _)| page.body.find(&format!("#field-{field}\""))).collect();
    assert!(places.is_sorted(), "the summary is in the order of the fields: {places:?}");
    assert_eq!(page.field("training_with_org"), "ONS", "what was typed stays");
    let page = scene.post(&path, &with(&[("name", ""), ("daa", "no address")])).await.expect(200);
    error_of(&page, "daa", "Enter a valid URL.");
    assert_eq!(page.ticked("does_researcher_need_server_access"), ["True"], "and so does what was chosen");
    assert_eq!(page.ticked("phone_type"), ["iphone"]);
    assert_eq!(stored(&scene, "name").await.as_deref(), Some("Béla"));
}
