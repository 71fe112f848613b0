//! Who has an account at the stand-in of GitHub.

use serde::Deserialize;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

/// A GitHub account. Name and e-mail may be missing, as they may at GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Person {
    pub login: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
}

impl Person {
    /// An account with that login.
    pub fn new(login: &str, name: Option<&str>, email: Option<&str>) -> Person {
        Person { login: login.to_owned(), name: name.map(str::to_owned), email: email.map(str::to_owned) }
    }

    /// GitHub's id of the account: follows from the login, so that it is the same after every start.
    pub fn id(&self) -> u32 {
        let digest = Sha1::digest(self.login.to_ascii_lowercase().as_bytes());
        1_000_000 + (u32::from_be_bytes([0, digest[0], digest[1], digest[2]]))
    }

    pub(super) fn profile(&self) -> Value {
        json!({
            "login": self.login,
            "id": self.id(),
            "node_id": format!("U_{}", self.id()),
            "type": "User",
            "html_url": format!("https://github.com/{}", self.login),
            "name": self.name,
            // The address that everybody may see, which few people show.
            "email": null,
        })
    }

    pub(super) fn emails(&self) -> Value {
        let private = json!({
            "email": format!("{}@users.noreply.github.com", self.login),
            "primary": false,
            "verified": true,
            "visibility": null,
        });
        match &self.email {
            None => json!([]),
            Some(email) => {
                json!([private, {"email": email, "primary": true, "verified": true, "visibility": "private"}])
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct People {
    pub all: Vec<Person>,
    /// Whom everybody is without being asked.
    pub at_once: Option<String>,
}

impl People {
    pub fn new(all: Vec<Person>) -> People {
        People { all, at_once: None }
    }

    pub fn put(&mut self, person: Person) {
        match self.all.iter_mut().find(|known| known.login == person.login) {
            Some(known) => *known = person,
            None => self.all.push(person),
        }
    }

    pub fn find(&self, login: &str) -> Option<&Person> {
        self.all.iter().find(|person| person.login == login)
    }
}
