//! How Airlock on Level 4 signs people in: by the login token that they generated here, and later, without a token, to see
//! what they may do by now. Any backend may ask about anybody who may use Level 4.

use actix_web::{HttpRequest, http::StatusCode, web};
use domain::{
    level4::{self, Level4User},
    login_tokens,
};
use serde_json::Value;

use super::{
    access::FromBackend,
    error::{ApiError, ApiResult},
    json::{self, Fields, Problem, read},
};
use crate::app::App;

/// Checks a login token and uses it up.
///
/// Spaces in the token do not matter. After 20 wrong tokens for one person, or 200 from one address, within a quarter of
/// an hour, further ones are refused unseen until that is over.
#[utoipa::path(
    post,
    path = "/api/v2/releases/authenticate",
    tag = "Airlock",
    security(("backend" = [])),
    request_body(
        content = Value,
        description = "`user` is a username or an e-mail address.",
        example = json!({"user": "octocat", "token": "correct horse battery"})
    ),
    responses(
        (status = 200, description = "Who it is, and what they may do on Level 4", body = Value, example = json!({
            "username": "octocat",
            "fullname": "Octo Cat",
            "workspaces": {"my-workspace": {
                "project_details": {"name": "My project", "ongoing": true, "orgs": ["Lead organisation"]},
                "archived": false,
            }},
            "copiloted_workspaces": {},
            "output_checker": false,
            "readonly_access": false,
        })),
        (status = 400, description = "A field is missing or blank", body = Value),
        (status = 403, description = "No backend's token, or not this person's token", body = Value),
        (status = 413, description = "The body is too large", body = Value),
        (status = 415, description = "The body is not JSON", body = Value),
        (status = 503, description = "Try again later", body = Value),
    ),
)]
pub async fn authenticate(
    app: App,
    _backend: FromBackend,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult {
    let body = json::body(payload, &request, json::LIMIT).await?;
    let (name, token) = credentials(&body).map_err(ApiError::fields)?;
    let (pool, address) = (app.pool.clone(), app.client_address(&request));
    let checked = app
        .in_background(async move { login_tokens::authenticate(&pool, &name, &token, &address).await })
        .await??;
    let username = checked.map_err(|refusal| ApiError::refused(refusal.to_string()))?;
    Ok(json::answer(StatusCode::OK, &user(&app, &username).await?))
}

/// What somebody may do on Level 4, without a token.
#[utoipa::path(
    post,
    path = "/api/v2/releases/authorise",
    tag = "Airlock",
    security(("backend" = [])),
    request_body(content = Value, description = "`user` is a username.", example = json!({"user": "octocat"})),
    responses(
        (status = 200, description = "As `authenticate` answers", body = Value),
        (status = 400, description = "The field is missing or blank", body = Value),
        (status = 403, description = "No backend's token, or nobody who may use Level 4", body = Value),
        (status = 404, description = "There is nobody of this name", body = Value),
        (status = 413, description = "The body is too large", body = Value),
        (status = 415, description = "The body is not JSON", body = Value),
        (status = 503, description = "Try again later", body = Value),
    ),
)]
pub async fn authorise(
    app: App,
    _backend: FromBackend,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult {
    let body = json::body(payload, &request, json::LIMIT).await?;
    let username = username(&body).map_err(ApiError::fields)?;
    Ok(json::answer(StatusCode::OK, &user(&app, &username).await?))
}

async fn user(app: &App, username: &str) -> Result<Level4User, ApiError> {
    let found = level4::find(&app.db().await?, username).await?;
    let found = found.ok_or_else(|| ApiError::not_found("User"))?;
    found.map_err(|refusal| ApiError::refused(refusal.to_string()))
}

fn credentials(body: &Value) -> Result<(String, String), Problem> {
    let mut fields = Fields::of(body)?;
    let (user, token) = (fields.required("user", read::text), fields.required("token", read::text));
    fields.finish()?;
    Ok((user.unwrap_or_default(), token.unwrap_or_default()))
}

fn username(body: &Value) -> Result<String, Problem> {
    let mut fields = Fields::of(body)?;
    let user = fields.required("user", read::text);
    fields.finish()?;
    Ok(user.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_fields_are_asked_for_at_once() {
        let required = json!(["This field is required."]);
        assert_eq!(credentials(&json!({})).unwrap_err(), json!({"user": required, "token": required}));
        let blank = json!(["This field may not be blank."]);
        let missing = json!(["This field may not be null."]);
        let problems = credentials(&json!({"user": "  ", "token": null})).unwrap_err();
        assert_eq!(problems, json!({"user": blank, "token": missing}));
        assert_eq!(credentials(&json!({"user": " a ", "token": 5})), Ok(("a".to_owned(), "5".to_owned())));
        assert_eq!(username(&json!({"user": "ada", "token": "ignored"})), Ok("ada".to_owned()));
    }
}
