//! Mail through Mailgun's HTTP API.

use std::{sync::Arc, time::Duration};

use lettre::message::Mailbox;
use reqwest::Client;
use serde_json::Value;
use url::Url;

use super::{MailError, MailgunSettings, OutgoingMail, message::Envelope};
use crate::{
    Secret, SetupError,
    http::{self, BaseUrl, Redirects, Reply, SMALL_ANSWER},
};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Mailgun(Arc<Inner>);

struct Inner {
    http: Client,
    messages: Url,
    api_key: Secret,
}

impl Mailgun {
    pub(super) fn new(settings: MailgunSettings, limit: Duration) -> Result<Self, SetupError> {
        let base = BaseUrl::new("Mailgun", &settings.api_url)?;
        Ok(Mailgun(Arc::new(Inner {
            http: http::client(CONNECT_WITHIN.min(limit), limit, Redirects::Refuse)?,
            messages: base.at(&format!("{}/messages", settings.domain)),
            api_key: settings.api_key,
        })))
    }

    pub(super) async fn send(&self, mail: &OutgoingMail, envelope: Envelope) -> Result<(), MailError> {
        let request = self
            .0
            .http
            .post(self.0.messages.clone())
            .basic_auth("api", Some(self.0.api_key.expose()))
            .form(&fields(mail, envelope));
        let reply = http::send(request, SMALL_ANSWER).await.map_err(|failure| {
            MailError::passing(format!("Mailgun could not be reached: {}", failure.cause))
        })?;
        self.verdict(&reply)
    }

    fn verdict(&self, reply: &Reply) -> Result<(), MailError> {
        let answer: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let text = |key| answer.as_ref()?.get(key)?.as_str();
        if reply.status.is_success() {
            let accepted = text("id").is_some();
            return if accepted {
                Ok(())
            } else {
                Err(MailError::passing("Mailgun's answer holds no message id"))
            };
        }
        let reason = text("message")
            .map_or_else(String::new, |message| format!(": {}", self.0.api_key.scrub(message)));
        // Of the refusals only these are about the mail itself; a wrong key or domain is put right by an operator.
        let permanent = matches!(reply.status.as_u16(), 400 | 413 | 422);
        Err(MailError { permanent, text: format!("Mailgun answered {}{reason}", reply.status_text()) })
    }
}

fn fields(mail: &OutgoingMail, envelope: Envelope) -> Vec<(&'static str, String)> {
    let from = envelope.from.to_string();
    // Mailgun insists on `to`; a mail that goes only to hidden recipients is addressed to its sender.
    let to = if envelope.to.is_empty() { from.clone() } else { joined(&envelope.to) };
    let mut fields = vec![("from", from), ("to", to)];
    if !envelope.bcc.is_empty() {
        fields.push(("bcc", joined(&envelope.bcc)));
    }
    fields.extend([("subject", envelope.subject), ("text", mail.text.clone())]);
    let optional = [
        ("html", mail.html.clone()),
        ("h:Reply-To", envelope.reply_to.map(|mailbox| mailbox.to_string())),
        ("h:Message-Id", envelope.message_id),
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    fields
}

fn joined(mailboxes: &[Mailbox]) -> String {
    mailboxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
