//! An S3-compatible object store over a folder: the `s3s` crates speak the protocol and check signatures; an object is a
//! file below `FOLDER/BUCKET`.

use std::{
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    path::{Path, PathBuf},
    thread::JoinHandle,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::sync::oneshot;

use crate::{Error, Result};

pub const BUCKET: &str = "releases";
pub const ACCESS_KEY_ID: &str = "stand-in-access-key";
pub const SECRET_ACCESS_KEY: &str = "stand-in-secret-key";

/// A running store; dropping it stops it and leaves its folder.
#[derive(Debug)]
pub struct S3 {
    /// Without a trailing slash.
    pub url: String,
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Listens on the first of `address` that is free (port 0: any), with one empty bucket in `folder`.
pub fn start(address: impl ToSocketAddrs, folder: &Path) -> Result<S3> {
    let bucket = folder.join(BUCKET);
    std::fs::create_dir_all(&bucket).map_err(Error::file("make", &bucket))?;
    let refuse =
        |error: &dyn std::fmt::Debug| Error::StandIn(format!("the S3 stand-in cannot start: {error:?}"));
    let files = FileSystem::new(folder).map_err(|error| refuse(&error))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    let service = service.build();
    let listener = TcpListener::bind(address).map_err(|error| refuse(&error))?;
    listener.set_nonblocking(true).map_err(|error| refuse(&error))?;
    let address: SocketAddr = listener.local_addr().map_err(|error| refuse(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| refuse(&error))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        runtime.block_on(async move {
            tokio::select! {
                outcome = serve(listener, service) => {
                    if let Err(error) = outcome {
                        tracing::error!(%error, "the S3 stand-in ended");
                    }
                }
                _ = stopped => {}
            }
        });
    });
    Ok(S3 { url: format!("http://{address}"), folder: bucket, stop: Some(stop), thread: Some(thread) })
}

async fn serve(listener: TcpListener, service: S3Service) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (socket, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            let connections = Builder::new(TokioExecutor::new());
            // A client that leaves is none of our business.
            connections.serve_connection(TokioIo::new(socket), service).await.ok();
        });
    }
}

impl S3 {
    /// The environment of a server that keeps its released files here.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("RELEASE_STORAGE", format!("s3://{BUCKET}")),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }

    /// The bytes of an object; none if there is none.
    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(key)).ok()
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
