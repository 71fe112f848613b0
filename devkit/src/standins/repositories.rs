//! Git repositories in memory, shared by the stand-ins of GitHub and of the RAP controller: branches, commits, files.
//! The same pushes always give the same commit ids, so that rows which name them outlive a restart.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha1::{Digest, Sha1};

use crate::{Error, Result};

/// All repositories, by `owner/name`; clones are the same set.
#[derive(Debug, Clone, Default)]
pub struct Repositories {
    inner: Arc<RwLock<BTreeMap<String, Repository>>>,
}

/// A repository with all its commits.
#[derive(Debug, Clone)]
pub struct Repository {
    pub owner: String,
    pub name: String,
    pub is_private: bool,
    pub topics: Vec<String>,
    pub created_at: Timestamp,
    /// Name and head.
    pub branches: BTreeMap<String, String>,
    commits: BTreeMap<String, Commit>,
}

/// A commit with the whole tree of files.
#[derive(Debug, Clone)]
pub struct Commit {
    pub sha: String,
    pub parent: Option<String>,
    pub message: String,
    pub author: String,
    pub at: Timestamp,
    /// Every file of the repository at this commit, by path.
    pub files: Arc<BTreeMap<String, String>>,
}

/// What a push brings.
#[derive(Debug, Clone)]
pub struct Push {
    pub branch: String,
    pub message: String,
    pub author: String,
    pub at: Timestamp,
    /// Path and new content; none removes the file.
    pub changes: Vec<(String, Option<String>)>,
}

impl Repositories {
    /// Makes an empty repository, or does nothing if there is one of that name.
    pub fn create(&self, slug: &str, created_at: Timestamp) -> Result<()> {
        let (owner, name) = slug
            .split_once('/')
            .filter(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
            .ok_or_else(|| Error::StandIn(format!("{slug:?} is not owner/name")))?;
        self.write(|all| {
            all.entry(slug.to_owned()).or_insert_with(|| Repository {
                owner: owner.to_owned(),
                name: name.to_owned(),
                is_private: true,
                topics: Vec::new(),
                created_at,
                branches: BTreeMap::new(),
                commits: BTreeMap::new(),
            });
        });
        Ok(())
    }

    /// Adds a commit to a branch, which is made from nothing if there is none, and answers with the commit's id.
    pub fn push(&self, slug: &str, push: Push) -> Result<String> {
        self.edit(slug, |repository| repository.push(push))
    }

    /// Changes a repository in place.
    pub fn edit<T>(&self, slug: &str, change: impl FnOnce(&mut Repository) -> T) -> Result<T> {
        self.write(|all| all.get_mut(slug).map(change))
            .ok_or_else(|| Error::StandIn(format!("there is no repository {slug}")))
    }

    /// As if it had been deleted at GitHub.
    pub fn remove(&self, slug: &str) {
        self.write(|all| all.remove(slug));
    }

    /// A copy of a repository as it is now.
    pub fn get(&self, slug: &str) -> Option<Repository> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).get(slug).cloned()
    }

    /// Those of one owner, by name.
    pub fn of_owner(&self, owner: &str) -> Vec<Repository> {
        let all = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        all.values().filter(|repository| repository.owner == owner).cloned().collect()
    }

    fn write<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Repository>) -> T) -> T {
        change(&mut self.inner.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Repository {
    /// `owner/name`.
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The commit with exactly that id.
    pub fn commit(&self, sha: &str) -> Option<&Commit> {
        self.commits.get(sha)
    }

    /// The commit that a branch name, a commit id, or the unambiguous beginning of one means.
    pub fn resolve(&self, reference: &str) -> Option<&Commit> {
        let by_branch = self.branches.get(reference).and_then(|head| self.commits.get(head));
        by_branch.or_else(|| self.commits.get(reference)).or_else(|| {
            let mut starting = self.commits.range(reference.to_owned()..).map(|(_, commit)| commit);
            let first =
                starting.next().filter(|commit| reference.len() >= 7 && commit.sha.starts_with(reference))?;
            let is_ambiguous = starting.next().is_some_and(|commit| commit.sha.starts_with(reference));
            (!is_ambiguous).then_some(first)
        })
    }

    /// The newest commit of a branch and all before it, newest first.
    pub fn history(&self, branch: &str) -> impl Iterator<Item = &Commit> {
        let head = self.branches.get(branch).and_then(|sha| self.commits.get(sha));
        std::iter::successors(head, |commit| self.commits.get(commit.parent.as_ref()?))
    }

    fn push(&mut self, push: Push) -> String {
        let parent = self.branches.get(&push.branch).cloned();
        let mut files = match parent.as_ref().and_then(|sha| self.commits.get(sha)) {
            Some(parent) => (*parent.files).clone(),
            None => BTreeMap::new(),
        };
        for (path, content) in push.changes {
            match content {
                Some(content) => files.insert(path, content),
                None => files.remove(&path),
            };
        }
        let sha = self.id_of(parent.as_deref(), &push.message, &files);
        let commit = Commit {
            sha: sha.clone(),
            parent,
            message: push.message,
            author: push.author,
            at: push.at,
            files: Arc::new(files),
        };
        self.commits.insert(sha.clone(), commit);
        self.branches.insert(push.branch, sha.clone());
        sha
    }

    fn id_of(&self, parent: Option<&str>, message: &str, files: &BTreeMap<String, String>) -> String {
        let mut digest = Sha1::new();
        for text in [self.slug().as_str(), parent.unwrap_or_default(), message] {
            digest.update(text.as_bytes());
            digest.update([0]);
        }
        for (path, content) in files {
            digest.update(path.as_bytes());
            digest.update([0]);
            digest.update(content.as_bytes());
            digest.update([0]);
        }
        HEXLOWER.encode(&digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(branch: &str, path: &str, content: Option<&str>) -> Push {
        Push {
            branch: branch.to_owned(),
            message: "change".to_owned(),
            author: "ada".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            changes: vec![(path.to_owned(), content.map(str::to_owned))],
        }
    }

    #[test]
    fn an_older_commit_keeps_its_files() {
        let all = Repositories::default();
        all.create("org/study", Timestamp::UNIX_EPOCH).unwrap();
        let first = all.push("org/study", push("main", "a.txt", Some("one"))).unwrap();
        let second = all.push("org/study", push("main", "a.txt", None)).unwrap();
        let study = all.get("org/study").unwrap();
        assert_eq!(study.resolve(&first).unwrap().files["a.txt"], "one");
        assert!(study.resolve("main").unwrap().files.is_empty());
        assert_eq!(study.resolve(&second[..8]).unwrap().sha, second);
        assert!(study.resolve("nowhere").is_none());
        assert_eq!(study.history("main").count(), 2);
    }

    #[test]
    fn the_same_pushes_give_the_same_ids() {
        let id = || {
            let all = Repositories::default();
            all.create("org/study", Timestamp::now()).unwrap();
            all.push("org/study", push("main", "a.txt", Some("one"))).unwrap()
        };
        assert_eq!(id(), id());
    }
}
