//! E-mails: a template's text and HTML, from the facts that were queued.

use std::sync::Arc;

use actors::{RenderEmail, RenderedEmail};
use serde_json::{Map, Value};

use crate::http::render::Templates;

/// Renders `emails/<template>.txt` and `.html` with the facts and `base_url`; the subject was decided when the mail
/// was queued.
pub fn renderer(templates: Arc<Templates>, base_url: String) -> RenderEmail {
    Arc::new(move |template: &str, facts: &Value| {
        let mut context = match facts {
            Value::Object(facts) => facts.clone(),
            _ => Map::new(),
        };
        context.insert("base_url".to_owned(), Value::String(base_url.clone()));
        let render = |kind: &str| {
            templates.render(&format!("emails/{template}.{kind}"), &context).map_err(|error| error.to_string())
        };
        Ok(RenderedEmail { text: render("txt")?, html: render("html")? })
    })
}
