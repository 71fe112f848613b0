//! The last part of an object's address, made from its name as Django's slugify makes it, and the words it may not be:
//! those that stand in the same place in the site's own addresses.

use unicode_normalization::UnicodeNormalization;

/// The longest slug, in characters: what its column holds.
pub const LIMIT: usize = 255;

/// Words after `/staff/orgs/` that are pages.
const ORG_RESERVED: [&str; 1] = ["add"];

/// First words of the site's own addresses, of this server's and of those Django has beside it, and words after
/// `/staff/projects/` that are pages.
const PROJECT_RESERVED: [&str; 40] = [
    "400",
    "403",
    "404",
    "500",
    "api",
    "applications",
    "apply",
    "blog",
    "complete",
    "create",
    "disconnect",
    "enter-your-name",
    "event-list",
    "event-log",
    "favicon",
    "health-check",
    "interactive",
    "job-requests",
    "jobs",
    "login",
    "logout",
    "metrics",
    "new-workspace",
    "organisations",
    "orgs",
    "projects",
    "publish-repo",
    "releases",
    "repo",
    "robots",
    "settings",
    "staff",
    "static",
    "status",
    "ui-components",
    "uploads",
    "user",
    "users",
    "workspace",
    "workspaces",
];

/// Whose slug it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Org,
    Project,
}

/// The slug of a name: compatibility forms taken apart, what is not ASCII dropped, lower case, words joined by hyphens.
/// Empty when nothing is left.
pub fn slugify(name: &str) -> String {
    let plain: String = name
        .nfkd()
        .filter(char::is_ascii)
        .map(|c| c.to_ascii_lowercase())
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || is_space(*c))
        .collect();
    let words: Vec<&str> = plain.split(|c| c == '-' || is_space(c)).filter(|word| !word.is_empty()).collect();
    words.join("-").trim_matches(['-', '_']).to_owned()
}

/// What Python takes for white space within ASCII: the separators of files and records count.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1f')
}

/// Whether a slug can be stored and its pages reached. Its characters have been checked, or it comes from [`slugify`].
///
/// # Errors
/// What is wrong with it, for the person who typed it or the name it is made from.
pub fn check(kind: Kind, slug: &str) -> Result<(), String> {
    let reserved: &[&str] = match kind {
        Kind::Org => &ORG_RESERVED,
        Kind::Project => &PROJECT_RESERVED,
    };
    let length = slug.chars().count();
    if slug.is_empty() {
        Err("No address can be made from this: use at least one letter from A to Z, or a digit.".to_owned())
    } else if length > LIMIT {
        Err(format!("The address made from this has {length} characters; {LIMIT} is the most it can have."))
    } else if reserved.contains(&slug) {
        Err(format!("The address made from this, “{slug}”, is one of this site's own. Choose another."))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs_as_django_makes_them() {
        for (name, slug) in [
            ("University of Oxford", "university-of-oxford"),
            ("  St. George's -- Hospital  ", "st-georges-hospital"),
            ("Instituto de Saúde", "instituto-de-saude"),
            ("ﬁne ½ ①", "fine-12-1"),
            ("under_score_", "under_score"),
            ("_-a-_", "a"),
            ("a - _ - b", "a-_-b"),
            ("a\u{1c}b\u{b}c", "a-b-c"),
            ("a\u{a0}b", "a-b"),
            ("a\u{200b}b", "ab"),
            ("Straße", "strae"),
            ("中文", ""),
            ("🚀", ""),
            ("<b>\"Q\" & A</b>", "bq-ab"),
            ("--", ""),
        ] {
            assert_eq!(slugify(name), slug, "{name:?}");
        }
    }

    #[test]
    fn slugs_that_would_hide_a_page_or_be_hidden_are_refused() {
        for (kind, slug) in [
            (Kind::Org, ""),
            (Kind::Org, "add"),
            (Kind::Project, "create"),
            (Kind::Project, "staff"),
            (Kind::Project, "login"),
            (Kind::Project, &"x".repeat(256)),
        ] {
            assert!(check(kind, slug).is_err(), "{kind:?} {slug:?}");
        }
        for (kind, slug) in [(Kind::Org, "create"), (Kind::Project, "add"), (Kind::Org, &"x".repeat(255))] {
            assert!(check(kind, slug).is_ok(), "{kind:?} {slug:?}");
        }
    }

    #[test]
    fn reserved_words_are_slugs_that_somebody_could_type() {
        for word in PROJECT_RESERVED.iter().chain(&ORG_RESERVED) {
            assert_eq!(&slugify(word), word);
        }
        assert!(PROJECT_RESERVED.is_sorted());
    }
}
