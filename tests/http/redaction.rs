//! Deleting a released file.

use crate::harness::{a, released::Released};

const RELEASES: &str = "/asthma/asthma-main/releases/";

fn deletion(release: &str, file: &str) -> String {
    format!("{RELEASES}{release}/{file}/delete/")
}

#[tokio::test]
async fn a_checker_deletes_a_file_and_its_row_says_so() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let file = scene.uploaded(&release, "output/bad.csv", b"secret").await;
    scene.uploaded(&release, "output/good.csv", b"fine").await;
    let checker = scene.app.browser_of(scene.checker).await;
    checker.post_form(&deletion(&release, &file), &[]).await.expect_redirect(302, RELEASES);
    checker.get(RELEASES).await.expect(200).shows("output/bad.csv was deleted");

    let row = &scene
        .app
        .db
        .rows(
            "SELECT deleted_by_id, deleted_at IS NOT NULL, path, size, uploaded_at IS NOT NULL
             FROM jobserver_releasefile
             WHERE id = $1",
            &[&file],
        )
        .await[0];
    assert_eq!((row.get::<_, i32>(0), row.get::<_, bool>(1)), (scene.checker, true));
    assert!(row.get::<_, &str>(2).ends_with("output/bad.csv"), "the path stays");
    assert_eq!((row.get::<_, i32>(3), row.get::<_, bool>(4)), (6, true));
    assert!(!scene.stored(&release, "output/bad.csv").exists());
    assert!(scene.stored(&release, "output/good.csv").exists());
    checker.get(&format!("{RELEASES}{release}/")).await.shows("Deleted by Charlie <b>Checker</b> at");
    checker.post_form(&deletion(&release, &file), &[]).await.expect(404);
}

#[tokio::test]
async fn nobody_else_deletes_anything() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let file = scene.uploaded(&release, "a.csv", b"a").await;
    for somebody in scene.everybody().await {
        if somebody.who == "a checker" {
            somebody.browser.post_bare(&deletion(&release, &file), &[]).await.expect(400);
            somebody.browser.get(&deletion(&release, &file)).await.expect(405);
        } else {
            somebody.browser.post_form(&deletion(&release, &file), &[]).await.expect(404);
        }
    }
    assert!(scene.stored(&release, "a.csv").exists());
    let deleted: i64 = scene
        .app
        .db
        .value("SELECT count(*) FROM jobserver_releasefile WHERE deleted_at IS NOT NULL", &[])
        .await;
    assert_eq!(deleted, 0);
}

#[tokio::test]
async fn only_a_file_that_is_there_can_be_deleted() {
    let scene = Released::set_up().await;
    let (release, other) = (scene.release(2).await, scene.release(1).await);
    let promised = scene.promised(&release, "late.csv").await;
    let lost = scene.uploaded(&release, "lost.csv", b"lost").await;
    std::fs::remove_file(scene.stored(&release, "lost.csv")).unwrap();
    let file = scene.uploaded(&release, "a.csv", b"a").await;
    let repo = a::repo(&scene.app.db, "other").await;
    a::workspace(&scene.app.db, "other-main", scene.study.project, repo, scene.study.ada).await;
    let checker = scene.app.browser_of(scene.checker).await;
    for path in [
        deletion(&release, &promised),
        deletion(&release, &lost),
        deletion(&other, &file),
        deletion(&release, "nothing"),
        format!("/asthma/other-main/releases/{release}/{file}/delete/"),
        format!("/nothing/asthma-main/releases/{release}/{file}/delete/"),
    ] {
        checker.post_form(&path, &[]).await.expect(404);
    }
    assert!(scene.stored(&release, "a.csv").exists());
    checker.post_form(&deletion(&release, &file), &[]).await.expect(302);
}

#[tokio::test]
async fn a_published_file_that_is_redacted_stays_in_its_snapshot_without_its_content() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let file = scene.uploaded(&release, "a.csv", b"a").await;
    let snapshot = scene.snapshot(&[&file]).await;
    scene.request(snapshot, Some("approved")).await;
    let checker = scene.app.browser_of(scene.checker).await;
    checker.post_form(&deletion(&release, &file), &[]).await.expect(302);
    let page = scene.app.get(&format!("/asthma/asthma-main/outputs/{snapshot}/")).await.expect(200);
    page.shows("a.csv").shows("Deleted by");
    scene.app.get(&format!("/asthma/asthma-main/published/{file}/")).await.expect(404);
}
