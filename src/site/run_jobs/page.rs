//! The two handlers of the run-jobs page.

use actix_web::web;
use domain::{
    job_requests::NewJobRequest,
    project_permissions::sqlrunner_permitted,
    views::{workspace, workspace_actions},
};

use super::{
    entered::{Entered, new_token},
    gate::{self, Address, Gate, Open},
    request::{self, Outcome},
    view::{Content, RunJobsPage},
};
use crate::{
    app::App,
    code::{self, Lookup, Problem, Ready},
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        form::Fields,
        redirect,
        shell::Page,
        visitor::Visitor,
    },
};

/// `GET /{project}/{workspace}/run-jobs/[{ref}/]`
pub async fn form(app: App, visitor: Visitor, address: web::Path<Address>) -> PageResult {
    let open = match gate::pass(&app, &visitor, &address).await? {
        Gate::Open(open) => open,
        Gate::Elsewhere(response) => return Ok(response),
    };
    let lookup = look_up(&app, &open, &address).await?;
    let entered = Entered::untouched(&open);
    show(&app, &visitor, &open, lookup, entered, Vec::new()).await
}

/// `POST /{project}/{workspace}/run-jobs/[{ref}/]`: requests the jobs and leads to the log, or says what is wrong.
pub async fn submit(app: App, visitor: Visitor, address: web::Path<Address>, fields: Fields) -> PageResult {
    let open = match gate::pass(&app, &visitor, &address).await? {
        Gate::Open(open) => open,
        Gate::Elsewhere(response) => return Ok(response),
    };
    let mut entered = Entered::posted(&fields);
    let lookup = look_up(&app, &open, &address).await?;
    let new = match checked(&open, &lookup, &entered) {
        Ok(new) => new,
        Err(errors) => return show(&app, &visitor, &open, lookup, entered, errors).await,
    };
    match request::place(&app, new).await? {
        Outcome::Requested(notice) => {
            redirect::to(&app, &visitor, &format!("{}logs/", open.workspace.url()), vec![notice])
        }
        Outcome::Refused(reason) => {
            entered.form_token = new_token();
            show(&app, &visitor, &open, lookup, entered, vec![FieldError::of_form(reason)]).await
        }
    }
}

/// The code at the commit that would run, with the rules that depend on the project.
async fn look_up(app: &App, open: &Open, address: &Address) -> Result<Lookup, Error> {
    let workspace = &open.workspace;
    let mut lookup =
        code::look_up(app, &workspace.repo_url, &workspace.branch, address.reference.as_deref()).await?;
    let refusal = lookup.found.as_ref().ok().and_then(|ready| {
        let rules = ready.definition.pipeline.check_site_rules(sqlrunner_permitted(workspace.project.id));
        rules.err().map(|error| Problem::definition(&error, &ready.definition.text))
    });
    if let Some(problem) = refusal {
        lookup.found = Err(problem);
    }
    Ok(lookup)
}

/// The job request to make, or everything that is wrong.
fn checked(open: &Open, lookup: &Lookup, entered: &Entered) -> Result<NewJobRequest, Vec<FieldError>> {
    let (commit, ready): (_, &Ready) = match (&lookup.commit, &lookup.found) {
        (Some(commit), Ok(ready)) => (commit, ready),
        _ => {
            return Err(vec![FieldError::of_form(
                "Nothing has been requested: the code cannot be used now.",
            )]);
        }
    };
    let errors = entered.errors(&open.backends, &ready.definition.pipeline, &ready.codelists);
    match entered.backend(&open.backends) {
        Some(backend) if errors.is_empty() => Ok(NewJobRequest {
            workspace: open.workspace.id,
            backend: backend.id,
            created_by: open.person.id,
            sha: commit.sha.clone(),
            project_definition: ready.definition.text.clone(),
            codelists_ok: ready.codelists.is_ok(),
            requested_actions: entered.actions.clone(),
            force_run_dependencies: entered.force_run_dependencies,
            will_notify: entered.will_notify,
            form_token: Some(entered.form_token.clone()),
        }),
        _ => Err(errors),
    }
}

async fn show(
    app: &App,
    visitor: &Visitor,
    open: &Open,
    lookup: Lookup,
    entered: Entered,
    errors: Vec<FieldError>,
) -> PageResult {
    let name = &open.workspace.name;
    let chosen = entered.backend(&open.backends).map(|backend| backend.slug.as_str());
    let db = app.db().await?;
    let states = app.code.action_states.get(name, chosen, workspace_actions::latest(&db, name, chosen));
    let (states, latest) = tokio::try_join!(states, workspace::latest_job_request(&db, open.workspace.id))?;
    drop(db);
    let content = Content { lookup, entered, errors, states: states.unwrap_or_default(), latest };
    let view = RunJobsPage::new(open, &visitor.facts().path, content)?;
    let page = Page::titled(format!("Run Jobs: {name}")).with_maintenance_banner();
    visitor.render(app, "site/run_jobs/page", page, &view)
}
