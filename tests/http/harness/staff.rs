//! Browsers of those who work in the staff area.

use super::{Browser, TestApp, a};

/// Finn, who runs the site.
pub async fn finn(app: &TestApp) -> Browser {
    let finn = a::user("finn").named("Finn Staff").staff().insert(&app.db).await;
    app.browser_of(finn).await
}

/// Mona, who manages people.
pub async fn mona(app: &TestApp) -> Browser {
    let mona = a::user("mona").named("Mona Manager").staff().insert(&app.db).await;
    app.browser_of(mona).await
}
