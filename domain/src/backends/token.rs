//! What a backend's services prove with who they are.

use std::fmt;

use data_encoding::HEXLOWER;
use tokio_postgres::Row;

use crate::Result;

/// A token, which no log ever shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// 160 random bits as 40 hexadecimal digits.
    pub(crate) fn random() -> Token {
        Token(HEXLOWER.encode(&rand::random::<[u8; 20]>()))
    }

    /// Of the column `auth_token`.
    pub(crate) fn from_row(row: &Row) -> Result<Token> {
        Ok(Token(row.try_get("auth_token")?))
    }

    /// The whole of it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its last four characters, by which it can be told from another one; nothing of one that is too short for that.
    pub fn end(&self) -> &str {
        let start = self.0.len().saturating_sub(4);
        self.0.get(start..).filter(|_| self.0.len() >= 20).unwrap_or_default()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_its_end_only() {
        let token = Token("0123456789abcdef0123456789abcdef01234567".to_owned());
        assert_eq!(token.end(), "4567");
        assert!(!format!("{token:?}").contains("4567"));
        for short in ["", "abcd", "tpp-token-0001"] {
            assert_eq!(Token(short.to_owned()).end(), "", "{short}");
        }
    }

    #[test]
    fn tokens_are_forty_hexadecimal_digits() {
        let token = Token::random();
        assert_eq!(token.expose().len(), 40);
        assert!(token.expose().bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
        assert_ne!(token, Token::random());
    }
}
