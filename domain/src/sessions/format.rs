//! The text in `session_data`: JSON, maybe compressed, with a time and a signature, as Django's signing module writes it:
//! `[.]<base64url of JSON>:<time in base 62>:<signature>`. A leading dot means that the JSON is zlib-compressed.
//! Both forms are read; the plain one is written, which Django reads as well.

use std::io::Read;

use data_encoding::BASE64URL_NOPAD;
use flate2::read::ZlibDecoder;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Keys;

/// How much JSON is taken out of a compressed session, in bytes.
const UNPACKED_LIMIT: u64 = 4 * 1024 * 1024;

/// The data in a stored text, or none if no known secret signed it or it holds something else than a JSON object.
pub fn decode(keys: &Keys, stored: &str) -> Option<Map<String, Value>> {
    let (signed, signature) = stored.rsplit_once(':')?;
    if !keys.verify(signed, signature) {
        return None;
    }
    let (payload, _time) = signed.rsplit_once(':')?;
    let json = match payload.strip_prefix('.') {
        Some(packed) => unpack(&BASE64URL_NOPAD.decode(packed.as_bytes()).ok()?)?,
        None => BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?,
    };
    // Django's serializer reads and writes Latin-1; it escapes all but ASCII, so this matters for foreign writers only.
    let json = json.into_iter().map(char::from).collect::<String>();
    serde_json::from_str(&json).ok()
}

/// The text to store for this data, signed with the current secret and dated now.
pub fn encode(keys: &Keys, data: &Map<String, Value>) -> String {
    encode_at(keys, data, Timestamp::now())
}

fn encode_at(keys: &Keys, data: &Map<String, Value>, at: Timestamp) -> String {
    let json = ascii_json(data);
    let payload = BASE64URL_NOPAD.encode(json.as_bytes());
    let signed = format!("{payload}:{}", base62(at.as_second().unsigned_abs()));
    let signature = keys.sign(&signed);
    format!("{signed}:{signature}")
}

fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut json = Vec::new();
    let read = ZlibDecoder::new(packed).take(UNPACKED_LIMIT + 1).read_to_end(&mut json).ok()?;
    (read as u64 <= UNPACKED_LIMIT).then_some(json)
}

/// JSON with everything outside ASCII escaped, as Django's reader needs it.
fn ascii_json(data: &Map<String, Value>) -> String {
    let json = Value::Object(data.clone()).to_string();
    let mut ascii = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

fn base62(mut number: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(number % 62) as usize]));
        number /= 62;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new("test-secret-key", None)
    }

    fn object(json: Value) -> Map<String, Value> {
        json.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_session_is_written_as_django_writes_it() {
        let at = Timestamp::from_second(1_750_000_000).unwrap();
        assert_eq!(
            encode_at(&keys(), &object(serde_json::json!({"a": 1})), at),
            "eyJhIjoxfQ:1uQowS:-sU-rEwgp5jDCujx8LhDM7S_A7UwJE-_-P7lowWO3_g"
        );
    }

    #[test]
    fn text_outside_ascii_is_escaped_in_utf_16_and_comes_back() {
        let data = object(serde_json::json!({"name": "Zoë 🚲", "quote": "\"\\\u{7f}\n"}));
        assert!(ascii_json(&data).is_ascii());
        assert!(ascii_json(&data).contains("Zo\\u00eb \\ud83d\\udeb2"));
        assert_eq!(decode(&keys(), &encode(&keys(), &data)), Some(data));
    }

    #[test]
    fn a_small_text_that_unpacks_to_a_huge_one_is_refused() {
        use std::io::Write;
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(b"{\"a\":\"").unwrap();
        packer.write_all(&vec![b'a'; 8 * 1024 * 1024]).unwrap();
        packer.write_all(b"\"}").unwrap();
        let signed = format!(".{}:1uQowS", BASE64URL_NOPAD.encode(&packer.finish().unwrap()));
        let stored = format!("{signed}:{}", keys().sign(&signed));
        assert_eq!(decode(&keys(), &stored), None);
    }
}
