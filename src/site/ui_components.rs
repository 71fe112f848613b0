//! The gallery of components, for those who build pages.

use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;

use crate::{
    app::App,
    http::{error::PageResult, shell::Page, visitor::Visitor},
};

/// Example values that a template cannot write itself, kept beside the template.
static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../templates/site/ui_components.json")).unwrap_or_default()
});

#[derive(Serialize)]
struct Gallery {
    now_iso: String,
    sample: &'static Value,
}

/// `GET /ui-components/`
pub async fn show(app: App, visitor: Visitor) -> PageResult {
    let view = Gallery { now_iso: jiff::Timestamp::now().to_string(), sample: &SAMPLE };
    let page = Page::with_full_title("UI components gallery - OpenSAFELY Jobs").with_form();
    visitor.render(&app, "site/ui_components", page, &view)
}
