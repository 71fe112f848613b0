//! Sessions that Django made sign people in here, and the other way round.

use domain::{
    ids::UserId,
    sessions::{self, Keys, Session, Visit},
    users::{self, Person},
};
use serde_json::{Map, Value, json};

use super::Db;

const SECRET: &str = "test-secret-key";
const OLD_SECRET: &str = "old-secret-key";

/// Both written by Django with the secret `test-secret-key`, the second one compressed.
const PLAIN: &str = "eyJhIjoxfQ:1uQowS:-sU-rEwgp5jDCujx8LhDM7S_A7UwJE-_-P7lowWO3_g";
const COMPRESSED: &str = ".eJxdizEOAiEQAP9CbQgLy0HsrCzvCWSBPSEaLzmOyvh30VgYq0lmMg8RqO8l9MZbqFkcBWpx-JWR0pXv79LWVOkW0rqx_NomL3UvPcrzB_NpbH9_oVbGrJHBWBs9ICj2RDBZACbOmngknz2ZKSbrHCCqpJwCpRazJMraIYrnC7dKNxk:1uQowS:bJNr2U1I4AvO-wLpRwbyVAwlb508vvrLO_FKe3wh7pk";

/// `_auth_user_hash` for the empty password, by secret.
const HASH: &str = "24e1355b81410e8aa16511eaed2aee138d8a36bc5771440c070100f3fcad2744";
const OLD_HASH: &str = "5f766766a05cc8f36ff3e60dbbbb34a8b374747ab00f9c672e8004baa1b4f4eb";

fn keys() -> Keys {
    Keys::new(SECRET, None)
}

fn rotated_keys() -> Keys {
    Keys::new(SECRET, Some(OLD_SECRET))
}

fn object(json: Value) -> Map<String, Value> {
    json.as_object().unwrap().clone()
}

/// What a session of this person holds.
fn signed_in(user: UserId, hash: &str) -> Map<String, Value> {
    object(json!({
        "_auth_user_id": user.to_string(),
        "_auth_user_backend": "social_core.backends.github.GithubOAuth2",
        "_auth_user_hash": hash,
    }))
}

impl Db {
    async fn store(&self, key: &str, data: &str, expires: &str) {
        let sql = format!(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, {expires})"
        );
        self.db.execute(&sql, &[&key, &data]).await.unwrap();
    }

    async fn store_data(&self, keys: &Keys, key: &str, data: Map<String, Value>) {
        self.store(key, &sessions::encode(keys, &data), "now() + interval '1 day'").await;
    }

    async fn person(&self, id: UserId) -> Person {
        users::find(&self.db, id).await.unwrap().unwrap()
    }

    async fn visit(&self, keys: &Keys, key: &str, hint: Option<UserId>) -> Visit {
        sessions::visitor(&self.db, keys, key, hint).await.unwrap()
    }
}

#[test]
fn what_django_wrote_is_read_plain_or_compressed() {
    assert_eq!(sessions::decode(&keys(), PLAIN), Some(object(json!({"a": 1}))));
    assert_eq!(sessions::decode(&keys(), COMPRESSED), Some(signed_in(UserId(42), HASH)));
}

#[test]
fn what_another_secret_signed_is_read_only_if_it_is_the_old_one() {
    let old = Keys::new(OLD_SECRET, None);
    let data = object(json!({"a": 1}));
    let stored = sessions::encode(&old, &data);
    assert_eq!(sessions::decode(&keys(), &stored), None);
    assert_eq!(sessions::decode(&rotated_keys(), &stored), Some(data.clone()));
    assert_eq!(
        sessions::decode(&old, &sessions::encode(&rotated_keys(), &data)),
        None,
        "nothing new is signed with it"
    );
}

