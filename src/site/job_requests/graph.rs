//! The pipeline of a job request as a drawing: its actions from left to right, coloured by the state of their jobs.

use std::collections::HashMap;

use domain::views::{job_request::JobRequestPage, job_request_jobs::JobLine};
use pipeline::graph::{self, GraphNode, PlacedNode};
use serde::Serialize;

use super::{attention::job_url, fixed::Fixed, states::Pill, table};
use crate::http::words::counted;

/// Wider drawings are scrolled instead of shrunk to the page.
const WIDEST_FITTED: f64 = 1_260.0;
/// Characters that fit into the box of a node.
const NAME_CHARS: usize = 20;

/// What the `pipeline_graph` component shows, and the same as a list for those who cannot see it.
#[derive(Debug, Serialize)]
pub struct GraphView {
    label: String,
    /// Beside the heading.
    more: String,
    width: f64,
    height: f64,
    node_width: f64,
    node_height: f64,
    is_fitted: bool,
    edges: Vec<EdgeView>,
    nodes: Vec<NodeView>,
    sentences: Vec<String>,
}

#[derive(Debug, Serialize)]
struct EdgeView {
    path: String,
}

#[derive(Debug, Serialize)]
struct NodeView {
    x: f64,
    y: f64,
    name: String,
    state: String,
    title: String,
    href: Option<String>,
}

impl GraphView {
    /// None if there is nothing to draw.
    pub fn new(request: &JobRequestPage, jobs: &[JobLine], fixed: &Fixed) -> Option<GraphView> {
        let with_jobs: Vec<&str> = jobs.iter().map(|job| job.action.as_str()).collect();
        let nodes = fixed.taking_part(&request.requested_actions, &with_jobs);
        if nodes.is_empty() {
            return None;
        }
        let by_action: HashMap<&str, &JobLine> = jobs.iter().map(|job| (job.action.as_str(), job)).collect();
        let layout = graph::layout(&nodes);
        let job_of = |name: &str| by_action.get(name).copied();
        Some(GraphView {
            label: format!("Pipeline of {}", counted(nodes.len(), "action", "actions")),
            more: format!("{}, coloured by state", counted(nodes.len(), "action", "actions")),
            width: layout.width,
            height: layout.height,
            node_width: graph::NODE_WIDTH,
            node_height: graph::NODE_HEIGHT,
            is_fitted: layout.width <= WIDEST_FITTED,
            nodes: layout.nodes.iter().map(|node| node_view(request, node, job_of(&node.name))).collect(),
            edges: layout.edges.into_iter().map(|edge| EdgeView { path: edge.path }).collect(),
            sentences: nodes.iter().map(|node| sentence(request, node, job_of(&node.name), &nodes)).collect(),
        })
    }
}

fn node_view(request: &JobRequestPage, node: &PlacedNode, job: Option<&JobLine>) -> NodeView {
    let pill = pill(request, job);
    let took = job.and_then(JobLine::runtime).map(|took| format!(", {}", crate::http::times::duration(took)));
    let message =
        job.map(table::message).filter(|message| !message.is_empty()).map(|message| format!(". {message}"));
    NodeView {
        x: node.x,
        y: node.y,
        name: fitted(&node.name),
        title: format!(
            "{}: {}{}{}",
            node.name,
            pill.label,
            took.unwrap_or_default(),
            message.unwrap_or_default()
        ),
        state: pill.state,
        href: job.map(|job| job_url(request, job)),
    }
}

/// An action without a job either waits to be heard of, or did not have to run.
fn pill(request: &JobRequestPage, job: Option<&JobLine>) -> Pill {
    match job {
        Some(job) => Pill::of_job(job.state(), &job.status_code),
        None => {
            let label = if request.is_active() { "no job yet" } else { "not run" };
            Pill { state: "none".to_owned(), label: label.to_owned() }
        }
    }
}

/// `model_cox: Failed, needs match_controls`
fn sentence(request: &JobRequestPage, node: &GraphNode, job: Option<&JobLine>, all: &[GraphNode]) -> String {
    let drawn: Vec<&str> = node
        .needs
        .iter()
        .map(String::as_str)
        .filter(|need| all.iter().any(|other| other.name == *need))
        .collect();
    let label = pill(request, job).label;
    if drawn.is_empty() {
        format!("{}: {label}", node.name)
    } else {
        format!("{}: {label}, needs {}", node.name, drawn.join(", "))
    }
}

fn fitted(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS {
        name.to_owned()
    } else {
        let mut cut: String = name.chars().take(NAME_CHARS - 1).collect();
        cut.push('…');
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_to_the_box() {
        assert_eq!(fitted("generate_dataset"), "generate_dataset");
        assert_eq!(fitted("generate_dataset_prepandemic"), "generate_dataset_pr…");
    }
}
