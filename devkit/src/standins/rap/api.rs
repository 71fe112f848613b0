//! The controller's endpoints under `/controller/v1/`, with their checks in its order: method, token, JSON, schema, then
//! the matter itself; and the stand-in's own under `/_control/`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    State,
    create::{self, Answer, refusal},
    jobs::now,
    schema,
    store::Maintenance,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/_control/jobs", web::get().to(jobs))
        .route("/_control/tick", web::post().to(tick))
        .route("/_control/backends/{slug}", web::post().to(change_backend))
        .route("/controller/v1/{endpoint:.*}", web::to(dispatch));
}

async fn dispatch(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
    body: web::Bytes,
) -> HttpResponse {
    type Check = fn(&Value) -> Result<(), String>;
    type Act = fn(&State, &[String], Value) -> Answer;
    let (method, check, act): (&str, Check, Act) = match path.as_str() {
        "backend/status/" => ("GET", |_| Ok(()), backend_status),
        "rap/create/" => ("POST", schema::check_create, rap_create),
        "rap/cancel/" => ("POST", schema::check_cancel, rap_cancel),
        "rap/status/" => ("POST", schema::check_status, rap_status),
        "backend/status" | "rap/create" | "rap/cancel" | "rap/status" => {
            let there = format!("{}/", request.path());
            return HttpResponse::MovedPermanently().insert_header((header::LOCATION, there)).finish();
        }
        _ => return HttpResponse::NotFound().content_type("text/html").body("<h1>Not Found</h1>"),
    };
    if request.method().as_str() != method {
        return HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, method)).finish();
    }
    let backends = match backends_of(&state, &request) {
        Ok(backends) => backends,
        Err(details) => return answer((401, json!({"error": "Unauthorized", "details": details}))),
    };
    if method == "GET" {
        return answer(act(&state, backends, Value::Null));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return answer(refusal("Validation error", "could not parse JSON from request body"));
    };
    match check(&body) {
        Err(details) => answer(refusal("Validation error", &details)),
        Ok(()) => answer(act(&state, backends, body)),
    }
}

fn answer((status, body): Answer) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(body)
}

/// The header's whole value is the token: no scheme before it.
fn backends_of<'a>(state: &'a State, request: &HttpRequest) -> Result<&'a [String], &'static str> {
    let token = request.headers().get(header::AUTHORIZATION).ok_or("No token provided")?;
    let backends = token.to_str().ok().and_then(|token| state.settings.tokens.get(token));
    backends.map(Vec::as_slice).ok_or("Invalid token")
}

fn backend_status(state: &State, backends: &[String], _: Value) -> Answer {
    let store = state.store();
    let reports: Vec<Value> = backends
        .iter()
        .filter_map(|slug| store.backends.get(slug).map(|backend| backend.report(slug)))
        .collect();
    (200, json!({"backends": reports}))
}

fn rap_create(state: &State, backends: &[String], body: Value) -> Answer {
    match serde_json::from_value(body) {
        Ok(request) => create::create(&mut state.store(), &state.settings, backends, &request),
        Err(_) => refusal("Error creating jobs", "Unknown error"),
    }
}

#[derive(Deserialize)]
struct Cancel {
    rap_id: String,
    actions: Vec<String>,
}

fn rap_cancel(state: &State, backends: &[String], body: Value) -> Answer {
    let Ok(Cancel { rap_id, actions }) = serde_json::from_value(body) else {
        return refusal("Validation error", "could not parse JSON from request body");
    };
    let mut store = state.store();
    let existing: Vec<String> = store.of_request(&rap_id, backends).map(|job| job.action.clone()).collect();
    if existing.is_empty() {
        let details = format!("No jobs found for rap_id {rap_id}");
        return (404, json!({"error": "jobs not found", "details": details, "rap_id": rap_id}));
    }
    let mut missing: Vec<&str> =
        actions.iter().filter(|action| !existing.contains(action)).map(String::as_str).collect();
    if !missing.is_empty() {
        missing.sort_unstable();
        let details = format!("No jobs of rap_id {rap_id} for these actions: {}", missing.join(", "));
        let body =
            json!({"error": "jobs not found", "details": details, "rap_id": rap_id, "not_found": missing});
        return (404, body);
    }
    let now = now();
    for job in &mut store.jobs {
        // Only a flag: the next tick ends the job. Jobs that have ended stay as they are.
        if job.rap_id == rap_id && actions.contains(&job.action) && job.code.is_active() {
            job.is_cancelled = true;
            job.completed_at = Some(now);
            job.updated_at = now;
        }
    }
    store.save();
    let count = actions.len();
    (200, json!({"result": "Success", "details": format!("{count} actions cancelled"), "count": count}))
}

#[derive(Deserialize)]
struct Status {
    rap_ids: Vec<String>,
}

fn rap_status(state: &State, backends: &[String], body: Value) -> Answer {
    let Ok(Status { rap_ids }) = serde_json::from_value(body) else {
        return refusal("Validation error", "could not parse JSON from request body");
    };
    let store = state.store();
    let wanted: std::collections::HashSet<&str> = rap_ids.iter().map(String::as_str).collect();
    let jobs: Vec<_> = store
        .jobs
        .iter()
        .filter(|job| wanted.contains(job.rap_id.as_str()) && backends.contains(&job.backend))
        .collect();
    let known: std::collections::HashSet<&str> = jobs.iter().map(|job| job.rap_id.as_str()).collect();
    let unrecognised: Vec<&str> = wanted.difference(&known).copied().collect();
    let reports: Vec<Value> = jobs.iter().map(|job| job.report()).collect();
    (200, json!({"jobs": reports, "unrecognised_rap_ids": unrecognised}))
}

async fn jobs(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(&state.store().jobs)
}

async fn tick(state: web::Data<State>) -> HttpResponse {
    state.store().tick();
    HttpResponse::NoContent().finish()
}

/// What to change of a backend; what is not given stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackendChange {
    paused: Option<bool>,
    /// `off`, `scheduled` or `manual`.
    db_maintenance: Option<String>,
}

async fn change_backend(
    state: web::Data<State>,
    slug: web::Path<String>,
    change: web::Json<BackendChange>,
) -> HttpResponse {
    let mut store = state.store();
    let Some(backend) = store.backends.get_mut(slug.as_str()) else {
        return HttpResponse::NotFound().json(json!({"error": "no such backend"}));
    };
    let maintenance = match change.db_maintenance.as_deref() {
        None => None,
        Some("off") => Some(None),
        Some("scheduled") => Some(Some(Maintenance::Scheduled)),
        Some("manual") => Some(Some(Maintenance::Manual)),
        Some(_) => {
            return HttpResponse::BadRequest()
                .json(json!({"error": "db_maintenance: off, scheduled or manual"}));
        }
    };
    if let Some(maintenance) = maintenance {
        backend.set_maintenance(maintenance);
    }
    if let Some(is_paused) = change.paused {
        backend.set_paused(is_paused);
    }
    HttpResponse::Ok().json(backend.report(&slug))
}
