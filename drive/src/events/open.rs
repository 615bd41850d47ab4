//! Streams that are open: each asks the database now and then, so an account has so many at a time.

use crate::error::FileError;
use crate::limits::EVENT_STREAMS;
use entity::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many streams accounts have open on this server.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenStreams(Arc<Mutex<HashMap<UserId, usize>>>);

/// One of them; dropping it makes room for another.
#[derive(Debug)]
pub(super) struct OpenStream {
    user: UserId,
    all: OpenStreams,
}

impl OpenStreams {
    /// Counts one more.
    /// # Errors
    /// `LimitReached`
    pub fn open(&self, user: UserId) -> Result<OpenStream, FileError> {
        let mut counts = self.counts();
        let count = counts.entry(user).or_default();
        if *count >= EVENT_STREAMS {
            return Err(FileError::LimitReached("Too many event streams at a time"));
        }
        *count += 1;
        Ok(OpenStream {
            user,
            all: self.clone(),
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_account_has_so_many_at_a_time_whatever_others_have() {
        let open = OpenStreams::default();
        let mut of_one: Vec<OpenStream> = (0..EVENT_STREAMS)
            .map(|_| open.open(UserId(1)).unwrap())
            .collect();
        open.open(UserId(1)).unwrap_err();
        open.open(UserId(2)).unwrap();
        of_one.pop();
        of_one.push(open.open(UserId(1)).unwrap());
        open.open(UserId(1)).unwrap_err();
        drop(of_one);
        assert!(open.counts().is_empty());
    }
}
