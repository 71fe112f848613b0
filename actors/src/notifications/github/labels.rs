//! The labels that a repository has: which of those wanted for an issue may be sent, because GitHub would make the others,
//! and whether those are missing that every output-checking repository should have.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use clients::github::{GitHub, GitHubError};
use domain::airlock::{Repository, STATUS_LABELS};

use crate::notifications::delivery::Failure;

/// A repository whose labels were read this recently need not be checked again.
const CHECK_EVERY: Duration = Duration::from_secs(3_600);

/// An issue without labels is better than none, but not better than one a moment later.
const ATTEMPTS_FOR_LABELS: i32 = 3;

/// Remembers what was seen, so that missing labels are reported once.
#[derive(Default)]
pub(super) struct LabelWatch(Mutex<HashMap<(String, String), Seen>>);

struct Seen {
    at: Instant,
    missing: Vec<&'static str>,
}

impl LabelWatch {
    /// Those of the `wanted` labels that the repository has, as it spells them.
    pub async fn existing(
        &self,
        github: &GitHub,
        repository: &Repository,
        wanted: &[String],
        attempts: i32,
    ) -> Result<Vec<String>, Failure> {
        let labels = match github.labels(&repository.owner, &repository.name).await {
            Ok(labels) => labels,
            Err(error @ GitHubError::RateLimited { .. }) => return Err(error.into()),
            Err(error) if attempts < ATTEMPTS_FOR_LABELS => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "an issue is created without labels");
                return Ok(Vec::new());
            }
        };
        self.report(repository, &labels);
        let spelled =
            |label: &String| labels.iter().find(|existing| existing.eq_ignore_ascii_case(label)).cloned();
        Ok(wanted.iter().filter_map(spelled).collect())
    }

    /// Reports what is missing, if nobody has looked lately. That GitHub does not say stops nothing.
    pub async fn check(&self, github: &GitHub, repository: &Repository) {
        let is_fresh = |seen: &Seen| seen.at.elapsed() < CHECK_EVERY;
        let key = (repository.owner.clone(), repository.name.clone());
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).is_some_and(is_fresh) {
            return;
        }
        match github.labels(&repository.owner, &repository.name).await {
            Ok(labels) => self.report(repository, &labels),
            Err(error) => tracing::debug!(%error, "the labels of a repository cannot be read"),
        }
    }

    fn report(&self, repository: &Repository, labels: &[String]) {
        let Repository { owner, name } = repository;
        let missing = missing(labels);
        let seen = Seen { at: Instant::now(), missing: missing.clone() };
        let key = (owner.clone(), name.clone());
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, seen);
        let is_known = before.is_some_and(|before| before.missing == missing);
        if !missing.is_empty() && !is_known {
            tracing::error!(org = owner, repo = name, unknown_labels = ?missing, "Missing expected labels on repo {name}");
        }
    }
}

fn missing(labels: &[String]) -> Vec<&'static str> {
    let is_there = |wanted: &&str| labels.iter().any(|label| label.eq_ignore_ascii_case(wanted));
    STATUS_LABELS.into_iter().filter(|wanted| !is_there(wanted)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_label_is_expected_in_letters_of_either_case() {
        let labels = ["internal", "pending REVIEW", "With requester"].map(str::to_owned);
        assert_eq!(missing(&labels), ["Under review"]);
        assert_eq!(missing(&[]), STATUS_LABELS);
    }
}
