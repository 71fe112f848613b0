//! The one GraphQL query in use: an organisation's repositories with their branches and topics. Answers with every field
//! that any variant of the query selects, a hundred repositories a page.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{State, refusal, rest::seconds};
use crate::standins::repositories::Repository;

const PAGE: usize = 100;

#[derive(Deserialize)]
struct Query {
    variables: Variables,
}

#[derive(Deserialize)]
struct Variables {
    cursor: Option<String>,
    org_name: String,
}

pub(super) async fn answer(state: web::Data<State>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return refusal(StatusCode::UNAUTHORIZED, "This endpoint requires you to be authenticated.");
    }
    if let Some(lie) = state.lie().as_ref() {
        return HttpResponse::Ok().json(lie);
    }
    let Ok(Query { variables }) = serde_json::from_slice(&body) else {
        return HttpResponse::Ok()
            .json(json!({"errors": [{"message": "variables org_name and cursor are needed"}]}));
    };
    let start = variables.cursor.and_then(|cursor| cursor.parse::<usize>().ok()).unwrap_or(0);
    let all = state.repositories.of_owner(&variables.org_name);
    let nodes: Vec<Value> = all.iter().skip(start).take(PAGE).map(node).collect();
    let end = start + nodes.len();
    HttpResponse::Ok().json(json!({"data": {"organization": {"repositories": {
        "nodes": nodes,
        "pageInfo": {"endCursor": end.to_string(), "hasNextPage": end < all.len()},
    }}}}))
}

fn node(repository: &Repository) -> Value {
    let branches: Vec<Value> =
        repository.branches.keys().take(PAGE).map(|name| json!({"name": name})).collect();
    let topics: Vec<Value> =
        repository.topics.iter().map(|topic| json!({"topic": {"name": topic}})).collect();
    json!({
        "name": repository.name,
        "url": format!("https://github.com/{}", repository.slug()),
        "isPrivate": repository.is_private,
        "createdAt": seconds(repository.created_at),
        "refs": {"nodes": branches},
        "repositoryTopics": {"nodes": topics},
    })
}
