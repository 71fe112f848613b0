//! Making a workspace of a repository and a branch.

use domain::new_workspace::{self, NewWorkspace, checked_name, checked_purpose};

use super::create_page::{Choices, Entered, refusal_page, show};
use crate::{
    app::App,
    http::{
        access::{InProject, WorkspaceCreate},
        error::{Error, PageResult},
        field_error::FieldError,
        form::Fields,
        redirect,
    },
};

/// `GET /{project}/new-workspace/`
pub async fn form(app: App, member: InProject<WorkspaceCreate>) -> PageResult {
    let Some(orgs) = new_workspace::github_orgs(&app.db().await?, member.person.id).await? else {
        return refusal_page(&app, &member);
    };
    let entered = Entered::default();
    let choices = Choices::of(&app, &orgs, &entered).await?;
    show(&app, &member, choices, entered, Vec::new())
}

/// `POST /{project}/new-workspace/`: makes it, or shows the branches of the repository that was chosen.
pub async fn submit(app: App, member: InProject<WorkspaceCreate>, fields: Fields) -> PageResult {
    let Some(orgs) = new_workspace::github_orgs(&app.db().await?, member.person.id).await? else {
        return refusal_page(&app, &member);
    };
    let entered = Entered::posted(&fields);
    let choices = Choices::of(&app, &orgs, &entered).await?;
    if fields.has("show_branches") {
        return show(&app, &member, choices, entered, Vec::new());
    }
    let new = match checked(&app, &member, &choices, &entered).await? {
        Ok(new) => new,
        Err(errors) => return show(&app, &member, choices, entered, errors),
    };
    if new_workspace::create(&app.db().await?, &new).await?.is_none() {
        return show(&app, &member, choices, entered, vec![taken(&new.name)]);
    }
    tracing::info!(
        workspace = new.name,
        repo = new.repo_url,
        by = member.person.username,
        "workspace created"
    );
    redirect::to(&app, &member.visitor, &format!("{}{}/", member.project.url(), new.name), Vec::new())
}

/// All fields together, so that everything wrong is said at once.
async fn checked(
    app: &App,
    member: &InProject<WorkspaceCreate>,
    choices: &Choices,
    entered: &Entered,
) -> Result<Result<NewWorkspace, Vec<FieldError>>, Error> {
    let mut errors = Vec::new();
    let name = checked_name(&entered.name).map_err(|text| errors.push(FieldError::new("name", text))).ok();
    if let Some(name) = &name
        && new_workspace::name_is_taken(&app.db().await?, name).await?
    {
        errors.push(taken(name));
    }
    let purpose =
        checked_purpose(&entered.purpose).map_err(|text| errors.push(FieldError::new("purpose", text))).ok();
    if let Err((field, text)) = choices.check(entered) {
        errors.push(FieldError { field, text });
    }
    Ok(match (name, purpose) {
        (Some(name), Some(purpose)) if errors.is_empty() => Ok(NewWorkspace {
            name,
            purpose,
            repo_url: entered.repo.clone(),
            branch: entered.branch.clone(),
            project: member.project.id,
            created_by: member.person.id,
        }),
        _ => Err(errors),
    })
}

fn taken(name: &str) -> FieldError {
    FieldError::new("name", format!("A workspace called “{name}” exists already. Choose another name."))
}
