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
    /// It refused something of so many bytes; `None`: nobody knows how many, or some of them came in.
    pub fn note(&self, id: PolicyId, room: Option<Room>, size_bytes: Option<u64>) {
        let free = left(room, size_bytes);
        let was = self.room.get(&id);
        self.room.insert(id, free);
        if was != Some(free) {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether something of so many bytes fits there, as far as is known. Of nothing it is asked
    /// where something is to go of which nobody knows how long it is.
    pub fn has_room(&self, id: PolicyId, size_bytes: u64) -> bool {
        self.room
            .get(&id)
            .is_none_or(|room| room > 0 && size_bytes <= room)
    }

    /// How often there was something new to note.
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

/// What one may still take that refused something. It has no room where nobody knows how much it has; nor
/// where what it refused would fit: a quota of its owner has run out, or a member of a mirror is full, or
/// there is no room for more files.
fn left(room: Option<Room>, size_bytes: Option<u64>) -> u64 {
    let (Some(room), Some(size_bytes)) = (room, size_bytes) else {
        return 0;
    };
    let little = LITTLE_BYTES.min(room.total_bytes / LITTLE_SHARE);
    if room.free_bytes < little || size_bytes <= room.free_bytes {
        return 0;
    }
    room.free_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: PolicyId = PolicyId(1);

    const fn room(free_bytes: u64, total_bytes: u64) -> Room {
        Room {
            free_bytes,
            total_bytes,
        }
    }

    /// It has so much room, of 100 GiB, and refused something of so many bytes.
    fn full(free_bytes: u64, size_bytes: Option<u64>) -> Full {
        let full = Full::default();
        full.note(DISK, Some(room(free_bytes, 100 << 30)), size_bytes);
        full
    }

    #[test]
    fn what_is_too_large_for_a_disk_does_not_make_it_full_for_what_is_small() {
        let full = full(3 << 30, Some(4 << 30));
        assert!(full.has_room(DISK, 0));
        assert!(full.has_room(DISK, 2 << 30));
        assert!(!full.has_room(DISK, 4 << 30));
        assert!(full.has_room(PolicyId(2), 4 << 30));
        full.forget(DISK);
        assert!(full.has_room(DISK, 4 << 30));
    }

    #[test]
    fn a_disk_with_little_room_is_full_and_so_is_one_of_which_nobody_knows() {
        assert!(!full(1 << 20, Some(2 << 20)).has_room(DISK, 0));
        let unknown = Full::default();
        unknown.note(DISK, None, Some(1));
        assert!(!unknown.has_room(DISK, 1));
        // Of a small one a twentieth is enough.
        let small = Full::default();
        small.note(DISK, Some(room(20 << 20, 100 << 20)), Some(30 << 20));
        assert!(small.has_room(DISK, 10 << 20));
    }

    #[test]
    fn one_that_refuses_what_would_fit_is_full_whatever_room_it_tells_of() {
        // A quota, inodes, a bucket beside a disk; and what broke off in the middle.
        for size in [Some(0), Some(1), Some(3 << 30), None] {
            let full = full(3 << 30, size);
            assert!(!full.has_room(DISK, 0), "{size:?}");
            assert!(!full.has_room(DISK, 1), "{size:?}");
        }
    }

    #[test]
    fn what_was_known_already_is_no_news() {
        let full = full(3 << 30, Some(4 << 30));
        let disk = Some(room(3 << 30, 100 << 30));
        assert_eq!(full.count(), 1);
        full.note(DISK, disk, Some(5 << 30));
        assert_eq!(full.count(), 1);
        full.note(DISK, disk, None);
        full.note(DISK, disk, Some(1));
        assert_eq!(full.count(), 2);
        full.note(PolicyId(2), disk, None);
        assert_eq!(full.count(), 3);
    }
}
