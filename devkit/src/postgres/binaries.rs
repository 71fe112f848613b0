//! Finds PostgreSQL's own programs: those on PATH first, then the newest under `/usr/lib/postgresql/*/bin`, where Debian
//! and its relatives put them without adding them to PATH.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Result};

/// A folder with `postgres` and `initdb` of one version.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The preferred installation; with `major`, the preferred one of that version.
    pub fn find(major: Option<u32>) -> Result<Binaries> {
        let mut found = folders().into_iter().filter_map(|folder| Binaries::in_folder(&folder));
        match major {
            None => found.next().ok_or_else(|| Error::Postgres(NONE_FOUND.to_owned())),
            Some(major) => found.find(|binaries| binaries.major == major).ok_or_else(|| {
                Error::Postgres(format!(
                    "the data folder was made by PostgreSQL {major}, which is not installed here: \
                     install it, or remove the data folder to start with an empty database"
                ))
            }),
        }
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether this installation can count statements; on Debian the library is in a package of its own in some releases.
    pub fn has_pg_stat_statements(&self) -> bool {
        ["../lib", "../lib/postgresql", "../lib64"]
            .iter()
            .any(|lib| self.folder.join(lib).join("pg_stat_statements.so").is_file())
    }

    fn in_folder(folder: &Path) -> Option<Binaries> {
        // PATH often holds links into the real installation, beside which the libraries are.
        let postgres = folder.join("postgres").canonicalize().ok()?;
        let folder = postgres.parent()?.to_owned();
        if !folder.join("initdb").is_file() {
            return None;
        }
        let answer = Command::new(&postgres).arg("--version").output().ok()?;
        let major = major_version(&String::from_utf8_lossy(&answer.stdout))?;
        Some(Binaries { folder, major })
    }
}

const NONE_FOUND: &str = "no PostgreSQL server programs found on PATH or under /usr/lib/postgresql/*/bin: install them \
    (on Debian or Ubuntu: apt-get install postgresql), or set DATABASE_URL to a server of your own";

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    folders.extend(installed.into_iter().map(|(_, folder)| folder));
    folders
}

/// From `postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)`, also `17beta1`.
fn major_version(text: &str) -> Option<u32> {
    let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says_of_itself() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(major_version("something else"), None);
    }
}
