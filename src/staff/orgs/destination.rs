//! Where to go with a new organisation: back to the page that wanted one, which is told its slug as `org-slug`.

use url::Url;

use crate::http::next_url::own_path;

/// The query parameter that names the new organisation.
const ORG_SLUG: &str = "org-slug";

/// `next` with `others` and the slug in its query; what it says of the same names is replaced. None if `next` is not a
/// path of this site, also once its dots are followed.
pub fn with_slug(next: &str, others: &[(String, String)], slug: &str) -> Option<String> {
    let here = Url::parse("http://here.invalid/").ok()?;
    let next = here.join(own_path(next)?).ok().filter(|next| next.origin() == here.origin())?;
    let is_replaced = |name: &str| name == ORG_SLUG || others.iter().any(|(other, _)| other == name);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(next.query_pairs().filter(|(name, _)| !is_replaced(name)));
    query.extend_pairs(others.iter().filter(|(name, _)| name != ORG_SLUG));
    query.append_pair(ORG_SLUG, slug);
    let fragment = next.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Some(format!("{}?{}{fragment}", own_path(next.path())?, query.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(next: &str, expected: Option<&str>) {
        assert_eq!(with_slug(next, &[], "a-b").as_deref(), expected, "{next}");
    }

    #[test]
    fn the_slug_is_added_to_what_next_says() {
        leads("/next/page/", Some("/next/page/?org-slug=a-b"));
        leads("/next/?x=1&y=a%20b", Some("/next/?x=1&y=a+b&org-slug=a-b"));
        leads("/next/?org-slug=old#part", Some("/next/?org-slug=a-b#part"));
        leads("/prójects/", Some("/pr%C3%B3jects/?org-slug=a-b"));
        let others = [("x".to_owned(), "2".to_owned())];
        assert_eq!(with_slug("/n/?x=1&y=1", &others, "s").as_deref(), Some("/n/?y=1&x=2&org-slug=s"));
    }

    #[test]
    fn other_places_are_not_gone_to() {
        for next in [
            "",
            "next/",
            "//evil.example/",
            "https://evil.example/",
            "/\\evil.example/",
            "/.//evil.example/",
            "/a/..//evil.example/",
            "javascript:alert(1)",
        ] {
            leads(next, None);
        }
    }
}
