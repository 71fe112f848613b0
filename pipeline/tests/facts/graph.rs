//! The picture of a project's actions.

use std::time::{Duration, Instant};

use pipeline::graph::{GraphNode, Layout, MARGIN, NODE_HEIGHT, NODE_WIDTH, ROW_GAP, layout};

fn node(name: impl ToString, needs: &[&str]) -> GraphNode {
    GraphNode { name: name.to_string(), needs: needs.iter().map(|need| (*need).to_owned()).collect() }
}

fn column(layout: &Layout, name: &str) -> usize {
    layout.nodes.iter().find(|node| node.name == name).unwrap().column
}

/// No two boxes touch, and all lie within the picture.
fn assert_sound(layout: &Layout) {
    for (index, node) in layout.nodes.iter().enumerate() {
        assert!(node.x >= MARGIN && node.y >= MARGIN, "{node:?}");
        assert!(node.x + NODE_WIDTH <= layout.width - MARGIN + 0.01, "{node:?} in {}", layout.width);
        assert!(node.y + NODE_HEIGHT <= layout.height - MARGIN + 0.01, "{node:?} in {}", layout.height);
        for other in &layout.nodes[index + 1..] {
            let apart = (node.x - other.x).abs() >= NODE_WIDTH
                || (node.y - other.y).abs() >= NODE_HEIGHT + ROW_GAP - 1.5;
            assert!(apart, "{node:?} and {other:?}");
        }
    }
    for edge in &layout.edges {
        assert!(edge.path.starts_with('M') && edge.path.contains('C'), "{edge:?}");
        assert!(!edge.path.contains("NaN") && !edge.path.contains("inf"), "{edge:?}");
    }
}

#[test]
fn an_action_stands_right_of_all_it_needs() {
    let picture = layout(&[node("d", &["b", "c"]), node("b", &["a"]), node("c", &["b"]), node("a", &[])]);
    let columns: Vec<usize> = ["a", "b", "c", "d"].iter().map(|name| column(&picture, name)).collect();
    assert_eq!(columns, [0, 1, 2, 3]);
    assert_eq!(picture.edges.len(), 4);
    assert_sound(&picture);
}

#[test]
fn a_chain_is_a_straight_line() {
    let nodes: Vec<GraphNode> =
        (0..300).map(|n: usize| node(n, &[n.checked_sub(1).unwrap_or(999).to_string().as_str()])).collect();
    let picture = layout(&nodes);
    assert_eq!(picture.nodes[299].column, 299);
    assert!(picture.nodes.iter().all(|node| node.y == picture.nodes[0].y));
    assert_sound(&picture);
}

#[test]
fn circles_and_unknown_needs_are_drawn() {
    let picture =
        layout(&[node("a", &["c", "a", "zz"]), node("b", &["a", "a"]), node("c", &["b"]), node("d", &["c"])]);
    let mut lines: Vec<(&str, &str)> =
        picture.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
    lines.sort_unstable();
    assert_eq!(lines, [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]);
    assert_sound(&picture);
}

#[test]
fn untied_actions_fill_a_block() {
    let nodes: Vec<GraphNode> = (0..40).map(|n| node(n, &[])).collect();
    let picture = layout(&nodes);
    assert!(picture.edges.is_empty());
    assert!(picture.nodes.iter().all(|node| node.column < 4));
    assert_sound(&picture);
    let mut mixed = nodes;
    mixed.push(node("x", &["0"]));
    assert_sound(&layout(&mixed));
}

#[test]
fn nothing_and_one_action_are_drawn() {
    assert!(layout(&[]).nodes.is_empty());
    let one = layout(&[node("a", &[])]);
    assert_eq!((one.width, one.height), (NODE_WIDTH + 2.0 * MARGIN, NODE_HEIGHT + 2.0 * MARGIN));
}

#[test]
fn the_same_actions_give_the_same_picture() {
    assert_eq!(layout(&tangle(120, 3)), layout(&tangle(120, 3)));
}

/// Actions of which each needs some earlier ones.
fn tangle(count: usize, needs: usize) -> Vec<GraphNode> {
    let need = |n: usize, k: usize| (n * 7919 + k * 104_729 + n * n * 31) % n.max(1);
    (0..count)
        .map(|n| GraphNode {
            name: n.to_string(),
            needs: (0..needs.min(n)).map(|k| need(n, k).to_string()).collect(),
        })
        .collect()
}

#[test]
fn a_thousand_actions_are_drawn_soon() {
    let started = Instant::now();
    assert_sound(&layout(&tangle(1000, 4)));
    let mut star = tangle(999, 1);
    star.push(GraphNode {
        name: "run_all".to_owned(),
        needs: (0..999).map(|n: usize| n.to_string()).collect(),
    });
    assert_sound(&layout(&star));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
