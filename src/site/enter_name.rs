//! Asks for the name of somebody whose GitHub account shows none.

use domain::identities;
use serde::Serialize;

use crate::{
    app::App,
    http::{error::PageResult, redirect, shell::Page, visitor::Visitor},
};

#[derive(Serialize)]
struct EnterName {
    login: String,
}

/// `GET /enter-your-name/`: only in the middle of signing up.
pub async fn show(app: App, visitor: Visitor) -> PageResult {
    if visitor.person().is_some() {
        return Ok(redirect::plain("/"));
    }
    let suspended = visitor.take_session().as_ref().and_then(identities::suspended);
    let Some(profile) = suspended else { return Ok(redirect::plain("/")) };
    let view = EnterName { login: profile.login };
    visitor.render(&app, "site/enter_name", Page::titled("Enter your name").with_form(), &view)
}
