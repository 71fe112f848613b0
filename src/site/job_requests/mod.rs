//! Pages of one job request. What moves is one fragment (`live`), drawn once for each state of the job request and
//! shared by the page and by everybody who watches it; what cannot change is worked out once (`fixed`).

mod address;
mod attention;
mod axis;
pub mod cancel;
pub mod code_links;
pub mod detail;
mod facts;
pub mod fixed;
pub mod fragment;
mod graph;
mod live;
mod progress;
pub mod states;
mod table;

pub use address::{id_of, redirect};
