//! Where texts in quotes end, by the rules of YAML 1.2, section 7.3.

/// How long the rest of a quoted text is, its closing quote included, if it ends.
pub(crate) fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if quote == '"' && character == '\\' {
            characters.next();
        } else if character == quote {
            match characters.peek() {
                Some((_, next)) if quote == '\'' && *next == '\'' => {
                    characters.next();
                }
                _ => return Some(at + quote.len_utf8()),
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::closing;

    #[test]
    fn escaped_quotes_do_not_end_a_text() {
        assert_eq!(closing(r#"a\"b\\" c"#, '"'), Some(7));
        assert_eq!(closing("it''s' x", '\''), Some(6));
        assert_eq!(closing("never", '"'), None);
        assert_eq!(closing("never''", '\''), None);
    }
}
