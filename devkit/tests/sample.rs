//! The sample data and the large data set fit the schema, and the sample pipelines fit the parser.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

use clients::storage::{Storage, StorageSettings};
use devkit::{database, sample, scratch::Folder};
use sha2::{Digest, Sha256};

fn data(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(folder);
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn every_sample_pipeline_is_accepted_and_every_broken_one_is_not() {
    let mut sizes = Vec::new();
    for (name, text) in data("pipelines") {
        let pipeline = pipeline::parse(&text).unwrap_or_else(|error| panic!("{name}: {}", error.message));
        pipeline.check_site_rules(false).unwrap_or_else(|error| panic!("{name}: {}", error.message));
        sizes.push(pipeline.actions.len());
    }
    sizes.sort_unstable();
    assert_eq!((sizes.first(), sizes.last()), (Some(&3), Some(&60)));
    let broken = data("broken");
    assert!(!broken.is_empty());
    for (name, text) in broken {
        assert!(pipeline::parse(&text).is_err(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_data_loads_once() {
    let database = database::fresh().await.unwrap();
    let mut client = database.connect().await.unwrap();
    assert!(sample::load(&mut client).await.unwrap());
    assert!(!sample::load(&mut client).await.unwrap());

    let count = async |query: &str| client.query_one(query, &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(
        count("SELECT count(*) FROM jobserver_user").await,
        sample::catalogue::ACCOUNTS.len() as i64 + 1,
        "one comes by e-mail"
    );
    assert_eq!(
        count("SELECT count(*) FROM jobserver_workspace").await,
        sample::catalogue::WORKSPACES.len() as i64
    );
    assert_eq!(count("SELECT count(*) FROM jobserver_backend WHERE is_active").await, 3);
    assert_eq!(count("SELECT count(*) FROM jobserver_projectcollaboration WHERE is_lead").await, 5);
    assert!(count("SELECT count(*) FROM jobserver_job").await > 150);
    let without_role = "SELECT count(*) FROM jobserver_user WHERE roles IS NULL OR '' = ANY (roles)";
    assert_eq!(count(without_role).await, 0);
    let out_of_order =
        "SELECT count(*) FROM jobserver_job WHERE completed_at < started_at OR started_at < created_at";
    assert_eq!(count(out_of_order).await, 0);
    // A request whose status says that it succeeded has only jobs that did.
    let contradictions = "SELECT count(*) FROM jobserver_jobrequest AS request
        WHERE _status = 'succeeded' AND EXISTS (
            SELECT FROM jobserver_job AS job WHERE job.job_request_id = request.id AND status <> 'succeeded')";
    assert_eq!(count(contradictions).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_the_sample_requests_are_in_the_sample_repositories() {
    let database = database::fresh().await.unwrap();
    let mut client = database.connect().await.unwrap();
    sample::load(&mut client).await.unwrap();
    let repositories = sample::repositories().unwrap();
    let rows = client
        .query(
            "SELECT jobserver_repo.url, sha
               FROM jobserver_jobrequest
               JOIN jobserver_workspace ON jobserver_workspace.id = workspace_id
               JOIN jobserver_repo ON jobserver_repo.id = repo_id",
            &[],
        )
        .await
        .unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let (url, sha): (String, String) = (row.get(0), row.get(1));
        let repository = repositories.get(url.trim_start_matches("https://github.com/")).unwrap();
        assert!(repository.commit(&sha).is_some(), "{url} {sha}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_in_the_database_can_sign_in_at_the_github_stand_in() {
    let database = database::fresh().await.unwrap();
    let mut client = database.connect().await.unwrap();
    sample::load(&mut client).await.unwrap();
    let linked = client.query_one("SELECT count(*) FROM social_auth_usersocialauth", &[]).await.unwrap();
    assert_eq!(linked.get::<_, i64>(0), sample::people().len() as i64 - 2, "two have yet to sign up");
    for person in sample::people() {
        let query = "SELECT username FROM social_auth_usersocialauth JOIN jobserver_user ON jobserver_user.id = user_id
                      WHERE provider = 'github' AND uid = $1";
        let row = client.query_opt(query, &[&person.id().to_string()]).await.unwrap();
        let is_new = ["mara-newcomer", "nils-nameless"].contains(&person.login.as_str());
        assert_eq!(row.map(|row| row.get::<_, String>(0)), (!is_new).then_some(person.login));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_released_file_that_is_there_is_stored_with_its_bytes() {
    let database = database::fresh().await.unwrap();
    let mut client = database.connect().await.unwrap();
    sample::load(&mut client).await.unwrap();
    let folder = Folder::new().unwrap();
    let storage = Storage::new(StorageSettings::Folder(folder.path().to_owned())).unwrap();
    sample::releases::store(&storage).await.unwrap();
    let rows = client
        .query(
            "SELECT name, path, filehash, size, uploaded_at IS NOT NULL AND deleted_at IS NULL
               FROM jobserver_releasefile",
            &[],
        )
        .await
        .unwrap();
    let mut states = [0, 0];
    for row in rows {
        let (name, path, hash): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let (size, is_there): (i32, bool) = (row.get(3), row.get(4));
        states[usize::from(is_there)] += 1;
        domain::file_name::FileName::new(&name).unwrap();
        if is_there {
            let bytes = storage.open(&path).await.unwrap().unwrap().bytes().await.unwrap();
            let own = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
            assert_eq!((own, bytes.len()), (hash, size as usize), "{name}");
        } else {
            assert!(path.is_empty() || storage.open(&path).await.unwrap().is_none(), "{name}");
        }
    }
    assert!(states[0] == 2 && states[1] > 25, "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_draft_and_what_is_published_was_decided_by_a_publisher() {
    let database = database::fresh().await.unwrap();
    let mut client = database.connect().await.unwrap();
    sample::load(&mut client).await.unwrap();
    let rows = client
        .query(
            "SELECT request.decision, publisher.username,
                    (SELECT count(*) FROM jobserver_snapshot_files AS held WHERE held.snapshot_id = request.snapshot_id)
               FROM jobserver_publishrequest AS request
               LEFT JOIN jobserver_user AS publisher ON publisher.id = request.decision_by_id
              ORDER BY request.decision NULLS FIRST",
            &[],
        )
        .await
        .unwrap();
    let facts: Vec<(Option<String>, Option<String>)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let published = (Some("approved".to_owned()), Some("edda-publisher".to_owned()));
    assert_eq!(facts, [(None, None), published.clone(), published]);
    assert!(rows.iter().all(|row| row.get::<_, i64>(2) > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_large_data_set_loads_unchanged() {
    let database = database::fresh().await.unwrap();
    let sizes = [
        ("--orgs", "12"),
        ("--projects", "30"),
        ("--workspaces", "40"),
        ("--job-requests", "200"),
        ("--jobs", "900"),
        ("--users", "60"),
    ];
    let status = Command::new(env!("CARGO_BIN_EXE_devkit"))
        .arg("populate")
        .args(sizes.iter().flat_map(|(name, value)| [name, value]))
        .env("DATABASE_URL", &database.url)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let client = database.connect().await.unwrap();
    let row = client.query_one("SELECT count(*) FROM jobserver_jobrequest", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 200);
}
