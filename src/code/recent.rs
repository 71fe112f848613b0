//! Values that are forgotten when they are older than a limit, or when there are too many of them.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

pub struct Recent<V> {
    max_age: Duration,
    values: Cache<String, (Instant, V)>,
}

impl<V: Clone> Recent<V> {
    pub fn new(max_age: Duration, capacity: usize) -> Self {
        Recent { max_age, values: Cache::new(capacity) }
    }

    pub fn get(&self, key: &str) -> Option<V> {
        let (since, value) = self.values.get(key)?;
        (since.elapsed() < self.max_age).then_some(value)
    }

    pub fn insert(&self, key: String, value: V) {
        self.values.insert(key, (Instant::now(), value));
    }

    /// As if the value had been found `earlier` ago: for what should be asked again sooner.
    pub fn insert_aged(&self, key: String, value: V, earlier: Duration) {
        let now = Instant::now();
        self.values.insert(key, (now.checked_sub(earlier).unwrap_or(now), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_old_is_not_given_out() {
        let recent = Recent::new(Duration::from_secs(60), 10);
        recent.insert("new".to_owned(), 1);
        recent.insert_aged("old".to_owned(), 2, Duration::from_secs(61));
        assert_eq!(recent.get("new"), Some(1));
        assert_eq!(recent.get("old"), None);
        assert_eq!(recent.get("never"), None);
    }
}
