//! A link in a view-model, and those to projects and people, which are called the same on every page.

use domain::{projects::Project, users::Name};
use serde::Serialize;

use super::addresses;

#[derive(Debug, Clone, Serialize)]
pub struct Link {
    pub text: String,
    pub url: String,
}

impl Link {
    /// `<number> - <name>`, or the name alone.
    pub fn project(project: &Project) -> Link {
        Link { text: project.title(), url: addresses::project(&project.slug) }
    }

    /// `Full Name (username)`
    pub fn person(name: &Name) -> Link {
        Link { text: name.display_name(), url: addresses::user(&name.username) }
    }
}
