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

#[derive(Debug)]
pub struct Definition {
    pub text: String,
    pub pipeline: Result<Pipeline, pipeline::Error>,
}

#[derive(Clone)]
struct ByText;

impl Weighter<String, Arc<Definition>> for ByText {
    fn weight(&self, _: &String, definition: &Arc<Definition>) -> u64 {
        1_000 + definition.text.len() as u64 * OVERHEAD
    }
}

pub struct Definitions(Cache<String, Arc<Definition>, ByText>);

impl Default for Definitions {
    fn default() -> Self {
        Definitions(Cache::with_weighter(200, CAPACITY, ByText))
    }
}

impl Definitions {
    /// The definition of a repository at a full commit.
    pub async fn at(&self, github: &GitHub, repo: &RepoName, sha: &str) -> Result<Arc<Definition>, Problem> {
        let key = repo.key(sha);
        if let Some(known) = self.0.get(&key) {
            return Ok(known);
        }
        let text = github
            .file_at_commit(&repo.owner, &repo.name, "project.yaml", sha)
            .await?
            .ok_or_else(|| Problem::missing("Could not find project.yaml"))?;
        let definition = Arc::new(parsed(text).await?);
        self.0.insert(key, definition.clone());
        Ok(definition)
    }
}

/// Parsing a large file takes its time, which no other task of this thread should have to wait.
async fn parsed(text: String) -> Result<Definition, Problem> {
    let parsing = tokio::task::spawn_blocking(move || {
        let pipeline = pipeline::parse(&text);
        Definition { text, pipeline }
    });
    parsing.await.map_err(|error| {
        tracing::error!(%error, "reading a project.yaml broke off");
        Problem::missing("project.yaml cannot be read: our reader gave up. Please tell us.")
    })
}
