//! The relay's side of an SMTP conversation (RFC 5321), as much of it as a client needs to hand over a mail.

use std::{sync::PoisonError, time::Duration};

use jiff::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Mails, mime};
use crate::standins::control::{Behaviour, Control, Mode};

#[derive(Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
}

/// Speaks with one client until it leaves.
pub(super) async fn serve(stream: TcpStream, mails: &Mails, control: &Control) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut envelope = Envelope::default();
    stream.write_all(b"220 stand-in ready\r\n").await?;
    while let Some(line) = read_line(&mut stream).await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-stand-in\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 whoever you are",
            "MAIL" => {
                let behaviour = control.next("MAIL", &line);
                tokio::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
                if let Some(refusal) = refusal(&behaviour) {
                    stream.write_all(refusal.as_bytes()).await?;
                    continue;
                }
                if let Some(mail) = transaction(&mut stream, &line, &mut envelope).await? {
                    keep(mails, &mut envelope, &mail);
                    match behaviour.mode {
                        Mode::Half => return Ok(()),
                        Mode::Hang => std::future::pending().await,
                        _ => "250 taken",
                    }
                } else {
                    "250 forgotten"
                }
            }
            "QUIT" => {
                stream.write_all(b"221 goodbye\r\n").await?;
                return Ok(());
            }
            _ => "250 as you say",
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn refusal(behaviour: &Behaviour) -> Option<String> {
    match behaviour.mode {
        Mode::Fail => Some(format!("{} told to refuse\r\n", behaviour.status.unwrap_or(451))),
        Mode::Rubbish => Some("HTTP/1.1 200 OK\r\n\r\n<html>not a relay</html>\r\n".to_owned()),
        _ => None,
    }
}

/// From MAIL to the dot that ends the mail; none if the client resets or leaves before.
async fn transaction(
    stream: &mut BufReader<TcpStream>,
    mail_from: &str,
    envelope: &mut Envelope,
) -> std::io::Result<Option<Vec<u8>>> {
    *envelope = Envelope { from: address(mail_from), to: Vec::new() };
    stream.write_all(b"250 sender noted\r\n").await?;
    while let Some(line) = read_line(stream).await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        match line.get(..4).map(str::to_ascii_uppercase).as_deref() {
            Some("RCPT") => {
                envelope.to.push(address(&line));
                stream.write_all(b"250 recipient noted\r\n").await?;
            }
            Some("DATA") => {
                stream.write_all(b"354 go on, end with a dot\r\n").await?;
                return read_mail(stream).await;
            }
            Some("RSET") => return Ok(None),
            _ => stream.write_all(b"250 as you say\r\n").await?,
        }
    }
    Ok(None)
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    while let Some(line) = read_line(stream).await? {
        match line.as_slice() {
            b".\r\n" | b".\n" => return Ok(Some(mail)),
            // Lines that begin with a dot travel with a second one.
            [b'.', rest @ ..] => mail.extend_from_slice(rest),
            line => mail.extend_from_slice(line),
        }
    }
    Ok(None)
}

fn keep(mails: &Mails, envelope: &mut Envelope, raw: &[u8]) {
    let envelope = std::mem::take(envelope);
    let mail = mime::read(raw, Timestamp::now(), envelope.from, envelope.to);
    mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = stream.read_until(b'\n', &mut line).await?;
    Ok((read > 0).then_some(line))
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(inner, _)| inner)
        .unwrap_or_default()
        .to_owned()
}
