//! For development: sign in as anybody, without GitHub. Exists only with DEBUG=1 and only for this very machine.

use actix_web::HttpRequest;
use domain::{users, views::people};
use serde::Serialize;

use crate::{
    app::App,
    http::{
        client_address,
        error::{Error, PageResult},
        form::Fields,
        next_url, redirect,
        shell::Page,
        sign_in,
        visitor::Visitor,
    },
};

const MOST: i64 = 200;

/// Whether this page exists for this request.
pub fn is_offered(app: &App, request: &HttpRequest) -> bool {
    app.config.debug && client_address::is_local(request)
}

#[derive(Serialize)]
struct People {
    people: Vec<SamplePerson>,
}

#[derive(Serialize)]
struct SamplePerson {
    username: String,
    fullname: String,
    roles: String,
}

/// `GET /login/as/`
pub async fn page(app: App, visitor: Visitor, request: HttpRequest) -> PageResult {
    if !is_offered(&app, &request) {
        return Err(Error::NotFound);
    }
    let people = people::by_roles(&app.db().await?, MOST).await?;
    let people = people
        .into_iter()
        .map(|person| SamplePerson {
            roles: person.roles.join(", "),
            username: person.username,
            fullname: person.fullname,
        })
        .collect();
    visitor.render(&app, "site/dev_sign_in", Page::titled("Sign in as").with_form(), &People { people })
}

/// `POST /login/as/`
pub async fn sign_in(app: App, visitor: Visitor, request: HttpRequest, fields: Fields) -> PageResult {
    if !is_offered(&app, &request) {
        return Err(Error::NotFound);
    }
    let person =
        users::find_by_username(&app.db().await?, fields.text("username")).await?.ok_or(Error::NotFound)?;
    let mut response = redirect::plain(next_url::own_path(fields.text("next")).unwrap_or("/"));
    sign_in::sign_in(&app, visitor.take_session().unwrap_or_default(), &person, &mut response).await?;
    Ok(response)
}
