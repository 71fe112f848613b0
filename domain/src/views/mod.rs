//! Read models: what a page shows, in one or two statements, whatever the number of rows. They never write.

/// Lines on one page of a log. The statements name it as a literal: PostgreSQL plans for a limit that it does not know as if
/// a tenth of the table were wanted, and then reads whole tables.
pub const PAGE_SIZE: i64 = 25;

/// Joins `org`, the organisation that leads `project`, else the first that works on it; or nothing.
macro_rules! lead_org {
    () => {
        "LEFT JOIN LATERAL (
             SELECT org.*
             FROM jobserver_projectcollaboration AS collaboration
             JOIN jobserver_org AS org ON org.id = collaboration.org_id
             WHERE collaboration.project_id = project.id
             ORDER BY collaboration.is_lead DESC, collaboration.id
             LIMIT 1
         ) AS org ON true"
    };
}

pub mod audit_log;
pub mod event_log;
pub mod home;
pub mod job;
pub mod job_request;
pub mod job_request_history;
pub mod job_request_jobs;
pub mod options;
pub mod outputs_list;
pub mod people;
pub mod project;
pub mod project_report;
pub mod release_files;
pub mod release_list;
pub mod release_page;
pub mod repo_matches;
pub mod rows;
pub mod run_jobs;
pub mod staff_applications;
pub mod staff_backends;
pub mod staff_chosen;
pub mod staff_dashboards;
pub mod staff_job_request;
pub mod staff_job_requests;
pub mod staff_orgs;
pub mod staff_project;
pub mod staff_projects;
pub mod staff_redirects;
pub mod staff_repos;
pub mod staff_user;
pub mod staff_users;
pub mod staff_workspaces;
pub mod status;
pub mod table_sizes;
pub mod workspace;
pub mod workspace_actions;
pub mod workspace_log;
