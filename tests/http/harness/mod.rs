//! What every test of this program stands on: a server of its own (the real program, a fresh database, stand-ins for the
//! outside world), a browser, and builders for rows. Knows pages only as text and forms.

pub mod a;
mod app;
pub mod applications;
mod browser;
pub mod checking;
pub mod counting;
mod facts;
mod own_postgres;
mod page;
mod process;
pub mod released;
mod said;
mod sessions;
mod staff;
mod study;
mod wait;

pub use app::{Db, TestApp};
pub use browser::{Browser, encoded};
pub use checking::Checking;
pub use own_postgres::OwnPostgres;
pub use page::{Page, visible_text};
pub use process::{free_port, run_to_end};
pub use said::Said;
pub use staff::{finn, mona};
pub use study::{PIPELINE, Study};
pub use wait::{eventually, stays_true};
