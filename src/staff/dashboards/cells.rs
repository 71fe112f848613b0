//! What several dashboards put into their cells.

use domain::{orgs::OrgName, projects::Project};
use serde::Serialize;

use crate::staff::addresses;
pub use crate::staff::link::Link;

/// Links in one cell: folded when there are several.
#[derive(Debug, Serialize)]
pub struct Links {
    links: Vec<Link>,
    /// What the fold is called, if there is one.
    fold: Option<String>,
}

impl Links {
    /// `things` is what several of them are called.
    pub fn new(links: Vec<Link>, things: &str) -> Links {
        let fold = (links.len() > 1).then(|| format!("{} {things}", links.len()));
        Links { links, fold }
    }
}

/// `Name (number)`, without a number the name alone.
pub fn project(project: &Project) -> Link {
    let text = match &project.number {
        Some(number) => format!("{} ({number})", project.name),
        None => project.name.clone(),
    };
    Link { text, url: addresses::project(&project.slug) }
}

pub fn projects(projects: &[Project]) -> Links {
    Links::new(projects.iter().map(project).collect(), "projects")
}

pub fn orgs(orgs: &[OrgName]) -> Links {
    let link = |org: &OrgName| Link { text: org.name.clone(), url: addresses::org(&org.slug) };
    Links::new(orgs.iter().map(link).collect(), "organisations")
}

pub fn workspaces(names: &[String]) -> Links {
    let link = |name: &String| Link { text: name.clone(), url: addresses::workspace(name) };
    Links::new(names.iter().map(link).collect(), "workspaces")
}

/// `Yes` or `No`.
pub fn yes_or_no(answer: bool) -> &'static str {
    if answer { "Yes" } else { "No" }
}
