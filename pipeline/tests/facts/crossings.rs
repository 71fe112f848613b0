//! Lines that need not cross do not.

use pipeline::graph::{GraphNode, Layout, layout};

/// How many pairs of lines between the same two columns cross.
fn crossings(layout: &Layout) -> usize {
    let spot = |name: &str| {
        layout.nodes.iter().find(|node| node.name == name).map(|node| (node.column, node.y)).unwrap()
    };
    let lines: Vec<_> = layout.edges.iter().map(|edge| (spot(&edge.from), spot(&edge.to))).collect();
    let cross = |a: &((usize, f64), (usize, f64)), b: &((usize, f64), (usize, f64))| {
        a.0.0 == b.0.0 && a.1.0 == b.1.0 && (a.0.1 - b.0.1) * (a.1.1 - b.1.1) < 0.0
    };
    lines.iter().enumerate().map(|(index, a)| lines[index + 1..].iter().filter(|b| cross(a, b)).count()).sum()
}

#[test]
fn parallel_chains_in_any_order_do_not_cross() {
    let mut nodes = Vec::new();
    for step in 0..6 {
        // Each column lists its actions in another order.
        for place in 0..10 {
            let chain = (place * 7 + step * 3) % 10;
            let needs = if step == 0 { vec![] } else { vec![format!("{}-{chain}", step - 1)] };
            nodes.push(GraphNode { name: format!("{step}-{chain}"), needs });
        }
    }
    assert_eq!(crossings(&layout(&nodes)), 0);
}

#[test]
fn a_tree_does_not_cross() {
    let nodes: Vec<GraphNode> = (0..63)
        .rev()
        .map(|n: usize| GraphNode {
            name: n.to_string(),
            needs: n.checked_sub(1).map(|n| (n / 2).to_string()).into_iter().collect(),
        })
        .collect();
    assert_eq!(crossings(&layout(&nodes)), 0);
}
