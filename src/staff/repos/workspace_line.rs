//! A workspace on a repository: who uses it, and whether it is signed off.

use domain::{users::Name, views::staff_repos::RepoWorkspace};
use serde::Serialize;

use super::facts::Signature;
use crate::staff::addresses;

#[derive(Serialize)]
pub struct WorkspaceLine {
    name: String,
    url: String,
    is_archived: bool,
    /// Who made it comes first.
    people: Vec<Person>,
    signed_off: Option<Signature>,
}

#[derive(Serialize)]
struct Person {
    name: String,
    url: String,
    is_creator: bool,
}

impl From<&RepoWorkspace> for WorkspaceLine {
    fn from(workspace: &RepoWorkspace) -> Self {
        let creator = person(&workspace.creator, true);
        let others = workspace.users.iter().map(|name| person(name, false));
        WorkspaceLine {
            name: workspace.name.clone(),
            url: addresses::workspace(&workspace.name),
            is_archived: workspace.is_archived,
            people: std::iter::once(creator).chain(others).collect(),
            signed_off: workspace.signed_off.as_ref().map(Signature::from),
        }
    }
}

fn person(name: &Name, is_creator: bool) -> Person {
    let shown = if name.fullname.is_empty() { &name.username } else { &name.fullname };
    Person { name: shown.clone(), url: addresses::user(&name.username), is_creator }
}
