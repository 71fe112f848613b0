//! The job requests of one workspace, newest first, searched and filtered. Statements without a filter are apart from
//! those with one, so that a plain count reads an index alone. Never writes.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    Result,
    db::GenericClient,
    ids::{JobRequestId, WorkspaceId},
    status::{self, JobRequestStatus},
};

/// Which job requests of the workspace are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    search: Option<Search>,
    /// Slugs; a job request on any of them is wanted. Empty: on all.
    backends: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Search {
    /// For LIKE, escaped.
    pattern: String,
    /// The id that the text may mean.
    id: Option<i32>,
}

impl Filter {
    /// `text` is looked for in actions and identifiers of jobs, and as the id of a job or job request. A text that no
    /// column can hold matches nothing.
    pub fn new(text: &str, backends: &[&str]) -> Filter {
        let storable = |text: &str| !text.contains('\0');
        let search = (!text.is_empty()).then(|| Search {
            // Without wildcards: matches only what is empty, which neither an action nor an identifier is.
            pattern: if storable(text) { contains(text) } else { String::new() },
            id: text.trim().parse().ok(),
        });
        Filter {
            search,
            backends: backends
                .iter()
                .map(|slug| if storable(slug) { (*slug).to_owned() } else { String::new() })
                .collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.search.is_none() && self.backends.is_empty()
    }

    fn pattern(&self) -> Option<&str> {
        self.search.as_ref().map(|search| search.pattern.as_str())
    }

    fn id(&self) -> Option<i32> {
        self.search.as_ref().and_then(|search| search.id)
    }

    fn backends(&self) -> Option<&[String]> {
        (!self.backends.is_empty()).then_some(self.backends.as_slice())
    }
}

/// A LIKE pattern for texts that contain `text` literally.
fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The part of WHERE that [`Filter`] fills: $2 pattern, $3 id, $4 slugs.
macro_rules! matches_filter {
    () => {
        "($2::text IS NULL
          OR job_request.id = $3
          OR EXISTS (SELECT
                     FROM jobserver_job AS job
                     WHERE job.job_request_id = job_request.id
                       AND (job.action ILIKE $2 OR job.identifier ILIKE $2 OR job.id = $3)))
         AND ($4::text[] IS NULL
              OR job_request.backend_id IN (SELECT id FROM jobserver_backend WHERE slug = ANY($4)))"
    };
}

/// How many job requests there are in the workspace of this name, in all projects.
pub async fn count(db: &impl GenericClient, workspace: &str, filter: &Filter) -> Result<i64> {
    if filter.is_empty() {
        let statement = db
            .prepare_cached(
                "SELECT count(*)
                 FROM jobserver_jobrequest
                 WHERE workspace_id = (SELECT id FROM jobserver_workspace WHERE name = $1)",
            )
            .await?;
        return Ok(db.query_one(&statement, &[&workspace]).await?.try_get(0)?);
    }
    let statement = db
        .prepare_cached(concat!(
            "SELECT count(*)
             FROM jobserver_jobrequest AS job_request
             WHERE job_request.workspace_id = (SELECT id FROM jobserver_workspace WHERE name = $1)
               AND ",
            matches_filter!()
        ))
        .await?;
    let row =
        db.query_one(&statement, &[&workspace, &filter.pattern(), &filter.id(), &filter.backends()]).await?;
    Ok(row.try_get(0)?)
}

/// A backend that the workspace has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedBackend {
    pub slug: String,
    pub name: String,
}

/// The backends that have job requests in the workspace of this name, by name.
async fn backends(db: &impl GenericClient, workspace: &str) -> Result<Vec<UsedBackend>> {
    let statement = db
        .prepare_cached(
            "SELECT backend.slug, backend.name
             FROM jobserver_workspace AS workspace
             CROSS JOIN jobserver_backend AS backend
             CROSS JOIN LATERAL (
                 SELECT
                 FROM jobserver_jobrequest AS job_request
                 WHERE job_request.workspace_id = workspace.id
                   AND job_request.backend_id = backend.id
                 LIMIT 1
             ) AS used
             WHERE workspace.name = $1
             ORDER BY lower(backend.name), backend.slug",
        )
        .await?;
    let rows = db.query(&statement, &[&workspace]).await?;
    rows.iter().map(|row| Ok(UsedBackend { slug: row.try_get(0)?, name: row.try_get(1)? })).collect()
}

/// What the log of a workspace is cut into pages and filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    pub total: i64,
    pub backends: Vec<UsedBackend>,
}

/// The extent of the whole log of the workspace of this name.
pub async fn extent(db: &impl GenericClient, workspace: &str) -> Result<Extent> {
    let everything = Filter::default();
    let (total, backends) = tokio::try_join!(count(db, workspace, &everything), backends(db, workspace))?;
    Ok(Extent { total, backends })
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: JobRequestId,
    pub backend: String,
    pub created_by: String,
    stored_status: String,
}