#[test]
fn a_changed_or_broken_text_is_not_read() {
    let (rest, signature) = PLAIN.rsplit_once(':').unwrap();
    let shortened = &PLAIN[..PLAIN.len() - 1];
    for broken in [
        "",
        ":",
        "::",
        ":::",
        "rubbish",
        rest,
        shortened,
        &format!(".{PLAIN}"),
        &format!("{rest}:"),
        &format!("eyJhIjoyfQ:1uQowS:{signature}"),
        &format!("eyJhIjoxfQ:1uQowT:{signature}"),
        &format!("{PLAIN}é\0"),
    ] {
        assert_eq!(sessions::decode(&keys(), broken), None, "{broken:?}");
    }
}

#[test]
fn secrets_do_not_appear_in_debug_texts() {
    assert_eq!(format!("{:?}", rotated_keys()), "Keys(…)");
}

#[tokio::test]
async fn a_session_that_django_wrote_signs_its_person_in() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.db.execute("UPDATE jobserver_user SET id = 42 WHERE id = $1", &[&ada]).await.unwrap();
    db.store("djangodjangodjangodjangodjango12", COMPRESSED, "now() + interval '1 day'").await;
    for hint in [None, Some(UserId(42)), Some(UserId(1)), Some(UserId(999))] {
        let visit = db.visit(&keys(), "djangodjangodjangodjangodjango12", hint).await;
        assert_eq!(visit.person.unwrap().id, UserId(42));
        assert!(!visit.needs_upgrade && !visit.stale_cookie);
        assert!(!visit.session.unwrap().is_changed());
    }
}

#[tokio::test]
async fn a_session_lives_for_fourteen_days_under_a_key_of_djangos_form() {
    let db = Db::fresh().await;
    let mut session = Session::new();
    session.set("name", "Zoë");
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    assert!(!session.is_changed());
    let key = session.key().unwrap().to_owned();
    assert_eq!(key.len(), 32);
    assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    let days: f64 = db
        .db
        .query_one("SELECT extract(epoch FROM expire_date - now())::float8 / 86400 FROM django_session", &[])
        .await
        .unwrap()
        .get(0);
    assert!((13.99..=14.0).contains(&days), "{days}");
    let again = sessions::load(&db.db, &keys(), &key).await.unwrap().unwrap();
    assert_eq!(again.text("name"), Some("Zoë"));
    assert_eq!(again.key(), Some(key.as_str()));
}

