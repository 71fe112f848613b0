//! The login token for Level 4: offered to whoever may use one, and shown once, in the answer that made it. That answer
//! is kept by no cache and nowhere else.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL};
use domain::{login_tokens, users::Person};
use serde::Serialize;

use super::SettingsPage;
use crate::{
    app::App,
    http::{access::SignedIn, error::PageResult, flash::Flash, redirect, shell::Page},
};

#[derive(Serialize)]
pub struct TokenCard {
    is_offered: bool,
    /// The three words, just generated.
    words: Option<String>,
    button: &'static str,
}

impl TokenCard {
    pub fn new(person: &Person) -> TokenCard {
        TokenCard {
            is_offered: login_tokens::may_use(person).is_ok(),
            words: None,
            button: "Generate a token",
        }
    }
}

/// Generates a token in the place of any older one and shows it.
pub async fn generate(app: App, signed_in: SignedIn) -> PageResult {
    let (pool, person) = (app.pool.clone(), signed_in.person.clone());
    let generated = app.in_background(async move { login_tokens::generate(&pool, &person).await }).await??;
    let Ok(words) = generated else {
        let notice = Flash::error("Your account is not allowed to generate a login token");
        return redirect::to(&app, &signed_in.visitor, "/settings/", vec![notice]);
    };
    let mut view = SettingsPage::stored(&signed_in);
    view.token = TokenCard { words: Some(words), button: "Generate another token", ..view.token };
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    signed_in.visitor.render_with(&app, "site/settings", Page::titled("Settings"), &view, response)
}
