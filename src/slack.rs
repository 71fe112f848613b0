//! Slack's markup: what somebody typed must neither become a link nor address a channel.

/// Text in a message.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A link to `url` that reads `text`.
pub fn link(url: &str, text: &str) -> String {
    format!("<{url}|{}>", label(text))
}

/// Text of a link, which a bar would cut.
fn label(text: &str) -> String {
    escaped(text).replace('|', "¦")
}
