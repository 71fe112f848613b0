//! An application with its pages, answers and researchers.

use serde_json::json;

use super::scene::{Scene, fill, researcher, url};
use crate::harness::{
    a,
    counting::{can_count, quiet, statements},
};

#[tokio::test]
async fn every_answer_is_shown() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma <b>& statins</b>").await;
    let answers = json!({"description": "First line\nSecond line", "is_risk_from_covid": true});
    fill(scene.db(), id, "study-purpose", &answers).await;
    fill(scene.db(), id, "study-data", &json!({"need_record_level_data": false})).await;
    let page = scene.get(&url(id)).await.expect(200);
    let hash = domain::applications::hash(id);
    assert_eq!(page.title(), format!("Application {hash}: Staff Area | OpenSAFELY Jobs"));
    page.shows("Asthma <b>& statins</b>").lacks("<b>& statins");
    page.contains("First line\nSecond line");
    let purpose = page.section("study-purpose");
    assert!(purpose.contains("Short-term risk from COVID Yes"), "{purpose}");
    assert!(purpose.contains("Effectiveness or safety of COVID vaccines No"), "{purpose}");
    assert!(page.section("study-data").contains("needs patient-level data No"));
    let information = page.section("study-information");
    assert!(
        information.contains("Analytic Methods Policy Notes"),
        "no answer is neither yes nor no: {information}"
    );
    assert!(page.section("contact-details").contains("User has not started this page"));
    assert_eq!(page.offered("contact-details-is_approved").len(), 0);
    assert_eq!(page.offered("study-data-is_approved"), ["True", "False"]);
    assert_eq!(page.ticked("study-data-is_approved").len(), 0);
    for link in ["edit/", "approve/"] {
        assert!(page.links_to(&format!("{}{link}", url(id))), "{link}");
    }
    assert!(page.links_to("/staff/users/ada/") && page.links_to("#study-data"));
    assert!(page.links_to(&format!("/applications/{hash}/")));
    assert!(page.links_to(&format!("/applications/{hash}/page/study-data/")));
    assert!(page.section("study-data").contains("Last reviewed at: -. Last reviewed by: Not yet reviewed."));
}

#[tokio::test]
async fn only_the_pages_for_its_types_of_study_are_shown() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    for key in ["references", "service-evaluation-audit", "short-data-report"] {
        fill(scene.db(), id, key, &json!({})).await;
    }
    let shown = async |column: &str| {
        scene.db().execute("DELETE FROM applications_typeofstudypage", &[]).await;
        if !column.is_empty() {
            fill(scene.db(), id, "type-of-study", &json!({column: true})).await;
        }
        let page = scene.get(&url(id)).await;
        ["references", "service-evaluation-audit", "short-data-report"]
            .map(|key| page.links_to(&format!("#{key}")))
    };
    assert_eq!(shown("").await, [false, false, false]);
    assert_eq!(shown("is_study_research").await, [true, false, false]);
    assert_eq!(shown("is_study_audit").await, [false, true, false]);
    assert_eq!(shown("is_study_service_evaluation").await, [false, true, false]);
    assert_eq!(shown("is_study_short_data_report").await, [false, false, true]);
}

#[tokio::test]
async fn researchers_are_shown_even_before_their_page_was_saved() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let card = scene.get(&url(id)).await.section("researcher-details");
    assert!(card.contains("No researchers have been added"), "{card}");
    let bela = researcher(scene.db(), id, "Béla").await;
    let clara = researcher(scene.db(), id, "Clara").await;
    scene
        .db()
        .execute(
            "UPDATE applications_researcherregistration
             SET daa = 'https://example.org/daa', github_username = 'clara' WHERE id = $1",
            &[&clara],
        )
        .await;
    let page = scene.get(&url(id)).await.expect(200);
    let card = page.section("researcher-details");
    assert!(!card.contains("No researchers"), "{card}");
    assert!(card.contains("Béla r@example.org No DAA -"), "{card}");
    assert!(card.contains("Clara r@example.org https://example.org/daa clara"), "{card}");
    assert!(page.links_to(&format!("{}researchers/{bela}/edit/", url(id))));
    let hash = domain::applications::hash(id);
    let view = format!("/applications/{hash}/researchers/{bela}/?next=%2Fstaff%2Fapplications%2F{hash}%2F");
    assert!(page.links_to(&view), "{}", page.body);
}

