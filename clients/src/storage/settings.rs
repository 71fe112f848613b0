//! How the place of released files is written down: a folder, or `s3://BUCKET/PREFIX` with the variables that S3 tools
//! share (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`).

use std::path::PathBuf;

use url::Url;

use crate::Secret;

#[derive(Debug, Clone)]
pub enum StorageSettings {
    /// Made when the first file is written.
    Folder(PathBuf),
    S3(Box<S3Settings>),
}

#[derive(Debug, Clone)]
pub struct S3Settings {
    pub bucket: String,
    /// What all keys begin with; empty, or without slashes at its ends.
    pub prefix: String,
    pub access_key_id: Secret,
    pub secret_access_key: Secret,
    pub session_token: Option<Secret>,
    pub region: String,
    /// None: Amazon's own.
    pub endpoint: Option<Url>,
}

impl StorageSettings {
    /// Whether `location` names a bucket rather than a folder.
    pub fn is_bucket(location: &str) -> bool {
        location.starts_with("s3://")
    }

    /// The bucket and the prefix of `s3://BUCKET/PREFIX`. An error says what is wrong with it.
    pub fn bucket_and_prefix(location: &str) -> Result<(String, String), &'static str> {
        let rest = location.strip_prefix("s3://").ok_or("must begin with s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = bucket.len() >= 3
            && bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if !is_name {
            return Err("must name a bucket, such as s3://releases/production");
        }
        let prefix = prefix.trim_matches('/');
        let is_plain = prefix.is_empty() || prefix.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !is_plain || prefix.chars().any(char::is_control) {
            return Err("must have a prefix without empty parts, `.` and `..`");
        }
        Ok((bucket.to_owned(), prefix.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_may_have_a_prefix() {
        let of = |location| StorageSettings::bucket_and_prefix(location).ok();
        let pair = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(of("s3://releases"), pair("releases", ""));
        assert_eq!(of("s3://releases/"), pair("releases", ""));
        assert_eq!(of("s3://releases/a/b/"), pair("releases", "a/b"));
        for location in ["s3://", "s3:///a", "s3://re leases", "s3://releases/a//b", "s3://releases/../b"] {
            assert_eq!(of(location), None, "{location}");
        }
    }

    #[test]
    fn a_folder_is_no_bucket() {
        assert!(StorageSettings::is_bucket("s3://releases"));
        assert!(!StorageSettings::is_bucket("/storage/releases"));
        assert!(!StorageSettings::is_bucket("releases"));
    }
}
