//! What is derived from SECRET_KEY and OLD_SECRET_KEY: signatures of session data and the hash that binds a session to
//! its person's password. The derivations are those of Django's `salted_hmac` with SHA-256.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const SIGNATURE_SALT: &str = "django.contrib.sessions.SessionStoresigner";
const PASSWORD_SALT: &str = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/// Which secret a hash was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    Current,
    Old,
}

/// Keys derived once from the secrets. `Debug` shows none of them.
#[derive(Clone)]
pub struct Keys {
    current: Derived,
    old: Option<Derived>,
}

#[derive(Clone)]
struct Derived {
    signature: Hmac<Sha256>,
    password: Hmac<Sha256>,
}

impl Keys {
    /// `old` is the secret before the last rotation; what it signed is still accepted, nothing new is signed with it.
    pub fn new(secret_key: &str, old: Option<&str>) -> Keys {
        Keys { current: Derived::new(secret_key), old: old.map(Derived::new) }
    }

    /// The signature of a stored session's text, 43 characters.
    pub(super) fn sign(&self, text: &str) -> String {
        BASE64URL_NOPAD.encode(&digest(&self.current.signature, text))
    }

    /// Whether one of the secrets made this signature; takes the same time whatever it is.
    pub(super) fn verify(&self, text: &str, signature: &str) -> bool {
        self.secrets().any(|(_, keys)| {
            let expected = BASE64URL_NOPAD.encode(&digest(&keys.signature, text));
            expected.as_bytes().ct_eq(signature.as_bytes()).into()
        })
    }

    /// The `_auth_user_hash` of a person with this password column.
    pub(super) fn password_hash(&self, password: &str) -> String {
        HEXLOWER.encode(&digest(&self.current.password, password))
    }

    /// Which secret, if any, made this `_auth_user_hash` from this password column.
    pub(super) fn recognise_password_hash(&self, password: &str, hash: &str) -> Option<Secret> {
        self.secrets()
            .find(|(_, keys)| {
                let expected = HEXLOWER.encode(&digest(&keys.password, password));
                expected.as_bytes().ct_eq(hash.as_bytes()).into()
            })
            .map(|(secret, _)| secret)
    }

    fn secrets(&self) -> impl Iterator<Item = (Secret, &Derived)> {
        std::iter::once((Secret::Current, &self.current)).chain(self.old.iter().map(|old| (Secret::Old, old)))
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Derived {
    fn new(secret: &str) -> Derived {
        let key = |salt: &str| Sha256::digest(format!("{salt}{secret}"));
        Derived {
            signature: Hmac::new(&padded(&key(SIGNATURE_SALT))),
            password: Hmac::new(&padded(&key(PASSWORD_SALT))),
        }
    }
}

/// HMAC fills a short key up with zeros to the block size of its hash; doing so here leaves nothing that can fail.
fn padded(key: &[u8]) -> hmac::digest::Key<Hmac<Sha256>> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    block
}

fn digest(mac: &Hmac<Sha256>, text: &str) -> [u8; 32] {
    let mut mac = mac.clone();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}
