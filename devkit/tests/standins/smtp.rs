//! The mail relay, spoken to line by line.

use devkit::standins::{
    Behaviour, Mode,
    smtp::{self, Smtp},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{ANYWHERE, http};

const MAIL: &str = "From: a@example.org\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nContent-Transfer-Encoding: quoted-printable\r\n\
                    \r\nA long li=\r\nne\r\n..dotted\r\n.\r\n";

fn relay() -> Smtp {
    smtp::start(ANYWHERE, ANYWHERE).unwrap()
}

/// Hands a mail over; the relay's replies, one a line, until it refuses or closes.
async fn deliver(relay: &Smtp) -> Vec<String> {
    let address = relay.url.trim_start_matches("smtp://");
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    let mut replies = Vec::new();
    let said = [
        "",
        "EHLO x",
        "MAIL FROM:<a@example.org>",
        "RCPT TO:<b@example.org>",
        "RCPT TO:<c@example.org>",
        "DATA",
        MAIL,
    ];
    for line in said {
        if line == MAIL {
            stream.write_all(MAIL.as_bytes()).await.unwrap();
        } else if !line.is_empty() {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        }
        let mut reply = String::new();
        loop {
            let mut part = String::new();
            if stream.read_line(&mut part).await.unwrap() == 0 {
                return replies;
            }
            let is_last = part.as_bytes().get(3) != Some(&b'-');
            reply.push_str(&part);
            if is_last {
                break;
            }
        }
        let is_refused = !reply.starts_with(['2', '3']);
        replies.push(reply.trim().to_owned());
        if is_refused {
            return replies;
        }
    }
    replies
}

#[actix_web::test]
async fn a_mail_is_taken_decoded_and_shown() {
    let relay = relay();
    let replies = deliver(&relay).await;
    assert_eq!(replies.len(), 7, "{replies:?}");
    let mails = relay.mails();
    assert_eq!(mails[0].subject, "café");
    assert_eq!(mails[0].text, "A long line\n.dotted\n");
    assert_eq!(mails[0].to, ["b@example.org", "c@example.org"]);

    let listed: Value =
        http().get(format!("{}/mails.json", relay.page_url())).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed[0]["from"], "a@example.org");
    let page = http().get(relay.page_url()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("café"));
}

#[actix_web::test]
async fn a_relay_told_to_refuse_keeps_nothing_and_its_pages_still_answer() {
    let relay = relay();
    relay.control.set(Behaviour::fail(550).times(1));
    assert!(deliver(&relay).await.last().unwrap().starts_with("550"));
    assert!(relay.mails().is_empty());
    assert_eq!(http().get(relay.page_url()).send().await.unwrap().status(), 200);
    deliver(&relay).await;
    assert_eq!(relay.mails().len(), 1);
}

#[actix_web::test]
async fn a_relay_that_breaks_off_has_taken_the_mail() {
    let relay = relay();
    relay.control.set(Behaviour::of(Mode::Half));
    assert_eq!(deliver(&relay).await.len(), 6);
    assert_eq!(relay.mails().len(), 1);
}
