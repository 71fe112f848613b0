//! The form for a new workspace: what can be chosen, what was typed, what is wrong with it. Works without script: a
//! button fetches the branches of the chosen repository.

use std::sync::Arc;

use clients::github::GitHubError;
use serde::Serialize;

use super::place::ProjectPlace;
use crate::{
    app::App,
    code::{self, RepoBranches, Repositories},
    http::{
        access::{InProject, WorkspaceCreate},
        error::{Error, PageResult},
        field_error::FieldError,
        form::Fields,
        shell::Page,
    },
};

/// Chosen for the person when the repository has them.
const USUAL_BRANCHES: [&str; 2] = ["main", "master"];

/// What was typed and chosen.
#[derive(Debug, Clone, Default)]
pub struct Entered {
    pub name: String,
    pub purpose: String,
    /// The repository's address.
    pub repo: String,
    pub branch: String,
}

impl Entered {
    pub fn posted(fields: &Fields) -> Entered {
        let text = |name| fields.text(name).to_owned();
        Entered { name: text("name"), purpose: text("purpose"), repo: text("repo"), branch: text("branch") }
    }
}

/// What can be chosen, or why nothing can.
pub struct Choices {
    repositories: Result<Repositories, GitHubError>,
    /// The branches of the chosen repository, all of them.
    branches: Result<Arc<Vec<String>>, GitHubError>,
}

impl Choices {
    pub async fn of(app: &App, github_orgs: &[String], entered: &Entered) -> Result<Choices, Error> {
        let repositories = code::repositories(app, github_orgs).await?;
        let chosen =
            repositories.as_ref().ok().and_then(|all| all.iter().find(|repo| repo.url == entered.repo));
        let branches = match chosen {
            Some(repo) if repo.is_cut => code::branches(app, &repo.url).await?,
            Some(repo) => Ok(Arc::new(repo.branches.clone())),
            None => Ok(Arc::default()),
        };
        Ok(Choices { repositories, branches })
    }

    /// Whether repository and branch exist; else the field to blame (none: the form) and why.
    pub fn check(&self, entered: &Entered) -> Result<(), (Option<&'static str>, String)> {
        let (repositories, branches) = match (&self.repositories, &self.branches) {
            (Ok(repositories), Ok(branches)) => (repositories, branches),
            (Err(error), _) | (_, Err(error)) => {
                return Err((None, format!("Repository and branch could not be checked. {error}.")));
            }
        };
        if entered.repo.is_empty() {
            Err((Some("repo"), "Choose a repository.".to_owned()))
        } else if !repositories.iter().any(|repo| repo.url == entered.repo) {
            let text = format!(
                "Select a valid choice. {} is not one of the available choices.",
                shown(&entered.repo)
            );
            Err((Some("repo"), text))
        } else if entered.branch.is_empty() {
            Err((Some("branch"), "Choose a branch.".to_owned()))
        } else if !branches.contains(&entered.branch) {
            let text = format!(
                "Select a valid choice. {} is not one of the available choices.",
                shown(&entered.branch)
            );
            Err((Some("branch"), text))
        } else {
            Ok(())
        }
    }
}

