//! The actors on a real PostgreSQL, with a RAP controller and a mail relay that do as a test says.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper of a test may fail the test.

mod creating;
mod fake_rap;
mod following;
mod house;
mod live;
mod mailing;
mod relay;
// The same small site as in the tests of `domain`, of which not every builder is needed here.
#[allow(dead_code)]
#[path = "../../domain/tests/rap/site.rs"]
mod site;
mod taking_over;
