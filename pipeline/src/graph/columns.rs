//! Which column each action stands in.

/// Columns of actions, and their lines turned so that all run to the right.
pub(super) struct Columns {
    /// The column of each node.
    pub of: Vec<usize>,
    /// How many columns there are.
    pub count: usize,
    /// Lines from left to right.
    pub edges: Vec<Line>,
    /// Whether a node has any line.
    pub is_tied: Vec<bool>,
}

/// A line between two nodes, `left` in an earlier column than `right`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub left: usize,
    pub right: usize,
    /// Whether the line is part of a circle and stands for one that runs to the left.
    pub reversed: bool,
}

/// Put each node one column to the right of the last it depends on.
pub(super) fn assign(count: usize, edges: &[(usize, usize)]) -> Columns {
    let mut is_tied = vec![false; count];
    let mut following: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut has_preceding = vec![false; count];
    for (from, to) in edges {
        is_tied[*from] = true;
        is_tied[*to] = true;
        following[*from].push(*to);
        has_preceding[*to] = true;
    }
    let finished = finishing_order(&following, &has_preceding);
    let lines: Vec<Line> = edges
        .iter()
        .map(|(from, to)| match finished[*from] > finished[*to] {
            true => Line { left: *from, right: *to, reversed: false },
            false => Line { left: *to, right: *from, reversed: true },
        })
        .collect();
    let mut rightward: Vec<Vec<usize>> = vec![Vec::new(); count];
    for line in &lines {
        rightward[line.left].push(line.right);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|node| std::cmp::Reverse(finished[*node]));
    let mut of = vec![0; count];
    for node in order {
        for right in &rightward[node] {
            of[*right] = of[*right].max(of[node] + 1);
        }
    }
    let columns = of.iter().max().map_or(0, |last| last + 1);
    Columns { of, count: columns, edges: lines, is_tied }
}

/// When a walk down the lines has seen all that follows a node. A line to a node that finishes later closes a circle.
fn finishing_order(following: &[Vec<usize>], has_preceding: &[bool]) -> Vec<usize> {
    let mut finished = vec![0; following.len()];
    let mut seen = vec![false; following.len()];
    let mut clock = 0;
    let first = (0..following.len()).filter(|node| !has_preceding[*node]);
    for start in first.chain(0..following.len()) {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut way = vec![(start, 0)];
        while let Some((node, followed)) = way.last_mut() {
            match following[*node].get(*followed) {
                None => {
                    clock += 1;
                    finished[*node] = clock;
                    way.pop();
                }
                Some(next) => {
                    *followed += 1;
                    if !std::mem::replace(&mut seen[*next], true) {
                        way.push((*next, 0));
                    }
                }
            }
        }
    }
    finished
}
