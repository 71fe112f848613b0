//! Signing in with GitHub.

use clients::{
    Secret,
    github::oauth::{self, OAuth, OAuthError, OAuthSettings},
};
use url::Url;

use crate::support::{Answer, Peer, answer, json as reply, nobody};

type Check = fn(&OAuthError) -> bool;

const BACK: &str = "https://jobs.example/complete/github/";

fn client(url: &Url) -> OAuth {
    OAuth::new(OAuthSettings {
        site_url: url.clone(),
        api_url: url.join("api").unwrap(),
        client_id: "our id".to_owned(),
        client_secret: Secret::new("client-secret"),
    })
    .unwrap()
}

#[tokio::test]
async fn the_browser_is_sent_with_these_parameters_in_this_order() {
    let client = client(&Url::parse("https://github.com").unwrap());
    assert_eq!(
        client.authorize_url(BACK, "state", None),
        "https://github.com/login/oauth/authorize?client_id=our%20id&redirect_uri=https://jobs.example/complete/github/\
         &state=state&response_type=code&scope=user:email"
    );
    let challenge = oauth::code_challenge(&oauth::random_code_verifier());
    let url = client.authorize_url("https://jobs.example/?a=1&b", "state", Some(&challenge));
    assert!(url.ends_with(&format!("&code_challenge={challenge}&code_challenge_method=S256")), "{url}");
    let parsed = Url::parse(&url).unwrap();
    let redirect = parsed.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
    assert_eq!(redirect, "https://jobs.example/?a=1&b");
}

#[tokio::test]
async fn a_code_is_exchanged_for_a_token() {
    let peer = Peer::start(vec![reply(
        200,
        r#"{"access_token":"gho_x","token_type":"bearer","scope":"user:email"}"#,
    )])
    .await;
    let verifier = Secret::new("verifier");
    let token = client(&peer.url).exchange_code("the code", BACK, Some(&verifier)).await.unwrap();
    assert_eq!(token.expose(), "gho_x");
    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/login/oauth/access_token"));
    assert_eq!(asked.header("accept"), Some("application/json"));
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "the code"),
        ("redirect_uri", BACK),
        ("client_id", "our id"),
        ("client_secret", "client-secret"),
        ("code_verifier", "verifier"),
    ];
    assert_eq!(asked.form(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn every_way_to_fail_has_its_own_error() {
    let refused =
        r#"{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}"#;
    let cases: [(Answer, Check); 10] = [
        (reply(200, refused), |error| {
            matches!(error, OAuthError::Failed { code, description }
            if code == "bad_verification_code" && description == "The code passed is incorrect or expired.")
        }),
        (
            reply(200, r#"{"error":"slow_down"}"#),
            |error| matches!(error, OAuthError::Failed { description, .. } if description == "slow_down"),
        ),
        (answer(400, "", ""), |error| matches!(error, OAuthError::Cancelled(_))),
        (answer(401, "", ""), |error| matches!(error, OAuthError::Token)),
        (answer(403, "", ""), |error| matches!(error, OAuthError::Forbidden(403))),
        (answer(503, "", ""), |error| matches!(error, OAuthError::Unreachable)),
        (answer(302, "Location: /\r\n", ""), |error| matches!(error, OAuthError::Response(_))),
        (answer(200, "", "<html>"), |error| matches!(error, OAuthError::Malformed(_))),
        (reply(200, "{}"), |error| matches!(error, OAuthError::Malformed(_))),
        (Answer::CutOff("{"), |error| matches!(error, OAuthError::Connection(_))),
    ];
    for (script, is_right) in cases {
        let peer = Peer::start(vec![script]).await;
        let error = client(&peer.url).exchange_code("code", BACK, None).await.unwrap_err();
        assert!(is_right(&error), "{error:?}");
    }
    let error = client(&nobody().await).exchange_code("code", BACK, None).await.unwrap_err();
    assert!(matches!(error, OAuthError::Connection(_)));
}

#[tokio::test]
async fn a_user_is_read_and_blank_texts_are_absent() {
    let peer = Peer::start(vec![
        reply(200, r#"{"id":5,"login":"octo","name":"","email":null,"bio":"x"}"#),
        reply(200, r#"{"login":"octo"}"#),
    ])
    .await;
    let client = client(&peer.url);
    let user = client.user(&Secret::new("gho_x")).await.unwrap();
    assert_eq!((user.id, user.login.as_str(), user.name, user.email), (5, "octo", None, None));
    assert_eq!(user.fields["bio"], "x");
    let asked = peer.only();
    assert_eq!((asked.target.as_str(), asked.header("authorization")), ("/api/user", Some("token gho_x")));
    assert!(matches!(client.user(&Secret::new("gho_x")).await, Err(OAuthError::Malformed(_))));
}

#[tokio::test]
async fn only_an_address_that_github_verified_is_taken_the_primary_one_first() {
    for (emails, expected) in [
        (
            reply(200, r#"[{"email":"a@x","verified":true},{"email":"b@x","primary":true,"verified":true}]"#),
            Some("b@x"),
        ),
        (reply(200, r#"[{"email":"a@x","verified":true},{"email":"b@x","primary":true}]"#), Some("a@x")),
        (reply(200, r#"[{"email":"b@x","primary":true,"verified":false}]"#), None),
        (reply(200, "[]"), None),
        (reply(200, "<html>"), None),
        (answer(404, "", ""), None),
        (Answer::CutOff("["), None),
    ] {
        let peer = Peer::start(vec![emails]).await;
        let client = client(&peer.url);
        assert_eq!(client.verified_email(&Secret::new("gho_x")).await.as_deref(), expected);
        assert_eq!(peer.only().target, "/api/user/emails");
    }
}
