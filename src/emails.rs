//! E-mails: a template's text and HTML, from the facts that were queued.

use std::sync::Arc;

use actors::{RenderEmail, RenderedEmail};
use serde_json::{Map, Value};

use crate::http::render::Templates;

/// Renders `emails/<template>.txt` and `.html` with the facts. Beside each fact `x_path`, a path of ours, stands `x_url`,
/// the absolute address. The subject was decided when the mail was queued.
pub fn renderer(templates: Arc<Templates>, base_url: String) -> RenderEmail {
    Arc::new(move |template: &str, facts: &Value| {
        let context = with_addresses(facts, &base_url);
        let render = |kind: &str| {
            templates
                .render(&format!("emails/{template}.{kind}"), &context)
                .map_err(|error| error.to_string())
        };
        Ok(RenderedEmail { text: render("txt")?, html: render("html")? })
    })
}

fn with_addresses(facts: &Value, base_url: &str) -> Map<String, Value> {
    let mut context = facts.as_object().cloned().unwrap_or_default();
    let addresses: Vec<(String, Value)> = context
        .iter()
        .filter_map(|(name, value)| {
            let address = format!("{base_url}{}", value.as_str()?);
            Some((format!("{}_url", name.strip_suffix("_path")?), Value::String(address)))
        })
        .collect();
    context.extend(addresses);
    context.insert("base_url".to_owned(), Value::String(base_url.to_owned()));
    context
}
