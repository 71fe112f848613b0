//! From facts to an RFC 5322 message: addresses checked, headers on one line, text with an HTML alternative.

use lettre::{
    Message,
    message::{Mailbox, MultiPart, SinglePart},
};

use super::MailError;

/// One mail, addressed and written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutgoingMail {
    pub from: String,
    pub to: Vec<String>,
    pub bcc: Vec<String>,
    pub reply_to: Option<String>,
    pub subject: String,
    pub text: String,
    /// The alternative for those who read HTML.
    pub html: Option<String>,
    /// With or without angle brackets; made up when absent. The same for every attempt lets relays and readers see
    /// that two copies are one mail.
    pub message_id: Option<String>,
}

/// The addresses of a mail, all of which make sense.
pub(super) struct Envelope {
    pub from: Mailbox,
    pub to: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub reply_to: Option<Mailbox>,
    /// One line.
    pub subject: String,
    /// In angle brackets.
    pub message_id: Option<String>,
}

pub(super) fn check(mail: &OutgoingMail) -> Result<Envelope, MailError> {
    let to = usable(&mail.to);
    let bcc = usable(&mail.bcc);
    if to.is_empty() && bcc.is_empty() {
        return Err(MailError::permanent("the mail has no recipient with a valid address"));
    }
    let left_out = mail.to.len() + mail.bcc.len() - to.len() - bcc.len();
    if left_out > 0 {
        tracing::warn!(left_out, subject = mail.subject, "recipients without a valid address are left out");
    }
    Ok(Envelope {
        from: mailbox(&mail.from)?,
        to,
        bcc,
        reply_to: mail.reply_to.as_deref().map(mailbox).transpose()?,
        subject: one_line(&mail.subject),
        message_id: mail.message_id.as_deref().map(message_id).transpose()?,
    })
}

pub(super) fn build(mail: &OutgoingMail, envelope: Envelope) -> Result<Message, MailError> {
    let mut builder =
        Message::builder().from(envelope.from).subject(envelope.subject).message_id(envelope.message_id);
    for recipient in envelope.to {
        builder = builder.to(recipient);
    }
    for recipient in envelope.bcc {
        builder = builder.bcc(recipient);
    }
    if let Some(reply_to) = envelope.reply_to {
        builder = builder.reply_to(reply_to);
    }
    let message = match &mail.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
        None => builder.singlepart(SinglePart::plain(mail.text.clone())),
    };
    message.map_err(|error| MailError::permanent(format!("the mail cannot be put together: {error}")))
}

fn usable(addresses: &[String]) -> Vec<Mailbox> {
    addresses.iter().filter_map(|address| address.trim().parse().ok()).collect()
}

fn mailbox(address: &str) -> Result<Mailbox, MailError> {
    address
        .trim()
        .parse()
        .map_err(|error| MailError::permanent(format!("`{address}` is not an e-mail address: {error}")))
}

/// Names of actions and workspaces end up in subjects, and a line break there would start another header.
fn one_line(text: &str) -> String {
    text.split(|character: char| character.is_control())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn message_id(id: &str) -> Result<String, MailError> {
    let bare = id.trim_start_matches('<').trim_end_matches('>');
    if bare.contains('@') && bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(format!("<{bare}>"))
    } else {
        Err(MailError::permanent("the Message-ID must be printable ASCII around an `@`"))
    }
}
