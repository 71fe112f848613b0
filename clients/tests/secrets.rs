//! No token or password is in anything that may be logged, even when the peer sends it back.

use clients::{
    Secret, SetupError,
    github::{GitHub, GitHubSettings},
    mail::MailSettings,
    rap::{RapClient, RapSettings},
    slack::{Slack, SlackSettings},
};
use url::Url;

use crate::support::{Peer, answer, json as reply};

const TOKEN: &str = "hunter2-hunter2";

#[test]
fn a_secret_prints_as_an_ellipsis() {
    assert_eq!(format!("{:?}", Some(Secret::new(TOKEN))), "Some(…)");
    let smtp =
        MailSettings::parse("smtp", Some(Secret::new(format!("smtp://u:{TOKEN}@x"))), None, "", "").unwrap();
    let mailgun =
        MailSettings::parse("mailgun", None, Some(Secret::new(TOKEN)), "https://x.org", "x.org").unwrap();
    for printed in [format!("{smtp:?}"), format!("{mailgun:?}")] {
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

#[tokio::test]
async fn a_peer_that_repeats_the_token_does_not_get_it_into_an_error() {
    let echo = format!(r#"{{"details":"bad {TOKEN}","message":"bad {TOKEN}"}}"#);
    let peer =
        Peer::start(vec![reply(401, &echo), answer(400, "", &format!("<p>{TOKEN}")), reply(401, &echo)])
            .await;
    let rap = RapClient::new(Some(RapSettings::new(peer.url.clone(), Secret::new(TOKEN)))).unwrap();
    let github = GitHub::new(GitHubSettings::new(peer.url.clone(), Some(Secret::new(TOKEN)))).unwrap();
    let first = rap.status(&[]).await.unwrap_err();
    let second = rap.status(&[]).await.unwrap_err();
    let third = github.repo("o", "r").await.unwrap_err();
    let texts = [format!("{first} {first:?}"), format!("{second} {second:?}"), format!("{third} {third:?}")];
    for text in texts {
        assert!(text.contains('…') && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_without_being_printed() {
    let good = Url::parse("https://x.org").unwrap();
    let userinfo = Url::parse(&format!("https://u:{TOKEN}@x.org")).unwrap();
    let broken = || Secret::new(format!("{TOKEN}\n"));
    let errors: Vec<SetupError> = [
        RapClient::new(Some(RapSettings::new(userinfo.clone(), Secret::new("t")))).err(),
        RapClient::new(Some(RapSettings::new(good.clone(), broken()))).err(),
        GitHub::new(GitHubSettings::new(userinfo, None)).err(),
        GitHub::new(GitHubSettings::new(good.clone(), Some(broken()))).err(),
        Slack::new(SlackSettings::new(good, Some(broken()))).err(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(errors.len(), 5);
    for error in errors {
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
