//! Values that are costly to make and that many people look at: made anew by one request at a time, while the others are
//! given what was made last. A failure is not kept: whoever made it gets it, and the next request tries again.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

/// Values by key; the least used make room.
pub struct Shared<K, V> {
    fresh_for: Duration,
    /// While one request makes a value anew, others may be given one that is at most this old.
    usable_for: Duration,
    slots: Cache<K, Arc<Slot<V>>>,
}

struct Slot<V> {
    value: Mutex<Option<(Instant, Arc<V>)>>,
    making: tokio::sync::Mutex<()>,
}

impl<K: Eq + Hash, V> Shared<K, V> {
    pub fn new(capacity: usize, fresh_for: Duration, usable_for: Duration) -> Self {
        Shared { fresh_for, usable_for, slots: Cache::new(capacity) }
    }

    /// The value of `key`, or else what `make` finds; none: there is no such thing, which is not remembered.
    pub async fn get<E>(
        &self,
        key: K,
        make: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<Arc<V>>, E> {
        let Some(slot) = self.slots.get(&key) else {
            let slot = Arc::new(Slot { value: Mutex::new(None), making: tokio::sync::Mutex::new(()) });
            // Only what exists gets a place, or anybody could empty the others.
            let Some(value) = make.await? else { return Ok(None) };
            let value = slot.put(value);
            self.slots.insert(key, slot);
            return Ok(Some(value));
        };
        if let Some(value) = slot.younger_than(self.fresh_for) {
            return Ok(Some(value));
        }
        let _making = match (slot.making.try_lock(), slot.younger_than(self.usable_for)) {
            (Ok(making), _) => making,
            (Err(_), Some(value)) => return Ok(Some(value)),
            (Err(_), None) => slot.making.lock().await,
        };
        // Somebody else may have made it while this request waited.
        if let Some(value) = slot.younger_than(self.fresh_for) {
            return Ok(Some(value));
        }
        let Some(value) = make.await? else {
            self.slots.remove(&key);
            return Ok(None);
        };
        Ok(Some(slot.put(value)))
    }
}

impl<V> Slot<V> {
    fn younger_than(&self, limit: Duration) -> Option<Arc<V>> {
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        value.as_ref().filter(|(since, _)| since.elapsed() < limit).map(|(_, value)| value.clone())
    }

    fn put(&self, value: V) -> Arc<V> {
        let value = Arc::new(value);
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::*;

    #[tokio::test]
    async fn what_exists_is_made_once_while_it_is_fresh_and_what_does_not_each_time() {
        let shared: Shared<&str, u32> = Shared::new(10, Duration::from_secs(60), Duration::from_secs(60));
        let made = Cell::new(0);
        let make = async |found: Option<u32>| {
            made.set(made.get() + 1);
            Ok::<_, Infallible>(found)
        };
        for _ in 0..3 {
            assert_eq!(shared.get("known", make(Some(7))).await.unwrap().as_deref(), Some(&7));
        }
        assert_eq!(made.get(), 1);
        for _ in 0..3 {
            assert!(shared.get("unknown", make(None)).await.unwrap().is_none());
        }
        assert_eq!(made.get(), 4);
    }

    #[tokio::test]
    async fn while_one_makes_it_anew_others_get_what_was() {
        let shared: Shared<(), u32> = Shared::new(1, Duration::ZERO, Duration::from_secs(60));
        let value = async |value| Ok::<_, Infallible>(Some(value));
        shared.get((), value(1)).await.unwrap();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let slow = shared.get((), async {
            let _ = released.await;
            Ok::<_, Infallible>(Some(2))
        });
        let quick = async {
            let seen = shared.get((), value(3)).await.unwrap();
            release.send(()).unwrap();
            seen
        };
        let (slow, quick) = tokio::join!(slow, quick);
        assert_eq!((slow.unwrap().as_deref(), quick.as_deref()), (Some(&2), Some(&1)));
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let shared: Shared<(), u32> = Shared::new(1, Duration::from_secs(60), Duration::from_secs(60));
        assert_eq!(shared.get((), async { Err("no") }).await, Err("no"));
        assert_eq!(shared.get((), async { Ok::<_, &str>(Some(1)) }).await.unwrap().as_deref(), Some(&1));
    }
}
