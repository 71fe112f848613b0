//! The two orders: creating the jobs of a job request and cancelling some of them. The job request is committed before
//! and no transaction is open during a call, so a process that dies in between leaves a row that the status loop
//! resolves.

use std::time::Duration;

use clients::{
    rap::{CreateRequest, Created, RapClient, RapError},
    retry::Retry,
};
use domain::{
    db::Pool,
    ids::JobRequestId,
    job_requests::{self, CancelOrder, Cancellation, CreationFacts, CreationOutcome},
    live,
    status::JobRequestStatus,
};

/// What the controller has decided must be written down even when the database is away for a minute.
const RECORDING: Retry =
    Retry::new(Duration::from_millis(200), Duration::from_secs(5)).attempts(30, Duration::from_secs(75));

/// What came of asking for jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreationReport {
    pub status: JobRequestStatus,
    pub message: Option<String>,
    /// Jobs that the controller has for it, as far as it said.
    pub count: i64,
}

/// What came of cancelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelReport {
    /// The actions that the controller agreed to cancel.
    pub actions: Vec<String>,
}

/// Why an order was not carried out, or not yet.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    #[error("too many requests are waiting for the RAP controller; try again in a minute")]
    Busy,
    #[error("the server is stopping; try again in a minute")]
    Stopping,
    /// The order goes on; its outcome will show on the job request's page.
    #[error("the RAP controller has not answered yet")]
    StillWorking,
    #[error("there is no such job request")]
    NoSuchJobRequest,
    #[error("information about the jobs is not available yet; try again in a minute")]
    NotStartedYet,
    #[error("none of these actions is waiting or running")]
    NothingActive,
    #[error(transparent)]
    Rap(#[from] RapError),
    #[error(transparent)]
    Database(#[from] domain::Error),
    #[error("the order broke off unexpectedly")]
    BrokenOff,
}

impl ControllerError {
    /// Whether something is out of order, as opposed to having been asked for in vain.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Rap(_) | Self::Database(_) | Self::BrokenOff)
    }
}

pub(crate) struct Orders {
    pub pool: Pool,
    pub rap: RapClient,
    pub health: crate::supervision::HealthCell,
}

impl Orders {
    pub async fn create(&self, id: JobRequestId) -> Result<CreationReport, ControllerError> {
        let facts = job_requests::for_creation(&self.db().await?, id).await?;
        let facts = facts.ok_or(ControllerError::NoSuchJobRequest)?;
        if !matches!(facts.status, JobRequestStatus::Unknown | JobRequestStatus::UnknownErrorCreatingJobs) {
            return Ok(CreationReport { status: facts.status, message: None, count: 0 });
        }
        tracing::info!(job_request = id.0, rap_id = facts.identifier, actions = ?facts.requested_actions, "creating jobs");
        let answer = self.rap.create(&request(&facts)).await;
        let (outcome, count) = outcome(&answer);
        match &answer {
            Ok(created) => {
                tracing::info!(job_request = id.0, rap_id = facts.identifier, ?created, "jobs created")
            }
            Err(error) => {
                tracing::error!(job_request = id.0, rap_id = facts.identifier, %error, "creating jobs failed")
            }
        }
        if let Err(error) = &answer
            && !matches!(outcome, CreationOutcome::Refused { .. })
        {
            self.health.note_failure(&error.to_string());
        }
        RECORDING.run(|| self.record_creation(id, &outcome), is_outage).await?;
        let (status, message) = outcome.status();
        Ok(CreationReport { status, message: message.map(str::to_owned), count })
    }

    async fn record_creation(&self, id: JobRequestId, outcome: &CreationOutcome) -> domain::Result<()> {
        let db = self.db().await?;
        job_requests::record_creation(&db, id, outcome).await?;
        if *outcome == CreationOutcome::Scheduled {
            live::wake_rap_status(&db).await?;
        }
        Ok(())
    }

