//! `POST /api/v2/jobs/`: all the jobs that a runner has made of the job requests it mentions. Jobs of these job requests that
//! it leaves out are deleted; job requests of other backends are passed over, since runners once reported all of theirs under each
//! backend's token.

use actix_web::{HttpMessage, HttpRequest, http::StatusCode, web};
use domain::{
    pull,
    rap::{self, ReportedJob, StatusAnswer},
};
use serde_json::{Value, json};

use super::flags;
use crate::{
    api::{
        access::{self, FromBackend},
        error::{ApiError, ApiResult},
        json::{self, Fields, Problem, read},
    },
    app::App,
};

const PATH: &str = "/api/v2/jobs/";

/// Takes the jobs of some job requests: for each of these, all there are.
///
/// All or nothing of one job request is written. Bodies can have 16 MiB.
#[utoipa::path(
    post,
    path = "/api/v2/jobs/",
    tag = "Jobs",
    security(("backend" = [])),
    request_body(content = Value, description = "A list. `job_request_id` is the `identifier` of a job request.",
                 example = json!([{
        "job_request_id": "k3jq7xw2mzdn5p6a", "identifier": "od6um3nidaonay5k", "action": "make_table",
        "run_command": "python:v2 python analysis/table.py", "status": "running", "status_code": "executing",
        "status_message": "", "created_at": "2025-11-03T09:00:04Z", "updated_at": "2025-11-03T09:01:30Z",
        "started_at": "2025-11-03T09:01:30Z", "completed_at": null, "trace_context": null, "metrics": null,
    }])),
    responses(
        (status = 200, description = "Taken", body = Value, example = json!({"status": "success"})),
        (status = 400, description = "No list, or what is wrong by the index of the item and the field", body = Value),
        (status = 403, description = "No backend's token", body = Value),
        (status = 413, description = "The body is too large", body = Value),
        (status = 415, description = "The body is not JSON", body = Value),
        (status = 503, description = "Try again later", body = Value),
    ),
)]
pub async fn receive(
    app: App,
    FromBackend(backend): FromBackend,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult {
    access::session(&app, &request).await?;
    let body = json::body(payload, &request, json::LONG_LISTS_LIMIT).await?;
    let jobs = if is_form(&request) { Vec::new() } else { reported(&body).map_err(ApiError::fields)? };
    let answer = StatusAnswer { jobs, unrecognised: Vec::new() };
    let contact = flags::contact(&request, backend.id, PATH);
    let pool = app.pool.clone();
    let applied = app
        .in_background(async move {
            let mut db = pool.get().await?;
            let applied = rap::apply_report(&mut db, backend.id, &answer).await?;
            pull::record_contact(&db, &contact).await?;
            Ok::<_, domain::Error>(applied)
        })
        .await??;
    match applied.failed.first() {
        None => Ok(json::answer(StatusCode::OK, &json!({"status": "success"}))),
        Some((rap_id, _)) => {
            Err(ApiError::bad(format!("The jobs of {rap_id} hold something that cannot be stored.")))
        }
    }
}

/// A web form is a list of nothing.
fn is_form(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn reported(body: &Value) -> Result<Vec<ReportedJob>, Problem> {
    match body {
        Value::Null => Err(json!({"non_field_errors": ["No data provided"]})),
        list => read::objects(list, job),
    }
}

fn job(value: &Value) -> Result<ReportedJob, Problem> {
    let mut item = Fields::of(value)?;
    // What the oldest runners do not send is empty.
    let absent = |name: &str| value.get(name).is_none();
    let rap_id = item.required("job_request_id", read::text);
    let identifier = item.required("identifier", read::text);
    let action = item.required("action", read::any_text);
    let run_command = item.optional("run_command", read::any_text);
    let status = item.required("status", read::text);
    let status_code = if absent("status_code") { None } else { item.required("status_code", read::any_text) };
    let status_message = item.required("status_message", read::any_text);
    let created_at = item.required("created_at", read::moment);
    let updated_at = item.nullable("updated_at", read::moment);
    let started_at = item.nullable("started_at", read::moment);
    let completed_at = item.nullable("completed_at", read::moment);
    item.finish()?;
    Ok(ReportedJob {
        rap_id: rap_id.unwrap_or_default(),
        identifier: identifier.unwrap_or_default(),
        action: action.unwrap_or_default(),
        run_command: run_command.unwrap_or_default(),
        status: status.unwrap_or_default(),
        status_code: status_code.unwrap_or_default(),
        status_message: status_message.unwrap_or_default(),
        created_at,
        updated_at: updated_at.flatten(),
        started_at: started_at.flatten(),
        completed_at: completed_at.flatten(),
        trace_context: anything(value, "trace_context"),
        metrics: anything(value, "metrics"),
    })
}

/// Outer none: not said. Inner none: said to be nothing.
fn anything(item: &Value, name: &str) -> Option<Option<Value>> {
    item.get(name).map(|value| Some(value).filter(|value| !value.is_null()).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Value {
        json!({
            "job_request_id": "k3jq7xw2mzdn5p6a", "identifier": "j1", "action": "a", "run_command": null,
            "status": "running", "status_code": "", "status_message": "", "created_at": "2025-11-03T09:00:04Z",
            "updated_at": null, "started_at": "2025-11-03 09:01", "completed_at": null, "requires_db": true,
        })
    }

    fn with(changes: Value) -> Value {
        let mut item = whole();
        if let (Value::Object(item), Value::Object(changes)) = (&mut item, changes) {
            item.extend(changes);
        }
        item
    }

    #[test]
    fn absent_is_not_the_same_as_null() {
        let jobs =
            reported(&json!([whole(), with(json!({"metrics": null, "trace_context": {"a": 1}}))])).unwrap();
        assert_eq!((&jobs[0].metrics, &jobs[0].trace_context), (&None, &None));
        assert_eq!((&jobs[1].metrics, &jobs[1].trace_context), (&Some(None), &Some(Some(json!({"a": 1})))));
        assert_eq!(jobs[0].run_command, "");
        assert_eq!(jobs[0].started_at, Some("2025-11-03T09:01:00Z".parse().unwrap()));
    }

    #[test]
    fn the_oldest_runners_send_neither_command_nor_code() {
        let mut item = whole();
        if let Value::Object(item) = &mut item {
            item.shift_remove("run_command");
            item.shift_remove("status_code");
        }
        assert_eq!(reported(&json!([item])).unwrap()[0].status_code, "");
    }

    #[test]
    fn problems_are_told_by_item_and_field() {
        let body = json!([
            with(json!({"action": "", "identifier": "", "status": true, "status_code": null})),
            whole(),
            null,
            "text",
            {"job_request_id": 5},
        ]);
        let required = json!(["This field is required."]);
        let expected = json!({
            "0": {
                "identifier": ["This field may not be blank."],
                "status": ["Not a valid string."],
                "status_code": ["This field may not be null."],
            },
            "2": ["This field may not be null."],
            "3": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]},
            "4": {
                "identifier": required, "action": required, "status": required, "status_message": required,
                "created_at": required, "updated_at": required, "started_at": required, "completed_at": required,
            },
        });
        assert_eq!(reported(&body).unwrap_err(), expected);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let problem = |text: &str| json!({"non_field_errors": [text]});
        assert_eq!(reported(&json!(null)).unwrap_err(), problem("No data provided"));
        let text = "Expected a list of items but got type \"dict\".";
        assert_eq!(reported(&json!({})).unwrap_err(), problem(text));
        assert_eq!(reported(&json!([])), Ok(Vec::new()));
    }
}