#[tokio::test]
async fn a_change_is_saved_under_the_same_key_and_an_emptied_session_is_deleted() {
    let db = Db::fresh().await;
    db.store_data(&keys(), "samesamesame", object(json!({"a": 1}))).await;
    let mut session = sessions::load(&db.db, &keys(), "samesamesame").await.unwrap().unwrap();
    assert_eq!(session.remove("nothing"), None);
    assert!(!session.is_changed());
    session.set("b", 2);
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    assert_eq!(session.key(), Some("samesamesame"));
    session.remove("a");
    session.remove("b");
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    assert_eq!(session.key(), None);
    assert_eq!(db.count("django_session").await, 0);
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_not_brought_back() {
    let db = Db::fresh().await;
    db.store_data(&keys(), "samesamesame", object(json!({"a": 1}))).await;
    let mut session = sessions::load(&db.db, &keys(), "samesamesame").await.unwrap().unwrap();
    let mut elsewhere = session.clone();
    sessions::log_out(&db.db, &mut elsewhere).await.unwrap();
    session.set("b", 2);
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    assert_eq!((session.key(), session.is_empty()), (None, true));
    assert_eq!(db.count("django_session").await, 0);
}

#[tokio::test]
async fn keys_that_cannot_be_are_no_session_and_no_error() {
    let db = Db::fresh().await;
    db.store_data(&keys(), "short12", object(json!({"a": 1}))).await;
    let long = "a".repeat(41);
    for key in
        ["", "short12", "nul\0nul\0nul\0", long.as_str(), "unknownunknown", "späßchen1234", "a b c d e f"]
    {
        assert!(sessions::load(&db.db, &keys(), key).await.unwrap().is_none(), "{key:?}");
        let visit = db.visit(&keys(), key, Some(UserId(1))).await;
        assert!(visit.stale_cookie && visit.session.is_none() && visit.person.is_none(), "{key:?}");
    }
}

#[tokio::test]
async fn an_expired_session_is_none_and_is_swept() {
    let db = Db::fresh().await;
    db.store("expiredexpired", PLAIN, "now() - interval '1 second'").await;
    db.store("livinglivingliving", PLAIN, "now() + interval '1 minute'").await;
    assert!(db.visit(&keys(), "expiredexpired", None).await.stale_cookie);
    assert!(sessions::load(&db.db, &keys(), "expiredexpired").await.unwrap().is_none());
    assert_eq!(sessions::delete_expired(&db.db).await.unwrap(), 1);
    assert_eq!(db.count("django_session").await, 1);
}

#[tokio::test]
async fn data_that_cannot_be_read_is_an_empty_session_under_the_same_key() {
    let db = Db::fresh().await;
    db.store("brokenbroken", "rubbish", "now() + interval '1 day'").await;
    let visit = db.visit(&keys(), "brokenbroken", None).await;
    let session = visit.session.unwrap();
    assert!(session.is_empty() && !visit.stale_cookie && visit.person.is_none());
    assert_eq!(session.key(), Some("brokenbroken"));
}

#[tokio::test]
async fn a_hash_of_another_secret_or_of_a_former_password_or_none_ends_the_session() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let mut without_hash = signed_in(ada, HASH);
    without_hash.remove("_auth_user_hash");
    for data in [signed_in(ada, OLD_HASH), signed_in(ada, ""), signed_in(ada, &HASH[..63]), without_hash] {
        db.store_data(&keys(), "wrongwrongwrong", data).await;
        let visit = db.visit(&keys(), "wrongwrongwrong", Some(ada)).await;
        assert!(visit.person.is_none() && visit.stale_cookie);
        let mut session = visit.session.unwrap();
        assert!(session.is_changed());
        sessions::save(&db.db, &keys(), &mut session).await.unwrap();
        assert_eq!(db.count("django_session").await, 0);
    }

    db.db.execute("UPDATE jobserver_user SET password = 'argon2$new'", &[]).await.unwrap();
    db.store_data(&keys(), "formerformer", signed_in(ada, HASH)).await;
    assert!(db.visit(&keys(), "formerformer", None).await.person.is_none());
}

#[tokio::test]
async fn a_session_names_nobody_without_a_known_backend_or_a_person_that_exists() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let mut unknown_backend = signed_in(ada, HASH);
    unknown_backend.insert("_auth_user_backend".to_owned(), "somewhere.Else".into());
    let mut not_a_number = signed_in(ada, HASH);
    not_a_number.insert("_auth_user_id".to_owned(), "99999999999999999999".into());
    for (key, data) in [
        ("unknownbackend", unknown_backend),
        ("notanumber", not_a_number),
        ("goneperson", signed_in(UserId(999), HASH)),
    ] {
        db.store_data(&keys(), key, data).await;
        for hint in [None, Some(ada), Some(UserId(999))] {
            let visit = db.visit(&keys(), key, hint).await;
            assert!(visit.person.is_none() && !visit.stale_cookie, "{key}");
            assert!(!visit.session.unwrap().is_empty(), "{key}: the session stays");
        }
    }
}

#[tokio::test]
async fn djangos_password_backend_is_accepted() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let mut data = signed_in(ada, HASH);
    data.insert("_auth_user_backend".to_owned(), "django.contrib.auth.backends.ModelBackend".into());
    db.store_data(&keys(), "modelmodel", data).await;
    assert_eq!(db.visit(&keys(), "modelmodel", Some(ada)).await.person.unwrap().id, ada);
}