    pub async fn cancel(&self, order: &CancelOrder) -> Result<CancelReport, ControllerError> {
        let id = order.job_request;
        let cancellation = job_requests::cancellation(&self.db().await?, order).await?;
        let (rap_id, actions) = match cancellation.ok_or(ControllerError::NoSuchJobRequest)? {
            Cancellation::NotStartedYet => return Err(ControllerError::NotStartedYet),
            Cancellation::NothingActive => return Err(ControllerError::NothingActive),
            Cancellation::Actions { identifier, actions } => (identifier, actions),
        };
        let first: Vec<&String> = actions.iter().take(10).collect();
        tracing::info!(job_request = id.0, rap_id, count = actions.len(), actions = ?first, "cancelling jobs");
        if let Err(error) = self.rap.cancel(&rap_id, &actions).await {
            tracing::error!(job_request = id.0, rap_id, %error, "cancelling jobs failed");
            return Err(error.into());
        }
        RECORDING.run(|| self.record_cancellation(order, &actions), is_outage).await?;
        Ok(CancelReport { actions })
    }

    async fn record_cancellation(&self, order: &CancelOrder, actions: &[String]) -> domain::Result<()> {
        let mut db = self.db().await?;
        job_requests::add_cancelled_actions(&mut db, order, actions).await?;
        live::wake_rap_status(&db).await
    }

    async fn db(&self) -> domain::Result<domain::db::Object> {
        Ok(self.pool.get().await?)
    }
}

fn is_outage(error: &domain::Error) -> bool {
    matches!(error, domain::Error::Unavailable(_))
}

fn request(facts: &CreationFacts) -> CreateRequest {
    let facts = facts.clone();
    CreateRequest {
        analysis_scope: facts.analysis_scope(),
        rap_id: facts.identifier,
        backend: facts.backend,
        workspace: facts.workspace,
        repo_url: facts.repo_url,
        branch: facts.branch,
        commit: facts.sha,
        requested_actions: facts.requested_actions,
        codelists_ok: facts.codelists_ok,
        force_run_dependencies: facts.force_run_dependencies,
        created_by: facts.created_by,
        project: facts.project_slug,
        orgs: facts.orgs,
    }
}

/// What an answer means for the job request: an answer that is not the controller's own leaves open whether it has
/// made jobs.
fn outcome(answer: &Result<Created, RapError>) -> (CreationOutcome, i64) {
    let outcome = match answer {
        Ok(Created { count, .. }) if *count > 0 => CreationOutcome::Scheduled,
        Ok(Created { details, .. }) => CreationOutcome::NothingToDo { details: details.clone() },
        Err(RapError::Response { details: Some(details), .. }) => {
            CreationOutcome::Refused { details: details.clone() }
        }
        Err(RapError::Response { json: false, .. } | RapError::Request(_)) => CreationOutcome::Unclear,
        Err(RapError::Response { .. } | RapError::Malformed(_) | RapError::NotConfigured) => {
            CreationOutcome::Unexpected
        }
    };
    (outcome, answer.as_ref().map_or(0, |created| created.count.max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(json: bool, details: Option<&str>) -> Result<Created, RapError> {
        Err(RapError::Response {
            status: 400,
            details: details.map(str::to_owned),
            json,
            body: String::new(),
        })
    }

    #[test]
    fn each_answer_has_its_outcome() {
        let created = |count| Ok(Created { count, details: "details".to_owned() });
        let refused = CreationOutcome::Refused { details: "no such branch".to_owned() };
        for (answer, expected) in [
            (created(3), CreationOutcome::Scheduled),
            (created(0), CreationOutcome::NothingToDo { details: "details".to_owned() }),
            (created(-1), CreationOutcome::NothingToDo { details: "details".to_owned() }),
            (response(true, Some("no such branch")), refused),
            (response(true, None), CreationOutcome::Unexpected),
            (response(false, None), CreationOutcome::Unclear),
            (Err(RapError::Request("timed out".to_owned())), CreationOutcome::Unclear),
            (Err(RapError::Malformed("no count".to_owned())), CreationOutcome::Unexpected),
            (Err(RapError::NotConfigured), CreationOutcome::Unexpected),
        ] {
            assert_eq!(outcome(&answer).0, expected, "{answer:?}");
        }
    }
}
