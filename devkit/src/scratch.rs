//! Folders that a test may fill, removed with all that is in them.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rand::RngExt;

use crate::{Error, Result};

/// A folder of nobody else's; dropping it removes it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Result<Folder> {
        let random: [u8; 8] = rand::rng().random();
        let path = std::env::temp_dir().join(format!("job-server-test-{}", HEXLOWER.encode(&random)));
        std::fs::create_dir(&path).map_err(Error::file("make", &path))?;
        Ok(Folder(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
