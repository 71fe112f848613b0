//! Where exactly each box stands.
//!
//! The order within a column is fixed by now. Each member is drawn towards the middle of its neighbours, and the least
//! total shift that keeps the order and the gaps is found by pooling members that would overlap.

use super::columns::Columns;
use super::order::Grid;
use super::{COLUMN_GAP, MARGIN, NODE_HEIGHT, NODE_WIDTH, ROW_GAP};

/// How often all columns are drawn towards their neighbours.
const ROUNDS: usize = 8;
/// How high a line that passes a column counts.
const PASSING_HEIGHT: f64 = 6.0;
/// How many columns the block of untied nodes has at least.
const BLOCK_COLUMNS: usize = 4;

/// The place of a node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    pub column: usize,
    pub row: usize,
    pub x: f64,
    pub y: f64,
}

/// The places of all nodes, and the middles of all members of the grid.
pub(super) struct Places {
    spots: Vec<Spot>,
    pub middles: Vec<f64>,
    pub width: f64,
    pub height: f64,
}

impl Places {
    pub(super) fn node(&self, index: usize) -> Spot {
        self.spots.get(index).copied().unwrap_or_default()
    }
}

/// The left side of a column.
pub(super) fn left_of(column: usize) -> f64 {
    MARGIN + number(column) * (NODE_WIDTH + COLUMN_GAP)
}

/// Place the members of the grid, and the untied nodes below.
pub(super) fn place(grid: &Grid, columns: &Columns) -> Places {
    let height = |member: usize| if member < grid.nodes { NODE_HEIGHT } else { PASSING_HEIGHT };
    let mut middles = vec![0.0; grid.before.len()];
    for column in &grid.columns {
        let mut y = 0.0;
        for member in column {
            middles[*member] = y + height(*member) / 2.0;
            y += height(*member) + ROW_GAP;
        }
    }
    for round in 0..ROUNDS {
        let rightward = round % 2 == 0;
        let count = grid.columns.len();
        for step in 0..count {
            let column = if rightward { step } else { count - 1 - step };
            draw_together(grid, &grid.columns[column], rightward, &mut middles, height);
        }
    }
    let top = grid.columns.iter().flatten().map(|member| middles[*member] - height(*member) / 2.0);
    let top = top.fold(f64::INFINITY, f64::min);
    let shift = if top.is_finite() { MARGIN - top } else { 0.0 };
    // Half units would blur the boxes.
    middles.iter_mut().for_each(|middle| *middle = (*middle + shift).round());

    let mut places = Places { spots: vec![Spot::default(); grid.nodes], middles, width: 0.0, height: MARGIN };
    for (column, members) in grid.columns.iter().enumerate() {
        for (row, member) in members.iter().filter(|member| **member < grid.nodes).enumerate() {
            let y = places.middles[*member] - NODE_HEIGHT / 2.0;
            places.spots[*member] = Spot { column, row, x: left_of(column), y };
        }
    }
    let bottom = grid.columns.iter().flatten().map(|member| places.middles[*member] + height(*member) / 2.0);
    let bottom = bottom.fold(0.0, f64::max);
    let tied_columns = grid.columns.iter().filter(|column| !column.is_empty()).count();
    place_untied(&mut places, columns, tied_columns, bottom);
    places
}

/// Put the nodes without lines into a block, row by row.
fn place_untied(places: &mut Places, columns: &Columns, tied_columns: usize, bottom: f64) {
    let untied: Vec<usize> = (0..columns.of.len()).filter(|node| !columns.is_tied[*node]).collect();
    let width = tied_columns.max(BLOCK_COLUMNS.min(untied.len()));
    let top = if bottom > 0.0 { bottom + ROW_GAP * 2.0 } else { MARGIN };
    let rows_above = |column: usize, spots: &[Spot]| {
        (0..columns.of.len()).filter(|node| columns.is_tied[*node] && spots[*node].column == column).count()
    };
    let above: Vec<usize> = (0..width).map(|column| rows_above(column, &places.spots)).collect();
    for (place, node) in untied.iter().enumerate() {
        let (row, column) = (place / width, place % width);
        let y = top + number(row) * (NODE_HEIGHT + ROW_GAP);
        places.spots[*node] = Spot { column, row: above[column] + row, x: left_of(column), y };
    }
    let rows = untied.len().div_ceil(width.max(1));
    places.width = if width > 0 { left_of(width) - COLUMN_GAP + MARGIN } else { MARGIN * 2.0 };
    places.height = match rows {
        0 => bottom + MARGIN,
        rows => top + number(rows) * (NODE_HEIGHT + ROW_GAP) - ROW_GAP + MARGIN,
    };
}

/// Draw the members of a column towards their neighbours on the side where the sweep comes from, and a little towards
/// those on the other.
fn draw_together(
    grid: &Grid,
    members: &[usize],
    rightward: bool,
    middles: &mut [f64],
    height: impl Fn(usize) -> f64,
) {
    let (near, far) = if rightward { (&grid.before, &grid.after) } else { (&grid.after, &grid.before) };
    let mean = |beside: &[usize]| {
        let sum: f64 = beside.iter().map(|member| middles[*member]).sum();
        (!beside.is_empty()).then(|| sum / number(beside.len()))
    };
    // Room from the top of the column to each middle, were all members as close as they may be.
    let mut room = 0.0;
    let mut pools: Vec<Pool> = Vec::with_capacity(members.len());
    let mut rooms = Vec::with_capacity(members.len());
    for member in members {
        let wish = mean(&near[*member]).or_else(|| mean(&far[*member])).unwrap_or(middles[*member]);
        let middle = room + height(*member) / 2.0;
        rooms.push(middle);
        room += height(*member) + ROW_GAP;
        pools.push(Pool { wishes: wish - middle, size: 1 });
        while let [.., upper, lower] = pools.as_slice()
            && upper.mean() > lower.mean()
        {
            let pool = Pool { wishes: upper.wishes + lower.wishes, size: upper.size + lower.size };
            pools.truncate(pools.len() - 2);
            pools.push(pool);
        }
    }
    let shifts = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.mean(), pool.size));
    for ((member, room), shift) in members.iter().zip(rooms).zip(shifts) {
        middles[*member] = room + shift;
    }
}

/// Members that touch and so move together.
struct Pool {
    wishes: f64,
    size: usize,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.wishes / number(self.size)
    }
}

#[allow(clippy::cast_precision_loss)] // Counts are far below the mantissa's range.
fn number(count: usize) -> f64 {
    count as f64
}
