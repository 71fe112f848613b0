//! Files in a bucket of an S3-compatible object store, over the `object_store` crate. A large file is sent in parts that
//! become an object when the upload is completed; until then nobody sees any of it. What a killed process leaves is an
//! incomplete multipart upload, which the bucket's own life-cycle rule should remove.

use std::{fmt, ops::Range, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt,
    PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::SpawnedReqwestConnector,
    path::Path,
};
use tokio::runtime::Handle;

use super::{ByteStream, Result, S3Settings, StorageError};
use crate::SetupError;

/// The least that S3 takes as a part that is not the last; an upload holds so much in memory.
const PART: usize = 5 * 1024 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For one request, such as sending a part.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// No request is repeated later than this after its first attempt.
const RETRY_WITHIN: Duration = Duration::from_secs(20);

pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    prefix: String,
}

impl Bucket {
    /// Requests run on the runtime of the caller, because connections are shared by all threads that ask.
    pub fn new(settings: S3Settings) -> std::result::Result<Self, SetupError> {
        let runtime = Handle::try_current().map_err(|error| SetupError::Storage(error.to_string()))?;
        let is_plain = settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
        let options =
            ClientOptions::new().with_connect_timeout(CONNECT_TIMEOUT).with_timeout(REQUEST_TIMEOUT);
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(3),
            base: 2.0,
        };
        let retry = RetryConfig { backoff, max_retries: 5, retry_timeout: RETRY_WITHIN };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(settings.bucket)
            .with_region(settings.region)
            .with_access_key_id(settings.access_key_id.expose())
            .with_secret_access_key(settings.secret_access_key.expose())
            .with_client_options(options)
            .with_retry(retry)
            .with_http_connector(SpawnedReqwestConnector::new(runtime))
            .with_allow_http(is_plain);
        if let Some(endpoint) = settings.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        if let Some(token) = settings.session_token {
            builder = builder.with_token(token.expose());
        }
        let store = builder.build().map_err(|error| SetupError::Storage(error.to_string()))?;
        Ok(Self { store: Arc::new(store), prefix: settings.prefix })
    }

    pub async fn head(&self, path: &str) -> Result<Option<Object>> {
        let Ok(key) = self.key(path) else { return Ok(None) };
        match self.store.head(&key).await {
            Ok(facts) => {
                let modified = Timestamp::from_millisecond(facts.last_modified.timestamp_millis());
                let modified = modified.unwrap_or(Timestamp::UNIX_EPOCH);
                Ok(Some(Object { store: self.store.clone(), key, size: facts.size, modified }))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failure(path, &error)),
        }
    }

    pub async fn delete(&self, path: &str) -> Result<()> {
        match self.store.delete(&self.key(path)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failure(path, &error)),
        }
    }

    pub fn begin(&self, path: &str) -> Result<Upload> {
        let key = self.key(path)?;
        Ok(Upload { store: self.store.clone(), key, pending: BytesMut::new(), parts: None })
    }

    /// Names are taken as they are; the crate's other constructor would encode some characters, and Django's files would
    /// not be found.
    fn key(&self, path: &str) -> Result<Path> {
        let bad = || StorageError::BadPath(path.to_owned());
        let whole = if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) };
        if path.is_empty() || path.starts_with('/') || path.ends_with('/') {
            return Err(bad());
        }
        Path::parse(whole).map_err(|_| bad())
    }
}

pub(super) struct Object {
    store: Arc<AmazonS3>,
    key: Path,
    pub size: u64,
    pub modified: Timestamp,
}

impl Object {
    pub async fn stream(self, range: Range<u64>) -> Result<ByteStream> {
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let name = self.key.to_string();
        let answer = self.store.get_opts(&self.key, options).await.map_err(|error| failure(&name, &error))?;
        Ok(answer.into_stream().map_err(move |error| failure(&name, &error)).boxed())
    }
}

pub(super) struct Upload {
    store: Arc<AmazonS3>,
    key: Path,
    /// Less than a part.
    pending: BytesMut,
    /// None as long as everything fits into one request.
    parts: Option<Parts>,
}

impl Upload {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while self.pending.len() + rest.len() > PART {
            let (now, later) = rest.split_at(PART - self.pending.len());
            self.gather(now);
            rest = later;
            self.send_part().await?;
        }
        self.gather(rest);
        Ok(())
    }

    /// Sends the last part of a file that has several; a small one is sent when it is committed.
    pub async fn seal(&mut self) -> Result<()> {
        if self.parts.is_some() && !self.pending.is_empty() { self.send_part().await } else { Ok(()) }
    }

    pub async fn commit(mut self) -> Result<()> {
        self.seal().await?;
        let name = self.key.to_string();
        match self.parts.take() {
            Some(parts) => parts.complete().await,
            None => {
                let whole = PutPayload::from(self.pending.split().freeze());
                self.store.put(&self.key, whole).await.map(|_| ())
            }
        }
        .map_err(|error| failure(&name, &error))
    }

    pub async fn discard(mut self) {
        if let Some(parts) = self.parts.take() {
            parts.abort().await;
        }
    }

    /// What has been sent is free again by now, and its memory is used for the next part.
    fn gather(&mut self, bytes: &[u8]) {
        self.pending.reserve(PART - self.pending.len());
        self.pending.extend_from_slice(bytes);
    }

    async fn send_part(&mut self) -> Result<()> {
        let name = self.key.to_string();
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let begun = self.store.put_multipart(&self.key).await;
                none.insert(Parts(Some(begun.map_err(|error| failure(&name, &error))?)))
            }
        };
        let part = self.pending.split().freeze();
        parts.send(part).await.map_err(|error| failure(&name, &error))
    }
}

/// A multipart upload under way, aborted when dropped.
struct Parts(Option<Box<dyn MultipartUpload>>);

impl Parts {
    async fn send(&mut self, part: Bytes) -> object_store::Result<()> {
        match &mut self.0 {
            Some(upload) => upload.put_part(PutPayload::from(part)).await,
            None => Ok(()),
        }
    }

    async fn complete(mut self) -> object_store::Result<()> {
        if let Some(upload) = &mut self.0 {
            upload.complete().await?;
        }
        self.0 = None;
        Ok(())
    }

    async fn abort(mut self) {
        if let Some(mut upload) = self.0.take() {
            abort(&mut *upload).await;
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if let (Some(mut upload), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { abort(&mut *upload).await });
        }
    }
}

async fn abort(upload: &mut dyn MultipartUpload) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%error, "an upload to the bucket could not be aborted; its life-cycle rule has to remove it");
    }
}

fn failure(path: &str, error: &dyn fmt::Display) -> StorageError {
    StorageError::Failed(format!("{path}: {error}"))
}
