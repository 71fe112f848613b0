//! Numbers of things in words.

use std::fmt::Display;

/// `1 person`, `3 people`, `0 people`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    let word = if number == N::from(1) { one } else { many };
    format!("{number} {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_all_others_are_many() {
        assert_eq!(counted(0_i64, "person", "people"), "0 people");
        assert_eq!(counted(1_usize, "person", "people"), "1 person");
        assert_eq!(counted(2_i64, "person", "people"), "2 people");
    }
}
