//! What follows from the stored project definition alone. A definition is written once, with its job request, so all of
//! this is worked out once and kept: which action needs which, and the highlighted text.

use std::{collections::HashSet, sync::Arc};

use domain::{db::GenericClient, ids::JobRequestId, views::job_request as views};
use pipeline::{
    graph::GraphNode,
    highlight::{Token, TokenClass},
};
use serde::Serialize;

use super::code_links;
use crate::{app::App, http::error::Error};

/// Longer definitions are not shown but linked to, in characters.
const LONGEST_SHOWN: usize = 10_000;
/// The name under which all actions can be asked for at once, where the project does not define it itself.
const RUN_ALL: &str = "run_all";

/// The parts of a job request's page that never change.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The actions in the order of the file; none if there is no definition or it cannot be read.
    actions: Vec<GraphNode>,
    pub definition: Definition,
}

/// How the definition is shown.
#[derive(Debug, Default)]
pub enum Definition {
    /// None is stored.
    #[default]
    Absent,
    TooLong,
    /// Highlighted lines.
    Html(String),
}

impl Fixed {
    /// What these parts weigh in a cache, in bytes.
    pub fn weight(&self) -> u64 {
        let html = match &self.definition {
            Definition::Html(html) => html.len(),
            Definition::Absent | Definition::TooLong => 0,
        };
        let names: usize =
            self.actions.iter().map(|action| 64 + action.name.len() + action.needs.len() * 48).sum();
        (html + names + 128) as u64
    }

    /// The actions of the definition that take part in a job request, then those that only its jobs name.
    pub fn taking_part(&self, requested: &[String], with_jobs: &[&str]) -> Vec<GraphNode> {
        let all_requested = requested.iter().any(|name| name == RUN_ALL)
            && !self.actions.iter().any(|action| action.name == RUN_ALL);
        let wanted: HashSet<&str> =
            requested.iter().map(String::as_str).chain(with_jobs.iter().copied()).collect();
        let mut nodes: Vec<GraphNode> = self
            .actions
            .iter()
            .filter(|action| all_requested || wanted.contains(action.name.as_str()))
            .cloned()
            .collect();
        let known: HashSet<&str> = self.actions.iter().map(|action| action.name.as_str()).collect();
        let mut added: HashSet<&str> = HashSet::new();
        for name in with_jobs.iter().copied().filter(|name| !known.contains(name)) {
            if added.insert(name) {
                nodes.push(GraphNode { name: name.to_owned(), needs: Vec::new() });
            }
        }
        nodes
    }
}

/// The fixed parts of a job request: from memory, else from the database.
pub async fn parts(
    app: &App,
    db: &impl GenericClient,
    id: JobRequestId,
    repo_url: &str,
    sha: &str,
) -> Result<Arc<Fixed>, Error> {
    app.live_fragments
        .fixed
        .get_or_insert_async(&id, async {
            let text = views::definition(db, id).await?;
            Ok(Arc::new(Fixed { actions: actions(&text), definition: shown(app, &text, repo_url, sha)? }))
        })
        .await
}

fn actions(definition: &str) -> Vec<GraphNode> {
    match pipeline::parse(definition) {
        Ok(pipeline) => pipeline
            .actions
            .into_iter()
            .map(|action| GraphNode { name: action.name, needs: action.needs })
            .collect(),
        // It was readable when the jobs were requested; formats that are no longer accepted just have no lines drawn.
        Err(_) => Vec::new(),
    }
}

#[derive(Serialize)]
struct DefinitionView {
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    number: usize,
    tokens: Vec<Piece>,
}

/// A token as the `definition` component shows it.
#[derive(Serialize)]
struct Piece {
    class: Option<&'static str>,
    text: String,
    href: Option<String>,
}

fn shown(app: &App, definition: &str, repo_url: &str, sha: &str) -> Result<Definition, Error> {
    if definition.trim().is_empty() {
        return Ok(Definition::Absent);
    }
    if definition.chars().count() > LONGEST_SHOWN {
        return Ok(Definition::TooLong);
    }
    let lines = lines(definition, repo_url, sha);
    let html = app.templates.render("site/job_requests/definition", &DefinitionView { lines })?;
    Ok(Definition::Html(html))
}

/// The lines with their numbers in the file; empty ones at either end are left out.
fn lines(definition: &str, repo_url: &str, sha: &str) -> Vec<Line> {
    let is_blank = |tokens: &[Token]| tokens.iter().all(|token| token.text.trim().is_empty());
    pipeline::highlight(definition.trim_end())
        .into_iter()
        .enumerate()
        .skip_while(|(_, tokens)| is_blank(tokens))
        .map(|(index, tokens)| Line {
            number: index + 1,
            tokens: tokens.into_iter().map(|token| piece(token, repo_url, sha)).collect(),
        })
        .collect()
}

fn piece(token: Token, repo_url: &str, sha: &str) -> Piece {
    let class = match token.class {
        TokenClass::Key => Some("key"),
        TokenClass::Punctuation | TokenClass::Marker | TokenClass::Reference => Some("punct"),
        TokenClass::Literal => Some("number"),
        TokenClass::Quoted => Some("string"),
        TokenClass::Comment => Some("comment"),
        TokenClass::Path => Some("path"),
        TokenClass::Space | TokenClass::Plain => None,
    };
    let href = token.target.map(|path| code_links::file(repo_url, sha, &path));
    Piece { class, text: token.text, href }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPO: &str = "https://github.com/opensafely/statins";

    fn fixed() -> Fixed {
        let node = |name: &str, needs: &[&str]| GraphNode {
            name: name.to_owned(),
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        };
        Fixed {
            actions: vec![node("extract", &[]), node("model", &["extract"]), node("plot", &["model"])],
            ..Fixed::default()
        }
    }

    fn names(nodes: &[GraphNode]) -> Vec<&str> {
        nodes.iter().map(|node| node.name.as_str()).collect()
    }

    #[test]
    fn only_actions_of_the_request_are_drawn() {
        let requested = ["model".to_owned()];
        assert_eq!(names(&fixed().taking_part(&requested, &[])), ["model"]);
        assert_eq!(names(&fixed().taking_part(&requested, &["extract", "model"])), ["extract", "model"]);
        assert_eq!(names(&fixed().taking_part(&["run_all".to_owned()], &[])), ["extract", "model", "plot"]);
        assert_eq!(names(&fixed().taking_part(&[], &["elsewhere", "elsewhere"])), ["elsewhere"]);
    }

    #[test]
    fn lines_keep_their_numbers_and_scripts_are_linked() {
        let lines = lines("\n\nrun: r:v2 analysis/a.R\n\n", REPO, "9ce0d53");
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].number, 3);
        let path = lines[0].tokens.iter().find(|piece| piece.href.is_some()).unwrap();
        assert_eq!(path.text, "analysis/a.R");
        assert_eq!(path.href, Some(format!("{REPO}/blob/9ce0d53/analysis/a.R")));
    }

    #[test]
    fn what_cannot_be_read_has_no_actions() {
        assert_eq!(actions("version: [").len(), 0);
        assert_eq!(actions("").len(), 0);
    }
}