/// What the jobs of a job request amount to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jobs {
    /// The actions, in the order of the jobs.
    pub actions: Vec<String>,
    pub succeeded: i64,
    pub started_at: Option<Timestamp>,
    statuses: Vec<String>,
}

impl Entry {
    /// Whether it is over by what is stored, so that its jobs do not move any more.
    pub fn is_settled(&self) -> bool {
        !JobRequestStatus::from_stored(&self.stored_status).is_active()
    }

    /// The effective status.
    pub fn status(&self, jobs: &Jobs) -> JobRequestStatus {
        status::derive(&self.stored_status, jobs.statuses.iter().map(String::as_str)).status
    }
}

/// The job requests from `offset` on, at most [`super::PAGE_SIZE`], newest id first.
///
/// Without a filter they are read as a range of workspaces that is cut to the one wanted: PostgreSQL then follows the
/// index, where for an equality it would sort all that a workspace has, thinking that to be few.
pub async fn entries(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    filter: &Filter,
    offset: i64,
) -> Result<Vec<Entry>> {
    let rows = if filter.is_empty() {
        let statement = db
            .prepare_cached(concat!(
                entry_columns!(),
                "FROM (SELECT id, _status, backend_id, created_by_id, workspace_id
                       FROM jobserver_jobrequest
                       WHERE workspace_id >= $1
                       ORDER BY workspace_id, id DESC
                       LIMIT 25
                       OFFSET $2) AS job_request ",
                entry_joins!("WHERE job_request.workspace_id = $1")
            ))
            .await?;
        db.query(&statement, &[&workspace, &offset]).await?
    } else {
        let statement = db
            .prepare_cached(concat!(
                entry_columns!(),
                "FROM (SELECT job_request.id, job_request._status, job_request.backend_id, job_request.created_by_id
                       FROM jobserver_jobrequest AS job_request
                       WHERE job_request.workspace_id = $1
                         AND ",
                matches_filter!(),
                "      ORDER BY job_request.id DESC
                       LIMIT 25
                       OFFSET $5) AS job_request ",
                entry_joins!("")
            ))
            .await?;
        let (pattern, id, backends) = (filter.pattern(), filter.id(), filter.backends());
        db.query(&statement, &[&workspace, &pattern, &id, &backends, &offset]).await?
    };
    rows.iter()
        .map(|row| {
            Ok(Entry {
                id: row.try_get("id")?,
                backend: row.try_get("backend")?,
                created_by: row.try_get("created_by")?,
                stored_status: row.try_get("_status")?,
            })
        })
        .collect()
}

macro_rules! entry_columns {
    () => {
        "SELECT job_request.id, job_request._status, backend.slug AS backend,
                coalesce(nullif(creator.fullname, ''), creator.username) AS created_by "
    };
}
use entry_columns;

macro_rules! entry_joins {
    ($where:literal) => {
        concat!(
            "JOIN jobserver_backend AS backend ON backend.id = job_request.backend_id
             JOIN jobserver_user AS creator ON creator.id = job_request.created_by_id ",
            $where,
            " ORDER BY job_request.id DESC"
        )
    };
}
use entry_joins;

/// The jobs of each of `job_requests`; those without jobs are absent.
pub async fn jobs(
    db: &impl GenericClient,
    job_requests: &[JobRequestId],
) -> Result<HashMap<JobRequestId, Jobs>> {
    if job_requests.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = db
        .prepare_cached(
            "SELECT job_request_id, array_agg(action) AS actions, array_agg(status) AS statuses,
                    count(*) FILTER (WHERE lower(status) = 'succeeded') AS succeeded,
                    min(started_at) AS started_at
             FROM (SELECT job_request_id, action, status, started_at
                   FROM jobserver_job
                   WHERE job_request_id = ANY($1)
                   ORDER BY job_request_id, id) AS job
             GROUP BY job_request_id",
        )
        .await?;
    let rows = db.query(&statement, &[&job_requests]).await?;
    rows.iter()
        .map(|row| {
            let jobs = Jobs {
                actions: row.try_get("actions")?,
                statuses: row.try_get("statuses")?,
                succeeded: row.try_get("succeeded")?,
                started_at: row.try_get("started_at")?,
            };
            Ok((row.try_get("job_request_id")?, jobs))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_literal() {
        assert_eq!(contains(r"50%_\a"), r"%50\%\_\\a%");
    }

    #[test]
    fn only_numbers_that_an_id_can_be_are_looked_up_as_ids() {
        for (text, id) in
            [("12", Some(12)), (" 12 ", Some(12)), ("99999999999", None), ("1a", None), ("", None)]
        {
            assert_eq!(Filter::new(text, &[]).id(), id, "{text:?}");
        }
    }

    #[test]
    fn texts_that_no_column_can_hold_match_nothing() {
        let filter = Filter::new("a\0b", &["tpp\0"]);
        assert!(!filter.pattern().unwrap().contains('\0'));
        assert_eq!(filter.backends().unwrap(), [""]);
    }
}
