//! Ids of releases and their files: ULIDs, 48 bits of time and 80 random bits, as 26 characters of Crockford's base 32.
//! They sort by the time they were made.

use jiff::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

/// A new id.
pub fn new() -> String {
    made_at(Timestamp::now())
}

fn made_at(at: Timestamp) -> String {
    let millis = at.as_millisecond().clamp(0, (1 << 48) - 1) as u128;
    let random = rand::random::<u128>() & ((1 << 80) - 1);
    encoded(millis << 80 | random)
}

fn encoded(number: u128) -> String {
    (0..LENGTH).rev().map(|place| char::from(ALPHABET[(number >> (5 * place)) as usize & 31])).collect()
}

/// Whether a text could be such an id. Only capitals: the text is a key, and must have one spelling.
pub fn is_one(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_begins_with_its_moment() {
        let at = Timestamp::from_millisecond(1_469_918_176_385).unwrap_or_default();
        let id = made_at(at);
        assert_eq!(&id[..10], "01ARYZ6S41");
        assert!(is_one(&id));
        assert_ne!(made_at(at), id);
    }

    #[test]
    fn all_bits_are_written() {
        assert_eq!(encoded(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert_eq!(encoded(33), "00000000000000000000000011");
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "01ARYZ6S41",
            "01aryz6s41tsv4rrffq69g5fav",
            "01ARYZ6S41TSV4RRFFQ69G5FAU",
            "01ARYZ6S41TSV4RRFFQ69G5FAVX",
        ] {
            assert!(!is_one(text), "{text}");
        }
        assert!(is_one("01ARYZ6S41TSV4RRFFQ69G5FAV"));
    }
}
