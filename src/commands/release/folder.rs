//! A folder of files on this machine, as a release needs to know them before their bytes are sent.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub struct FoundFile {
    /// Its path within the folder, with slashes.
    pub name: String,
    pub source: PathBuf,
    /// In bytes.
    pub size: i32,
    pub sha256: String,
    pub modified_at: Timestamp,
}

/// All files below `folder`, by name; links to folders are not followed. An error says what stands in the way: no such
/// folder, no files in it, or a file that is too large or cannot be read.
pub fn files(folder: &Path, size_limit: u64) -> Result<Vec<FoundFile>, String> {
    let unreadable = |path: &Path, error: &io::Error| format!("{} cannot be read: {error}", path.display());
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        let entries = fs::read_dir(&inner).map_err(|error| unreadable(&inner, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&inner, &error))?;
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.is_file() {
                let file = read(folder, &path, size_limit);
                found.push(file.map_err(|error| unreadable(&path, &error))?);
            }
        }
    }
    if found.is_empty() {
        return Err(format!("there are no files in {}", folder.display()));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn read(folder: &Path, path: &Path, size_limit: u64) -> io::Result<FoundFile> {
    let name = path.strip_prefix(folder).ok().and_then(Path::to_str);
    let name = name.ok_or_else(|| io::Error::other("its name is not UTF-8"))?.to_owned();
    let mut source = fs::File::open(path)?;
    let facts = source.metadata()?;
    let too_large = || io::Error::other(format!("it is larger than {size_limit} bytes"));
    let size = i32::try_from(facts.len()).ok().filter(|_| facts.len() <= size_limit).ok_or_else(too_large)?;
    let mut hash = Sha256::new();
    let mut piece = [0; 16 * 1024];
    loop {
        match source.read(&mut piece)? {
            0 => break,
            length => hash.update(&piece[..length]),
        }
    }
    Ok(FoundFile {
        name,
        source: path.to_owned(),
        size,
        sha256: HEXLOWER.encode(&hash.finalize()),
        modified_at: facts.modified()?.try_into().map_err(io::Error::other)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    fn folder(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("job-server-release-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("deep/er")).unwrap();
        Folder(path)
    }

    #[test]
    fn files_are_named_by_their_path_within_the_folder() {
        let folder = folder("names");
        fs::write(folder.0.join("deep/er/b.csv"), "b").unwrap();
        fs::write(folder.0.join("a.csv"), "").unwrap();
        let found = files(&folder.0, 1).unwrap();
        let facts: Vec<(&str, i32)> = found.iter().map(|file| (file.name.as_str(), file.size)).collect();
        assert_eq!(facts, [("a.csv", 0), ("deep/er/b.csv", 1)]);
        assert_eq!(found[1].sha256, "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let folder = folder("errors");
        assert!(files(&folder.0, 1).err().unwrap().contains("no files"));
        fs::write(folder.0.join("large.csv"), "ab").unwrap();
        assert!(files(&folder.0, 1).err().unwrap().contains("large.csv"));
        assert!(files(Path::new("/no/such/folder"), 1).err().unwrap().contains("/no/such/folder"));
    }
}
