//! Where released files lie, how large they may be, and who hands them out.

use clients::{
    Secret,
    storage::{S3Settings, StorageSettings},
};

use super::read::Reader;

#[derive(Debug, Clone)]
pub struct Releases {
    pub storage: StorageSettings,
    /// In bytes. A larger file is refused.
    pub file_size_limit: u64,
    /// The proxy's own name for the folder of released files, with a slash at its start and none at its end. None: this
    /// server sends the bytes itself.
    pub redirect: Option<String>,
}

impl Releases {
    pub(super) fn read(env: &mut Reader) -> Releases {
        let location = env.text("RELEASE_STORAGE", "releases");
        let storage = match StorageSettings::is_bucket(&location) {
            true => StorageSettings::S3(Box::new(bucket(env, &location))),
            false => StorageSettings::Folder(location.into()),
        };
        Releases {
            redirect: redirect(env, &storage),
            storage,
            // Sizes are kept as `integer`.
            file_size_limit: env.number("RELEASE_FILE_SIZE_LIMIT", 16 * 1024 * 1024, 1..=2_147_483_647),
        }
    }
}

fn bucket(env: &mut Reader, location: &str) -> S3Settings {
    let (bucket, prefix) = StorageSettings::bucket_and_prefix(location).unwrap_or_else(|problem| {
        env.problem("RELEASE_STORAGE", problem);
        Default::default()
    });
    let endpoint = env.optional_url("AWS_ENDPOINT_URL");
    let is_plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() != "https");
    if is_plain && !env.flag("AWS_ALLOW_HTTP", "true") {
        env.problem("AWS_ENDPOINT_URL", "must begin with https://, unless AWS_ALLOW_HTTP is true");
    }
    S3Settings {
        bucket,
        prefix,
        access_key_id: env.required_secret("AWS_ACCESS_KEY_ID"),
        secret_access_key: env.required_secret("AWS_SECRET_ACCESS_KEY"),
        session_token: env.optional("AWS_SESSION_TOKEN").map(Secret::new),
        region: env.text("AWS_REGION", "us-east-1"),
        endpoint,
    }
}

fn redirect(env: &mut Reader, storage: &StorageSettings) -> Option<String> {
    let prefix = env.optional("RELEASES_REDIRECT")?;
    if matches!(storage, StorageSettings::S3(_)) {
        env.problem("RELEASES_REDIRECT", "needs a RELEASE_STORAGE that is a folder");
    }
    let is_path = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    if !prefix.starts_with('/') || !is_path {
        env.problem("RELEASES_REDIRECT", "must be a path such as /protected/releases");
    }
    Some(prefix.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{super::read::Problem, *};

    fn read(pairs: &[(&str, &str)]) -> Result<Releases, Vec<Problem>> {
        let lookup =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let mut env = Reader::new(lookup);
        let releases = Releases::read(&mut env);
        env.finish(releases)
    }

    #[track_caller]
    fn is_refused(pairs: &[(&str, &str)], name: &str) {
        let problems = read(pairs).err().unwrap_or_default();
        let names: Vec<&str> = problems.iter().map(|problem| problem.name.as_str()).collect();
        assert_eq!(names, [name], "{pairs:?}");
    }

    const BUCKET: [(&str, &str); 4] = [
        ("RELEASE_STORAGE", "s3://releases/live"),
        ("AWS_ACCESS_KEY_ID", "an-access-key"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2-and-more"),
        ("AWS_REGION", "eu-west-2"),
    ];

    #[test]
    fn a_folder_is_the_default() {
        let releases = read(&[]).unwrap();
        assert!(
            matches!(releases.storage, StorageSettings::Folder(folder) if folder.as_os_str() == "releases")
        );
        assert_eq!(releases.file_size_limit, 16_777_216);
        assert_eq!(releases.redirect, None);
    }

    #[test]
    fn a_bucket_needs_its_keys() {
        let releases = read(&BUCKET).unwrap();
        assert!(!format!("{releases:?}").contains("hunter2"));
        let StorageSettings::S3(bucket) = releases.storage else { panic!("a bucket is expected") };
        assert_eq!((bucket.bucket.as_str(), bucket.prefix.as_str()), ("releases", "live"));
        is_refused(&BUCKET[..2], "AWS_SECRET_ACCESS_KEY");
    }

    #[test]
    fn a_bucket_is_spoken_to_in_the_clear_only_if_that_is_said() {
        let with = |more: &[(&'static str, &'static str)]| [&BUCKET[..], more].concat();
        let endpoint = ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000");
        is_refused(&with(&[endpoint]), "AWS_ENDPOINT_URL");
        assert!(read(&with(&[endpoint, ("AWS_ALLOW_HTTP", "true")])).is_ok());
    }

    #[test]
    fn a_proxy_can_only_hand_out_what_lies_in_a_folder() {
        let releases = read(&[("RELEASES_REDIRECT", "/protected/releases/")]).unwrap();
        assert_eq!(releases.redirect.as_deref(), Some("/protected/releases"));
        is_refused(&[("RELEASES_REDIRECT", "protected")], "RELEASES_REDIRECT");
        is_refused(&[&BUCKET[..], &[("RELEASES_REDIRECT", "/protected")]].concat(), "RELEASES_REDIRECT");
    }

    #[test]
    fn limits_of_file_sizes_are_whole_numbers() {
        for text in ["0", "16MB", "2147483648", "-1"] {
            is_refused(&[("RELEASE_FILE_SIZE_LIMIT", text)], "RELEASE_FILE_SIZE_LIMIT");
        }
        assert!(read(&[("RELEASE_FILE_SIZE_LIMIT", "2147483647")]).is_ok());
    }
}
