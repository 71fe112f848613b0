//! The actors that wait to be asked, alone: for a command that gives one order and ends, and is watched by whoever typed
//! it. What they do is the same as in the server.

use clients::{rap::RapClient, storage::Storage};
use domain::db::Pool;

use crate::{
    HealthBoard, RapController, RapControllerSettings, ReleaseUploads, ReleaseUploadsSettings,
    rap_controller::{self, Orders},
    release_uploads,
};

impl RapController {
    /// On the thread of an actix `System`.
    pub fn alone(pool: Pool, rap: RapClient) -> Self {
        let health = HealthBoard::default().add("RapController", rap_controller::FRESHNESS_LIMIT);
        let orders = Orders { pool, rap, health: health.clone() };
        Self::start(&RapControllerSettings::default(), orders, health)
    }
}

impl ReleaseUploads {
    /// On the thread of an actix `System`.
    pub fn alone(pool: Pool, storage: Storage) -> Self {
        let health = HealthBoard::default().add("ReleaseUploads", release_uploads::FRESHNESS_LIMIT);
        Self::start(&ReleaseUploadsSettings::default(), storage, pool, health)
    }
}
