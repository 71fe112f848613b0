//! What is released: a few files of the sample's kinds, under names that are hard for a header.

use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Error, Result, sample::release_content::Content};

pub struct File {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

const FILES: &[(&str, Content)] = &[
    ("output/tables/by_practice.csv", Content::LongTable),
    ("output/tables/table1.csv", Content::Table(11)),
    ("output/tables/empty.csv", Content::Nothing),
    ("output/figures/trend.svg", Content::ScriptedDrawing),
    ("output/report.html", Content::Report),
    // All that Airlock can send: its headers are Latin-1.
    ("output/Größe & Alter.csv", Content::Table(12)),
];

pub fn all() -> Result<Vec<File>> {
    let made = FILES.iter().map(|(name, content)| {
        Ok(File { name, bytes: content.bytes().map_err(Error::file("make", Path::new(name)))? })
    });
    made.collect()
}

impl File {
    /// As it is announced before it is sent.
    pub fn announced(&self, request: &str) -> Value {
        json!({
            "name": self.name,
            "url": self.name,
            "size": self.bytes.len(),
            "sha256": HEXLOWER.encode(&Sha256::digest(&self.bytes)),
            "date": "2026-03-04T09:30:00+00:00",
            "metadata": {"tool": "airlock", "airlock_id": request},
            "review": null,
        })
    }

    /// The name between quotes, unescaped, in Latin-1.
    pub fn disposition(&self) -> Vec<u8> {
        let header = format!("attachment; filename=\"{}\"", self.name);
        header.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
    }
}
