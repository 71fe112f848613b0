//! Markdown that staff wrote, as HTML that can do no harm.

use pulldown_cmark::{Parser, html};

use super::render::sanitised;

/// HTML of harmless elements only, also where the text holds HTML itself.
pub fn html_of(markdown: &str) -> String {
    let mut written = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut written, Parser::new(markdown));
    sanitised(&written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gets_its_form_and_scripts_go() {
        assert_eq!(
            html_of("See **the paper**:\n\n- [one](https://example.org/)").replace('\n', ""),
            "<p>See <strong>the paper</strong>:</p><ul><li>\
             <a href=\"https://example.org/\" rel=\"noopener noreferrer\">one</a></li></ul>"
        );
        assert_eq!(html_of("<script>alert(1)</script>").trim(), "");
        let html = html_of("Now <b onclick=\"x()\">bold</b>, see [this](javascript:alert(1)).");
        assert!(html.contains("<b>bold</b>"), "{html}");
        assert!(!html.contains("script") && !html.contains("onclick"), "{html}");
    }
}
