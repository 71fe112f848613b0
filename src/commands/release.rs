//! `job-server release`: releases a folder of files, as Airlock would do it but without anybody having to check them. For
//! trials and development.

mod folder;

use std::{path::PathBuf, process::ExitCode};

use actors::{ReleaseUploads, UploadError};
use bytes::Bytes;
use clap::Args;
use domain::{
    file_name::FileName,
    ids::{BackendId, UserId},
    new_backend,
    new_user::{self, NewUser},
    releases::{
        self, NewFile, NewRelease,
        place::{self, Place},
    },
    uploads::{self, Arrived},
    users,
    workspace_setup::{self, Wanted},
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::io::AsyncReadExt;

use super::operator::{self, Failure, Operator, Outcome};
use crate::{
    api::releases::requested::{Requested, RequestedFile},
    config::Config,
    outside,
};
use folder::FoundFile;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Every file below it is released under its path within it
    directory: PathBuf,
    #[arg(short, long, default_value = "test-workspace")]
    workspace: String,
    /// Slug of the backend that the release comes from
    #[arg(short, long, default_value = "test-backend")]
    backend: String,
    /// Username of who releases
    #[arg(short, long, default_value = "test-user")]
    user: String,
    /// Make the workspace, the backend and the user if they are missing
    #[arg(short, long)]
    create: bool,
}

/// What a workspace is made of that is missing.
const PROJECT: &str = "test-project";
const REPO: &str = "https://github.com/opensafely/test-repo";

const PIECE_BYTES: usize = 64 * 1024;

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| release(&operator, &arguments).await)
}

async fn release(operator: &Operator, arguments: &Arguments) -> Outcome {
    let files = folder::files(&arguments.directory, operator.config.releases.file_size_limit)
        .map_err(Failure::refused)?;
    if arguments.create {
        make_missing(operator, arguments).await?;
    }
    let (place, backend, user) = find(operator, arguments).await?;
    let new = new_release(&files, &place, backend, user);
    let id = match releases::create(&operator.db().await?, &new).await? {
        releases::Outcome::There(id) => id,
        releases::Outcome::Refused(refused) => return Err(Failure::refused(refused.to_string())),
    };
    let storage = outside::Clients::new(&operator.config).map_err(Failure::setup)?.storage;
    let uploads = ReleaseUploads::alone(operator.pool(), storage);
    for file in &files {
        let sent = upload(&uploads, &place, &id, user, file).await;
        sent.map_err(|reason| Failure::refused(format!("{}: {reason}", file.name)))?;
    }
    let base_url = &operator.config.base_url;
    println!("Release created:");
    println!("{base_url}{}", place.release_url(&id));
    println!("{base_url}/{}/{}/", place.project_slug, place.workspace_name);
    Ok(())
}

async fn make_missing(operator: &Operator, arguments: &Arguments) -> Outcome {
    let mut db = operator.db().await?;
    let tx = db.transaction().await.map_err(domain::Error::from)?;
    let username = &arguments.user;
    let email = format!("{username}@example.com");
    let user = new_user::ensure(&tx, &NewUser { username, fullname: username, email: &email }).await?;
    new_backend::ensure(&tx, &arguments.backend, None).await?;
    if place::of_workspace(&tx, &arguments.workspace).await?.is_none() {
        let wanted = Wanted {
            name: &arguments.workspace,
            project: Some(PROJECT),
            repo_url: Some(REPO),
            branch: None,
            user: user.id,
        };
        workspace_setup::ensure(&tx, &wanted).await?;
    }
    tx.commit().await.map_err(domain::Error::from)?;
    Ok(())
}

async fn find(operator: &Operator, arguments: &Arguments) -> Result<(Place, BackendId, UserId), Failure> {
    let db = operator.db().await?;
    let (place, backend, user) = tokio::try_join!(
        place::of_workspace(&db, &arguments.workspace),
        new_backend::find(&db, &arguments.backend),
        users::find_by_username(&db, &arguments.user),
    )?;
    let missing = |kind: &str, name: &str| {
        Failure::refused(format!("{kind} '{name}' does not exist; --create makes what is missing"))
    };
    Ok((
        place.ok_or_else(|| missing("Workspace", &arguments.workspace))?,
        backend.ok_or_else(|| missing("Backend", &arguments.backend))?,
        user.ok_or_else(|| missing("User", &arguments.user))?.id,
    ))
}

fn new_release(files: &[FoundFile], place: &Place, backend: BackendId, user: UserId) -> NewRelease {
    let nothing = || Value::String(String::new());
    let requested = files.iter().map(|file| RequestedFile {
        name: file.name.clone(),
        url: file.name.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        date: file.modified_at,
        metadata: nothing(),
        review: None,
    });
    let requested = Requested { files: requested.collect(), metadata: Map::new(), review: None };
    let promised = files.iter().map(|file| NewFile {
        name: file.name.clone(),
        sha256: file.sha256.clone(),
        size: file.size,
        modified_at: file.modified_at,
        metadata: nothing(),
    });
    NewRelease {
        id: None,
        workspace: place.workspace,
        backend,
        created_by: user,
        files: promised.collect(),
        requested_files: requested.stored(),
        metadata: requested.metadata,
    }
}

/// Why a file did not get there.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("a file name {0}")]
    Name(&'static str),
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Storage(#[from] clients::storage::StorageError),
}

/// Piece by piece, as it would come over the network.
async fn upload(
    uploads: &ReleaseUploads,
    place: &Place,
    release: &str,
    by: UserId,
    file: &FoundFile,
) -> Result<(), Unsent> {
    let name = FileName::new(&file.name).map_err(|refused| Unsent::Name(refused.reason))?;
    let path = uploads::path_of(&place.workspace_name, release, &name);
    let mut receiving = uploads.begin(&path).await?;
    let mut source = tokio::fs::File::open(&file.source).await?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = source.read(&mut piece).await?;
        if length == 0 {
            break;
        }
        receiving.write(Bytes::copy_from_slice(&piece[..length])).await?;
    }
    receiving.seal().await?;
    let arrived = Arrived {
        release: release.to_owned(),
        name,
        path,
        sha256: receiving.sha256(),
        size: receiving.size(),
        by,
        at: Timestamp::now(),
    };
    uploads.commit(receiving, arrived).await?;
    Ok(())
}