#[tokio::test]
async fn a_session_of_the_old_secret_is_upgraded_and_keeps_its_key() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let mut data = signed_in(ada, OLD_HASH);
    data.insert("next".to_owned(), "/somewhere/".into());
    db.store_data(&Keys::new(OLD_SECRET, None), "oldsecretoldsecret", data).await;
    let visit = db.visit(&rotated_keys(), "oldsecretoldsecret", Some(ada)).await;
    assert!(visit.needs_upgrade);
    let (mut session, person) = (visit.session.unwrap(), visit.person.unwrap());
    sessions::upgrade(&rotated_keys(), &mut session, &person);
    sessions::save(&db.db, &rotated_keys(), &mut session).await.unwrap();
    assert_eq!(db.count("django_session").await, 1);
    assert_eq!(session.key(), Some("oldsecretoldsecret"));

    let visit = db.visit(&keys(), session.key().unwrap(), Some(ada)).await;
    assert_eq!(visit.person.unwrap().id, ada, "the old secret is not needed any more");
    assert_eq!(visit.session.unwrap().text("next"), Some("/somewhere/"));
}

#[tokio::test]
async fn signing_in_keeps_what_nobody_had_under_a_new_key_and_notes_the_time() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.store_data(&keys(), "anonymousanonymous", object(json!({"next": "/a/"}))).await;
    let mut session = sessions::load(&db.db, &keys(), "anonymousanonymous").await.unwrap().unwrap();
    sessions::log_in(&db.db, &keys(), &mut session, &db.person(ada).await).await.unwrap();
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();

    assert_eq!(session.text("next"), Some("/a/"));
    assert_eq!(session.text("_auth_user_id"), Some(ada.to_string().as_str()));
    assert_eq!(session.text("_auth_user_backend"), Some("social_core.backends.github.GithubOAuth2"));
    assert_eq!(session.text("_auth_user_hash"), Some(HASH));
    assert_eq!(session.text("social_auth_last_login_backend"), Some("github"));
    assert_ne!(session.key(), Some("anonymousanonymous"));
    assert_eq!(db.count("django_session").await, 1, "the old row is gone");
    let noted = db.db.query_one("SELECT last_login > now() - interval '1 minute' FROM jobserver_user", &[]);
    assert!(noted.await.unwrap().get::<_, bool>(0));
    assert_eq!(db.visit(&keys(), session.key().unwrap(), None).await.person.unwrap().id, ada);
}

#[tokio::test]
async fn signing_in_again_as_oneself_keeps_the_key_and_as_somebody_else_keeps_nothing() {
    let db = Db::fresh().await;
    let (ada, grace) = (db.user("ada").await, db.user("grace").await);
    let mut session = Session::new();
    session.set("kept", 1);
    sessions::log_in(&db.db, &keys(), &mut session, &db.person(ada).await).await.unwrap();
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    let key = session.key().unwrap().to_owned();

    sessions::log_in(&db.db, &keys(), &mut session, &db.person(ada).await).await.unwrap();
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    assert_eq!(session.key(), Some(key.as_str()));
    assert!(session.get("kept").is_some());

    sessions::log_in(&db.db, &keys(), &mut session, &db.person(grace).await).await.unwrap();
    sessions::save(&db.db, &keys(), &mut session).await.unwrap();
    assert_ne!(session.key(), Some(key.as_str()));
    assert!(session.get("kept").is_none());
    assert_eq!(db.count("django_session").await, 1);
}

#[tokio::test]
async fn signing_out_deletes_the_row_at_once() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.store_data(&keys(), "signedinsignedin", signed_in(ada, HASH)).await;
    let mut session = db.visit(&keys(), "signedinsignedin", None).await.session.unwrap();
    sessions::log_out(&db.db, &mut session).await.unwrap();
    assert_eq!(db.count("django_session").await, 0);
    assert!(session.is_empty() && !session.is_changed() && session.key().is_none());
    sessions::log_out(&db.db, &mut session).await.unwrap();
}
