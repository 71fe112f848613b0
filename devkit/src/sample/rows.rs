//! The rows of everything but job requests. The database sets no defaults, so every column is named.

use serde_json::{Value, json};
use tokio_postgres::Transaction;

use super::{
    catalogue::{ACCOUNTS, Account, BACKENDS, ORGS, PROJECTS, WORKSPACES},
    repositories::email_of,
};
use crate::{Result, standins::github::Person};

/// Who made what nobody in particular made.
const MAKER: &str = "kim-everything";

pub(super) async fn insert(transaction: &Transaction<'_>) -> Result<()> {
    insert_users(transaction).await?;
    insert_orgs(transaction).await?;
    insert_backends(transaction).await?;
    insert_projects(transaction).await?;
    insert_workspaces(transaction).await?;
    insert_alert(transaction).await
}

/// A role as the database names it.
fn stored(role: &str) -> String {
    format!("jobserver.authorization.roles.{role}")
}

async fn insert_users(transaction: &Transaction<'_>) -> Result<()> {
    let column = |of: fn(&Account) -> String| ACCOUNTS.iter().map(of).collect::<Vec<String>>();
    let usernames = column(|account| account.username.to_owned());
    let fullnames = column(|account| account.fullname.to_owned());
    let emails = column(|account| email_of(account.username));
    // An array of arrays of different lengths cannot be unnested row by row, but its text can.
    let roles = column(|account| account.roles.iter().map(|role| stored(role)).collect::<Vec<_>>().join(","));
    transaction
        .execute(
            "INSERT INTO jobserver_user
               (password, username, email, fullname, date_joined, roles)
             SELECT '', username, email, fullname, now() - interval '600 days', string_to_array(roles, ',')
               FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS given (username, email, fullname, roles)",
            &[&usernames, &emails, &fullnames, &roles],
        )
        .await?;
    let identity = |account: &Account| {
        let id = Person::new(account.username, None, None).id();
        let extra = json!({"auth_time": 1_767_225_600, "id": id, "login": account.username});
        (id.to_string(), extra)
    };
    let (uids, extras): (Vec<String>, Vec<Value>) = ACCOUNTS.iter().map(identity).unzip();
    transaction
        .execute(
            "INSERT INTO social_auth_usersocialauth
               (provider, uid, user_id, created, modified, extra_data)
             SELECT 'github', uid, jobserver_user.id, date_joined, date_joined, extra_data
               FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS given (username, uid, extra_data)
               JOIN jobserver_user USING (username)",
            &[&usernames, &uids, &extras],
        )
        .await?;
    Ok(())
}

async fn insert_orgs(transaction: &Transaction<'_>) -> Result<()> {
    let slugs: Vec<&str> = ORGS.iter().map(|org| org.slug).collect();
    let names: Vec<&str> = ORGS.iter().map(|org| org.name).collect();
    transaction
        .execute(
            "INSERT INTO jobserver_org
               (name, slug, description, logo, logo_file, github_orgs, created_at, created_by_id)
             SELECT name, slug, '', '', '', ARRAY['opensafely'], now() - interval '580 days', maker.id
               FROM unnest($1::text[], $2::text[]) AS given (name, slug)
               JOIN jobserver_user AS maker ON maker.username = $3",
            &[&names, &slugs, &MAKER],
        )
        .await?;
    let (usernames, slugs) = pairs(ACCOUNTS.iter().map(|account| (account.username, account.orgs)));
    transaction
        .execute(
            "INSERT INTO jobserver_orgmembership
               (created_at, org_id, user_id)
             SELECT now() - interval '570 days', jobserver_org.id, jobserver_user.id
               FROM unnest($1::text[], $2::text[]) AS given (username, slug)
               JOIN jobserver_user USING (username)
               JOIN jobserver_org USING (slug)",
            &[&usernames, &slugs],
        )
        .await?;
    Ok(())
}

async fn insert_backends(transaction: &Transaction<'_>) -> Result<()> {
    let slugs: Vec<&str> = BACKENDS.iter().map(|backend| backend.slug).collect();
    let names: Vec<&str> = BACKENDS.iter().map(|backend| backend.name).collect();
    let tokens: Vec<&str> = BACKENDS.iter().map(|backend| backend.token).collect();
    transaction
        .execute(
            "INSERT INTO jobserver_backend
               (slug, name, is_active, auth_token, alert_timeout, created_at, updated_at, is_in_maintenance_mode)
             SELECT slug, name, true, token, interval '5 minutes', now() - interval '580 days', now(), false
               FROM unnest($1::text[], $2::text[], $3::text[]) AS given (slug, name, token)",
            &[&slugs, &names, &tokens],
        )
        .await?;
    let (usernames, slugs) = pairs(ACCOUNTS.iter().map(|account| (account.username, account.backends)));
    transaction
        .execute(
            "INSERT INTO jobserver_backendmembership
               (created_at, backend_id, user_id)
             SELECT now() - interval '570 days', jobserver_backend.id, jobserver_user.id
               FROM unnest($1::text[], $2::text[]) AS given (username, slug)
               JOIN jobserver_user USING (username)
               JOIN jobserver_backend USING (slug)",
            &[&usernames, &slugs],
        )
        .await?;
    Ok(())
}