#[tokio::test]
async fn an_upper_case_hash_leads_to_the_same_application() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    let path = format!("/staff/applications/{}/", domain::applications::hash(id).to_uppercase());
    scene.get(&path).await.expect(200).shows("Asthma");
}

#[tokio::test]
async fn a_page_that_its_applicant_saved_after_a_review_says_so() {
    let scene = Scene::set_up().await;
    let id = scene.application().await;
    let reviewed = json!({"is_approved": true, "last_reviewed_at": "2026-01-05T14:03:00Z", "reviewed_by_id": scene.finn});
    let mut later = reviewed.clone();
    later["updated_at"] = json!("2026-01-06T10:00:00Z");
    let mut same = reviewed.clone();
    same["updated_at"] = json!("2026-01-05T14:03:00.5Z");
    fill(scene.db(), id, "datasets", &later).await;
    fill(scene.db(), id, "team-details", &same).await;
    let page = scene.get(&url(id)).await;
    let datasets = page.section("datasets");
    assert!(
        datasets.contains("Last reviewed at: 5 Jan 2026 at 14:03 UTC . Last reviewed by: Finn Staff."),
        "{datasets}"
    );
    assert!(datasets.contains("The applicant has saved the page since."), "{datasets}");
    assert!(!page.section("team-details").contains("saved the page since"));
    assert_eq!(page.ticked("datasets-is_approved"), ["True"]);
}

#[tokio::test]
async fn weakness_13_status_and_approval_are_shown_apart() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    let set = async |status: &str| {
        scene
            .db()
            .execute("UPDATE applications_application SET status = $2 WHERE id = $1", &[&id, &status])
            .await;
    };
    set("approved_fully").await;
    let page = scene.get(&url(id)).await;
    let card = page.section("status");
    assert!(card.contains("Approved fully"), "{card}");
    assert!(card.contains("none The application has not been approved, whatever its status says"), "{card}");
    scene.get("/staff/applications/").await.shows("Approved fully not approved");

    let project = a::project(scene.db(), "asthma", "Asthma", scene.ada).await;
    scene
        .db()
        .execute(
            "UPDATE applications_application
             SET approved_at = now(), approved_by_id = $2, project_id = $3 WHERE id = $1",
            &[&id, &scene.finn, &project],
        )
        .await;
    set("rejected").await;
    let page = scene.get(&url(id)).await;
    let card = page.section("status");
    assert!(
        card.contains("Rejected") && card.contains("The application has been approved, whatever"),
        "{card}"
    );
    assert!(card.contains("by Finn Staff (finn)"), "{card}");
    assert!(page.links_to("/staff/projects/asthma/"));
    assert!(!page.links_to(&format!("{}approve/", url(id))), "approving again is not offered");
    assert!(!page.has_form_to(&format!("{}delete/", url(id))), "nor is deleting");
    scene.get("/staff/applications/").await.shows("Rejected approved");
}

#[tokio::test]
async fn no_page_sends_many_statements() {
    let scene = Scene::set_up().await;
    if !can_count(scene.db()).await {
        return;
    }
    let id = scene.study("Asthma").await;
    for page in domain::applications::catalogue::pages().iter().filter(|page| page.key != "study-information")
    {
        fill(scene.db(), id, page.key, &json!({})).await;
    }
    let person = researcher(scene.db(), id, "Béla").await;
    quiet(scene.db()).await;
    for (path, most) in [
        ("/staff/applications/".to_owned(), 5),
        ("/staff/applications/?q=a&status=ongoing&user=ada".to_owned(), 6),
        (url(id), 6),
        (format!("{}approve/", url(id)), 7),
        (format!("{}edit/", url(id)), 4),
        (format!("{}researchers/{person}/edit/", url(id)), 4),
    ] {
        let sent = statements(&scene.app, &scene.browser, &path).await;
        assert!(sent <= most, "{path}: {sent} statements");
    }
}
