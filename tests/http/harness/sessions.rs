//! Signing somebody in without the pages for it: a session row as the server would have written it.

use devkit::database::pool_settings;
use domain::{
    db,
    ids::UserId,
    sessions::{self, Keys, Session},
};

/// The key of the vectors that Django made, so that they can be used on every test's server.
pub const SECRET_KEY: &str = "test-secret-key";

pub fn keys() -> Keys {
    Keys::new(SECRET_KEY, None)
}

/// Writes a session for this person and returns the value of its cookie.
pub async fn session_cookie(database_url: &str, user: i32, keys: &Keys) -> String {
    let settings = pool_settings();
    let target = db::Target::new(database_url, &settings).expect("an address");
    let pool = db::pool(&target, &settings, tokio::runtime::Handle::current()).expect("a pool");
    let db = pool.get().await.expect("a connection");
    let person =
        domain::users::find(&db, UserId(user)).await.expect("a statement").expect("the person exists");
    let mut session = Session::new();
    sessions::log_in(&db, keys, &mut session, &person).await.expect("signed in");
    sessions::save(&db, keys, &mut session).await.expect("saved");
    session.key().expect("a saved session has a key").to_owned()
}