async fn insert_projects(transaction: &Transaction<'_>) -> Result<()> {
    let column =
        |of: fn(&super::catalogue::Project) -> &'static str| PROJECTS.iter().map(of).collect::<Vec<&str>>();
    let slugs = column(|project| project.slug);
    let names = column(|project| project.name);
    let statuses = column(|project| project.status);
    let categories = column(|project| project.category);
    let numbers: Vec<Option<&str>> = PROJECTS.iter().map(|project| project.number).collect();
    transaction
        .execute(
            "INSERT INTO jobserver_project
               (name, slug, number, status, status_description, copilot_notes, category,
                created_at, created_by_id, updated_at, updated_by_id)
             SELECT name, slug, number, status, '', '', category,
                    now() - interval '470 days', maker.id, now() - interval '90 days', maker.id
               FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                    AS given (name, slug, number, status, category)
               JOIN jobserver_user AS maker ON maker.username = $6",
            &[&names, &slugs, &numbers, &statuses, &categories, &MAKER],
        )
        .await?;
    let (project_slugs, org_slugs) = pairs(PROJECTS.iter().map(|project| (project.slug, project.orgs)));
    let is_lead: Vec<bool> =
        PROJECTS.iter().flat_map(|project| project.orgs.iter().map(|org| *org == project.orgs[0])).collect();
    transaction
        .execute(
            "INSERT INTO jobserver_projectcollaboration
               (is_lead, org_id, project_id, created_at, created_by_id, updated_at, updated_by_id)
             SELECT is_lead, jobserver_org.id, jobserver_project.id,
                    jobserver_project.created_at, maker.id, jobserver_project.created_at, maker.id
               FROM unnest($1::text[], $2::text[], $3::bool[]) AS given (project, org, is_lead)
               JOIN jobserver_project ON jobserver_project.slug = project
               JOIN jobserver_org ON jobserver_org.slug = org
               JOIN jobserver_user AS maker ON maker.username = $4",
            &[&project_slugs, &org_slugs, &is_lead, &MAKER],
        )
        .await?;
    let members =
        || PROJECTS.iter().flat_map(|project| project.members.iter().map(|member| (project.slug, member)));
    let projects: Vec<&str> = members().map(|(project, _)| project).collect();
    let usernames: Vec<&str> = members().map(|(_, (username, _))| *username).collect();
    let roles: Vec<String> = members().map(|(_, (_, role))| stored(role)).collect();
    transaction
        .execute(
            "INSERT INTO jobserver_projectmembership
               (roles, created_at, created_by_id, project_id, user_id)
             SELECT ARRAY[role], now() - interval '460 days', maker.id, jobserver_project.id, jobserver_user.id
               FROM unnest($1::text[], $2::text[], $3::text[]) AS given (slug, username, role)
               JOIN jobserver_project USING (slug)
               JOIN jobserver_user USING (username)
               JOIN jobserver_user AS maker ON maker.username = $4",
            &[&projects, &usernames, &roles, &MAKER],
        )
        .await?;
    Ok(())
}

async fn insert_workspaces(transaction: &Transaction<'_>) -> Result<()> {
    let column = |of: fn(&super::catalogue::Workspace) -> &'static str| {
        WORKSPACES.iter().map(of).collect::<Vec<&str>>()
    };
    let names = column(|workspace| workspace.name);
    let projects = column(|workspace| workspace.project);
    let branches = column(|workspace| workspace.branch);
    let owners = column(|workspace| workspace.owner);
    let purposes = column(|workspace| workspace.purpose);
    let urls: Vec<String> = WORKSPACES.iter().map(|workspace| repo_url(workspace.repository)).collect();
    let archived: Vec<bool> = WORKSPACES.iter().map(|workspace| workspace.is_archived).collect();
    let notifying: Vec<bool> = WORKSPACES.iter().map(|workspace| workspace.should_notify).collect();
    transaction
        .execute(
            "INSERT INTO jobserver_repo
               (url, has_github_outputs)
             SELECT DISTINCT url, url LIKE '%/vaccine-coverage'
               FROM unnest($1::text[]) AS given (url)",
            &[&urls],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO jobserver_workspace
               (name, branch, is_archived, should_notify, purpose, uses_new_release_flow,
                created_at, created_by_id, updated_at, updated_by_id, project_id, repo_id)
             SELECT given.name, branch, is_archived, should_notify, purpose, true,
                    now() - interval '450 days', owner.id, now() - interval '60 days', owner.id,
                    jobserver_project.id, jobserver_repo.id
               FROM unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::text[], $6::text[], $7::text[], $8::text[])
                    AS given (name, branch, is_archived, should_notify, purpose, owner_name, slug, url)
               JOIN jobserver_project USING (slug)
               JOIN jobserver_repo USING (url)
               JOIN jobserver_user AS owner ON owner.username = owner_name",
            &[&names, &branches, &archived, &notifying, &purposes, &owners, &projects, &urls],
        )
        .await?;
    Ok(())
}

pub(super) fn repo_url(name: &str) -> String {
    format!("https://github.com/opensafely/{name}")
}

async fn insert_alert(transaction: &Transaction<'_>) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO jobserver_sitealert
               (title, message, level, created_at, updated_at, created_by_id, updated_by_id)
             SELECT 'Sample data', 'Everything here is invented, and jobs only pretend to run.', 'info',
                    now(), now(), maker.id, maker.id
               FROM jobserver_user AS maker
              WHERE maker.username = $1",
            &[&MAKER],
        )
        .await?;
    Ok(())
}

/// One pair for each element of each list, as two columns.
fn pairs(
    lists: impl Iterator<Item = (&'static str, &'static [&'static str])>,
) -> (Vec<&'static str>, Vec<&'static str>) {
    lists.flat_map(|(one, many)| many.iter().map(move |other| (one, *other))).unzip()
}
