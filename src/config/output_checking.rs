//! Where output checkers hear of release requests.

use domain::airlock::{Repository, Settings};

use super::read::Reader;

#[derive(Debug, Clone)]
pub struct OutputChecking {
    /// The repository for issues.
    pub repository: Repository,
    pub slack_channel: String,
    /// After so many failed attempts at a comment Slack is told of it without a link; the comment is tried further.
    pub github_attempts: i32,
}

impl OutputChecking {
    pub(super) fn read(env: &mut Reader) -> OutputChecking {
        let repository = Repository {
            owner: env.text("DEFAULT_OUTPUT_CHECKING_GITHUB_ORG", "ebmdatalab"),
            name: env.text("DEFAULT_OUTPUT_CHECKING_REPO", "opensafely-output-review"),
        };
        if !repository.is_possible() {
            env.problem(
                "DEFAULT_OUTPUT_CHECKING_REPO",
                "and DEFAULT_OUTPUT_CHECKING_GITHUB_ORG must be names that GitHub allows",
            );
        }
        OutputChecking {
            repository,
            slack_channel: env.text("DEFAULT_OUTPUT_CHECKING_SLACK_CHANNEL", "opensafely-outputs"),
            github_attempts: env.number("DEFAULT_MAX_GITHUB_RETRIES", 3, 1..=1_000),
        }
    }

    pub fn settings(&self, base_url: &str) -> Settings {
        Settings {
            base_url: base_url.to_owned(),
            repository: self.repository.clone(),
            slack_channel: self.slack_channel.clone(),
        }
    }
}
