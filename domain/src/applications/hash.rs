//! The short names of applications: a page's address shows a hash of the primary key instead of counting applications.
//! The first 65,536 have four hexadecimal digits, as in addresses that are in people's mails already; later ones have
//! eight. Not a secret: whoever has the hash has the key.

/// Odd, so that multiplying by it can be undone in both widths.
const MULTIPLIER: u32 = 7_901;
const INVERSE: u32 = inverse(MULTIPLIER);

/// The hash of a primary key, in lower case.
pub fn hash(pk: i32) -> String {
    let key = pk.cast_unsigned();
    let mixed = key.wrapping_mul(MULTIPLIER);
    if key <= u32::from(u16::MAX) { format!("{:04x}", mixed & 0xffff) } else { format!("{mixed:08x}") }
}

/// The primary key behind a hash in either case; `None` when the text is not one that [`hash`] could have made.
pub fn pk_of(hash: &str) -> Option<i32> {
    if !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let unmixed = u32::from_str_radix(hash, 16).ok()?.wrapping_mul(INVERSE);
    let key = match hash.len() {
        4 => unmixed & 0xffff,
        8 if unmixed > u32::from(u16::MAX) => unmixed,
        _ => return None,
    };
    i32::try_from(key).ok()
}

/// The inverse of an odd number modulo 2^32: each of Newton's steps doubles the digits that are right.
const fn inverse(odd: u32) -> u32 {
    let mut guess = odd;
    let mut step = 0;
    while step < 5 {
        guess = guess.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(guess)));
        step += 1;
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes_are_kept() {
        for (pk, text) in [(0, "0000"), (1, "1edd"), (2, "3dba"), (3, "5c97"), (4, "7b74")] {
            assert_eq!(hash(pk), text);
            assert_eq!(pk_of(text), Some(pk));
            assert_eq!(pk_of(&text.to_uppercase()), Some(pk));
        }
        assert_eq!(INVERSE & 0xffff, 43_381);
    }

    #[test]
    fn every_key_comes_back_and_no_two_share_a_hash() {
        for pk in (0..=70_000).chain([1_000_003, i32::MAX - 1, i32::MAX]) {
            assert_eq!(pk_of(&hash(pk)), Some(pk), "{pk}");
        }
    }

    #[test]
    fn what_is_not_a_hash_leads_nowhere() {
        for text in
            ["", "1", "123", "12345", "-123", "+123", "0x1f", "1ed ", "1edg", "é1", "00000000", "1edd1edd1"]
        {
            assert_eq!(pk_of(text), None, "{text:?}");
        }
    }
}
