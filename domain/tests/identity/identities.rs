//! GitHub accounts become people, and never somebody else's.

use domain::{
    Error,
    identities::{self, Outcome, Profile, Registered},
    sessions::Session,
};

use super::Db;

fn profile(github_id: i64, login: &str, email: Option<&str>) -> Profile {
    Profile { github_id, login: login.to_owned(), name: None, verified_email: email.map(str::to_owned) }
}

/// Registers in a transaction that is committed when it succeeds.
async fn register(db: &mut Db, profile: &Profile, name: &str) -> domain::Result<Registered> {
    let tx = db.db.transaction().await?;
    let registered = identities::register(&tx, profile, name).await?;
    tx.commit().await?;
    Ok(registered)
}

async fn refused(db: &mut Db, profile: &Profile, name: &str) -> String {
    let before = (db.count("jobserver_user").await, db.count("social_auth_usersocialauth").await);
    let sentence = match register(db, profile, name).await {
        Err(Error::Invalid(sentence)) => sentence,
        other => panic!("not refused: {other:?}"),
    };
    let after = (db.count("jobserver_user").await, db.count("social_auth_usersocialauth").await);
    assert_eq!(before, after);
    sentence
}

#[tokio::test]
async fn a_new_account_becomes_a_person_without_roles_and_without_a_stored_token() {
    let mut db = Db::fresh().await;
    let account = profile(7, "weird[böt]", Some("Ada@Example.com"));
    let registered = register(&mut db, &account, "  Ada King ").await.unwrap();
    assert_eq!(registered.outcome, Outcome::Created);
    let person = registered.user;
    assert_eq!(person.username, "weirdbt");
    assert_eq!(person.fullname, "Ada King");
    assert_eq!(person.email, "ada@example.com");
    assert!(person.uses_github && !person.has_any_roles() && person.password.is_empty());

    let row = db
        .db
        .query_one("SELECT provider, uid, extra_data FROM social_auth_usersocialauth", &[])
        .await
        .unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("github", "7"));
    let extra: serde_json::Value = row.get(2);
    assert_eq!((&extra["id"], &extra["login"]), (&7.into(), &"weird[böt]".into()));
    assert!(extra["auth_time"].is_i64());
    assert_eq!(extra.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn an_account_that_is_known_stays_who_it_was_whatever_changed_at_github() {
    let mut db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.github_account(ada, 7).await;
    let registered = register(&mut db, &profile(7, "renamed", None), "").await.unwrap();
    assert_eq!((registered.outcome, registered.user.id), (Outcome::Existing, ada));
    assert_eq!(registered.user.username, "ada");
    assert_eq!(identities::find(&db.db, 7).await.unwrap().unwrap().id, ada);
    assert!(identities::find(&db.db, 8).await.unwrap().is_none());
}

#[tokio::test]
async fn a_username_without_account_is_linked_when_the_verified_address_is_its_own() {
    let mut db = Db::fresh().await;
    let ada = db.user_with("ada", "Ada@example.com", &[]).await;
    let registered =
        register(&mut db, &profile(7, "ada", Some("ada@EXAMPLE.com")), "Somebody").await.unwrap();
    assert_eq!((registered.outcome, registered.user.id), (Outcome::Linked, ada));
    assert_eq!(
        (registered.user.fullname.as_str(), registered.user.email.as_str()),
        ("Ada", "Ada@example.com")
    );
}

#[tokio::test]
async fn a_username_is_not_taken_over_by_an_account_of_the_same_name() {
    let mut db = Db::fresh().await;
    db.user("bot").await;
    let sentence = refused(&mut db, &profile(7, "bot", Some("mallory@example.com")), "Mallory").await;
    assert!(sentence.contains("username bot"), "{sentence}");

    let ada = db.user("ada").await;
    db.github_account(ada, 8).await;
    let sentence = refused(&mut db, &profile(9, "ada", Some("ada@example.com")), "Ada").await;
    assert!(sentence.contains("username ada"), "the login was given to somebody else: {sentence}");
}

#[tokio::test]
async fn an_account_without_a_verified_address_or_with_somebody_elses_is_refused() {
    let mut db = Db::fresh().await;
    db.user("ada").await;
    for email in [None, Some(""), Some("  ")] {
        let sentence = refused(&mut db, &profile(7, "grace", email), "Grace").await;
        assert!(sentence.contains("verified"), "{sentence}");
    }
    let sentence = refused(&mut db, &profile(7, "grace", Some("ADA@example.com")), "Grace").await;
    assert!(sentence.contains("e-mail address"), "{sentence}");
    let long = format!("{}@example.com", "a".repeat(250));
    refused(&mut db, &profile(7, "grace", Some(&long)), "Grace").await;
}

#[tokio::test]
async fn a_name_is_needed_and_must_be_one() {
    let mut db = Db::fresh().await;
    for name in ["", "   ", "a\0b", &"x".repeat(256)] {
        refused(&mut db, &profile(7, "grace", Some("grace@example.com")), name).await;
    }
    refused(&mut db, &profile(7, "[]", Some("grace@example.com")), "Grace").await;
}

#[tokio::test]
async fn the_same_account_signing_up_twice_at_once_becomes_one_person() {
    let db = Db::fresh().await;
    let pool = db._database.pool().unwrap();
    let sign_up = || async {
        let mut db = pool.get().await.unwrap();
        let tx = db.transaction().await.unwrap();
        let account = profile(7, "ada", Some("ada@example.com"));
        let registered = identities::register(&tx, &account, "Ada").await.unwrap();
        tx.commit().await.unwrap();
        registered.outcome
    };
    let (first, second) = tokio::join!(sign_up(), sign_up());
    let mut outcomes = [first, second];
    outcomes.sort_by_key(|outcome| *outcome == Outcome::Existing);
    assert_eq!(outcomes, [Outcome::Created, Outcome::Existing]);
    assert_eq!(db.count("jobserver_user").await, 1);
}

#[test]
fn a_sign_up_waits_for_a_name_in_the_session_and_is_replaced_by_the_next() {
    let mut session = Session::new();
    assert_eq!(identities::suspended(&session), None);
    identities::suspend(&mut session, &profile(1, "first", None));
    let second = profile(2, "second", Some("second@example.com"));
    identities::suspend(&mut session, &second);
    assert_eq!(identities::suspended(&session), Some(second));
    identities::forget_suspended(&mut session);
    assert_eq!(identities::suspended(&session), None);
}

#[test]
fn a_sign_up_does_not_wait_for_ever() {
    let mut session = Session::new();
    identities::suspend(&mut session, &profile(1, "first", None));
    let mut waiting = session.get("github_sign_up").unwrap().clone();
    waiting["at"] = (jiff::Timestamp::now().as_second() - 3601).into();
    session.set("github_sign_up", waiting);
    assert_eq!(identities::suspended(&session), None);
    session.set("github_sign_up", "rubbish");
    assert_eq!(identities::suspended(&session), None);
}
