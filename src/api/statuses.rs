//! `GET /api/v2/workspaces/{name}/statuses/`: how each action of a workspace last ended, for scripts and for our own
//! run-jobs page. Public.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::views::workspace_actions::{self, ActionState};
use serde_json::{Map, Value};

use super::error::ApiResult;
use crate::{app::App, http::form};

/// How each action of a workspace last ended
///
/// One object of action and status.
#[utoipa::path(
    get,
    path = "/api/v2/workspaces/{name}/statuses/",
    tag = "Workspaces",
    params(
        ("name" = String, Path, description = "Name of the workspace"),
        ("backend" = Option<String>, Query, description = "Slug of a backend: only jobs on it count"),
    ),
    responses(
        (status = 200, description = "The actions", body = Value,
         example = json!({"generate_dataset": "succeeded", "make_table": "running"})),
        (status = 404, description = "There is no such workspace; no body"),
        (status = 413, description = "The query has more than 4,000 fields"),
    ),
)]
pub async fn show(app: App, name: web::Path<String>, request: HttpRequest) -> ApiResult {
    let backend = wanted_backend(&form::query_pairs(request.query_string())?);
    if name.contains('\0') || backend.as_ref().is_some_and(|slug| slug.contains('\0')) {
        return Ok(HttpResponse::NotFound().finish());
    }
    let load = async {
        let db = app.db().await?;
        workspace_actions::latest(&db, &name, backend.as_deref()).await
    };
    let states = app.code.action_states.get(&name, backend.as_deref(), load).await?;
    Ok(match states {
        Some(states) => HttpResponse::Ok().json(statuses(&states)),
        None => HttpResponse::NotFound().finish(),
    })
}

/// The last non-empty `backend` of the query.
fn wanted_backend(pairs: &[(String, String)]) -> Option<String> {
    let (_, slug) = pairs.iter().rev().find(|(name, _)| name == "backend")?;
    Some(slug.trim().to_owned()).filter(|slug| !slug.is_empty())
}

fn statuses(states: &[ActionState]) -> Map<String, Value> {
    states.iter().map(|state| (state.action.clone(), Value::from(state.status.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_backend_means_all() {
        let pairs = |text: &str| vec![("backend".to_owned(), text.to_owned())];
        assert_eq!(wanted_backend(&pairs("tpp")), Some("tpp".to_owned()));
        assert_eq!(wanted_backend(&pairs("")), None);
        assert_eq!(wanted_backend(&[]), None);
    }
}
