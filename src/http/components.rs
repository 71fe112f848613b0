//! How templates call each other without copying the page. Handlebars' own partials copy the whole current context at
//! every call, which for a page of many rows costs more than all the rest; so pages use these helpers instead.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, Renderable, StringOutput, Template,
};
use serde_json::{Map, Value, json};

/// Registers `page`, `component`, `include`, `codes`, `linked`, `sanitised` and `markdown`.
pub fn register(handlebars: &mut Handlebars<'_>) {
    handlebars.register_helper("page", Box::new(Page));
    handlebars.register_helper("component", Box::new(Component));
    handlebars.register_helper("include", Box::new(Include));
    handlebars.register_helper("codes", Box::new(codes));
    handlebars.register_helper("linked", Box::new(linked));
    handlebars.register_helper("sanitised", Box::new(cleaned(super::render::sanitised)));
    handlebars.register_helper("markdown", Box::new(cleaned(super::markdown::html_of)));
}

/// `{{#page}}…{{/page}}`: the block within the layout. An inline template `page_breadcrumbs` in the block stands above it.
struct Page;

impl HelperDef for Page {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render_context: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let content = rendered(helper.template(), registry, context, render_context)?;
        let breadcrumbs = render_context.get_partial("page_breadcrumbs");
        let breadcrumbs = rendered(breadcrumbs, registry, context, render_context)?;
        let shell = context.data().get("shell").cloned().unwrap_or_default();
        let layout = Context::from(json!({"shell": shell, "content": content, "breadcrumbs": breadcrumbs}));
        out.write(&registry.render_with_context("layout", &layout)?)?;
        Ok(())
    }
}

/// The text of a block or an inline template; empty if there is none.
fn rendered<'reg: 'rc, 'rc>(
    template: Option<&'rc Template>,
    registry: &'reg Handlebars<'reg>,
    context: &'rc Context,
    render_context: &mut RenderContext<'reg, 'rc>,
) -> Result<String, RenderError> {
    let Some(template) = template else { return Ok(String::new()) };
    let mut text = StringOutput::new();
    template.render(registry, context, render_context, &mut text)?;
    Ok(text.into_string()?)
}

/// `{{component "pill" pill_state=state}}` or `{{#component "card" card_title=title}}…{{/component}}`: renders
/// `components/<name>`, which sees its parameters and, as `content`, what stands in the block. Nothing of the page
/// shines through.
struct Component;

impl HelperDef for Component {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render_context: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let template = format!("components/{}", name(helper)?);
        let mut parameters: Map<String, Value> =
            helper.hash().iter().map(|(name, value)| ((*name).to_owned(), value.value().clone())).collect();
        let content = rendered(helper.template(), registry, context, render_context)?;
        parameters.insert("content".to_owned(), Value::String(content));
        out.write(&registry.render_with_context(&template, &Context::from(Value::Object(parameters)))?)?;
        Ok(())
    }
}

/// `{{codes names}}`: a list item for each name, in type for code. As a block of a template this took most of the time of a
/// page that shows hundreds of names.
fn codes(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let escape = registry.get_escape_fn();
    let names = helper.param(0).and_then(|names| names.value().as_array());
    for name in names.into_iter().flatten().filter_map(Value::as_str) {
        out.write("<li><code>")?;
        out.write(&escape(name))?;
        out.write("</code></li>")?;
    }
    Ok(())
}

/// `{{sanitised html}}` and `{{markdown text}}`: HTML of harmless elements only. Made here and not for the context, so that
/// a page that was drawn before does not pay for it again.
fn cleaned(clean: fn(&str) -> String) -> impl HelperDef {
    move |helper: &Helper<'_>,
          _: &Handlebars<'_>,
          _: &Context,
          _: &mut RenderContext<'_, '_>,
          out: &mut dyn Output|
          -> HelperResult {
        let text = helper.param(0).and_then(|text| text.value().as_str()).unwrap_or_default();
        out.write(&clean(text))?;
        Ok(())
    }
}

/// `{{linked parts}}`: a sentence of `[{text, href}]`, its parts with an address as links. A plain function for the same
/// reason as `codes`: audit logs are made of these.
fn linked(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let escape = registry.get_escape_fn();
    let parts = helper.param(0).and_then(|parts| parts.value().as_array());
    for part in parts.into_iter().flatten() {
        let text = escape(part.get("text").and_then(Value::as_str).unwrap_or_default());
        match part.get("href").and_then(Value::as_str) {
            Some(href) => {
                out.write("<a href=\"")?;
                out.write(&escape(href))?;
                out.write("\">")?;
                out.write(&text)?;
                out.write("</a>")?;
            }
            None => out.write(&text)?,
        }
    }
    Ok(())
}

/// `{{include "site/home/latest"}}`: another template, in the middle of this one.
struct Include;

impl HelperDef for Include {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render_context: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = name(helper)?;
        let template = registry
            .get_template(name)
            .ok_or_else(|| RenderErrorReason::TemplateNotFound(name.to_owned()))?;
        template.render(registry, context, render_context, out)
    }
}

fn name<'a>(helper: &'a Helper<'_>) -> Result<&'a str, RenderError> {
    helper
        .param(0)
        .and_then(|name| name.value().as_str())
        .ok_or_else(|| RenderErrorReason::ParamNotFoundForIndex("component", 0).into())
}
