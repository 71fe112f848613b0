//! The words of login tokens: three of 7,227, drawn by the operating system's generator. 38 bits, against which 80 guesses
//! an hour do nothing.

use std::sync::LazyLock;

use rand::RngExt;

static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("../../data/login_words.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// Three words with single spaces between them.
pub(super) fn three() -> String {
    let mut rng = rand::rng();
    let mut word = || WORDS[rng.random_range(0..WORDS.len())];
    [word(), word(), word()].join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_list_holds_7227_different_words_that_can_be_typed() {
        assert_eq!(WORDS.iter().collect::<HashSet<_>>().len(), 7_227);
        for word in WORDS.iter() {
            assert!((5..=9).contains(&word.len()), "{word}");
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{word}");
        }
    }

    #[test]
    fn a_token_is_three_words_and_never_the_same() {
        let tokens: HashSet<String> = (0..200).map(|_| three()).collect();
        assert_eq!(tokens.len(), 200);
        assert!(tokens.iter().all(|token| token.split(' ').count() == 3));
    }
}
