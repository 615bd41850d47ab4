//! Which policies had no room a moment ago, and for what.

use entity::PolicyId;
use moka::sync::Cache;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use storage::Room;

/// How long one that had no room gets nothing that others could take.
const FULL: Duration = Duration::from_mins(1);
/// With less room than this, or than a share of all, it counts as full for everything: others have
/// begun to send something there, too.
const LITTLE_BYTES: u64 = 256 << 20;
const LITTLE_SHARE: u64 = 20;

/// What is remembered of each: the largest that it may still take.
#[derive(Debug)]
pub(super) struct Full {
    room: Cache<PolicyId, u64>,
    count: AtomicU64,
}

impl Default for Full {
    fn default() -> Self {
        Self {
            room: Cache::builder()
                .max_capacity(256)
                .time_to_live(FULL)
                .build(),
            count: AtomicU64::new(0),
        }
    }
}

impl Full {
    /// It refused something. Where nobody knows how much room it has, it has none.
    pub fn note(&self, id: PolicyId, room: Option<Room>) {
        let free = room.map_or(0, |room| match room.free_bytes {
            free if free < LITTLE_BYTES.min(room.total_bytes / LITTLE_SHARE) => 0,
            free => free,
        });
        self.room.insert(id, free);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether something of so many bytes fits there, as far as is known. Of nothing it is asked
    /// where something is to go of which nobody knows how long it is.
    pub fn has_room(&self, id: PolicyId, size_bytes: u64) -> bool {
        self.room
            .get(&id)
            .is_none_or(|room| room > 0 && size_bytes <= room)
    }

    /// How often there was something to note.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub fn forget(&self, id: PolicyId) {
        self.room.invalidate(&id);
    }

    pub fn forget_all(&self) {
        self.room.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: PolicyId = PolicyId(1);

    fn full(free_bytes: u64) -> Full {
        let full = Full::default();
        let total_bytes = 100 << 30;
        full.note(
            DISK,
            Some(Room {
                free_bytes,
                total_bytes,
            }),
        );
        full
    }

    #[test]
    fn what_is_too_large_for_a_disk_does_not_make_it_full_for_what_is_small() {
        let full = full(3 << 30);
        assert!(full.has_room(DISK, 0));
        assert!(full.has_room(DISK, 2 << 30));
        assert!(!full.has_room(DISK, 4 << 30));
        assert!(full.has_room(PolicyId(2), 4 << 30));
        full.forget(DISK);
        assert!(full.has_room(DISK, 4 << 30));
    }

    #[test]
    fn a_disk_with_little_room_is_full_and_so_is_one_of_which_nobody_knows() {
        assert!(!full(1 << 20).has_room(DISK, 0));
        let unknown = Full::default();
        unknown.note(DISK, None);
        assert!(!unknown.has_room(DISK, 1));
        // Of a small one a twentieth is enough.
        let small = Full::default();
        small.note(
            DISK,
            Some(Room {
                free_bytes: 20 << 20,
                total_bytes: 100 << 20,
            }),
        );
        assert!(small.has_room(DISK, 10 << 20));
    }
}
