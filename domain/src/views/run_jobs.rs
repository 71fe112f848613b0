//! Where a person may run jobs, and how busy it is there. Never writes.

use jiff::Timestamp;

use crate::{
    Result,
    db::GenericClient,
    ids::{BackendId, UserId},
};

/// A backend that a person is a member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    pub id: BackendId,
    pub slug: String,
    pub name: String,
    pub is_active: bool,
    /// When it was last in touch with the controller; none: never.
    pub last_seen_at: Option<Timestamp>,
    /// Not heard of for longer than its alert timeout.
    pub is_missing: bool,
    /// Its database is closed for maintenance.
    pub is_in_maintenance: bool,
    pub jobs_running: i64,
    pub jobs_pending: i64,
}

/// The backends that a person is a member of, by name. The backend of each unfinished job is looked up by itself: joined,
/// PostgreSQL would read every job request there is.
pub async fn backends_of(db: &impl GenericClient, person: UserId) -> Result<Vec<Backend>> {
    let statement = db
        .prepare_cached(
            "SELECT backend.id, backend.slug, backend.name, backend.is_active, backend.last_seen_at,
                    backend.is_in_maintenance_mode,
                    coalesce(now() - backend.last_seen_at >= backend.alert_timeout, false) AS is_missing,
                    coalesce(jobs.running, 0) AS running,
                    coalesce(jobs.pending, 0) AS pending
             FROM jobserver_backendmembership AS membership
             JOIN jobserver_backend AS backend ON backend.id = membership.backend_id
             LEFT JOIN (SELECT (SELECT backend_id FROM jobserver_jobrequest WHERE id = job.job_request_id) AS backend_id,
                               count(*) FILTER (WHERE job.status = 'running') AS running,
                               count(*) FILTER (WHERE job.status = 'pending') AS pending
                        FROM jobserver_job AS job
                        WHERE job.status IN ('pending', 'running')
                        GROUP BY 1) AS jobs ON jobs.backend_id = backend.id
             WHERE membership.user_id = $1
             ORDER BY lower(backend.name), backend.slug",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            Ok(Backend {
                id: row.try_get("id")?,
                slug: row.try_get("slug")?,
                name: row.try_get("name")?,
                is_active: row.try_get("is_active")?,
                last_seen_at: row.try_get("last_seen_at")?,
                is_missing: row.try_get("is_missing")?,
                is_in_maintenance: row.try_get("is_in_maintenance_mode")?,
                jobs_running: row.try_get("running")?,
                jobs_pending: row.try_get("pending")?,
            })
        })
        .collect()
}

/// Slugs of the backends that are closed while creating jobs is switched off.
pub const CLOSED_WHILE_CREATING_IS_OFF: [&str; 2] = ["tpp", "emis"];

/// Those of a person's backends that can be chosen: in the site's list if it has one, not closed, and active unless
/// none of them is.
pub fn usable(mut backends: Vec<Backend>, site_list: &[String], creating_is_off: bool) -> Vec<Backend> {
    backends.retain(|backend| {
        let is_listed = site_list.is_empty() || site_list.contains(&backend.slug);
        let is_closed = creating_is_off && CLOSED_WHILE_CREATING_IS_OFF.contains(&backend.slug.as_str());
        is_listed && !is_closed
    });
    if backends.iter().any(|backend| backend.is_active) {
        backends.retain(|backend| backend.is_active);
    }
    backends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(slug: &str, is_active: bool) -> Backend {
        Backend {
            id: BackendId(1),
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
            is_active,
            last_seen_at: None,
            is_missing: false,
            is_in_maintenance: false,
            jobs_running: 0,
            jobs_pending: 0,
        }
    }

    fn slugs(backends: &[Backend]) -> Vec<&str> {
        backends.iter().map(|backend| backend.slug.as_str()).collect()
    }

    #[test]
    fn tpp_and_emis_are_closed_while_creating_jobs_is_off() {
        let all = vec![backend("emis", true), backend("test", true), backend("tpp", true)];
        assert_eq!(slugs(&usable(all.clone(), &[], true)), ["test"]);
        assert_eq!(slugs(&usable(all, &[], false)), ["emis", "test", "tpp"]);
    }

    #[test]
    fn inactive_backends_are_offered_only_when_there_is_no_other() {
        let mixed = vec![backend("old", false), backend("test", true)];
        assert_eq!(slugs(&usable(mixed, &[], false)), ["test"]);
        assert_eq!(slugs(&usable(vec![backend("old", false)], &[], false)), ["old"]);
    }

    #[test]
    fn a_site_list_leaves_others_out() {
        let all = vec![backend("test", true), backend("tpp", true)];
        assert_eq!(slugs(&usable(all, &["tpp".to_owned()], false)), ["tpp"]);
    }
}
