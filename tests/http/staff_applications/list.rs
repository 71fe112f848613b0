//! The list: order, search, filters, and the deleted ones in it.

use serde_json::json;

use super::scene::{Scene, application, fill, researcher, url};
use crate::harness::a;

const LIST: &str = "/staff/applications/";

#[tokio::test]
async fn only_staff_come_in() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    let person = researcher(scene.db(), id, "Bela").await;
    let (own, other) = (url(id), "/staff/applications/ffff/".to_owned());
    let editing = format!("{own}researchers/{person}/edit/");
    let pages =
        [LIST, &own, &other, &format!("{own}edit/"), &format!("{own}approve/"), &editing].map(str::to_owned);
    let mut strangers = vec![scene.app.browser(), scene.app.browser_of(scene.ada).await];
    for role in ["ServiceAdministrator", "OutputChecker", "TechSupport"] {
        let user = a::user(role).role(role).insert(scene.db()).await;
        strangers.push(scene.app.browser_of(user).await);
    }
    for browser in strangers {
        for path in &pages {
            browser.get(path).await.expect(403).hides("Asthma");
        }
        for action in ["", "edit/", "approve/", "delete/", "restore/"] {
            browser.post_form(&format!("{own}{action}"), &[]).await.expect(403);
        }
    }
    for path in &pages {
        let expected = if *path == other { 404 } else { 200 };
        scene.get(path).await.expect(expected);
    }
    for action in ["delete/", "restore/"] {
        scene.get(&format!("{own}{action}")).await.expect(405);
        scene.post(&format!("{other}{action}"), &[]).await.expect(404);
    }
    scene.post(LIST, &[]).await.expect(405);
}

#[tokio::test]
async fn applications_stand_newest_first_twenty_five_a_page() {
    let scene = Scene::set_up().await;
    scene.get(LIST).await.expect(200).shows("No applications yet");
    let mut ids = Vec::new();
    for _ in 0..26 {
        ids.push(scene.application().await);
    }
    let first = scene.get(LIST).await.expect(200);
    assert_eq!(first.title(), "Applications: Staff Area | OpenSAFELY Jobs");
    first.shows("26 applications").shows("page 1 of 2").shows("Not specified").shows("Ada Lovelace (ada)");
    assert!(first.links_to(&url(ids[25])) && !first.links_to(&url(ids[0])));
    let last = scene.get(&format!("{LIST}?page=last")).await.expect(200);
    assert!(last.links_to(&url(ids[0])) && !last.links_to(&url(ids[25])));
    for nowhere in ["0", "3", "x", "99999999999999999999"] {
        scene.get(&format!("{LIST}?page={nowhere}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_part_of_a_name_or_a_whole_hash_finds_an_application() {
    let scene = Scene::set_up().await;
    let asthma = scene.study("Asthma 100% reviewed").await;
    researcher(scene.db(), asthma, "Béla Bartók").await;
    scene
        .db()
        .execute("UPDATE applications_researcherregistration SET github_username = 'bela_b'", &[])
        .await;
    let grace = a::user("grace").named("Grace Hopper").insert(scene.db()).await;
    let ships = application(scene.db(), grace).await;
    fill(scene.db(), ships, "study-information", &json!({"study_name": "Ships"})).await;
    let hash = domain::applications::hash(ships);
    for (text, finds_asthma, finds_ships) in [
        ("ASTH", true, false),
        ("100%25", true, false),
        ("1%25d", false, false),
        ("b%C3%A9la", true, false),
        ("BELA_", true, false),
        ("lovelace", true, false),
        ("grac", false, true),
        ("hopper", false, true),
        (&hash, false, true),
        (&hash.to_uppercase(), false, true),
        ("nothing", false, false),
    ] {
        let page = scene.get(&format!("{LIST}?q={text}")).await.expect(200);
        assert_eq!(page.links_to(&url(asthma)), finds_asthma, "{text}");
        assert_eq!(page.links_to(&url(ships)), finds_ships, "{text}");
    }
    scene.get(&format!("{LIST}?q=nothing")).await.shows("No applications found").contains("Show all");
}

#[tokio::test]
async fn a_deleted_application_is_listed_with_a_way_back_and_without_a_link() {
    let scene = Scene::set_up().await;
    let id = scene.study("Asthma").await;
    scene.post(&format!("{}delete/", url(id)), &[]).await.expect_redirect(302, LIST);
    let page = scene.get(LIST).await.expect(200);
    page.shows("Asthma").shows("by Finn Staff (finn)").shows("Deleted");
    assert!(!page.links_to(&url(id)) && page.has_form_to(&format!("{}restore/", url(id))));
}

#[tokio::test]
async fn weakness_06_search_and_filters_keep_each_other() {
    let scene = Scene::set_up().await;
    let mut ids = Vec::new();
    for status in ["submitted", "rejected", "ongoing"] {
        let id = scene.study("Asthma").await;
        scene
            .db()
            .execute("UPDATE applications_application SET status = $2 WHERE id = $1", &[&id, &status])
            .await;
        ids.push(id);
    }
    let other = application(scene.db(), scene.finn).await;
    let address = format!("{LIST}?q=asthma&status=submitted&status=rejected&user=ada");
    let page = scene.get(&address).await.expect(200);
    let listed: Vec<bool> = ids.iter().chain([&other]).map(|&id| page.links_to(&url(id))).collect();
    assert_eq!(listed, [true, true, false, false]);
    assert!(page.offered("q").contains(&"asthma".to_owned()));
    assert_eq!(page.ticked("status"), ["submitted", "rejected"]);
    assert_eq!(page.ticked("user"), ["ada"]);
    page.shows("Author: Ada Lovelace (ada)").shows("Status: Rejected");
    page.contains("data-picker=\"/staff/options/applicants/");
    assert!(page.links_to(&format!("{LIST}?q=asthma&status=rejected&user=ada")), "a chip keeps the rest");
    scene.get(&format!("{LIST}?status=lost")).await.expect(200).shows("No applications found");
    let two = scene.get(&format!("{LIST}?user=finn&user=ada&status=&q=")).await;
    assert!(two.links_to(&url(other)) && two.links_to(&url(ids[0])));
}

#[tokio::test]
async fn weakness_18_what_looks_like_a_negative_hash_finds_nothing() {
    let scene = Scene::set_up().await;
    scene.application().await;
    for hash in ["-123", "+123", "0x1f", "12345", "1ed", "zzzz", "00000000", "%20123"] {
        scene.get(&format!("{LIST}{hash}/")).await.expect(404);
        scene.get(&format!("{LIST}?q={hash}")).await.expect(200).shows("No applications found");
    }
    scene.get(&format!("{LIST}?q=a%00")).await.expect(400);
    scene.get(&format!("{LIST}?status=%00")).await.expect(400);
}
