//! Addresses that lead to an error page, to the right spelling, or to a static file.

use actix_web::{HttpRequest, http::Method, web};

use crate::http::{
    error::{ErrorPage, PageResult, bare},
    redirect,
};

/// `/400`, `/403`, `/404`, `/500`: the page itself, for those who design it.
pub async fn fixed(code: web::Path<String>) -> PageResult {
    Ok(bare(match code.as_str() {
        "400" => ErrorPage::BadRequest,
        "403" => ErrorPage::Forbidden,
        "500" => ErrorPage::ServerError,
        _ => ErrorPage::NotFound,
    }))
}

pub async fn favicon() -> PageResult {
    Ok(redirect::plain("/static/favicon.ico"))
}

pub async fn robots() -> PageResult {
    Ok(redirect::plain("/static/robots.txt"))
}

/// No route matched. Pages end in a slash: whoever leaves it out is told the right address.
pub async fn unknown_address(request: HttpRequest) -> PageResult {
    let path = request.uri().path();
    let may_redirect = matches!(*request.method(), Method::GET | Method::HEAD) && !path.ends_with('/');
    if !may_redirect || path.starts_with("/static/") || path.starts_with("/uploads/") {
        return Ok(bare(ErrorPage::NotFound));
    }
    // Several slashes at the start would be read as another host.
    let path = format!("/{}/", path.trim_start_matches('/'));
    Ok(redirect::permanent(&match request.query_string() {
        "" => path,
        query => format!("{path}?{query}"),
    }))
}
