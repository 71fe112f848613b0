//! Cancelling where no controller is there to be asked: the wish is written down, and the runner finds it when it next
//! fetches the job request.

use crate::{
    Result,
    db::{GenericClient, Object},
    job_requests::{self, CancelOrder, Cancellation},
};

/// The action that stands for all others.
const RUN_ALL: &str = "run_all";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// These are to be cancelled.
    Actions(Vec<String>),
    /// None of the actions asked for waits or runs.
    NothingActive,
}

/// Writes down that the active ones of the wanted actions are to be cancelled, or all active ones when none are named. As
/// long as no jobs are known, whatever was requested counts as active. None: no such job request.
pub async fn cancel(db: &mut Object, order: &CancelOrder) -> Result<Option<Cancelled>> {
    let Some(cancellation) = job_requests::cancellation(db, order).await? else { return Ok(None) };
    let actions = match cancellation {
        Cancellation::Actions { actions, .. } => actions,
        Cancellation::NotStartedYet => requested(db, order).await?,
        Cancellation::NothingActive => Vec::new(),
    };
    if actions.is_empty() {
        return Ok(Some(Cancelled::NothingActive));
    }
    job_requests::add_cancelled_actions(db, order, &actions).await?;
    Ok(Some(Cancelled::Actions(actions)))
}

/// What a job request without jobs asked for.
async fn requested(db: &impl GenericClient, order: &CancelOrder) -> Result<Vec<String>> {
    let select = db
        .prepare_cached(
            "SELECT job_request.requested_actions, job_request.project_definition
             FROM jobserver_jobrequest AS job_request
             WHERE job_request.id = $1
               AND NOT EXISTS (SELECT
                               FROM jobserver_job AS job
                               WHERE job.job_request_id = job_request.id)",
        )
        .await?;
    let Some(row) = db.query_opt(&select, &[&order.job_request]).await? else { return Ok(Vec::new()) };
    let mut actions = spelled_out(row.get(0), row.get(1));
    if let Some(wanted) = &order.actions {
        actions.retain(|action| wanted.contains(action));
    }
    Ok(actions)
}

/// A runner cancels jobs by the names of their actions, and no job is called `run_all` unless the project has an action of that
/// name.
fn spelled_out(requested: Vec<String>, definition: &str) -> Vec<String> {
    if !requested.iter().any(|action| action == RUN_ALL) {
        return requested;
    }
    match pipeline::parse(definition) {
        Ok(pipeline) if pipeline.actions.iter().all(|action| action.name != RUN_ALL) => {
            pipeline.actions.into_iter().map(|action| action.name).collect()
        }
        _ => requested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = "version: '4.0'\nactions:\n  one:\n    run: python:v2 python a.py\n    outputs: {moderately_sensitive: {a: a.csv}}\n  two:\n    run: python:v2 python b.py\n    outputs: {moderately_sensitive: {b: b.csv}}\n";

    #[test]
    fn run_all_is_every_action_of_the_pipeline() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(spelled_out(names(&["run_all"]), DEFINITION), ["one", "two"]);
        assert_eq!(spelled_out(names(&["two"]), DEFINITION), ["two"]);
        assert_eq!(spelled_out(names(&["run_all"]), "nonsense: ["), ["run_all"]);
    }
}
