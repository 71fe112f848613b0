//! Secrets at rest, hashed as Django's Argon2 hasher writes them: `argon2` followed by a PHC string
//! (`$argon2id$v=19$m=102400,t=2,p=8$salt$hash`), so that both servers can check what either has stored. Checking takes its
//! parameters from the stored text. Hashing takes 100 MiB and a good part of a second: see [`aside`].

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rand::RngExt;
use tokio::sync::Semaphore;

use crate::{Error, Result};

const PREFIX: &str = "argon2";
const MEMORY_KIB: u32 = 102_400;
const PASSES: u32 = 2;
const LANES: u32 = 8;
const HASH_BYTES: usize = 32;

const SALT_ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SALT_LENGTH: usize = 22;

/// Hashes under way at a time, in this process: 100 MiB and a core each.
static WORKING: Semaphore = Semaphore::const_new(2);
/// Those and the ones that wait for them. One more is refused, so that a flood ends in answers and not in a hang.
static TAKEN_ON: Semaphore = Semaphore::const_new(64);

/// The hash of `secret` with a salt of its own. Blocking: run it [`aside`].
pub fn hash_random_salt(secret: &str) -> Result<String> {
    let mut rng = rand::rng();
    let salt: String = (0..SALT_LENGTH)
        .map(|_| char::from(SALT_ALPHABET[rng.random_range(0..SALT_ALPHABET.len())]))
        .collect();
    hash_fixed_salt(secret, &salt)
}

/// The hash of `secret` with this salt (8 to 48 bytes), so that equal secrets have equal hashes. For long random secrets
/// only. Blocking: run it [`aside`].
pub fn hash_fixed_salt(secret: &str, salt: &str) -> Result<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).map_err(unhashable)?;
    let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(secret.as_bytes(), salt.as_bytes())
        .map_err(unhashable)?;
    Ok(format!("{PREFIX}{hash}"))
}

/// Whether `stored` is a hash of `secret`, compared in constant time. What is no hash of ours fits nothing. Blocking: run it
/// [`aside`].
pub fn verify(secret: &str, stored: &str) -> bool {
    let parsed = stored.strip_prefix(PREFIX).and_then(|phc| PasswordHash::new(phc).ok());
    let Some(hash) = parsed else {
        tracing::warn!("a stored hash is not one of Argon2");
        return false;
    };
    Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok()
}

fn unhashable(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(format!("a secret cannot be hashed: {error}"))
}

/// Runs one of the above where it holds up nothing else, a few at a time. It runs to its end even when the caller goes
/// away.
///
/// # Errors
/// `Error::Unavailable` when too many wait already.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let place = TAKEN_ON.try_acquire().map_err(|_| unavailable("too many secrets are being checked"))?;
    let turn = WORKING.acquire().await.map_err(unavailable)?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop((turn, place));
        done
    });
    done.await.map_err(unavailable)
}

fn unavailable(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Unavailable(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$UZS8W/9oVk178J7XnaP9IeSfIcsKek2sAouVflHvYGw";

    #[test]
    fn a_hash_is_the_one_that_django_makes() {
        let hash = hash_fixed_salt("correcthorsebattery", "abcdefghijklmnopqrstuv").unwrap();
        assert_eq!(hash, TOKEN);
        let hash = hash_fixed_salt("deadbeef-2026-01-01", "user_pat").unwrap();
        let expected =
            "argon2$argon2id$v=19$m=102400,t=2,p=8$dXNlcl9wYXQ$rhMG25W3MrD4o86MdRDKE8rSB6BeFboHSpyqhBHlfHA";
        assert_eq!(hash, expected);
    }

    #[test]
    fn only_the_secret_itself_fits_its_hash() {
        assert!(verify("correcthorsebattery", TOKEN));
        for wrong in ["correcthorsebatter", "Correcthorsebattery", "", "correct horse battery"] {
            assert!(!verify(wrong, TOKEN), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_no_hash_of_ours_fits_nothing() {
        let other = "pbkdf2_sha256$600000$salt$hash";
        for stored in ["", "argon2", "argon2$argon2id$v=19$", other, &TOKEN[6..], &TOKEN[..TOKEN.len() - 1]] {
            assert!(!verify("correcthorsebattery", stored), "{stored}");
        }
    }

    #[test]
    fn every_hash_has_a_salt_of_its_own() {
        let (first, second) = (hash_random_salt("a").unwrap(), hash_random_salt("a").unwrap());
        assert_ne!(first, second);
        assert!(first.starts_with("argon2$argon2id$v=19$m=102400,t=2,p=8$"), "{first}");
        assert!(verify("a", &first) && verify("a", &second));
    }

    #[tokio::test]
    async fn work_that_is_done_aside_comes_back() {
        assert_eq!(aside(|| 6 * 7).await.unwrap(), 42);
    }
}
