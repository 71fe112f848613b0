-- Indexes for the hot paths of tables that Django made and filled. They are built without locking anybody out, which
-- PostgreSQL allows only outside a transaction, so `job-server migrate` runs this file after the numbered migrations.
-- A build that was broken off leaves an INVALID index, which is dropped and built again.
-- One statement a block, each ending in a semicolon at the end of a line.

-- The status loop and the queue counts: jobs that are not finished.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_job_active_ix
    ON jobserver_job (job_request_id, status)
    WHERE status IN ('pending', 'running');

-- The status loop and the home page: job requests that are not finished.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_active_ix
    ON jobserver_jobrequest (created_at)
    WHERE _status IN ('pending', 'running', 'unknown', 'unknown_error_creating_jobs');

-- Newest first within a workspace: its page, its logs, "the previous request".
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_workspace_newest_ix
    ON jobserver_jobrequest (workspace_id, id DESC);

-- Which backends a workspace has run on, and what ran before on one of them, newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_workspace_backend_newest_ix
    ON jobserver_jobrequest (workspace_id, backend_id, id DESC);

-- The lead organisation of a project: on every line of every list.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_projectcollaboration_lead_ix
    ON jobserver_projectcollaboration (project_id, is_lead DESC, id) INCLUDE (org_id);

-- A workspace's most recent activity.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_workspace_created_ix
    ON jobserver_jobrequest (workspace_id, created_at);

-- Newest first of one person.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_creator_newest_ix
    ON jobserver_jobrequest (created_by_id, id DESC);

-- Newest first of one backend: the event log's filter, the home page.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_backend_newest_ix
    ON jobserver_jobrequest (backend_id, id DESC);

-- Newest first by time over everything.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_jobrequest_created_ix
    ON jobserver_jobrequest (created_at);

-- A backend is recognised by its token.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_backend_auth_token_ix
    ON jobserver_backend (auth_token);

-- A project's audit log.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_auditableevent_parent_ix
    ON jobserver_auditableevent (parent_model, parent_id, created_at DESC, id DESC);

-- A person's audit log: what was done to them, what they did, what happened to their projects.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_auditableevent_target_user_ix
    ON jobserver_auditableevent (target_user, created_at DESC, id DESC);

CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_auditableevent_created_by_ix
    ON jobserver_auditableevent (created_by, created_at DESC, id DESC);

CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_auditableevent_target_ix
    ON jobserver_auditableevent (target_model, target_id);

-- The latest publish request of a snapshot.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_publishrequest_snapshot_newest_ix
    ON jobserver_publishrequest (snapshot_id, created_at DESC);

-- What finished in the last day: the status page's charts.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_job_completed_ix
    ON jobserver_job (completed_at);

-- The audit log of everything, newest first, and one kind of its events; the same of the events that Django does not know.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_auditableevent_created_ix
    ON jobserver_auditableevent (created_at DESC, id DESC);

CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_auditableevent_type_ix
    ON jobserver_auditableevent (type, created_at DESC, id DESC);

CREATE INDEX CONCURRENTLY IF NOT EXISTS staff_event_type_ix
    ON staff_event (type, created_at DESC, id DESC);

-- The audit log, searched by the beginning of the name of what an event is about. A whole label may be too long for an index.
CREATE INDEX CONCURRENTLY IF NOT EXISTS staff_event_label_ix
    ON staff_event (upper(left(about_label, 100)) text_pattern_ops);

-- Projects by number, as every list of the staff area has them; without it each page of the list sorts all of them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_project_by_number_ix
    ON jobserver_project (
        (number LIKE 'POS-%') DESC NULLS LAST,
        (CASE WHEN number LIKE 'POS-%' THEN 0 ELSE length(number) END) DESC NULLS LAST,
        number COLLATE "C" DESC NULLS LAST,
        lower(name),
        id
    );

-- People by name, as every list of them has them, and every search for one to choose; without it each page sorts all of them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobserver_user_by_name_ix
    ON jobserver_user (lower(fullname), lower(username), id);

-- The list of applications, newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS applications_application_newest_ix
    ON applications_application (created_at DESC, id DESC);
