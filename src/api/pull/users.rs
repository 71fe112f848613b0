//! `GET /api/v2/users/{username}/`: what somebody is and may do, for the programs of a backend.

use actix_web::{http::StatusCode, web};
use domain::{
    permissions::{Permission, RoleSet},
    pull::{self, OnProject, Roles},
};
use serde_json::{Value, json};

use crate::{
    api::{
        access::FromBackend,
        error::{ApiError, ApiResult},
        json,
    },
    app::App,
    http::error::Error,
};

/// Roles and permissions of somebody, for the whole site and on each of their projects.
#[utoipa::path(
    get,
    path = "/api/v2/users/{username}/",
    tag = "Jobs",
    security(("backend" = [])),
    params(("username" = String, Path, description = "Exactly as stored")),
    responses(
        (status = 200, description = "Sorted names", body = Value, example = json!({
            "permissions": {
                "global": ["staff_area_access"],
                "projects": [{"slug": "asthma-reviews", "permissions": ["job_cancel", "job_run"]}],
            },
            "roles": {
                "global": ["StaffAreaAdministrator"],
                "projects": [{"slug": "asthma-reviews", "roles": ["ProjectDeveloper"]}],
            },
        })),
        (status = 403, description = "No backend's token", body = Value),
        (status = 404, description = "There is nobody of this name", body = Value),
        (status = 503, description = "Try again later", body = Value),
    ),
)]
pub async fn show(app: App, _backend: FromBackend, username: web::Path<String>) -> ApiResult {
    let roles = pull::roles_of(&app.db().await?, &username).await?;
    let roles = roles.ok_or(ApiError::Inside(Error::NotFound))?;
    Ok(json::answer(StatusCode::OK, &view(&roles)))
}

fn view(roles: &Roles) -> Value {
    let on_projects = |key: &str, names: fn(&RoleSet) -> Vec<&'static str>| {
        let one = |project: &OnProject| json!({"slug": project.slug, key: names(&project.roles)});
        roles.projects.iter().map(one).collect::<Vec<Value>>()
    };
    json!({
        "permissions": {
            "global": permissions(&roles.global),
            "projects": on_projects("permissions", permissions),
        },
        "roles": {"global": names(&roles.global), "projects": on_projects("roles", names)},
    })
}

/// In alphabetical order, as the next one's are: so the enums list them.
fn permissions(roles: &RoleSet) -> Vec<&'static str> {
    Permission::ALL.iter().filter(|permission| roles.may(**permission)).map(|one| one.as_str()).collect()
}

fn names(roles: &RoleSet) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use domain::permissions::Role;

    use super::*;

    #[test]
    fn names_are_sorted_and_projects_without_roles_are_there() {
        let roles = Roles {
            global: [Role::OutputChecker, Role::DeploymentAdministrator].into_iter().collect(),
            projects: vec![OnProject { slug: "asthma".to_owned(), roles: RoleSet::default() }],
        };
        let expected = json!({
            "permissions": {
                "global": ["airlock_readonly_access", "job_cancel", "job_run", "release_file_delete",
                           "release_file_upload", "release_file_view", "unreleased_outputs_view"],
                "projects": [{"slug": "asthma", "permissions": []}],
            },
            "roles": {
                "global": ["DeploymentAdministrator", "OutputChecker"],
                "projects": [{"slug": "asthma", "roles": []}],
            },
        });
        assert_eq!(view(&roles), expected);
    }
}
