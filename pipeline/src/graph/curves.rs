//! The lines between boxes, as SVG paths.

use std::fmt::Write;

use super::columns::Columns;
use super::order::Grid;
use super::place::{Places, left_of};
use super::{COLUMN_GAP, NODE_WIDTH};

/// A line from one node to another and its path. Lines of circles that were turned for the layout run from right to
/// left here.
pub(super) fn draw(grid: &Grid, places: &Places, columns: &Columns) -> Vec<(usize, usize, String)> {
    let line = |(line, way): (&super::columns::Line, &Vec<usize>)| {
        let (from, to) = if line.reversed { (line.right, line.left) } else { (line.left, line.right) };
        (from, to, path(&points(grid, places, columns.of[line.left], way), line.reversed))
    };
    columns.edges.iter().zip(&grid.ways).map(line).collect()
}

/// The points a line passes: the right side of its first box, both sides of each column it crosses, the left side of
/// its last box.
fn points(grid: &Grid, places: &Places, first_column: usize, way: &[usize]) -> Vec<(f64, f64)> {
    let last = way.len().saturating_sub(1);
    let mut points = Vec::with_capacity(way.len() * 2);
    for (step, member) in way.iter().enumerate() {
        let column = if *member < grid.nodes { places.node(*member).column } else { first_column + step };
        let (left, y) = (left_of(column), places.middles[*member]);
        if step > 0 {
            points.push((left, y));
        }
        if step < last {
            points.push((left + NODE_WIDTH, y));
        }
    }
    points
}

/// A path of curves across the gaps and straight lines across columns.
fn path(points: &[(f64, f64)], reversed: bool) -> String {
    const BEND: f64 = COLUMN_GAP / 2.0;
    let mut way = points.to_vec();
    if reversed {
        way.reverse();
    }
    let direction = if reversed { -BEND } else { BEND };
    let mut path = String::new();
    for (index, pair) in way.windows(2).enumerate() {
        let [(x1, y1), (x2, y2)] = pair else { continue };
        // Writing to a string cannot fail.
        let _ = match index {
            0 => write!(path, "M{x1} {y1}"),
            _ => Ok(()),
        };
        let _ = match index % 2 {
            0 => write!(path, "C{} {y1} {} {y2} {x2} {y2}", x1 + direction, x2 - direction),
            _ => write!(path, "L{x2} {y2}"),
        };
    }
    path
}
