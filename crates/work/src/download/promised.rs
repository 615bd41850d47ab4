//! What downloads under way on this server have yet to bring into the drives of their owners.

use entity::{TaskId, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A download that nobody has looked at for so long goes on elsewhere, or not at all.
const KNOWN: Duration = Duration::from_mins(10);

#[derive(Debug)]
struct Promise {
    owner: UserId,
    bytes: u64,
    said: Instant,
}

/// By task.
#[derive(Debug, Default)]
pub(super) struct Promised(Mutex<HashMap<TaskId, Promise>>);

impl Promised {
    fn all(&self) -> MutexGuard<'_, HashMap<TaskId, Promise>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how much a task will bring. Answers how much those bring that its owner began before: who
    /// came first has the room.
    pub fn say(&self, (task, owner): (TaskId, UserId), bytes: u64) -> u64 {
        let mut all = self.all();
        all.retain(|_, promise| promise.said.elapsed() < KNOWN);
        let promise = Promise {
            owner,
            bytes,
            said: Instant::now(),
        };
        all.insert(task, promise);
        all.iter()
            .filter(|(other, promise)| **other < task && promise.owner == owner)
            .fold(0, |sum, (_, promise)| sum.saturating_add(promise.bytes))
    }

    /// The task brings nothing more, or what it brings is counted by the drive.
    pub fn forget(&self, task: TaskId) {
        self.all().remove(&task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_has_the_room() {
        let promised = Promised::default();
        let (alice, bob) = (UserId(1), UserId(2));
        assert_eq!(promised.say((TaskId(5), alice), 10), 0);
        assert_eq!(promised.say((TaskId(7), alice), 20), 10);
        assert_eq!(promised.say((TaskId(6), bob), 1_000), 0);
        assert_eq!(promised.say((TaskId(5), alice), 11), 0);
        assert_eq!(promised.say((TaskId(8), alice), 1), 31);
        promised.forget(TaskId(5));
        assert_eq!(promised.say((TaskId(8), alice), 1), 20);
    }
}
