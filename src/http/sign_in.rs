//! The visitor's session in cookies: signing in, signing out, and remembering something before there is a person.

use actix_web::HttpResponse;
use domain::{
    sessions::{self, Session},
    users::Person,
};

use super::{cookies, csrf, error::Error, visitor::Visitor};
use crate::app::App;

/// Saves a session and puts its key into the browser.
pub async fn keep(app: &App, session: &mut Session, response: &mut HttpResponse) -> Result<(), Error> {
    sessions::save(&app.db().await?, &app.keys, session).await?;
    if let Some(key) = session.key() {
        let cookie = cookies::session(key.to_owned(), app.config.secure_cookies());
        add(response, &cookie);
    }
    Ok(())
}

/// Makes the browser's session that of `person`, under a new key and with a new CSRF secret.
pub async fn sign_in(
    app: &App,
    mut session: Session,
    person: &Person,
    response: &mut HttpResponse,
) -> Result<(), Error> {
    sessions::log_in(&app.db().await?, &app.keys, &mut session, person).await?;
    keep(app, &mut session, response).await?;
    add(response, &cookies::csrf(csrf::new_secret(), app.config.secure_cookies()));
    Ok(())
}

/// Ends the browser's session.
pub async fn sign_out(app: &App, visitor: &Visitor, response: &mut HttpResponse) -> Result<(), Error> {
    if let Some(mut session) = visitor.take_session() {
        if let Some(key) = session.key() {
            app.caches.session_hints.remove(key);
        }
        sessions::log_out(&app.db().await?, &mut session).await?;
    }
    add(response, &cookies::expired(cookies::SESSION));
    Ok(())
}

fn add(response: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie could not be set");
    }
}
