//! The internal sign-off: staff say that a repository may become public, once, after a researcher has said so. Tech
//! support are told by an issue, which is queued with the sign-off and written at GitHub afterwards; this knows how far
//! that has got.

use deadpool_postgres::{GenericClient, Object};
use jiff::Timestamp;

use crate::{
    Error, Result,
    airlock::{
        IssueTask, NewIssue, Operation, Repository, for_github, link_text,
        posts::{self, Part, Post, Standing},
    },
    audit,
    ids::{RepoId, UserId},
    outbox::{self, NewMessage},
    workspaces::repo_name,
};

/// Where tech support keep their issues.
const TECH_SUPPORT: (&str, &str) = ("ebmdatalab", "tech-support");

/// Who signs off.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    pub id: UserId,
    pub username: &'a str,
    pub fullname: &'a str,
    /// Whether they may sign off what has outputs on GitHub.
    pub may_with_outputs: bool,
}

/// What became of a sign-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOff {
    Now,
    /// Somebody had done it. Nothing was changed.
    Before,
    /// No researcher has signed off yet.
    TooEarly,
    /// It has outputs on GitHub, and the signer may not sign off such.
    NotByThem,
}

/// Signs off the repository of this address. None: there is no such repository.
pub async fn sign_off(db: &mut Object, url: &str, by: Signer<'_>) -> Result<Option<SignedOff>> {
    let tx = db.transaction().await?;
    let select = tx
        .prepare_cached(
            "SELECT id, has_github_outputs, internal_signed_off_at IS NOT NULL, researcher_signed_off_at IS NOT NULL
             FROM jobserver_repo
             WHERE url = $1
             FOR UPDATE",
        )
        .await?;
    let Some(row) = tx.query_opt(&select, &[&url]).await? else { return Ok(None) };
    let (has_outputs, is_done, is_ready): (bool, bool, bool) = (row.get(1), row.get(2), row.get(3));
    if has_outputs && !by.may_with_outputs {
        return Ok(Some(SignedOff::NotByThem));
    }
    if is_done {
        return Ok(Some(SignedOff::Before));
    }
    if !is_ready {
        return Ok(Some(SignedOff::TooEarly));
    }
    write(&tx, row.get(0), url, by).await?;
    tx.commit().await?;
    Ok(Some(SignedOff::Now))
}

/// The sign-off, its audit event, and the message to tech support.
async fn write(tx: &impl GenericClient, repo: RepoId, url: &str, by: Signer<'_>) -> Result<()> {
    let update = tx
        .prepare_cached(
            "UPDATE jobserver_repo
             SET internal_signed_off_at = now(), internal_signed_off_by_id = $2
             WHERE id = $1
             RETURNING internal_signed_off_at",
        )
        .await?;
    let at: Timestamp = tx.query_one(&update, &[&repo, &by.id]).await?.get(0);
    let event =
        audit::Event::new(audit::Kind::RepoSignedOff, by.username, audit::About::repo(repo, repo_name(url)));
    audit::record(tx, &[event]).await?;
    outbox::enqueue(tx, &[message(repo, at, url, by)?]).await?;
    Ok(())
}

fn message(repo: RepoId, at: Timestamp, url: &str, by: Signer<'_>) -> Result<NewMessage> {
    let name = cause(repo, at);
    let task = IssueTask {
        repository: tech_support(),
        request: name.clone(),
        operation: Operation::Create { issue: issue(&name, url, by) },
    };
    Ok(NewMessage {
        kind: outbox::Kind::GitHub,
        ordering_key: None,
        payload: serde_json::to_value(&task)
            .map_err(|error| Error::Corrupt(format!("an issue task that is no JSON: {error}")))?,
        marker: name,
    })
}

fn issue(cause: &str, url: &str, by: Signer<'_>) -> NewIssue {
    let marker = format!("<!-- job-server:{cause} -->");
    let url = for_github(url.trim_end_matches('/'));
    let body = format!(
        "[{name}]({url}) is ready to be made public.\n\
         \n\
         Checked and approved by: {fullname} - @{username}\n\
         \n\
         - [ ] An owner of the `opensafely` organisation changes its visibility on {url}/settings\n\
         - [ ] When that is done, this issue is closed\n\
         \n\
         {marker}",
        name = link_text(repo_name(&url)),
        fullname = link_text(by.fullname),
        username = by.username,
    );
    NewIssue { title: format!("Switch {} repo to public", repo_name(&url)), body, labels: Vec::new(), marker }
}

/// Names one sign-off, in the outbox and among what was written to GitHub.
fn cause(repo: RepoId, at: Timestamp) -> String {
    format!("repo-sign-off-{repo}-{}", at.as_second())
}

fn tech_support() -> Repository {
    Repository::new(TECH_SUPPORT.0, TECH_SUPPORT.1)
}

/// How far the issue of a sign-off has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It is there, at this address.
    Written(String),
    /// It is queued.
    Waiting,
    /// Writing it was given up.
    GivenUp,
    /// Nothing is known of one: the sign-off was not made here, or long ago.
    Unknown,
}

/// How far the issue of the sign-off made `at` that time has got.
pub async fn notice(db: &impl GenericClient, repo: RepoId, at: Timestamp) -> Result<Notice> {
    let (repository, name) = (tech_support(), cause(repo, at));
    let post = Post { repository: &repository, request: &name, part: Part::Issue };
    let (standing, is_waiting) = tokio::try_join!(posts::standing(db, post), is_waiting(db, &name))?;
    Ok(match (standing, is_waiting) {
        (Standing::Written { url: Some(url), .. }, _) => Notice::Written(url),
        (_, Some(true)) => Notice::Waiting,
        (_, Some(false)) => Notice::GivenUp,
        (_, None) => Notice::Unknown,
    })
}

/// Whether a message of the outbox is still to be delivered; false when it was given up, none when it was delivered or
/// never was there.
async fn is_waiting(db: &impl GenericClient, marker: &str) -> Result<Option<bool>> {
    let select = db
        .prepare_cached(
            "SELECT dead_at IS NULL
             FROM outbox_message
             WHERE marker = $1
               AND delivered_at IS NULL",
        )
        .await?;
    Ok(db.query_opt(&select, &[&marker]).await?.map(|row| row.get(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issue_says_what_is_to_be_done_by_whom_and_carries_its_marker() {
        let by = Signer { id: UserId(1), username: "grace", fullname: "Grace <b>", may_with_outputs: false };
        let issue = issue("repo-sign-off-7-1", "https://github.com/opensafely/asthma/", by);
        assert_eq!(issue.title, "Switch asthma repo to public");
        assert_eq!(issue.labels, Vec::<String>::new());
        for part in [
            "[asthma](https://github.com/opensafely/asthma) is ready",
            "Grace &lt;b> - @grace",
            "https://github.com/opensafely/asthma/settings",
            "<!-- job-server:repo-sign-off-7-1 -->",
        ] {
            assert!(issue.body.contains(part), "{part} is not in {}", issue.body);
        }
    }
}
