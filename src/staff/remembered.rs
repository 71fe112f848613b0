//! What pages of the staff area remember between requests: figures that are added up from very many rows. They may be a
//! few seconds old, and are the same for everybody who may see them.

use std::{sync::Arc, time::Duration};

use domain::{ids::RepoId, views::staff_repos::Runs};
use quick_cache::sync::Cache;

use super::{
    applications::{DRAWN_KEPT, Drawn},
    dashboards::{Dashboard, Prepared},
};
use crate::code::Shared;

pub struct Remembered {
    pub dashboards: Shared<Dashboard, Prepared>,
    /// When the first and the last job ran for a repository.
    pub runs: Shared<RepoId, Runs>,
    /// The cards of applications, by a digest of what they show.
    pub application_cards: Cache<String, Arc<Drawn>>,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered {
            dashboards: Shared::new(Dashboard::COUNT, Duration::from_secs(5), Duration::from_secs(60)),
            runs: Shared::new(1_000, Duration::from_secs(20), Duration::from_secs(120)),
            application_cards: Cache::new(DRAWN_KEPT),
        }
    }
}
