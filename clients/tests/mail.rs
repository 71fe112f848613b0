//! Mail by SMTP, by Mailgun, to standard output and nowhere.

use clients::{
    Secret,
    mail::{MailSettings, Mailer, OutgoingMail},
};

use crate::support::{Answer, Peer, answer, json as reply, nobody, smtp::Relay};

fn mail() -> OutgoingMail {
    OutgoingMail {
        from: "notifications@jobs.opensafely.org".to_owned(),
        to: vec!["Ann Example <ann@example.org>".to_owned()],
        bcc: vec!["hidden@example.org".to_owned()],
        reply_to: Some("team@opensafely.org".to_owned()),
        subject: "succeeded: [os asthma]\r\nBcc: evil@example.org make_table".to_owned(),
        text: "It's done & <fine>".to_owned(),
        html: Some("<p>It&#39;s done</p>".to_owned()),
        message_id: Some("job-1@jobs.opensafely.org".to_owned()),
    }
}

fn smtp(url: &str) -> Mailer {
    Mailer::new(MailSettings::parse("smtp", Some(Secret::new(url)), None, "", "").unwrap()).unwrap()
}

fn mailgun(peer: &Peer) -> Mailer {
    let key = Some(Secret::new("key-1-of-many-more"));
    Mailer::new(
        MailSettings::parse("mailgun", None, key, peer.url.join("v3").unwrap().as_str(), "mg.x.org").unwrap(),
    )
    .unwrap()
}

#[tokio::test]
async fn smtp_delivers_text_and_html_to_all_and_hides_the_hidden() {
    let relay = Relay::start("250 OK").await;
    smtp(&relay.url).send(&mail()).await.unwrap();
    let heard = relay.heard();
    for line in [
        "MAIL FROM:<notifications@jobs.opensafely.org>",
        "RCPT TO:<ann@example.org>",
        "RCPT TO:<hidden@example.org>",
        "Reply-To: team@opensafely.org",
        "Message-ID: <job-1@jobs.opensafely.org>",
        "Subject: succeeded: [os asthma] Bcc: evil@example.org make_table",
        "It's done & <fine>",
        "<p>It&#39;s done</p>",
    ] {
        assert!(heard.lines().any(|heard| heard.starts_with(line)), "{line} is not in\n{heard}");
    }
    assert!(heard.contains("multipart/alternative"));
    assert!(!heard.lines().any(|line| line.starts_with("Bcc:")), "{heard}");
    assert!(!heard.contains("RCPT TO:<evil@example.org>"));
}

