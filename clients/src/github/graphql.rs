//! Lists of an organisation's repositories, which REST would need one call per repository for.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{GitHub, GitHubError, malformed};

/// A list this long means that something goes round in circles: 10,000 repositories.
const PAGES: usize = 100;

/// Marks repositories that no study lives in.
const NON_RESEARCH: &str = "non-research";

const WITH_BRANCHES: &str = "
query ($cursor: String, $org_name: String!) {
  organization(login: $org_name) {
    repositories(first: 100, after: $cursor) {
      nodes {
        name
        url
        refs(refPrefix: \"refs/heads/\", first: 100) { nodes { name } }
        repositoryTopics(first: 100) { nodes { topic { name } } }
      }
      pageInfo { endCursor hasNextPage }
    }
  }
}";

/// A repository that a workspace can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryWithBranches {
    pub name: String,
    pub url: String,
    /// The first hundred.
    pub branches: Vec<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    nodes: Vec<T>,
    #[serde(rename = "pageInfo")]
    info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    end_cursor: Option<String>,
    has_next_page: bool,
}

#[derive(Deserialize)]
pub(super) struct Nodes<T> {
    pub nodes: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub name: String,
}

#[derive(Deserialize)]
pub(super) struct Topic {
    pub topic: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    name: String,
    url: String,
    refs: Option<Nodes<Named>>,
    repository_topics: Nodes<Topic>,
}

impl GitHub {
    /// The organisation's repositories with their branches, but those with the topic `non-research`.
    pub async fn repositories_with_branches(
        &self,
        org: &str,
    ) -> Result<Vec<RepositoryWithBranches>, GitHubError> {
        let purpose = format!("list the repositories of {org}");
        let nodes: Vec<Node> = self.repositories(&purpose, org, WITH_BRANCHES).await?;
        let is_research =
            |node: &Node| !node.repository_topics.nodes.iter().any(|topic| topic.topic.name == NON_RESEARCH);
        Ok(nodes
            .into_iter()
            .filter(is_research)
            .map(|node| RepositoryWithBranches {
                name: node.name,
                url: node.url,
                branches: node
                    .refs
                    .into_iter()
                    .flat_map(|refs| refs.nodes)
                    .map(|branch| branch.name)
                    .collect(),
            })
            .collect())
    }

    pub(super) async fn repositories<T: DeserializeOwned>(
        &self,
        purpose: &str,
        org: &str,
        query: &str,
    ) -> Result<Vec<T>, GitHubError> {
        let mut nodes = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let body = json!({"query": query, "variables": {"cursor": cursor, "org_name": org}});
            let mut answer: Value = self.post_json(purpose, &["graphql"], &body).await?;
            let Some(page) = answer.pointer_mut("/data/organization/repositories").map(Value::take) else {
                return Err(refusal(purpose, &answer));
            };
            let page: Page<T> = serde_json::from_value(page).map_err(|error| malformed(purpose, error))?;
            nodes.extend(page.nodes);
            if !page.info.has_next_page {
                return Ok(nodes);
            }
            if page.info.end_cursor.is_none() || page.info.end_cursor == cursor {
                return Err(malformed(purpose, "it has a next page but says not where"));
            }
            cursor = page.info.end_cursor;
        }
        Err(malformed(purpose, format!("it has more than {PAGES} pages")))
    }
}

/// GraphQL refuses with 200 and a list of errors.
fn refusal(purpose: &str, answer: &Value) -> GitHubError {
    match answer.pointer("/errors/0/message").and_then(Value::as_str) {
        Some(message) => malformed(purpose, message),
        None => malformed(purpose, "it holds neither repositories nor an error"),
    }
}