/// What somebody sent, cut and made harmless for a sentence.
fn shown(sent: &str) -> String {
    sent.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[derive(Serialize)]
struct CreatePage {
    #[serde(flatten)]
    place: ProjectPlace,
    post_url: String,
    name: String,
    name_error: Option<String>,
    purpose: String,
    purpose_error: Option<String>,
    repo_options: Vec<Choice>,
    repo_error: Option<String>,
    branch_options: Vec<Choice>,
    branch_placeholder: &'static str,
    branch_error: Option<String>,
    /// Repositories and branches for the script.
    repos_json: String,
    has_cut_lists: bool,
    problem: Option<String>,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    selected: bool,
}

pub fn show(
    app: &App,
    member: &InProject<WorkspaceCreate>,
    choices: Choices,
    entered: Entered,
    errors: Vec<FieldError>,
) -> PageResult {
    let problem =
        choices.repositories.as_ref().err().or(choices.branches.as_ref().err()).map(ToString::to_string);
    let repositories = choices.repositories.as_deref().map_or(&[][..], Vec::as_slice);
    let branches = choices.branches.as_deref().map_or(&[][..], Vec::as_slice);
    let view = CreatePage {
        post_url: format!("{}new-workspace/", member.project.url()),
        name_error: FieldError::find(&errors, "name"),
        purpose_error: FieldError::find(&errors, "purpose"),
        repo_options: repo_options(repositories, &entered.repo),
        repo_error: FieldError::find(&errors, "repo"),
        branch_options: branch_options(branches, &entered),
        branch_placeholder: if entered.repo.is_empty() {
            "Choose a repository first"
        } else {
            "Choose a branch"
        },
        branch_error: FieldError::find(&errors, "branch"),
        repos_json: repos_json(repositories, &entered.repo, branches)?,
        has_cut_lists: repositories.iter().any(|repo| repo.is_cut),
        place: ProjectPlace::of(&member.project),
        name: entered.name,
        purpose: entered.purpose,
        problem,
        errors,
    };
    let page = Page::titled(format!("Create a workspace: {}", member.project.title()));
    member.visitor.render(app, "site/workspaces/create", page, &view)
}

fn repo_options(repositories: &[RepoBranches], chosen: &str) -> Vec<Choice> {
    let mut options: Vec<Choice> = repositories
        .iter()
        .map(|repo| Choice {
            value: repo.url.clone(),
            label: repo.name.clone(),
            selected: repo.url == chosen,
        })
        .collect();
    // GitHub may be away: what was chosen before stays chosen.
    if repositories.is_empty() && !chosen.is_empty() {
        options.push(Choice { value: chosen.to_owned(), label: chosen.to_owned(), selected: true });
    }
    options
}

fn branch_options(branches: &[String], entered: &Entered) -> Vec<Choice> {
    let usual = USUAL_BRANCHES.into_iter().find(|usual| branches.iter().any(|branch| branch == usual));
    let selected = if entered.branch.is_empty() { usual.unwrap_or_default() } else { &entered.branch };
    let mut options: Vec<Choice> = branches
        .iter()
        .map(|branch| Choice { value: branch.clone(), label: branch.clone(), selected: branch == selected })
        .collect();
    if branches.is_empty() && !entered.branch.is_empty() {
        options.push(Choice { value: entered.branch.clone(), label: entered.branch.clone(), selected: true });
    }
    options
}

/// The list for the script, with all branches of the chosen repository.
fn repos_json(repositories: &[RepoBranches], chosen: &str, branches: &[String]) -> Result<String, Error> {
    let complete: Vec<RepoBranches> = repositories
        .iter()
        .cloned()
        .map(|repo| {
            if repo.url == chosen && !branches.is_empty() {
                RepoBranches { branches: branches.to_vec(), ..repo }
            } else {
                repo
            }
        })
        .collect();
    serde_json::to_string(&complete).map_err(|error| Error::Render(error.to_string()))
}

#[derive(Serialize)]
struct RefusalPage {
    #[serde(flatten)]
    place: ProjectPlace,
}

/// For somebody who belongs to no organisation, so that no repository can be offered.
pub fn refusal_page(app: &App, member: &InProject<WorkspaceCreate>) -> PageResult {
    let page = Page::titled(format!("Create a workspace: {}", member.project.title()));
    let view = RefusalPage { place: ProjectPlace::of(&member.project) };
    member.visitor.render(app, "site/workspaces/create_refused", page, &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Choices {
        let repo = RepoBranches {
            name: "statins".to_owned(),
            url: "https://github.com/opensafely/statins".to_owned(),
            branches: vec!["dev".to_owned(), "main".to_owned()],
            is_cut: false,
        };
        Choices { branches: Ok(Arc::new(repo.branches.clone())), repositories: Ok(Arc::new(vec![repo])) }
    }

    fn entered(repo: &str, branch: &str) -> Entered {
        Entered { repo: repo.to_owned(), branch: branch.to_owned(), ..Entered::default() }
    }

    #[test]
    fn repository_and_branch_must_be_among_the_choices() {
        const STATINS: &str = "https://github.com/opensafely/statins";
        let field = |repo, branch| choices().check(&entered(repo, branch)).err().map(|(field, _)| field);
        assert_eq!(field(STATINS, "main"), None);
        assert_eq!(field("", "main"), Some(Some("repo")));
        assert_eq!(field("https://github.com/evil/x\0", "main"), Some(Some("repo")));
        assert_eq!(field(STATINS, ""), Some(Some("branch")));
        assert_eq!(field(STATINS, "gone"), Some(Some("branch")));
    }

    #[test]
    fn nothing_chosen_is_lost_when_github_is_away() {
        let entered = entered("https://github.com/opensafely/statins", "dev");
        assert!(repo_options(&[], &entered.repo)[0].selected);
        assert!(branch_options(&[], &entered)[0].selected);
    }

    #[test]
    fn the_usual_branch_is_chosen_first() {
        let options = branch_options(&["dev".to_owned(), "master".to_owned()], &entered("r", ""));
        let selected: Vec<&str> =
            options.iter().filter(|choice| choice.selected).map(|choice| choice.value.as_str()).collect();
        assert_eq!(selected, ["master"]);
    }
}
