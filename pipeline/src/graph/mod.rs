//! Draws the actions of a project: who needs whom, from left to right.
//!
//! The layout is that of Sugiyama and others (1981): every action stands one column to the right of the last action it
//! needs, actions of a column are ordered so that few lines cross, and long lines get a place in every column they pass.
//! Actions tied to no other fill a block below. The same input always gives the same picture, in numbers that go
//! straight into an SVG; colours and texts are for the caller.

mod columns;
mod curves;
mod order;
mod place;

use std::collections::HashMap;

use serde::Serialize;

/// Width of a node's box, in the units of the picture.
pub const NODE_WIDTH: f64 = 188.0;
/// Height of a node's box.
pub const NODE_HEIGHT: f64 = 32.0;
/// Free space between columns, in which lines bend.
pub const COLUMN_GAP: f64 = 56.0;
/// Free space between the boxes of a column.
pub const ROW_GAP: f64 = 14.0;
/// Free space around the picture.
pub const MARGIN: f64 = 8.0;

/// An action to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// Its name, by which others refer to it.
    pub name: String,
    /// The names of the actions it needs. Unknown names and its own are ignored.
    pub needs: Vec<String>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layout {
    /// The boxes, in the order of the input.
    pub nodes: Vec<PlacedNode>,
    /// The lines between them.
    pub edges: Vec<Edge>,
    /// Width of the whole, margins included.
    pub width: f64,
    /// Height of the whole, margins included.
    pub height: f64,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacedNode {
    /// The name of the action.
    pub name: String,
    /// The column, from 0 at the left.
    pub column: usize,
    /// How many boxes stand above it in the column.
    pub row: usize,
    /// Left side of the box.
    pub x: f64,
    /// Upper side of the box.
    pub y: f64,
}

/// A line from an action to one that needs it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edge {
    /// The action that must come first.
    pub from: String,
    /// The action that needs it.
    pub to: String,
    /// The `d` of an SVG path.
    pub path: String,
}

/// The picture of some actions. Of several with one name, only the first can be referred to. Circles are drawn with one
/// of their lines running backwards.
pub fn layout(nodes: &[GraphNode]) -> Layout {
    let index: HashMap<&str, usize> =
        nodes.iter().enumerate().rev().map(|(index, node)| (node.name.as_str(), index)).collect();
    let mut edges: Vec<(usize, usize)> = nodes
        .iter()
        .enumerate()
        .flat_map(|(to, node)| {
            node.needs.iter().filter_map(|need| index.get(need.as_str())).map(move |from| (*from, to))
        })
        .filter(|(from, to)| from != to)
        .collect();
    edges.sort_unstable();
    edges.dedup();

    let columns = columns::assign(nodes.len(), &edges);
    let mut grid = order::Grid::new(&columns, &edges);
    grid.reduce_crossings();
    let places = place::place(&grid, &columns);
    let curves = curves::draw(&grid, &places, &columns);

    let placed = |(index, node): (usize, &GraphNode)| {
        let spot = places.node(index);
        PlacedNode { name: node.name.clone(), column: spot.column, row: spot.row, x: spot.x, y: spot.y }
    };
    let name = |index: usize| nodes.get(index).map(|node| node.name.clone()).unwrap_or_default();
    let edge = |(from, to, path)| Edge { from: name(from), to: name(to), path };
    Layout {
        nodes: nodes.iter().enumerate().map(placed).collect(),
        edges: curves.into_iter().map(edge).collect(),
        width: places.width,
        height: places.height,
    }
}
