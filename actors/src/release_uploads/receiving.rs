//! A file on its way in: hashed and counted while it goes to a temporary object. Nobody but the one who sends it waits for
//! it here.

use bytes::Bytes;
use clients::storage::{Result, Upload};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::supervision::Place;

/// Dropped, it leaves nothing behind.
pub struct Receiving {
    upload: Upload,
    hash: Sha256,
    size: u64,
    /// For the order that will commit it.
    place: Place,
    /// Its share of what may be received at a time.
    receiver: OwnedSemaphorePermit,
}

impl Receiving {
    pub(super) fn new(upload: Upload, place: Place, receiver: OwnedSemaphorePermit) -> Self {
        Self { upload, hash: Sha256::new(), size: 0, place, receiver }
    }

    /// Adds to the end. After an error nothing but dropping it is left.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.hash.update(&bytes);
        self.size += bytes.len() as u64;
        self.upload.write(bytes).await
    }

    /// Call this after the last byte: what is slow about storing it is done here.
    pub async fn seal(&mut self) -> Result<()> {
        self.upload.seal().await
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Of the bytes so far, in lower-case hex.
    pub fn sha256(&self) -> String {
        HEXLOWER.encode(&self.hash.clone().finalize())
    }

    pub(super) fn into_parts(self) -> (Upload, Place, OwnedSemaphorePermit) {
        (self.upload, self.place, self.receiver)
    }
}
