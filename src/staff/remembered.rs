//! What pages of the staff area remember between requests: figures that are added up from very many rows. They may be a
//! few seconds old, and are the same for everybody who may see them.

use std::time::Duration;

use domain::{ids::RepoId, views::staff_repos::Runs};

use super::{
    dashboards::{Dashboard, Prepared},
    users::list::Choices as UserChoices,
};
use crate::{
    code::Shared,
    http::cache::{Aged, Timed},
};

pub struct Remembered {
    /// How many rows long lists have, by their address.
    pub counts: Aged<String, i64>,
    /// Backends and organisations above the list of people.
    pub user_choices: Timed<UserChoices>,
    pub dashboards: Shared<Dashboard, Prepared>,
    /// When the first and the last job ran for a repository.
    pub runs: Shared<RepoId, Runs>,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered {
            counts: Aged::new(500, Duration::from_secs(1)),
            user_choices: Timed::new(Duration::from_secs(1)),
            dashboards: Shared::new(Dashboard::COUNT, Duration::from_secs(5), Duration::from_secs(60)),
            runs: Shared::new(1_000, Duration::from_secs(20), Duration::from_secs(120)),
        }
    }
}
