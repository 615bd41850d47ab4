//! Shares that take files and show none. What is there does not show in how newcomers fare: a
//! name that is taken or locked gives way to a free one, and who brought the file is told the name
//! they gave. Only a lock that holds for the whole shared folder turns newcomers away.

use super::ResolvedPath;
use crate::error::FileError;
use crate::lock::{Target, in_the_way};
use crate::tree::drive_path;
use entity::{FileKind, Timestamp, file, lock};
use store::{Connection, files, locks};
use wire::name::MAX_NAME_BYTES;

/// Numbers tried before a random one.
pub(super) const TRIES: u32 = 20;

impl ResolvedPath {
    /// The path that new content for this one goes to: beside what is there. Folders are
    /// entered, since that tells nothing.
    pub(super) async fn rename_on_conflict(
        mut self,
        db: &Connection,
        now: Timestamp,
    ) -> Result<Self, FileError> {
        let locks = locks::of_drive(db, self.navigator.owner, now).await?;
        let locks = self.inner(&locks);
        // Row n of the chain is what segment n - 1 names; row 0 is the shared folder.
        let no_way = |row: &file::Model| row.kind != FileKind::Folder || row.is_symbolic;
        let stuck = self.chain.iter().skip(1).position(no_way);
        let last = self.uri.segments().len().checked_sub(1);
        let exists = last.filter(|_| self.missing().is_empty());
        let locked = (0..self.uri.segments().len()).find(|n| self.is_locked(*n, &locks));
        let Some(taken) = [stuck, locked, exists].into_iter().flatten().min() else {
            return Ok(self);
        };
        let asked = self.uri.clone();
        let name = asked.segments()[taken].clone();
        let mut candidates: Vec<String> = (1..=TRIES).map(|n| numbered(&name, n)).collect();
        candidates.retain(|name| {
            let mut path = asked.segments()[..taken].to_vec();
            path.push(name.clone());
            let target = Target::deep(drive_path(&self.navigator.prefix, &path));
            !locks.iter().any(|lock| in_the_way(lock, &target))
        });
        let in_use = match self.chain.get(taken) {
            Some(parent) => files::names_among(db, parent.id, &candidates).await?,
            None => Vec::new(),
        };
        let free = candidates.into_iter().find(|name| !in_use.contains(name));
        let free = free.unwrap_or_else(|| numbered(&name, rand::random()));
        self.chain.truncate(taken + 1);
        let base = self.navigator.base.clone();
        let segments = asked.segments().iter().enumerate();
        self.uri = segments.fold(base, |uri, (n, segment)| {
            uri.join(if n == taken { &free } else { segment })
        });
        self.asked = Some(asked);
        Ok(self)
    }

    /// The locks that hold inside the shared folder, but not for all of it.
    fn inner<'a>(&self, locks: &'a [lock::Model]) -> Vec<&'a lock::Model> {
        let root = Target::shallow(drive_path(&self.navigator.prefix, &[]));
        let inner = |lock: &&lock::Model| !in_the_way(lock, &root);
        locks.iter().filter(inner).collect()
    }

    /// Whether one of these locks keeps others from what segment `n` of the path names.
    fn is_locked(&self, n: usize, locks: &[&lock::Model]) -> bool {
        let segments = self.uri.segments();
        let path = drive_path(&self.navigator.prefix, &segments[..=n]);
        let is_last = n + 1 == segments.len();
        let target = Target {
            is_deep: is_last,
            ..Target::shallow(path)
        };
        // Folders on the way may have a lock of their own: it holds for newcomers if it is deep, or
        // on the folder that they come into.
        let comes_into = self.chain.len().min(segments.len());
        let holds = |lock: &lock::Model| is_last || lock.is_deep || n + 2 >= comes_into;
        locks
            .iter()
            .any(|lock| holds(lock) && in_the_way(lock, &target))
    }
}

/// `plan.md` → `plan (2).md`, within the length of names.
pub fn numbered(name: &str, n: u32) -> String {
    let (stem, suffix) = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot < MAX_NAME_BYTES / 2 => name.split_at(dot),
        _ => (name, ""),
    };
    let number = format!(" ({n})");
    let room = MAX_NAME_BYTES - number.len() - suffix.len();
    let stem = &stem[..stem.floor_char_boundary(room)];
    format!("{stem}{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_before_the_suffix_and_fit() {
        for (name, expected) in [
            ("plan.md", "plan (2).md"),
            ("plan", "plan (2)"),
            (".profile", ".profile (2)"),
            ("a.tar.gz", "a.tar (2).gz"),
        ] {
            assert_eq!(numbered(name, 2), expected);
        }
        for long in [
            "x".repeat(255),
            "ü".repeat(127),
            format!("{}.md", "ü".repeat(126)),
        ] {
            let name = numbered(&long, u32::MAX);
            assert!(name.len() <= MAX_NAME_BYTES && name.len() > 240, "{name}");
            assert!(name.contains(" (4294967295)"));
        }
    }
}
