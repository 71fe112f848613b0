//! Where to go after signing in or saving: only ever to a path of ours.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// `next` if it is a path of this site, else `None`. Other sites, other schemes, `//host`, back slashes and control
/// characters are refused.
pub fn own_path(next: &str) -> Option<&str> {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(|c| c.is_control());
    own.then_some(next)
}

const QUERY_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'=')
    .add(b'?')
    .add(b'\'')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'^')
    .add(b'\\')
    .add(b'@')
    .add(b':')
    .add(b';')
    .add(b',')
    .add(b'$')
    .add(b'!')
    .add(b'(')
    .add(b')')
    .add(b'*')
    .add(b'[')
    .add(b']');
const QUERY_VALUE_WITH_SLASH: &AsciiSet = &QUERY_VALUE.add(b'/');

/// The sign-in page for somebody who was refused `path_and_query`: slashes stay bare, as Django writes it.
pub fn login_first(path_and_query: &str) -> String {
    format!("/login/?next={}", utf8_percent_encode(path_and_query, QUERY_VALUE))
}

/// The address of the Login link on a page: the page's query, each name once with its last value, then `next`.
pub fn login_link(path: &str, query: &str) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some(pair) => pair.1 = value.into_owned(),
            None => pairs.push((name.into_owned(), value.into_owned())),
        }
    }
    pairs.retain(|(name, _)| name != "next");
    let mut link = String::from("/login/?");
    for (name, value) in pairs {
        link.push_str(&format!(
            "{}={}&",
            utf8_percent_encode(&name, QUERY_VALUE_WITH_SLASH),
            utf8_percent_encode(&value, QUERY_VALUE_WITH_SLASH)
        ));
    }
    link.push_str(&format!("next={}", utf8_percent_encode(path, QUERY_VALUE_WITH_SLASH)));
    link
}

/// Where `/login/?next=…&other=…` leads: `next` with the other parameters merged in; `/` if `next` is not ours.
pub fn after_login(query: &str) -> String {
    let mut next = String::from("/");
    let mut others: Vec<(String, String)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name == "next" {
            next = value.into_owned();
        } else {
            others.retain(|(known, _)| *known != name);
            others.push((name.into_owned(), value.into_owned()));
        }
    }
    let Some(own) = own_path(&next) else { return "/".to_owned() };
    if others.is_empty() {
        return own.to_owned();
    }
    let (path, existing) = own.split_once('?').unwrap_or((own, ""));
    let mut merged = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(existing.as_bytes()) {
        if !others.iter().any(|(other, _)| *other == name) {
            merged.append_pair(&name, &value);
        }
    }
    merged.extend_pairs(others);
    format!("{path}?{}", merged.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/settings/?a=1", "/p/w/"] {
            assert_eq!(own_path(good), Some(good));
        }
        for bad in [
            "",
            "foo",
            "//evil.example/",
            "https://evil.example/",
            "/\\evil.example",
            "/a\nb",
            "javascript:x",
        ] {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_login_page_is_told_where_to_return() {
        assert_eq!(login_first("/settings/?a=b"), "/login/?next=/settings/%3Fa%3Db");
        assert_eq!(
            login_link("/event-log/", "backend=a&backend=b"),
            "/login/?backend=b&next=%2Fevent-log%2F"
        );
        assert_eq!(login_link("/", ""), "/login/?next=%2F");
    }

    #[test]
    fn other_parameters_of_the_login_page_are_merged_into_next() {
        assert_eq!(after_login("next=/x/?a=1&b=2"), "/x/?a=1&b=2");
        assert_eq!(after_login(""), "/");
        assert_eq!(after_login("next=//evil.example/&b=2"), "/");
        assert_eq!(after_login("next=foo"), "/");
    }
}
