//! What GitHub says of all repositories of an organisation, for pages about many of them. One list is read at a time, in
//! the background, and no page waits long for it: an old list is better than none, and that there is none is said.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use clients::github::ListedRepository;
use futures_util::future::join_all;
use jiff::Timestamp;
use quick_cache::sync::Cache;
use tokio::sync::Notify;

use crate::{app::App, http::error::Error};

/// A list is read anew when somebody wants one that is older.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// What GitHub said this long ago is still shown, with the time, while it says nothing new.
const USABLE_FOR: Duration = Duration::from_secs(24 * 3_600);
/// After a failure GitHub is left alone for so long.
const FAILED_FOR: Duration = Duration::from_secs(30);
/// A page waits for GitHub no longer, counted from the moment at which it was asked.
const PATIENCE: Duration = Duration::from_secs(4);
/// For reading a whole list.
const TIME_LIMIT: Duration = Duration::from_secs(60);
const MOST_ORGANISATIONS: usize = 200;

/// The lists of organisations, by name in lower case.
pub struct Listings(Cache<String, Arc<Slot>>);

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    /// A list has been read, or has not.
    ended: Notify,
}

#[derive(Default)]
struct State {
    found: Option<(Instant, Arc<Listing>)>,
    failed: Option<(Instant, String)>,
    asked: Option<Instant>,
}

/// What GitHub said.
#[derive(Debug)]
pub struct Listing {
    pub at: Timestamp,
    /// In GitHub's order.
    pub repositories: Vec<ListedRepository>,
    /// Places in that list, by [`domain::repos::key`].
    by_key: HashMap<String, usize>,
}

impl Listing {
    fn new(repositories: Vec<ListedRepository>) -> Listing {
        let place = |(place, listed): (usize, &ListedRepository)| (domain::repos::key(&listed.url), place);
        let by_key = repositories.iter().enumerate().map(place).collect();
        Listing { at: Timestamp::now(), repositories, by_key }
    }

    /// The repository with this [`domain::repos::key`].
    pub fn find(&self, key: &str) -> Option<&ListedRepository> {
        self.repositories.get(*self.by_key.get(key)?)
    }
}

/// What can be said about an organisation now.
#[derive(Debug, Clone)]
pub struct Known {
    pub org: String,
    pub listing: Option<Arc<Listing>>,
    /// Why there is no list, or no newer one.
    pub trouble: Option<String>,
}

impl Default for Listings {
    fn default() -> Self {
        Listings(Cache::new(MOST_ORGANISATIONS))
    }
}

/// The lists of these organisations, as far as GitHub tells them in time; in the same order.
pub async fn listings(app: &App, orgs: impl IntoIterator<Item = String>) -> Result<Vec<Known>, Error> {
    let orgs: Vec<String> = orgs.into_iter().take(MOST_ORGANISATIONS).collect();
    Ok(join_all(orgs.into_iter().map(|org| listing(app, org))).await)
}

/// The list of one organisation.
pub async fn listing(app: &App, org: String) -> Known {
    let org = org.to_lowercase();
    let slot = match app.code.listings.0.get_or_insert_with(&org, || Ok::<_, Infallible>(Arc::default())) {
        Ok(slot) => slot,
        Err(never) => match never {},
    };
    let ended = slot.ended.notified();
    if slot.lock().must_ask() {
        app.background.spawn(ask(app.clone(), org.clone(), Asking(slot.clone())));
    }
    let waits = slot.lock().patience();
    if !waits.is_zero() {
        // Whether it ended in time is seen in the slot.
        let _ = tokio::time::timeout(waits, ended).await;
    }
    let state = slot.lock();
    Known { org, listing: state.usable(), trouble: state.trouble() }
}

async fn ask(app: App, org: String, asking: Asking) {
    let answer = tokio::time::timeout(TIME_LIMIT, app.github.listed_repositories(&org)).await;
    let outcome = match answer {
        Ok(Ok(repositories)) => Ok(repositories),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            Err(format!("GitHub did not list the repositories within {} seconds", TIME_LIMIT.as_secs()))
        }
    };
    if let Err(error) = &outcome {
        tracing::warn!(org, error, "the repositories of an organisation cannot be listed");
    }
    asking.end(outcome);
}

/// Somebody is asking; also when that breaks off, it is over.
struct Asking(Arc<Slot>);

impl Asking {
    fn end(self, outcome: Result<Vec<ListedRepository>, String>) {
        let mut state = self.0.lock();
        match outcome {
            Ok(repositories) => {
                state.found = Some((Instant::now(), Arc::new(Listing::new(repositories))));
                state.failed = None;
            }
            Err(error) => state.failed = Some((Instant::now(), error)),
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.lock().asked = None;
        self.0.ended.notify_waiters();
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether GitHub is to be asked now; then it counts as asked.
    fn must_ask(&mut self) -> bool {
        let is_fresh = self.found.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH_FOR);
        let must = !is_fresh && self.failure().is_none() && self.asked.is_none();
        if must {
            self.asked = Some(Instant::now());
        }
        must
    }

    /// How long a page that wants this should wait.
    fn patience(&self) -> Duration {
        match (self.usable(), self.asked) {
            (None, Some(asked)) => PATIENCE.saturating_sub(asked.elapsed()),
            _ => Duration::ZERO,
        }
    }

    fn usable(&self) -> Option<Arc<Listing>> {
        self.found.as_ref().filter(|(at, _)| at.elapsed() < USABLE_FOR).map(|(_, found)| found.clone())
    }

    fn failure(&self) -> Option<&str> {
        self.failed.as_ref().filter(|(at, _)| at.elapsed() < FAILED_FOR).map(|(_, error)| error.as_str())
    }

    fn trouble(&self) -> Option<String> {
        match (self.failure(), self.usable(), self.asked) {
            (Some(error), ..) => Some(error.to_owned()),
            (None, None, Some(_)) => Some("GitHub has not answered yet".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(url: &str) -> ListedRepository {
        ListedRepository {
            name: "study".to_owned(),
            url: url.to_owned(),
            is_private: true,
            created_at: None,
            topics: Vec::new(),
        }
    }

    #[test]
    fn a_repository_is_found_however_its_address_is_written() {
        let listing = Listing::new(vec![repository("https://github.com/OpenSAFELY/Study")]);
        assert!(listing.find(&domain::repos::key("https://github.com/opensafely/study.git/")).is_some());
        assert!(listing.find("https://github.com/opensafely/other").is_none());
    }

    #[test]
    fn github_is_asked_once_and_left_alone_after_a_failure() {
        let slot = Arc::new(Slot::default());
        assert!(slot.lock().must_ask());
        assert!(!slot.lock().must_ask(), "it is being asked");
        assert!(!slot.lock().patience().is_zero());
        Asking(slot.clone()).end(Err("no".to_owned()));
        assert!(!slot.lock().must_ask(), "it failed just now");
        assert_eq!(slot.lock().trouble().as_deref(), Some("no"));
        assert!(slot.lock().patience().is_zero());
        slot.lock().failed = None;
        assert!(slot.lock().must_ask());
        Asking(slot.clone()).end(Ok(Vec::new()));
        assert!(!slot.lock().must_ask());
        assert!(slot.lock().usable().is_some());
        assert_eq!(slot.lock().trouble(), None);
    }

    #[test]
    fn asking_that_breaks_off_is_over() {
        let slot = Arc::new(Slot::default());
        assert!(slot.lock().must_ask());
        drop(Asking(slot.clone()));
        assert!(slot.lock().must_ask());
    }
}
