//! The e-mails that tell somebody that a token was generated or used, so that they notice when it was not them. They never
//! hold the token.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    ids::UserId,
    outbox::{Kind, NewMessage},
};

const REPLY_TO: &str = "OpenSAFELY Team <team@opensafely.org>";

/// `expires_at` tells this token from the person's others.
pub(super) fn generated(user: UserId, email: &str, expires_at: Timestamp) -> Vec<NewMessage> {
    message("login_token_generated", "New OpenSAFELY login token generated", user, email, expires_at)
}

pub(super) fn used(user: UserId, email: &str, expires_at: Timestamp) -> Vec<NewMessage> {
    message("login_token_used", "OpenSAFELY account login with token", user, email, expires_at)
}

/// None for somebody without an address.
fn message(
    template: &str,
    subject: &str,
    user: UserId,
    email: &str,
    expires_at: Timestamp,
) -> Vec<NewMessage> {
    if email.is_empty() {
        return Vec::new();
    }
    vec![NewMessage {
        kind: Kind::Email,
        ordering_key: None,
        payload: json!({
            "template": template,
            "to": [email],
            "subject": subject,
            "reply_to": REPLY_TO,
            "facts": {"settings_path": "/settings/"},
        }),
        marker: format!("{}:{user}:{expires_at}", template.replace('_', "-")),
    }]
}
