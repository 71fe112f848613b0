//! What GitHub says of all repositories of an organisation at once: who can see them, since when they exist, their
//! topics. An entry that makes no sense is left out, so that one odd repository does not hide the others.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    GitHub, GitHubError,
    graphql::{Nodes, Topic},
};

const WITH_VISIBILITY: &str = "
query ($cursor: String, $org_name: String!) {
  organization(login: $org_name) {
    repositories(first: 100, after: $cursor) {
      nodes {
        name
        url
        isPrivate
        createdAt
        repositoryTopics(first: 100) { nodes { topic { name } } }
      }
      pageInfo { endCursor hasNextPage }
    }
  }
}";

/// A repository in the list of its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRepository {
    pub name: String,
    pub url: String,
    pub is_private: bool,
    pub created_at: Option<Timestamp>,
    /// The first hundred.
    pub topics: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    name: String,
    url: String,
    is_private: bool,
    #[serde(default)]
    created_at: Value,
    repository_topics: Option<Nodes<Topic>>,
}

impl GitHub {
    /// All repositories of an organisation that our token may see, in GitHub's order.
    pub async fn listed_repositories(&self, org: &str) -> Result<Vec<ListedRepository>, GitHubError> {
        let purpose = format!("list the repositories of {org}");
        let nodes: Vec<Value> = self.repositories(&purpose, org, WITH_VISIBILITY).await?;
        let whole = nodes.len();
        let listed: Vec<ListedRepository> = nodes.into_iter().filter_map(listed).collect();
        if listed.len() < whole {
            tracing::warn!(
                org,
                count = whole - listed.len(),
                "GitHub listed repositories that make no sense"
            );
        }
        Ok(listed)
    }
}

fn listed(node: Value) -> Option<ListedRepository> {
    let node: Node = serde_json::from_value(node).ok()?;
    Some(ListedRepository {
        name: node.name,
        url: node.url,
        is_private: node.is_private,
        created_at: node.created_at.as_str().and_then(|text| text.parse().ok()),
        topics: node
            .repository_topics
            .into_iter()
            .flat_map(|topics| topics.nodes)
            .map(|topic| topic.topic.name)
            .collect(),
    })
}
