//! What people can change about themselves.

mod token;

use domain::users::{self, Settings, SettingsErrors};
use serde::Serialize;

use self::token::TokenCard;
use crate::{
    app::App,
    http::{access::SignedIn, error::PageResult, flash::Flash, form::Fields, redirect, shell::Page},
};

#[derive(Serialize)]
struct SettingsPage {
    fullname: String,
    fullname_error: Option<&'static str>,
    email: String,
    email_error: Option<&'static str>,
    errors: Vec<FieldError>,
    username: String,
    via_github: bool,
    token: TokenCard,
}

#[derive(Serialize)]
struct FieldError {
    field: &'static str,
    text: &'static str,
}

impl SettingsPage {
    fn new(signed_in: &SignedIn, settings: Settings, wrong: SettingsErrors) -> SettingsPage {
        let errors = [("fullname", wrong.fullname), ("email", wrong.email)];
        SettingsPage {
            fullname: settings.fullname,
            fullname_error: wrong.fullname,
            email: settings.email,
            email_error: wrong.email,
            errors: errors
                .into_iter()
                .filter_map(|(field, text)| text.map(|text| FieldError { field, text }))
                .collect(),
            username: signed_in.person.username.clone(),
            via_github: signed_in.person.uses_github,
            token: TokenCard::new(&signed_in.person),
        }
    }

    /// With what is stored in the form.
    fn stored(signed_in: &SignedIn) -> SettingsPage {
        let settings =
            Settings { fullname: signed_in.person.fullname.clone(), email: signed_in.person.email.clone() };
        SettingsPage::new(signed_in, settings, SettingsErrors::default())
    }
}

/// `GET /settings/`
pub async fn show(app: App, signed_in: SignedIn) -> PageResult {
    let view = SettingsPage::stored(&signed_in);
    signed_in.visitor.render(&app, "site/settings", Page::titled("Settings"), &view)
}

/// `POST /settings/`: one of the page's two forms, told by the name of its button.
pub async fn submit(app: App, signed_in: SignedIn, fields: Fields) -> PageResult {
    if fields.has("settings") {
        save(app, signed_in, fields).await
    } else if fields.has("token") {
        token::generate(app, signed_in).await
    } else {
        let notice = Flash::error("Unrecognised form submission. Nothing was saved.");
        redirect::to(&app, &signed_in.visitor, "/settings/", vec![notice])
    }
}

/// Saves and shows the page afresh, or shows what is wrong with what was typed kept.
async fn save(app: App, signed_in: SignedIn, fields: Fields) -> PageResult {
    let typed = Settings {
        fullname: fields.raw("fullname").unwrap_or_default().to_owned(),
        email: fields.raw("email").unwrap_or_default().to_owned(),
    };
    match users::update_settings(&app.db().await?, signed_in.person.id, &typed).await? {
        Ok(_) => {
            let notice = Flash::success("Settings saved successfully");
            redirect::to(&app, &signed_in.visitor, "/settings/", vec![notice])
        }
        Err(wrong) => {
            let view = SettingsPage::new(&signed_in, typed, wrong);
            signed_in.visitor.render(&app, "site/settings", Page::titled("Settings"), &view)
        }
    }
}
