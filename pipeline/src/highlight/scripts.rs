//! Which words of a `run` line name a file of the repository.
//!
//! A word does if it has a slash, is no option and does not look like an output.

use super::{Token, TokenClass};

/// Cut a value of a `run` line: files become pieces of their own, all else is of the class given.
pub(super) fn cut(value: &str, class: TokenClass) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for word in value.split_inclusive(' ') {
        let blank = if word.ends_with(' ') { 1 } else { 0 };
        let (part, blank) = word.split_at(word.len() - blank);
        let target = target(part);
        let plain_before = tokens.last_mut().filter(|last| last.target.is_none());
        match (target, plain_before) {
            (None, Some(last)) => last.text.push_str(word),
            (None, None) => tokens.push(Token { class, text: word.to_owned(), target: None }),
            (target, _) => {
                tokens.push(Token { class: TokenClass::Path, text: part.to_owned(), target });
                if !blank.is_empty() {
                    tokens.push(Token { class, text: blank.to_owned(), target: None });
                }
            }
        }
    }
    tokens
}

/// The file a word names, as seen from the top of the repository.
fn target(part: &str) -> Option<String> {
    if part.starts_with('-') || part.contains("output") || !part.contains('/') {
        return None;
    }
    let path = part.trim_matches(['"', '\'', '\r', '\t']);
    let path = path.strip_prefix("/workspace/").unwrap_or(path);
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_prefix('/').unwrap_or(path);
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn words_with_a_slash_name_files() {
        assert_eq!(target("analysis/a.py").as_deref(), Some("analysis/a.py"));
        assert_eq!(target("./analysis/a.py").as_deref(), Some("analysis/a.py"));
        assert_eq!(target("/workspace/analysis/a.py").as_deref(), Some("analysis/a.py"));
        assert_eq!(target("/analysis/a.py").as_deref(), Some("analysis/a.py"));
        assert_eq!(target("'analysis/a.py'").as_deref(), Some("analysis/a.py"));
    }

    #[test]
    fn options_outputs_and_bare_words_do_not() {
        for part in ["--in=a/b", "-a/b", "output/a.csv", "my_output/a.csv", "a.py", "r:v2", "", "/"] {
            assert_eq!(target(part), None, "{part}");
        }
    }
}
