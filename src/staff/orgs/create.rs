//! Making an organisation: on a page of its own, or by htmx within a page that wants one.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue, LOCATION},
    },
};
use domain::orgs::{self, NAME_LIMIT, Org, Refusal};
use serde::Serialize;
use serde_json::json;

use super::{PATH, destination::with_slug};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::{self, Fields},
        redirect,
        shell::Page,
    },
    staff::{
        OrgCreator, addresses,
        entered::{Entered, taken},
        fragment,
    },
};

#[derive(Serialize)]
struct CreatePage {
    /// The form's address, with the query that the page has.
    action: String,
    cancel_url: &'static str,
    next: String,
    name: String,
    name_error: Option<String>,
    errors: Vec<FieldError>,
}

/// `GET /staff/orgs/add/?next=`
pub async fn form(app: App, creator: OrgCreator, request: HttpRequest) -> PageResult {
    show(&app, &creator, &request, &Fields::default(), Vec::new())
}

/// `POST /staff/orgs/add/?next=`
pub async fn submit(app: App, creator: OrgCreator, request: HttpRequest, fields: Fields) -> PageResult {
    let query = form::query_pairs(request.query_string())?;
    let mut form = Entered::new(&fields);
    let name = form.required("name");
    form.at_most("name", &name, NAME_LIMIT);
    if !form.is_ok() {
        return show(&app, &creator, &request, &fields, form.into_errors());
    }
    let org = match orgs::create(&mut app.db().await?, &name, &creator.person).await? {
        Ok(org) => org,
        Err(refusal) => {
            let errors = vec![FieldError::new("name", complaint(refusal))];
            return show(&app, &creator, &request, &fields, errors);
        }
    };
    tracing::info!(org = org.slug, by = creator.person.username, "organisation created");
    let notices = vec![Flash::success(format!("{} was created.", org.name))];
    if is_htmx(&request) {
        let response = redirect::to(&app, &creator.visitor, &back_in_page(&query, &org), notices)?;
        return by_htmx(response);
    }
    redirect::to(&app, &creator.visitor, &next_page(&fields, &query, &org), notices)
}

fn complaint(refusal: Refusal) -> String {
    match refusal {
        Refusal::NameTaken => taken("Organisation", "Name"),
        Refusal::SlugTaken => {
            "Another organisation has the address that this name gives. Choose another name.".to_owned()
        }
        Refusal::Slug(problem) => problem,
    }
}

/// Whether a part of a page asked.
fn is_htmx(request: &HttpRequest) -> bool {
    request.headers().get("hx-request").is_some_and(|value| value == "true")
}

/// The same redirect as htmx follows it: within the page.
fn by_htmx(mut response: HttpResponse) -> PageResult {
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    let path = headers.remove(LOCATION).next();
    let path = path.as_ref().and_then(|path| path.to_str().ok()).unwrap_or_default();
    let value = HeaderValue::from_str(&json!({"path": path}).to_string())
        .map_err(|error| Error::Render(error.to_string()))?;
    headers.insert(HeaderName::from_static("hx-location"), value);
    Ok(response)
}

/// Where the form on a page of its own leads: `next` of the form, or of the address; else the new organisation.
fn next_page(fields: &Fields, query: &[(String, String)], org: &Org) -> String {
    let posted = Some(fields.text("next")).filter(|next| !next.is_empty());
    posted
        .or_else(|| last(query, "next"))
        .and_then(|next| with_slug(next, &[], &org.slug))
        .unwrap_or_else(|| addresses::org(&org.slug))
}

/// Where the form within another page leads: `next` of the address with the rest of the query; else the new organisation.
fn back_in_page(query: &[(String, String)], org: &Org) -> String {
    let others: Vec<(String, String)> = query.iter().filter(|(name, _)| name != "next").cloned().collect();
    let own = addresses::org(&org.slug);
    last(query, "next")
        .and_then(|next| with_slug(next, &others, &org.slug))
        .or_else(|| with_slug(&own, &others, &org.slug))
        .unwrap_or(own)
}

fn last<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn show(
    app: &App,
    creator: &OrgCreator,
    request: &HttpRequest,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> PageResult {
    let query = request.query_string();
    let pairs = form::query_pairs(query)?;
    let view = CreatePage {
        action: if query.is_empty() { format!("{PATH}add/") } else { format!("{PATH}add/?{query}") },
        cancel_url: PATH,
        next: fields.raw("next").or_else(|| last(&pairs, "next")).unwrap_or_default().to_owned(),
        name: fields.text("name").to_owned(),
        name_error: FieldError::find(&errors, "name"),
        errors,
    };
    if is_htmx(request) {
        return fragment::render(app, &creator.visitor, "staff/orgs/create_fragment", &view);
    }
    creator.visitor.render(app, "staff/orgs/create", Page::staff("Create an organisation"), &view)
}
