//! How each action of a workspace last ran, remembered for a second: the statement behind it reads every job the
//! workspace ever had, and many browsers ask for the same at once.

use std::{sync::Arc, time::Duration};

use domain::views::workspace_actions::ActionState;

use super::shared::Shared;

const FRESH_FOR: Duration = Duration::from_secs(1);
/// While one request loads, others may be given what is at most this old.
const USABLE_FOR: Duration = Duration::from_secs(3);
/// Longer names cannot exist and are not worth a place.
const MAX_KEY_BYTES: usize = 600;

type States = Arc<Vec<ActionState>>;

pub struct ActionStates(Shared<String, Vec<ActionState>>);

impl Default for ActionStates {
    fn default() -> Self {
        ActionStates(Shared::new(2_000, FRESH_FOR, USABLE_FOR))
    }
}

impl ActionStates {
    /// What is known of `workspace` on `backend` (none: on any), or else what `load` finds; none: no such workspace.
    pub async fn get(
        &self,
        workspace: &str,
        backend: Option<&str>,
        load: impl Future<Output = domain::Result<Option<Vec<ActionState>>>>,
    ) -> domain::Result<Option<States>> {
        // Neither name can hold a NUL.
        let key = backend.map_or_else(|| workspace.to_owned(), |backend| format!("{workspace}\0{backend}"));
        if key.len() > MAX_KEY_BYTES {
            return Ok(load.await?.map(Arc::new));
        }
        self.0.get(key, load).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_workspace_is_asked_about_once_a_second_and_an_unknown_one_each_time() {
        let states = ActionStates::default();
        let loads = Cell::new(0);
        let load = |exists: bool| {
            loads.set(loads.get() + 1);
            async move { Ok(exists.then(Vec::new)) }
        };
        for _ in 0..3 {
            let load = async { load(true).await };
            assert!(states.get("known", None, load).await.unwrap().is_some());
        }
        assert_eq!(loads.get(), 1);
        for _ in 0..3 {
            let load = async { load(false).await };
            assert!(states.get("unknown", Some("tpp"), load).await.unwrap().is_none());
        }
        assert_eq!(loads.get(), 4);
    }
}
