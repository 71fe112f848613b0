//! The REST calls about repositories: the repository, its branches, commits and files; issues are in their own file.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use data_encoding::BASE64;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{State, issue_lists, issues, not_found, query_value, refusal, site_of};
use crate::standins::repositories::{Commit, Repository};

/// Everything under `/repos/`. Clients escape a branch `feature/x` or a file `a/b` into one segment, or do not; GitHub
/// takes both.
pub(super) async fn dispatch(
    state: web::Data<State>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let path = request.uri().path().trim_start_matches("/repos/");
    let segments: Vec<String> =
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let [owner, name, rest @ ..] = segments.as_slice() else { return not_found() };
    let Some(repository) = state.repositories.get(&format!("{owner}/{name}")) else { return not_found() };
    let (kind, rest) = rest.split_first().map_or(("", [].as_slice()), |(kind, rest)| (kind.as_str(), rest));
    let site = site_of(&request);
    let call = issues::Call {
        method: request.method(),
        repository: &repository,
        rest,
        query: request.query_string(),
        body: &body,
        site: &site,
    };
    if kind == "issues" {
        return issues::dispatch(&state, &call);
    }
    if request.method() != Method::GET {
        return not_found();
    }
    let what = rest.join("/");
    match kind {
        "" => HttpResponse::Ok().json(described(&repository)),
        "branches" if what.is_empty() => branches(&repository, &request),
        "branches" => match repository.branches.get(&what).and_then(|head| repository.commit(head)) {
            Some(commit) => HttpResponse::Ok().json(branch(&what, commit)),
            None => refusal(StatusCode::NOT_FOUND, "Branch not found"),
        },
        "commits" => match repository.resolve(&what) {
            Some(commit) => HttpResponse::Ok().json(full(&repository, commit)),
            None => refusal(StatusCode::UNPROCESSABLE_ENTITY, &format!("No commit found for SHA: {what}")),
        },
        "contents" => contents(&repository, &what, &request),
        "labels" => issue_lists::labels(&state.labels(), &call),
        _ => not_found(),
    }
}

pub(super) fn described(repository: &Repository) -> Value {
    json!({
        "name": repository.name,
        "full_name": repository.slug(),
        "owner": {"login": repository.owner},
        "private": repository.is_private,
        "html_url": format!("https://github.com/{}", repository.slug()),
        "created_at": seconds(repository.created_at),
        "topics": repository.topics,
        "default_branch": "main",
    })
}

/// GitHub's times have no fractions.
pub(super) fn seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn branches(repository: &Repository, request: &HttpRequest) -> HttpResponse {
    let wanted = |name: &str, default: usize| {
        query_value(request.query_string(), name).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (size, page) = (wanted("per_page", 30).clamp(1, 100), wanted("page", 1).max(1));
    let all: Vec<Value> = repository
        .branches
        .iter()
        .filter_map(|(name, head)| Some(branch(name, repository.commit(head)?)))
        .skip((page - 1) * size)
        .take(size)
        .collect();
    HttpResponse::Ok().json(all)
}

fn branch(name: &str, head: &Commit) -> Value {
    json!({"name": name, "commit": {"sha": head.sha, "commit": details(head)}, "protected": false})
}

fn full(repository: &Repository, commit: &Commit) -> Value {
    json!({
        "sha": commit.sha,
        "html_url": format!("https://github.com/{}/commit/{}", repository.slug(), commit.sha),
        "commit": details(commit),
        "author": {"login": commit.author},
        "parents": commit.parent.iter().map(|sha| json!({"sha": sha})).collect::<Vec<_>>(),
    })
}

fn details(commit: &Commit) -> Value {
    let by = json!({
        "name": commit.author,
        "email": format!("{}@users.noreply.github.com", commit.author),
        "date": seconds(commit.at),
    });
    json!({"message": commit.message, "author": by, "committer": by})
}

fn contents(repository: &Repository, path: &str, request: &HttpRequest) -> HttpResponse {
    let reference = query_value(request.query_string(), "ref").filter(|text| !text.is_empty());
    let reference = reference.unwrap_or_else(|| "main".to_owned());
    let Some(commit) = repository.resolve(&reference) else {
        return refusal(StatusCode::NOT_FOUND, &format!("No commit found for the ref {reference}"));
    };
    let path = path.trim_matches('/');
    if let Some(content) = commit.files.get(path) {
        let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
        if accept.is_some_and(|accept| accept.contains("raw")) {
            return HttpResponse::Ok()
                .content_type("application/vnd.github.3.raw; charset=utf-8")
                .body(content.clone());
        }
        return HttpResponse::Ok().json(json!({
            "type": "file",
            "path": path,
            "size": content.len(),
            "encoding": "base64",
            "content": BASE64.encode(content.as_bytes()),
        }));
    }
    let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut entries: Vec<(&str, &str)> = commit
        .files
        .keys()
        .filter_map(|file| file.strip_prefix(&folder))
        .map(|rest| rest.split_once('/').map_or((rest, "file"), |(name, _)| (name, "dir")))
        .collect();
    entries.dedup();
    if entries.is_empty() {
        return not_found();
    }
    let entries: Vec<Value> = entries
        .iter()
        .map(|(name, kind)| json!({"type": kind, "name": name, "path": format!("{folder}{name}")}))
        .collect();
    HttpResponse::Ok().json(entries)
}
