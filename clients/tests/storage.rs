//! The storage of released files: the same promises in a folder and in a bucket of a real S3-compatible server.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clients::{
    Secret,
    storage::{S3Settings, Storage, StorageError, StorageSettings},
};
use devkit::{
    scratch::Folder,
    standins::s3::{self, S3},
};
use futures_util::TryStreamExt;

/// Names that a researcher may give, and that systems read differently.
const NAMES: [&str; 7] = [
    "ws/releases/r/output/age.csv",
    "ws/releases/r/output/größe 100%.csv",
    "ws/releases/r/output/日本語.csv",
    "ws/releases/r/output/a+b&c=d.csv",
    "ws/releases/r/output/ spaced .csv",
    "ws/releases/r/output/q\"uo'te~[1]{2}.csv",
    "ws/releases/r/output/a#1",
];

fn in_folder() -> (Folder, Storage) {
    let folder = Folder::new().unwrap();
    let root = folder.path().join("releases");
    (folder, Storage::new(StorageSettings::Folder(root)).unwrap())
}

fn bucket_of(store: &S3, prefix: &str, secret: &str) -> Storage {
    Storage::new(StorageSettings::S3(Box::new(S3Settings {
        bucket: s3::BUCKET.to_owned(),
        prefix: prefix.to_owned(),
        access_key_id: Secret::new(s3::ACCESS_KEY_ID),
        secret_access_key: Secret::new(secret),
        session_token: None,
        region: "us-east-1".to_owned(),
        endpoint: Some(store.url.parse().unwrap()),
    })))
    .unwrap()
}

fn in_bucket() -> (Folder, S3, Storage) {
    let folder = Folder::new().unwrap();
    let store = s3::start(("127.0.0.1", 0), folder.path()).unwrap();
    let storage = bucket_of(&store, "live", s3::SECRET_ACCESS_KEY);
    (folder, store, storage)
}

fn some_bytes(length: usize) -> Bytes {
    (0..length).map(|at| (at % 251) as u8).collect()
}

async fn read(storage: &Storage, path: &str) -> Option<Vec<u8>> {
    Some(storage.open(path).await.unwrap()?.bytes().await.unwrap())
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()))
        } else {
            found.push(entry.path())
        }
    }
    found
}

