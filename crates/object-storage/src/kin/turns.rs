//! Where a store knows no conditions, those who write to it from here look and write one after the other.
//! Keys are new by themselves: this is for mistakes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use storage::BlobKey;
use tokio::sync::{Mutex, MutexGuard};

/// Whoever has the same of these waits for the other.
const PLACES: usize = 64;

#[derive(Debug)]
pub(super) struct Turns([Mutex<()>; PLACES]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turns {
    pub async fn of(&self, key: &BlobKey) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        key.as_str().hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % PLACES as u64).unwrap_or(0);
        self.0[place].lock().await
    }
}
