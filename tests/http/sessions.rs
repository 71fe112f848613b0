//! Sessions in the shape that Django gives them: each server takes the other's. The vectors were made by Django.

use data_encoding::BASE64URL_NOPAD;
use domain::sessions::Keys;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use sha2::{Digest, Sha256};

use crate::harness::{Browser, Study, TestApp, a};

/// Of user 42 with an empty password, SECRET_KEY `test-secret-key`, compressed.
const SESSION_OF_42: &str = ".eJxdizEOAiEQAP9CbQgLy0HsrCzvCWSBPSEaLzmOyvh30VgYq0lmMg8RqO8l9MZbqFkcBWpx-JWR0pXv79LWVOkW0rqx_NomL3UvPcrzB_NpbH9_oVbGrJHBWBs9ICj2RDBZACbOmngknz2ZKSbrHCCqpJwCpRazJMraIYrnC7dKNxk:1uQowS:bJNr2U1I4AvO-wLpRwbyVAwlb508vvrLO_FKe3wh7pk";
/// `{"a":1}`, same key, plain.
const SESSION_OF_NOBODY: &str = "eyJhIjoxfQ:1uQowS:-sU-rEwgp5jDCujx8LhDM7S_A7UwJE-_-P7lowWO3_g";
const KEY: &str = "djangodjangodjangodjangodjango12";

async fn row(app: &TestApp, key: &str, data: &str) -> Browser {
    app.db
        .execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, now() + '1 day')",
            &[&key, &data],
        )
        .await;
    let browser = app.browser();
    browser.set_cookie("sessionid", key);
    browser
}

async fn user_42(app: &TestApp) {
    let user = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    app.db.execute("UPDATE jobserver_user SET id = 42 WHERE id = $1", &[&user]).await;
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.get("/settings/").await.status == 200
}

#[tokio::test]
async fn a_session_that_django_made_signs_its_person_in() {
    let app = TestApp::start().await;
    user_42(&app).await;
    let browser = row(&app, KEY, SESSION_OF_42).await;
    browser.get("/").await.expect(200).shows("Ada Lovelace");
    assert!(is_signed_in(&browser).await);
    let kept: String = app.db.value("SELECT session_data FROM django_session", &[]).await;
    assert_eq!(kept, SESSION_OF_42, "reading a session changes nothing");
}

#[tokio::test]
async fn a_session_of_nobody_is_harmless() {
    let app = TestApp::start().await;
    user_42(&app).await;
    let browser = row(&app, KEY, SESSION_OF_NOBODY).await;
    assert!(!is_signed_in(&browser).await);
    browser.get("/").await.expect(200).shows("Log in");
    assert_eq!(app.db.count("django_session").await, 1);
}

#[tokio::test]
async fn a_session_of_the_key_before_the_last_is_taken_over() {
    let app = TestApp::builder()
        .env("SECRET_KEY", "the new key")
        .env("OLD_SECRET_KEY", "test-secret-key")
        .start()
        .await;
    user_42(&app).await;
    let browser = row(&app, KEY, SESSION_OF_42).await;
    browser.get("/").await.expect(200).shows("Ada Lovelace");
    assert!(is_signed_in(&browser).await);
    let rows = app.db.rows("SELECT session_key, session_data FROM django_session", &[]).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, &str>(0), browser.cookie("sessionid").unwrap());
    assert!(domain::sessions::decode(&Keys::new("the new key", None), rows[0].get(1)).is_some());
}

#[tokio::test]
async fn two_requests_at_once_with_an_old_session_both_succeed() {
    let app = TestApp::builder()
        .env("SECRET_KEY", "the new key")
        .env("OLD_SECRET_KEY", "test-secret-key")
        .start()
        .await;
    user_42(&app).await;
    let browser = row(&app, KEY, SESSION_OF_42).await;
    let (one, two) = tokio::join!(browser.get("/settings/"), browser.get("/event-log/"));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    assert!(is_signed_in(&browser).await, "the browser is still signed in");
}

