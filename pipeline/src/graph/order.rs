//! In which order the nodes of a column stand, so that few lines cross.
//!
//! A line that passes columns gets a stand-in node in each. Sweeping right and left, every node moves to the mean of
//! its neighbours in the column before; the order with the fewest crossings is kept.

use super::columns::Columns;

/// The most stand-ins. Beyond, lines run straight behind boxes, which nobody could follow in such a picture anyway.
const MAX_STAND_INS: usize = 30_000;
/// How often the columns are swept.
const SWEEPS: usize = 12;

/// Columns of nodes and stand-ins. Numbers below `nodes` are those of nodes.
pub(super) struct Grid {
    /// The members of each column, from above.
    pub columns: Vec<Vec<usize>>,
    /// Neighbours of each member in the column before.
    pub before: Vec<Vec<usize>>,
    /// Neighbours of each member in the column after.
    pub after: Vec<Vec<usize>>,
    /// The members each line passes, from left to right, in the order of the lines.
    pub ways: Vec<Vec<usize>>,
    /// How many of the members are nodes.
    pub nodes: usize,
}

impl Grid {
    /// Put nodes that have lines, and stand-ins, into their columns.
    pub(super) fn new(placed: &Columns, edges: &[(usize, usize)]) -> Self {
        let nodes = placed.of.len();
        let mut grid = Self {
            columns: vec![Vec::new(); placed.count],
            before: vec![Vec::new(); nodes],
            after: vec![Vec::new(); nodes],
            ways: Vec::with_capacity(edges.len()),
            nodes,
        };
        for (node, column) in placed.of.iter().enumerate().filter(|(node, _)| placed.is_tied[*node]) {
            grid.columns[*column].push(node);
        }
        let between = |line: &super::columns::Line| placed.of[line.right] - placed.of[line.left] - 1;
        let stand_ins: usize = placed.edges.iter().map(between).sum();
        for line in &placed.edges {
            let mut way = vec![line.left];
            if stand_ins <= MAX_STAND_INS {
                for column in placed.of[line.left] + 1..placed.of[line.right] {
                    let stand_in = grid.before.len();
                    grid.before.push(Vec::new());
                    grid.after.push(Vec::new());
                    grid.columns[column].push(stand_in);
                    way.push(stand_in);
                }
            }
            way.push(line.right);
            for pair in way.windows(2) {
                if let [left, right] = pair {
                    grid.after[*left].push(*right);
                    grid.before[*right].push(*left);
                }
            }
            grid.ways.push(way);
        }
        grid
    }

    /// Order the columns.
    pub(super) fn reduce_crossings(&mut self) {
        let mut ranks = vec![0; self.before.len()];
        self.columns.iter().for_each(|column| rank(column, &mut ranks));
        let mut best = self.columns.clone();
        let mut fewest = self.crossings(&ranks);
        for sweep in 0..SWEEPS {
            if fewest == 0 {
                break;
            }
            let rightward = sweep % 2 == 0;
            let neighbours = if rightward { &self.before } else { &self.after };
            let count = self.columns.len();
            for step in 1..count {
                let column = if rightward { step } else { count - 1 - step };
                order_column(&mut self.columns[column], neighbours, &mut ranks);
            }
            let crossings = self.crossings(&ranks);
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&self.columns);
            }
        }
        self.columns = best;
    }

    /// How often lines cross between neighbouring columns.
    fn crossings(&self, ranks: &[usize]) -> usize {
        let column_of = |column: &Vec<usize>| -> usize {
            // In the order of their left ends, count the pairs of right ends that are out of order.
            let mut ends = Vec::new();
            for member in column {
                let mut rights: Vec<usize> = self.after[*member].iter().map(|right| ranks[*right]).collect();
                rights.sort_unstable();
                ends.extend(rights);
            }
            inversions(&mut ends)
        };
        self.columns.iter().map(column_of).sum()
    }
}

/// Sort a column by the mean rank of neighbours on one side. Who has none keeps its rank.
fn order_column(column: &mut Vec<usize>, neighbours: &[Vec<usize>], ranks: &mut [usize]) {
    let mean = |member: usize| match neighbours[member].as_slice() {
        [] => as_number(ranks[member]),
        beside => as_number(beside.iter().map(|beside| ranks[*beside]).sum()) / as_number(beside.len()),
    };
    let mut keyed: Vec<(f64, usize)> = column.iter().map(|member| (mean(*member), *member)).collect();
    // The sort is stable, so members with equal means keep their order.
    keyed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    *column = keyed.into_iter().map(|(_, member)| member).collect();
    rank(column, ranks);
}

/// Note the ranks of a column's members.
fn rank(column: &[usize], ranks: &mut [usize]) {
    for (rank, member) in column.iter().enumerate() {
        ranks[*member] = rank;
    }
}

#[allow(clippy::cast_precision_loss)] // Ranks and counts are far below the mantissa's range.
fn as_number(count: usize) -> f64 {
    count as f64
}

/// How many pairs are out of order, counted while merging; the numbers are sorted afterwards.
fn inversions(numbers: &mut [usize]) -> usize {
    let length = numbers.len();
    if length < 2 {
        return 0;
    }
    let (left, right) = numbers.split_at_mut(length / 2);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(length);
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if r == right.len() || l < left.len() && left[l] <= right[r] {
            merged.push(left[l]);
            l += 1;
        } else {
            count += left.len() - l;
            merged.push(right[r]);
            r += 1;
        }
    }
    numbers.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn pairs_out_of_order_are_counted() {
        assert_eq!(inversions(&mut []), 0);
        assert_eq!(inversions(&mut [1, 1, 2]), 0);
        assert_eq!(inversions(&mut [3, 2, 1]), 3);
        assert_eq!(inversions(&mut [2, 0, 1, 3, 1]), 4);
    }
}
