//! Releases at the shell: releasing a folder, preparing files for publication and taking them back, and putting dummies in
//! the place of files that are missing.

use std::path::Path;

use devkit::scratch::Folder;

use crate::harness::released::Released;

#[tokio::test]
async fn a_folder_is_released_whole() {
    let released = Released::set_up().await;
    let app = &released.app;
    let folder = Folder::new().unwrap();
    std::fs::create_dir(folder.path().join("tables")).unwrap();
    std::fs::write(folder.path().join("tables/größe.csv"), "a,b\n").unwrap();
    std::fs::write(folder.path().join("empty.txt"), "").unwrap();
    let path = folder.path().to_string_lossy();

    app.run(&["release", &path, "-w", "trial"])
        .failed("CommandError: Workspace 'trial' does not exist; --create makes what is missing");
    let lines =
        app.run(&["release", "-c", "--workspace=trial", "-b", "trial-backend", &path, "-u", "trier"]).done();
    let id: String = app.db.value("SELECT id FROM jobserver_release", &[]).await;
    let place = format!("{}/test-project/trial/", app.url);
    assert_eq!(lines, ["Release created:".to_owned(), format!("{place}releases/{id}/"), place]);
    let rows = app
        .db
        .rows(
            "SELECT name, path, size, uploaded_at IS NOT NULL FROM jobserver_releasefile ORDER BY name",
            &[],
        )
        .await;
    let facts: Vec<(String, String, i32, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    let path_of = |name: &str| format!("trial/releases/{id}/{name}");
    assert_eq!(
        facts,
        [
            ("empty.txt".to_owned(), path_of("empty.txt"), 0, true),
            ("tables/größe.csv".to_owned(), path_of("tables/größe.csv"), 4, true),
        ]
    );
    let storage = Path::new(&app.environment["RELEASE_STORAGE"]);
    assert_eq!(std::fs::read(storage.join(path_of("tables/größe.csv"))).unwrap(), b"a,b\n");

    app.run(&["release", &path, "-w", "trial", "-b", "trial-backend", "-u", "trier"]).done();
    assert_eq!(app.db.count("jobserver_release").await, 2, "each time under a new id");
    let no_folder = app.run(&["release", "/no/such/folder", "-c"]);
    assert_eq!((no_folder.code, no_folder.lines.len()), (Some(1), 0), "{no_folder:?}");
}

#[tokio::test]
async fn files_are_prepared_for_publication_trimmed_and_taken_back() {
    let released = Released::set_up().await;
    let app = &released.app;
    let release = released.release(60).await;
    for name in ["a.csv", "b.csv", "c.csv"] {
        released.uploaded(&release, name, name.as_bytes()).await;
    }
    app.run(&["publish_files", "nobody", "asthma-main", "a.csv"])
        .failed("CommandError: Unknown username: nobody");
    app.run(&["publish_files", "ada", "nowhere", "a.csv"]).failed("CommandError: Unknown workspace: nowhere");
    app.run(&["publish_files", "ada", "asthma-main", "x.csv", "a.csv", "y.csv"])
        .failed("CommandError: Unknown paths: x.csv, y.csv");
    let lines = app.run(&["publish_files", "ada", "asthma-main", "a.csv", "b.csv", "c.csv"]).done();
    let snapshot: i32 = app.db.value("SELECT id FROM jobserver_snapshot", &[]).await;
    let url = format!("{}/asthma/asthma-main/outputs/{snapshot}/", app.url);
    assert_eq!(lines, [url.as_str()]);
    let again = app.run(&["publish_files", "ada", "asthma-main", "a.csv", "b.csv", "c.csv"]).done();
    assert_eq!(again, [url.as_str()]);

    let id = snapshot.to_string();
    let remove =
        |paths: &[&str]| app.run(&[&["remove_files_from_publish_request", id.as_str()][..], paths].concat());
    remove(&["a.csv", "z.csv"]).failed("CommandError: Unknown file path: z.csv");
    assert_eq!(app.db.count("jobserver_snapshot_files").await, 3, "all or nothing");
    assert_eq!(remove(&["a.csv", "b.csv"]).done(), [format!("2 files removed from {url}")]);
    assert_eq!(app.db.count("jobserver_snapshot_files").await, 1);
    assert_eq!(app.db.count("jobserver_releasefile").await, 3);
    app.run(&["remove_files_from_publish_request", "999", "a.csv"])
        .failed("CommandError: Unknown snapshot: 999");

    app.run(&["unpublish_snapshot", &id, "ada"])
        .failed(&format!("CommandError: Snapshot '{id}' is not published"));
    app.db
        .execute(
            "UPDATE jobserver_publishrequest
             SET decision = 'approved', decision_at = now(), decision_by_id = created_by_id",
            &[],
        )
        .await;
    remove(&["c.csv"])
        .failed(&format!("CommandError: Snapshot {id} has been published and cannot be edited"));
    app.run(&["unpublish_snapshot", "999", "ada"]).failed("CommandError: Snapshot '999' does not exist");
    app.run(&["unpublish_snapshot", &id, "nobody"]).failed("CommandError: User 'nobody' does not exist");
    assert_eq!(app.run(&["unpublish_snapshot", &id, "checker"]).done().len(), 2);
    let decisions: Vec<(String, i32)> = app
        .db
        .rows("SELECT decision, decision_by_id FROM jobserver_publishrequest", &[])
        .await
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    assert_eq!(decisions, [("rejected".to_owned(), released.checker)]);
}

#[tokio::test]
async fn missing_files_are_replaced_by_dummies_and_others_left_alone() {
    let released = Released::set_up().await;
    let release = released.release(60).await;
    released.uploaded(&release, "kept.csv", b"kept").await;
    for name in ["lost.csv", "lost.png"] {
        released.uploaded(&release, name, b"lost").await;
        std::fs::remove_file(released.stored(&release, name)).unwrap();
    }
    released.deleted(&release, "gone.csv").await;
    released.promised(&release, "late.csv").await;
    let said = released.app.run(&["inflate_release_files"]);
    assert!(said.errors.contains("lost.png"), "{said:?}");
    said.done();
    assert_eq!(std::fs::read(released.stored(&release, "kept.csv")).unwrap(), b"kept");
    let dummy = std::fs::read_to_string(released.stored(&release, "lost.csv")).unwrap();
    assert_eq!(dummy.lines().count(), 101);
    for name in ["lost.png", "gone.csv", "late.csv"] {
        assert!(!released.stored(&release, name).exists(), "{name}");
    }
}
