//! Templates: compiled once, rendered with a page's view-model and the shell around it.

use actix_web::HttpResponse;
use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;
use serde_json::Value;

use super::{
    components, cookies,
    drawn::{DrawnPages, Volatile},
    error::{Error, PageResult},
    shell::{Page, Shell},
    visitor::Visitor,
};
use crate::app::App;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates"]
struct Files;

pub struct Templates {
    registry: Handlebars<'static>,
    /// Whole pages that were drawn before.
    drawn: DrawnPages,
}

impl Templates {
    /// Compiles every template. Development builds read them from the source folder when they start.
    pub fn load() -> Result<Templates, Error> {
        let mut handlebars = Handlebars::new();
        handlebars.set_strict_mode(true);
        handlebars.set_prevent_indent(true);
        components::register(&mut handlebars);
        handlebars
            .register_embed_templates_with_extension::<Files>(".hbs")
            .map_err(|error| Error::Render(error.to_string()))?;
        Ok(Templates { registry: handlebars, drawn: DrawnPages::default() })
    }

    /// The text that `template` gives for `context`.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Result<String, Error> {
        self.registry.render(template, context).map_err(|error| Error::Render(format!("{template}: {error}")))
    }
}

/// Staff-written HTML, reduced to harmless elements.
pub fn sanitised(html: &str) -> String {
    ammonia::clean(html)
}

impl Visitor {
    /// A whole page: the view-model's fields at the top, `shell` beside them.
    pub fn render(&self, app: &App, template: &str, page: Page, view: &impl Serialize) -> PageResult {
        self.render_with(app, template, page, view, HttpResponse::Ok())
    }

    /// The same with another status.
    pub fn render_with(
        &self,
        app: &App,
        template: &str,
        page: Page,
        view: &impl Serialize,
        mut response: actix_web::HttpResponseBuilder,
    ) -> PageResult {
        let html = self.html(app, template, page, view)?;
        let secure = app.config.secure_cookies();
        if let Some(secret) = self.csrf_cookie_value() {
            response.cookie(cookies::csrf(secret, secure));
        }
        if !self.flashes().is_empty() {
            response.cookie(cookies::expired(cookies::MESSAGES));
        }
        match (self.renewed_key(), self.has_stale_cookie()) {
            (Some(key), _) => {
                response.cookie(cookies::session(key.to_owned(), secure));
            }
            (None, true) => {
                response.cookie(cookies::expired(cookies::SESSION));
            }
            (None, false) => {}
        }
        Ok(response.insert_header(("Vary", "Cookie")).content_type("text/html; charset=utf-8").body(html))
    }

    fn html(&self, app: &App, template: &str, page: Page, view: &impl Serialize) -> Result<String, Error> {
        let csrf_token = if page.has_form_for(self) { self.csrf_token() } else { String::new() };
        let facts = self.facts();
        let values = Volatile { nonce: &facts.nonce, csrf_token: &csrf_token, request_id: &facts.request_id };
        let drawn = &app.templates.drawn;
        let shell = Shell::new(app, self, template, page, drawn.marks());
        let unreadable = |error: serde_json::Error| Error::Render(format!("{template}: {error}"));
        let context = serde_json::to_vec(&InShell { view, shell }).map_err(unreadable)?;
        drawn.page(template, context, values, |context| {
            let context: Value = serde_json::from_slice(context).map_err(unreadable)?;
            app.templates.render(template, &context)
        })
    }
}

/// The context of a page: the view-model's fields at the top.
#[derive(Serialize)]
struct InShell<'a, V> {
    #[serde(flatten)]
    view: &'a V,
    shell: Shell,
}
