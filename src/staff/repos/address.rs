//! Addresses of repositories: out of the addresses of our own pages, and as links away.

use percent_encoding::percent_decode_str;

use crate::http::error::Error;

/// The repository's address in the part of our address that names it. The server has unescaped that once; here it is
/// unescaped again. What cannot be a text of the database names none.
pub fn named(part: &str) -> Result<String, Error> {
    match percent_decode_str(part).decode_utf8() {
        Ok(url) if !url.contains('\0') => Ok(url.into_owned()),
        _ => Err(Error::NotFound),
    }
}

/// The address, if a link may lead there: the database may hold anything.
pub fn on_the_web(url: &str) -> Option<&str> {
    let scheme = url.split_once("://")?.0;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_unescaped_once_more() {
        let named = |part| named(part).ok();
        assert_eq!(named("https%3A%2F%2Fgithub.com%2Fo%2Fr").as_deref(), Some("https://github.com/o/r"));
        assert_eq!(named("%C3%A9%25").as_deref(), Some("é%"));
        assert_eq!(named("100%").as_deref(), Some("100%"));
        assert_eq!((named("a%00"), named("%FF")), (None, None));
    }

    #[test]
    fn only_the_web_is_linked_to() {
        assert!(on_the_web("https://github.com/o/r").is_some());
        for url in ["javascript:alert(1)", "data://x", "github.com/o/r", ""] {
            assert!(on_the_web(url).is_none(), "{url}");
        }
    }
}
