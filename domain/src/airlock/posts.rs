//! What was written to GitHub about a release request, so that it is written once even if a process dies, or an answer
//! gets lost, between asking and knowing. Whoever wants to write asks here first, and notes here what came of it. What
//! these rows cannot know (whether a call whose answer was lost took effect) has to be looked up at GitHub.

use std::time::Duration;

use jiff::Timestamp;

use super::Repository;
use crate::{Result, db::GenericClient};

/// What is written: the issue of a release request, or one comment on it.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    pub repository: &'a Repository,
    pub request: &'a str,
    pub part: Part<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    Issue,
    /// By its marker.
    Comment(&'a str),
}

impl Part<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Issue => "issue",
            Self::Comment(marker) => marker,
        }
    }
}

/// What is known of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// GitHub was not asked, or said clearly that it will not.
    Unwritten,
    /// GitHub was asked and nobody knows what came of it. The call can still take effect until then.
    Unknown { until: Timestamp },
    Written {
        /// Of the issue.
        number: Option<i64>,
        url: Option<String>,
    },
}

pub async fn standing(db: &impl GenericClient, post: Post<'_>) -> Result<Standing> {
    let select = db
        .prepare_cached(
            "SELECT written_at IS NOT NULL, number, url, asked_until
             FROM release_request_post
             WHERE owner = lower($1)
               AND repo = lower($2)
               AND request = $3
               AND part = $4",
        )
        .await?;
    let Post { repository, request, part } = post;
    let row = db.query_opt(&select, &[&repository.owner, &repository.name, &request, &part.as_str()]).await?;
    let Some(row) = row else { return Ok(Standing::Unwritten) };
    if row.try_get(0)? {
        return Ok(Standing::Written { number: row.try_get(1)?, url: row.try_get(2)? });
    }
    Ok(row
        .try_get::<_, Option<Timestamp>>(3)?
        .map_or(Standing::Unwritten, |until| Standing::Unknown { until }))
}

/// To be called, and committed, before GitHub is asked to write. False when it must not be asked: it is written, or a
/// call that was begun before can still take effect. `effect_within` is the longest time that this one can take.
pub async fn ask(db: &impl GenericClient, post: Post<'_>, effect_within: Duration) -> Result<bool> {
    let upsert = db
        .prepare_cached(
            "INSERT INTO release_request_post AS post (owner, repo, request, part, asked_until)
             VALUES (lower($1), lower($2), $3, $4, clock_timestamp() + make_interval(secs => $5))
             ON CONFLICT (owner, repo, request, part) DO UPDATE
             SET asked_until = excluded.asked_until
             WHERE post.written_at IS NULL
               AND (post.asked_until IS NULL OR post.asked_until <= clock_timestamp())",
        )
        .await?;
    let Post { repository, request, part } = post;
    let seconds = effect_within.as_secs_f64();
    let asked = db
        .execute(&upsert, &[&repository.owner, &repository.name, &request, &part.as_str(), &seconds])
        .await?;
    Ok(asked > 0)
}

/// It is there: it was written now, or it was found.
pub async fn written(
    db: &impl GenericClient,
    post: Post<'_>,
    number: Option<i64>,
    url: Option<&str>,
) -> Result<()> {
    let upsert = db
        .prepare_cached(
            "INSERT INTO release_request_post (owner, repo, request, part, written_at, number, url)
             VALUES (lower($1), lower($2), $3, $4, clock_timestamp(), $5, $6)
             ON CONFLICT (owner, repo, request, part) DO UPDATE
             SET written_at = excluded.written_at, number = excluded.number, url = excluded.url",
        )
        .await?;
    let Post { repository, request, part } = post;
    db.execute(&upsert, &[&repository.owner, &repository.name, &request, &part.as_str(), &number, &url])
        .await?;
    Ok(())
}

/// What an answer that was no success says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was refused and had no effect.
    Refused,
    /// It has ended, with or without effect.
    Ended,
}

pub async fn not_written(db: &impl GenericClient, post: Post<'_>, answer: Answer) -> Result<()> {
    let update = db
        .prepare_cached(
            "UPDATE release_request_post
             SET asked_until = CASE WHEN $5 THEN clock_timestamp() END
             WHERE owner = lower($1)
               AND repo = lower($2)
               AND request = $3
               AND part = $4
               AND written_at IS NULL",
        )
        .await?;
    let Post { repository, request, part } = post;
    let may_have_effect = answer == Answer::Ended;
    db.execute(&update, &[&repository.owner, &repository.name, &request, &part.as_str(), &may_have_effect])
        .await?;
    Ok(())
}

/// The issue is gone for good: another may take its place.
pub async fn forget_issue(db: &impl GenericClient, repository: &Repository, request: &str) -> Result<()> {
    let delete = db
        .prepare_cached(
            "DELETE FROM release_request_post
             WHERE owner = lower($1)
               AND repo = lower($2)
               AND request = $3
               AND part = 'issue'",
        )
        .await?;
    db.execute(&delete, &[&repository.owner, &repository.name, &request]).await?;
    Ok(())
}
