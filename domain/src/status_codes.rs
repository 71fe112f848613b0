//! What the controller's status codes mean to a researcher, and what to do about them. The codes are the RAP
//! controller's; it may add more at any time, so an unknown code simply has no explanation.

/// One plain sentence on what a code means, and one on what to do, if anything can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    pub meaning: &'static str,
    pub advice: Option<&'static str>,
}

/// The explanation of a job's `status_code`.
pub fn explain(status_code: &str) -> Option<Explanation> {
    let (meaning, advice) = match status_code {
        "created" => ("The job is in the queue and has not been looked at yet.", None),
        "paused" => (
            "The backend is not starting new jobs at the moment.",
            Some("Nothing to do: it starts when the backend is resumed."),
        ),
        "waiting_db_maintenance" => (
            "The backend's database is under maintenance.",
            Some("Nothing to do: it starts when the maintenance is over."),
        ),
        "waiting_on_dependencies" => ("Other actions have to finish before this one can start.", None),
        "waiting_on_workers" => (
            "All of the backend's workers are busy with other jobs.",
            Some("Nothing to do: it starts when one becomes free."),
        ),
        "waiting_on_db_workers" => (
            "All of the backend's workers that may query the database are busy.",
            Some("Nothing to do: it starts when one becomes free."),
        ),
        "waiting_on_reboot" => {
            ("The backend is being restarted.", Some("Nothing to do: the job starts afresh afterwards."))
        }
        "waiting_on_new_task" => ("The job was interrupted and is about to be started again.", None),
        "initiated" => ("The backend has been told to start the job.", None),
        "preparing" => ("The code and the inputs of the job are being put in place.", None),
        "prepared" => ("Everything is in place; the job is about to run.", None),
        "executing" => ("The action's command is running.", None),
        "executed" => ("The command has ended; its outputs are about to be collected.", None),
        "finalizing" => ("The outputs are being collected.", None),
        "finalized" => ("The outputs have been collected.", None),
        "succeeded" => ("The action ran to its end and made all the outputs it declares.", None),
        "dependency_failed" => (
            "An action that this one needs has failed, so it was not run.",
            Some("Look at the failed action first, then request both again."),
        ),
        "nonzero_exit" => (
            "The action's command ended with an error.",
            Some("Read the end of the action's log to see which line of the code failed."),
        ),
        "cancelled_by_user" => (
            "Somebody asked for this job to be cancelled.",
            Some("Request the action again if its outputs are still needed."),
        ),
        "unmatched_patterns" => (
            "The command ended well but did not make all the outputs that project.yaml declares.",
            Some("Compare the file names under \"outputs\" with those that the code writes."),
        ),
        "internal_error" => (
            "Something went wrong in the system that runs the jobs, not in your code.",
            Some("Request the action again; if it fails the same way, tell the support team."),
        ),
        "killed_by_admin" => {
            ("An administrator ended this job.", Some("Ask the support team why before requesting it again."))
        }
        "stale_codelists" => (
            "The codelists in the repository differ from those on OpenCodelists.",
            Some("Run \"opensafely codelists update\", commit the result and request the action again."),
        ),
        "job_error" => (
            "The job could not be run as it is described.",
            Some("Read the message, mend project.yaml or the code, and request the action again."),
        ),
        _ => return None,
    };
    Some(Explanation { meaning, advice })
}
