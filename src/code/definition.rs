//! project.yaml at a commit: its text and what the parser makes of it. A commit never changes, so neither does this.

use std::sync::Arc;

use clients::github::GitHub;
use pipeline::Pipeline;
use quick_cache::{Weighter, sync::Cache};

use super::{RepoName, problem::Problem};

/// What all remembered definitions may weigh together, in bytes.
const CAPACITY: u64 = 24 * 1024 * 1024;
/// Text and parsed values together take about this many times the text.
const OVERHEAD: u64 = 5;

/// A project.yaml that was parsed without an error.
#[derive(Debug)]
pub struct Definition {
    pub text: String,
    pub pipeline: Pipeline,
}

/// What became of a text: mistakes are remembered as well.
type Read = Result<Arc<Definition>, Problem>;

#[derive(Clone)]
struct ByText;

impl Weighter<String, Read> for ByText {
    fn weight(&self, _: &String, read: &Read) -> u64 {
        2_000 + read.as_ref().map_or(0, |definition| definition.text.len() as u64 * OVERHEAD)
    }
}

pub struct Definitions(Cache<String, Read, ByText>);

impl Default for Definitions {
    fn default() -> Self {
        Definitions(Cache::with_weighter(200, CAPACITY, ByText))
    }
}

impl Definitions {
    /// The definition of a repository at a full commit.
    pub async fn at(&self, github: &GitHub, repo: &RepoName, sha: &str) -> Read {
        let key = repo.key(sha);
        if let Some(known) = self.0.get(&key) {
            return known;
        }
        let text = github
            .file_at_commit(&repo.owner, &repo.name, "project.yaml", sha)
            .await?
            .ok_or_else(|| Problem::missing("Could not find project.yaml"))?;
        let read = read(text).await?;
        self.0.insert(key, read.clone());
        read
    }
}

/// Reading a large file takes its time, which no other task of this thread should have to wait. The outer error is our
/// own failure, not the file's.
async fn read(text: String) -> Result<Read, Problem> {
    let reading = tokio::task::spawn_blocking(move || match pipeline::parse(&text) {
        Ok(pipeline) => Ok(Arc::new(Definition { text, pipeline })),
        Err(error) => Err(Problem::definition(&error, &text)),
    });
    reading.await.map_err(|error| {
        tracing::error!(%error, "reading a project.yaml broke off");
        Problem::missing("project.yaml cannot be read: our reader gave up. Please tell us.")
    })
}