#[tokio::test]
async fn a_session_of_an_unknown_key_signs_nobody_in() {
    let app = TestApp::builder().env("SECRET_KEY", "another key").start().await;
    user_42(&app).await;
    let browser = row(&app, KEY, SESSION_OF_42).await;
    browser.get("/").await.expect(200).shows("Log in").hides("Ada Lovelace");
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn tampered_sessions_sign_nobody_in() {
    let app = TestApp::start().await;
    user_42(&app).await;
    let (signed, signature) = SESSION_OF_42.rsplit_once(':').unwrap();
    for (number, data) in [
        "".to_owned(),
        ":".to_owned(),
        "::".to_owned(),
        signed.to_owned(),
        format!("{signed}:"),
        format!("{signed}:{}", signature.to_uppercase()),
        format!("x{SESSION_OF_42}"),
        SESSION_OF_42.replace("1uQowS", "1uQowT"),
        ".a:b:c".to_owned(),
        "ü".repeat(50),
    ]
    .into_iter()
    .enumerate()
    {
        let browser = row(&app, &format!("tampered{number}tampered"), &data).await;
        browser.get("/").await.expect(200).hides("Ada Lovelace");
    }
}

#[tokio::test]
async fn a_cookie_whose_session_is_gone_is_taken_back() {
    let app = TestApp::start().await;
    user_42(&app).await;
    let expired = row(&app, KEY, SESSION_OF_42).await;
    app.db.execute("UPDATE django_session SET expire_date = now() - interval '1 second'", &[]).await;
    let unknown = app.browser();
    unknown.set_cookie("sessionid", "unknownunknownunknownunknown1234");
    for browser in [expired, unknown] {
        browser.get("/").await.expect(200).shows("Log in");
        assert_eq!(browser.cookie("sessionid"), None);
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_session() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    assert!(is_signed_in(&browser).await);
    app.db.execute("UPDATE jobserver_user SET password = 'argon2$changed'", &[]).await;
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn the_session_of_somebody_who_is_gone_signs_nobody_in() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    assert!(is_signed_in(&browser).await);
    app.db.execute("DELETE FROM jobserver_user", &[]).await;
    assert!(!is_signed_in(&browser).await);
    browser.get("/").await.expect(200);
}

#[tokio::test]
async fn a_session_that_changed_hands_shows_its_present_owner() {
    let app = TestApp::start().await;
    let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    let grace = a::user("grace").named("Grace Hopper").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    browser.get("/").await.shows("Ada Lovelace");
    let of_grace = app.session_of(grace).await;
    app.db
        .execute(
            "UPDATE django_session AS mine
             SET session_data = hers.session_data
             FROM django_session AS hers
             WHERE hers.session_key = $1 AND mine.session_key <> $1",
            &[&of_grace],
        )
        .await;
    browser.get("/").await.shows("Grace Hopper").hides("Ada Lovelace");
}

#[tokio::test]
async fn what_is_taken_from_somebody_is_gone_at_the_next_request() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = study.browser(&app).await;
    browser.get("/asthma/new-workspace/").await.expect(200);
    a::member(&app.db, study.project, study.ada, &[]).await;
    browser.get("/asthma/new-workspace/").await.expect(404);
}

#[tokio::test]
async fn a_role_of_another_time_grants_nothing_and_breaks_nothing() {
    let app = TestApp::start().await;
    let ada = a::user("ada")
        .role("Wizard")
        .role("")
        .role("jobserver.authorization.roles.Old")
        .insert(&app.db)
        .await;
    let browser = app.browser_of(ada).await;
    browser.get("/").await.expect(200);
    browser.get("/status/").await.expect(200);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn malformed_cookies_do_no_harm() {
    let app = TestApp::start().await;
    let long = format!("sessionid={}", "a".repeat(6_000));
    for cookies in [
        "sessionid=",
        "sessionid=\"",
        "sessionid=short",
        "sessionid=';drop table django_session;--",
        "sessionid=%00%00%00%00%00%00%00%00%00%00%00%00",
        "sessionid",
        ";;;=;;",
        "=x; =y",
        "messages=rubbish.rubbish; csrftoken=a b c",
        "csrftoken=é; sessionid=ééééééééééééééé",
        "sessionid=UPPERCASEUPPERCASEUPPERCASE12345",
        &long,
    ] {
        let browser = app.browser();
        let page = browser.send(browser.request(Method::GET, "/").header("cookie", cookies.as_bytes())).await;
        assert_eq!(page.status, 200, "Cookie: {}", &cookies[..cookies.len().min(60)]);
    }
}

#[tokio::test]
async fn a_session_made_here_is_one_that_django_can_read() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    app.session_of(ada).await;
    let row = &app
        .db
        .rows("SELECT session_key, session_data, expire_date - now() > '13 days' FROM django_session", &[])
        .await[0];
    let key: &str = row.get(0);
    assert!(
        key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
        "{key}"
    );
    assert!(row.get::<_, bool>(2));
    let (signed, signature) = row.get::<_, &str>(1).rsplit_once(':').unwrap();
    let signing_key = Sha256::digest("django.contrib.sessions.SessionStoresignertest-secret-key");
    let mut mac = Hmac::<Sha256>::new_from_slice(&signing_key).unwrap();
    mac.update(signed.as_bytes());
    assert_eq!(signature, BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()));
    let payload = signed.split_once(':').unwrap().0;
    let json: serde_json::Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap();
    assert_eq!(json["_auth_user_id"], ada.to_string());
    assert_eq!(json["_auth_user_backend"], "social_core.backends.github.GithubOAuth2");
    assert_eq!(json["_auth_user_hash"], "24e1355b81410e8aa16511eaed2aee138d8a36bc5771440c070100f3fcad2744");
}

#[tokio::test]
async fn cookies_are_as_django_sets_them() {
    for (base_url, is_secure) in [(None, false), (Some("https://jobs.example.org"), true)] {
        let mut setup = TestApp::builder().debug();
        if let Some(base_url) = base_url {
            setup = setup.env("BASE_URL", base_url);
        }
        let app = setup.start().await;
        a::user("ada").insert(&app.db).await;
        let page = app.browser().post_bare("/login/as/", &[("username", "ada")]).await.expect(302);
        let session = page.set_cookie("sessionid").unwrap().to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
            assert!(session.contains(part), "{session}");
        }
        let csrf = page.set_cookie("csrftoken").unwrap().to_owned();
        for part in ["SameSite=Lax", "Path=/", "Max-Age=31449600"] {
            assert!(csrf.contains(part), "{csrf}");
        }
        assert!(!csrf.contains("HttpOnly"), "{csrf}");
        assert_eq!((session.contains("Secure"), csrf.contains("Secure")), (is_secure, is_secure));
    }
}
