//! How many of something somebody has under way in this process.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts what is under way, for each key.
#[derive(Debug)]
pub struct AtOnce<K>(Arc<Mutex<HashMap<K, u64>>>);

/// One that is under way; dropping it makes room for another.
#[derive(Debug)]
pub struct UnderWay<K: Eq + Hash> {
    key: K,
    all: AtOnce<K>,
}

impl<K> Default for AtOnce<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Clone for AtOnce<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> AtOnce<K> {
    fn counts(&self) -> MutexGuard<'_, HashMap<K, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> AtOnce<K> {
    /// Begins one more; `None` if there are `most` already.
    pub fn begin(&self, key: K, most: u64) -> Option<UnderWay<K>> {
        let mut counts = self.counts();
        let count = counts.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        let all = self.clone();
        Some(UnderWay { key, all })
    }
}

impl<K: Eq + Hash> Drop for UnderWay<K> {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_has_so_many_whatever_others_have() {
        let all = AtOnce::default();
        let mut of_one: Vec<UnderWay<&str>> =
            (0..3).map(|_| all.begin("one", 3).unwrap()).collect();
        assert!(all.begin("one", 3).is_none());
        assert!(all.begin("other", 3).is_some());
        of_one.pop();
        of_one.push(all.begin("one", 3).unwrap());
        assert!(all.begin("one", 3).is_none());
        drop(of_one);
        assert!(all.counts().is_empty());
    }
}
