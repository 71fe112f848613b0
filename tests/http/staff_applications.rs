//! Applications in the staff area, as staff see and change them, with the weaknesses that they are to be free of.

mod approve;
mod decisions;
mod detail;
mod list;
mod researchers;
mod review;
mod scene;
