//! Signing in and out: which keys of a session make somebody signed in, and when a session gets a new key, as Django's
//! authentication framework has it.

use deadpool_postgres::GenericClient;

use super::{Keys, Session, delete, keys::Secret};
use crate::{Result, ids::UserId, users::Person};

const USER_ID: &str = "_auth_user_id";
const BACKEND: &str = "_auth_user_backend";
const HASH: &str = "_auth_user_hash";
const LAST_BACKEND: &str = "social_auth_last_login_backend";

const GITHUB_BACKEND: &str = "social_core.backends.github.GithubOAuth2";
/// Accepted, because a Django server may have used it; never written.
const MODEL_BACKEND: &str = "django.contrib.auth.backends.ModelBackend";

/// Signs a person in on this session and notes the time. A session of nobody keeps its data under a new key, one of
/// somebody else (or of a former password) loses it, one of the same person stays. The caller saves the session and
/// gives the browser a new CSRF secret.
pub async fn log_in(
    db: &impl GenericClient,
    keys: &Keys,
    session: &mut Session,
    person: &Person,
) -> Result<()> {
    let statement = db.prepare_cached("UPDATE jobserver_user SET last_login = now() WHERE id = $1").await?;
    db.execute(&statement, &[&person.id]).await?;
    let hash = keys.password_hash(&person.password);
    if session.get(USER_ID).is_none() {
        session.cycle_key();
    } else if claimed_user(session) != Some(person.id) || session.text(HASH) != Some(&hash) {
        session.flush();
    }
    session.set(USER_ID, person.id.to_string());
    session.set(BACKEND, GITHUB_BACKEND);
    session.set(HASH, hash);
    session.set(LAST_BACKEND, "github");
    Ok(())
}

/// Signs out: the row is deleted at once, whatever becomes of the response, and the session comes out empty.
pub async fn log_out(db: &impl GenericClient, session: &mut Session) -> Result<()> {
    let keys = [session.key.take(), session.replaced.take()].into_iter().flatten().collect::<Vec<_>>();
    *session = Session::new();
    delete(db, &keys).await
}

/// Binds a session that the old secret made to the current one. The caller saves it. It keeps its key: under a new one, the
/// later of two requests at once would find its row gone, and its answer would sign the browser out.
pub fn upgrade(keys: &Keys, session: &mut Session, person: &Person) {
    session.set(HASH, keys.password_hash(&person.password));
}

/// Who the session says it belongs to; believed only after [`proven_by`].
pub(super) fn claimed_user(session: &Session) -> Option<UserId> {
    session.text(USER_ID)?.parse().ok().map(UserId)
}

/// Whether the session names a user by a way of signing in that is known here.
pub(super) fn has_known_backend(session: &Session) -> bool {
    matches!(session.text(BACKEND), Some(GITHUB_BACKEND | MODEL_BACKEND))
}

/// Which secret proves that the session was made for this person with this password, if any does.
pub(super) fn proven_by(keys: &Keys, session: &Session, person: &Person) -> Option<Secret> {
    keys.recognise_password_hash(&person.password, session.text(HASH)?)
}
