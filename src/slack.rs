//! Slack's markup: what somebody typed must neither become a link nor address a channel.

/// Text in a message.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text of a link, which a bar would cut.
pub fn label(text: &str) -> String {
    escaped(text).replace('|', "¦")
}