async fn keeps_its_promises(storage: &Storage) {
    for name in NAMES {
        storage.put(name, Bytes::from(name)).await.unwrap();
    }
    for name in NAMES {
        assert_eq!(read(storage, name).await.as_deref(), Some(name.as_bytes()), "{name}");
    }
    for length in [0, 1, 65_535, 65_536, 65_537, 5 << 20, (5 << 20) + 1, 16 << 20] {
        let sent = some_bytes(length);
        let mut upload = storage.begin("ws/large.bin").await.unwrap();
        for piece in sent.chunks(100_000) {
            upload.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        upload.seal().await.unwrap();
        upload.commit().await.unwrap();
        let stored = storage.open("ws/large.bin").await.unwrap().unwrap();
        assert_eq!(stored.size(), length as u64);
        assert!(stored.bytes().await.unwrap() == sent, "{length} bytes come back as they were");
    }
    let part =
        storage.open("ws/large.bin").await.unwrap().unwrap().stream(1_000_000..1_100_003).await.unwrap();
    let part: Vec<Bytes> = part.try_collect().await.unwrap();
    assert!(part.concat() == some_bytes(16 << 20)[1_000_000..1_100_003]);

    storage.delete("ws/large.bin").await.unwrap();
    assert_eq!(read(storage, "ws/large.bin").await, None);
    storage.delete("ws/large.bin").await.unwrap();
    assert_eq!(read(storage, "ws/releases/r/output/age.csv/below").await, None);
}

async fn shows_nothing_before_it_is_committed(storage: &Storage) {
    storage.put("ws/a.csv", Bytes::from_static(b"old")).await.unwrap();
    for length in [10, 12 << 20] {
        let mut upload = storage.begin("ws/a.csv").await.unwrap();
        upload.write(some_bytes(length)).await.unwrap();
        upload.seal().await.unwrap();
        assert_eq!(read(storage, "ws/a.csv").await.as_deref(), Some(b"old".as_slice()));
        upload.discard().await;
        let mut dropped = storage.begin("ws/a.csv").await.unwrap();
        dropped.write(some_bytes(length)).await.unwrap();
    }
    assert_eq!(read(storage, "ws/a.csv").await.as_deref(), Some(b"old".as_slice()));
    storage.put("ws/a.csv", Bytes::from_static(b"new")).await.unwrap();
    assert_eq!(read(storage, "ws/a.csv").await.as_deref(), Some(b"new".as_slice()));
}

async fn refuses_paths_that_leave_it(storage: &Storage) {
    for path in ["", "/etc/passwd", "../x", "ws/../../x", "ws/..", "ws/", "/"] {
        assert!(matches!(storage.begin(path).await.err(), Some(StorageError::BadPath(_))), "{path:?}");
        assert!(storage.open(path).await.unwrap().is_none(), "{path:?}");
    }
}

#[tokio::test]
async fn a_folder_keeps_files() {
    let (folder, storage) = in_folder();
    keeps_its_promises(&storage).await;
    for folders in ["ws", "ws/releases/r/output"] {
        assert_eq!(read(&storage, folders).await, None, "{folders} is no file");
    }
    let lies_at = folder.path().join("releases").join(NAMES[1]);
    assert_eq!(std::fs::read(lies_at).unwrap(), NAMES[1].as_bytes(), "in the layout that Django made");
}

#[tokio::test]
async fn a_bucket_keeps_files() {
    let (_folder, store, storage) = in_bucket();
    keeps_its_promises(&storage).await;
    assert_eq!(store.object(&format!("live/{}", NAMES[0])).unwrap(), NAMES[0].as_bytes());
}

#[tokio::test]
async fn a_file_of_a_folder_appears_whole_or_not_at_all() {
    let (folder, storage) = in_folder();
    shows_nothing_before_it_is_committed(&storage).await;
    assert_eq!(files(folder.path()).len(), 1, "nothing is left of uploads that were given up");
}

#[tokio::test]
async fn a_file_of_a_bucket_appears_whole_or_not_at_all() {
    let (_folder, _store, storage) = in_bucket();
    shows_nothing_before_it_is_committed(&storage).await;
}

#[tokio::test]
async fn no_path_leaves_the_folder() {
    let (_folder, storage) = in_folder();
    refuses_paths_that_leave_it(&storage).await;
}

#[tokio::test]
async fn no_path_leaves_the_prefix_of_a_bucket() {
    let (_folder, _store, storage) = in_bucket();
    refuses_paths_that_leave_it(&storage).await;
}

#[tokio::test]
async fn a_sweep_removes_what_a_dead_process_left_and_nothing_else() {
    let (folder, storage) = in_folder();
    assert_eq!(storage.sweep().await.unwrap(), 0, "there may be no folder yet");
    storage.put("ws/a.csv", Bytes::from_static(b"a")).await.unwrap();
    let mut upload = storage.begin("ws/b.csv").await.unwrap();
    upload.write(some_bytes(100_000)).await.unwrap();
    let incoming = folder.path().join("releases/.incoming");
    std::fs::write(incoming.join("left-by-a-crash"), b"half").unwrap();
    assert_eq!(storage.sweep().await.unwrap(), 1);
    assert_eq!(files(&incoming).len(), 1, "an upload under way stays");
    upload.commit().await.unwrap();
    assert_eq!(read(&storage, "ws/b.csv").await.map(|bytes| bytes.len()), Some(100_000));
    assert_eq!(read(&storage, "ws/a.csv").await.as_deref(), Some(b"a".as_slice()));
}

#[tokio::test]
async fn a_file_and_a_folder_cannot_have_one_name() {
    let (_folder, storage) = in_folder();
    storage.put("ws/a", Bytes::from_static(b"file")).await.unwrap();
    for path in ["ws/a/b", "ws"] {
        let failure = storage.put(path, Bytes::from_static(b"other")).await.err();
        assert!(matches!(failure, Some(StorageError::BadPath(_))), "{path}: {failure:?}");
    }
    let long = format!("ws/{}", "x".repeat(256));
    assert!(matches!(storage.put(&long, Bytes::new()).await.err(), Some(StorageError::BadPath(_))));
    assert_eq!(read(&storage, "ws/a").await.as_deref(), Some(b"file".as_slice()));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_a_failure_with_a_reason() {
    let folder = Folder::new().unwrap();
    let root = folder.path().join("file");
    std::fs::write(&root, b"not a folder").unwrap();
    let storage = Storage::new(StorageSettings::Folder(root)).unwrap();
    assert!(storage.begin("ws/a").await.is_err());
    assert!(storage.open("ws/a").await.unwrap().is_none());
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_is_a_failure() {
    let (folder, storage) = in_folder();
    storage.put("ws/a", some_bytes(300_000)).await.unwrap();
    let stored = storage.open("ws/a").await.unwrap().unwrap();
    let place = folder.path().join("releases/ws/a");
    std::fs::OpenOptions::new().write(true).open(place).unwrap().set_len(100_000).unwrap();
    assert!(matches!(stored.bytes().await.err(), Some(StorageError::Failed(_))));
}

#[tokio::test]
async fn a_bucket_that_refuses_is_a_failure_without_its_secret() {
    let (_folder, store, _storage) = in_bucket();
    let storage = bucket_of(&store, "live", "quite-the-wrong-secret");
    let failure = storage.put("ws/a", Bytes::from_static(b"a")).await.unwrap_err();
    let text = format!("{failure} {failure:?} {storage:?}");
    assert!(matches!(failure, StorageError::Failed(_)), "{text}");
    assert!(!text.contains("quite-the-wrong-secret"), "{text}");
}
