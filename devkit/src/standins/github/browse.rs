//! Plain pages behind the links to repositories, files and comparisons, so that they lead somewhere in a demonstration.

use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;

use super::{State, issue_pages};
use crate::standins::{repositories::Repository, smtp::escape};

pub(super) async fn page(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let segments: Vec<String> = request
        .uri()
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let body = match segments.as_slice() {
        [] => Some("<h1>GitHub stand-in</h1>".to_owned()),
        [owner] => Some(owned(&state, owner)),
        [owner, name, "issues", rest @ ..] => {
            issue_pages::page(&state.issues().all, &format!("{owner}/{name}"), rest)
        }
        [owner, name, rest @ ..] => state
            .repositories
            .get(&format!("{owner}/{name}"))
            .and_then(|repository| inside(&repository, rest)),
    };
    let page = |body: &str| {
        format!("<!doctype html><html lang=en><meta charset=utf-8><title>GitHub stand-in</title>{body}")
    };
    match body {
        Some(body) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page(&body)),
        None => HttpResponse::NotFound().content_type("text/html; charset=utf-8").body(page("<h1>404</h1>")),
    }
}

fn owned(state: &State, owner: &str) -> String {
    let items: String = state
        .repositories
        .of_owner(owner)
        .iter()
        .map(|repository| format!("<li><a href='/{0}'>{0}</a></li>", escape(&repository.slug())))
        .collect();
    format!("<h1>{}</h1><ul>{items}</ul>", escape(owner))
}

fn inside(repository: &Repository, rest: &[&str]) -> Option<String> {
    let slug = escape(&repository.slug());
    match rest {
        [] => {
            let branches: String = repository
                .branches
                .keys()
                .map(|name| format!("<li><a href='/{slug}/tree/{0}'>{0}</a></li>", escape(name)))
                .collect();
            Some(format!("<h1>{slug}</h1><ul>{branches}</ul><p><a href='/{slug}/issues'>Issues</a></p>"))
        }
        ["tree" | "commit", reference @ ..] => {
            let commit = repository.resolve(&reference.join("/"))?;
            let files: String = commit
                .files
                .keys()
                .map(|path| {
                    format!("<li><a href='/{slug}/blob/{}/{1}'>{1}</a></li>", commit.sha, escape(path))
                })
                .collect();
            Some(format!(
                "<h1>{slug} at {}</h1><p>{}</p><ul>{files}</ul>",
                commit.sha,
                escape(&commit.message)
            ))
        }
        ["blob", reference, path @ ..] => {
            let commit = repository.resolve(reference)?;
            let content = commit.files.get(&path.join("/"))?;
            Some(format!("<h1>{}</h1><pre>{}</pre>", escape(&path.join("/")), escape(content)))
        }
        ["compare", range] => Some(format!("<h1>{slug}</h1><p>Comparing {}</p>", escape(range))),
        _ => None,
    }
}