#[tokio::test]
async fn a_relays_no_is_permanent_and_its_not_now_is_not() {
    for (verdict, permanent) in [("550 no such user", true), ("451 try later", false)] {
        let relay = Relay::start(verdict).await;
        let error = smtp(&relay.url).send(&mail()).await.unwrap_err();
        assert_eq!(error.permanent, permanent);
        assert!(error.to_string().contains(&verdict[4..]), "{error}");
    }
    let address = nobody().await;
    let url = format!("smtp://user:hunter2@{}:{}", address.host_str().unwrap(), address.port().unwrap());
    let error = smtp(&url).send(&mail()).await.unwrap_err();
    assert!(!error.permanent);
    assert!(error.to_string().starts_with("the mail relay could not be reached"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn mailgun_gets_a_form_with_the_key() {
    let peer = Peer::start(vec![reply(200, r#"{"id":"<1@mg>","message":"Queued. Thank you."}"#)]).await;
    mailgun(&peer).send(&mail()).await.unwrap();
    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/v3/mg.x.org/messages"));
    assert_eq!(asked.header("authorization"), Some("Basic YXBpOmtleS0xLW9mLW1hbnktbW9yZQ=="));
    let expected = [
        ("from", "notifications@jobs.opensafely.org"),
        ("to", "Ann Example <ann@example.org>"),
        ("bcc", "hidden@example.org"),
        ("subject", "succeeded: [os asthma] Bcc: evil@example.org make_table"),
        ("text", "It's done & <fine>"),
        ("html", "<p>It&#39;s done</p>"),
        ("h:Reply-To", "team@opensafely.org"),
        ("h:Message-Id", "<job-1@jobs.opensafely.org>"),
    ];
    let form: Vec<(String, String)> =
        asked.form().into_iter().map(|(name, value)| (name, value.replace('"', ""))).collect();
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn mailguns_refusals_are_told_from_its_outages() {
    for (script, permanent, text) in [
        (
            reply(400, r#"{"message":"to parameter is not a valid address"}"#),
            true,
            "to parameter is not a valid address",
        ),
        (answer(401, "", "Forbidden"), false, "Mailgun answered 401 Unauthorized"),
        (reply(401, r#"{"message":"wrong key-1-of-many-more"}"#), false, "wrong …"),
        (answer(500, "", ""), false, "500"),
        (answer(200, "", "<html>"), false, "no message id"),
        (Answer::CutOff("{"), false, "could not be reached"),
    ] {
        let peer = Peer::start(vec![script]).await;
        let error = mailgun(&peer).send(&mail()).await.unwrap_err();
        assert_eq!(error.permanent, permanent, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(peer.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_mail_to_hidden_recipients_only_is_addressed_to_its_sender() {
    let peer = Peer::start(vec![reply(200, r#"{"id":"1"}"#)]).await;
    mailgun(&peer).send(&OutgoingMail { to: vec![], ..mail() }).await.unwrap();
    let to = peer.only().form().into_iter().find(|(name, _)| name == "to").unwrap().1;
    assert_eq!(to, "notifications@jobs.opensafely.org");
}

#[tokio::test]
async fn a_mail_to_nobody_is_done_already() {
    let relay = Relay::start("250 OK").await;
    smtp(&relay.url).send(&OutgoingMail { to: vec![], bcc: vec![], ..mail() }).await.unwrap();
    assert_eq!(relay.heard(), "");
}

#[tokio::test]
async fn bad_addresses_are_left_out_unless_nothing_is_left() {
    let relay = Relay::start("250 OK").await;
    let some = OutgoingMail { to: vec!["nonsense".to_owned(), "ann@example.org".to_owned()], ..mail() };
    smtp(&relay.url).send(&some).await.unwrap();
    assert!(relay.heard().contains("RCPT TO:<ann@example.org>"));
    let none = OutgoingMail { to: vec!["nonsense".to_owned()], bcc: vec![], ..mail() };
    for mailer in [smtp(&relay.url), Mailer::Console, Mailer::None] {
        assert!(mailer.send(&none).await.unwrap_err().permanent);
    }
    let no_sender = OutgoingMail { from: String::new(), ..mail() };
    assert!(smtp(&relay.url).send(&no_sender).await.unwrap_err().permanent);
}

#[tokio::test]
async fn console_and_none_always_succeed() {
    for name in ["console", "none"] {
        let mailer = Mailer::new(MailSettings::parse(name, None, None, "", "").unwrap()).unwrap();
        mailer.send(&mail()).await.unwrap();
    }
}

#[test]
fn a_pool_of_connections_needs_a_runtime() {
    let settings = MailSettings::parse("smtp", Some(Secret::new("smtp://relay")), None, "", "").unwrap();
    assert!(Mailer::new(settings).is_err());
}

#[test]
fn djangos_names_mean_what_they_meant() {
    let parse = |name| {
        let smtp_url = Some(Secret::new("smtp://relay:25"));
        MailSettings::parse(
            name,
            smtp_url,
            Some(Secret::new("k")),
            "https://api.eu.mailgun.net/v3",
            "mg.x.org",
        )
        .unwrap()
    };
    assert!(matches!(parse("django.core.mail.backends.console.EmailBackend"), MailSettings::Console));
    assert!(matches!(parse("django.core.mail.backends.smtp.EmailBackend"), MailSettings::Smtp(_)));
    assert!(matches!(parse("anymail.backends.mailgun.EmailBackend"), MailSettings::Mailgun(_)));
    assert!(matches!(parse("django.core.mail.backends.dummy.EmailBackend"), MailSettings::None));
}

#[test]
fn wrong_settings_are_refused_with_the_name_of_the_variable() {
    let secret = |text: &str| Some(Secret::new(text));
    for (result, variable) in [
        (MailSettings::parse("pigeon", None, None, "", ""), "console, smtp, mailgun or none"),
        (MailSettings::parse("smtp", None, None, "", ""), "SMTP_URL must be set"),
        (MailSettings::parse("smtp", secret("hunter2"), None, "", ""), "SMTP_URL must be smtp://"),
        (MailSettings::parse("smtp", secret("http://hunter2"), None, "", ""), "SMTP_URL must be smtp://"),
        (MailSettings::parse("mailgun", None, None, "", ""), "MAILGUN_API_KEY"),
        (MailSettings::parse("mailgun", secret(""), secret(""), "", ""), "MAILGUN_API_KEY"),
        (MailSettings::parse("mailgun", None, secret("hunter2"), "nope", "x.org"), "MAILGUN_API_URL"),
        (
            MailSettings::parse("mailgun", None, secret("k"), "https://u:hunter2@x.org", "x.org"),
            "MAILGUN_API_URL",
        ),
        (
            MailSettings::parse("mailgun", None, secret("k"), "https://x.org", "x/../y"),
            "MAILGUN_SENDER_DOMAIN",
        ),
    ] {
        let reason = result.unwrap_err();
        assert!(reason.contains(variable), "{reason}");
        assert!(!reason.contains("hunter2"), "{reason}");
    }
}
