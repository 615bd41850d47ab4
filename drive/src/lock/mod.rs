//! Locks: one table for the API's own and WebDAV's, so that they hold for every protocol.
//!
//! The transaction of a change already keeps others off the drive while it runs; rows exist
//! only for what lives longer: uploads, editors, WebDAV clients. Every change asks here, in its
//! transaction, whether such a lock is in the way.

pub use crate::error::lock::{Conflict, LockError};

use crate::context::Core;
use crate::error::FileError;
use entity::{UserId, lock};
use site::actor::Actor;
use store::{self, Connection, StoreResult};
use wire::{FileSystem, FileUri};

/// What a change is about to touch.
#[derive(Clone, Debug)]
pub struct Target {
    /// From the drive's root, decoded, with leading `/`.
    pub path: String,
    /// Touches everything below as well.
    pub is_deep: bool,
    /// The folder that gains or loses a member.
    pub changed_folder: Option<String>,
}

impl Target {
    /// The path and everything below.
    pub fn deep(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            is_deep: true,
            changed_folder: None,
        }
    }

    /// The path alone.
    pub fn shallow(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            is_deep: false,
            changed_folder: None,
        }
    }

    /// The same, if it comes or goes: then its folder changes as well.
    #[must_use]
    pub fn as_member(mut self) -> Self {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.changed_folder = Some(if folder.is_empty() { "/" } else { folder }.to_owned());
        self
    }
}

/// Fails if a lock is in the way of any target, unless its token is among `held`. Only the owner
/// of the drive is told what locks it.
pub(crate) async fn check(
    db: &Connection,
    core: &Core,
    actor: &Actor,
    owner: UserId,
    targets: &[Target],
    held: &[String],
) -> Result<(), FileError> {
    let locks = store::locks::of_drive(db, owner, core.now()).await?;
    for target in targets {
        let mut in_the_way = in_the_way_of(&locks, target, held).peekable();
        if in_the_way.peek().is_some() {
            let conflicts = in_the_way.filter_map(|lock| show(lock, actor));
            return Err(LockError::Conflict(conflicts.collect()).into());
        }
    }
    Ok(())
}

/// The locks in the way of a change by somebody who holds some. Of shared locks on a place one is
/// enough (RFC 4918 §6.2).
pub(crate) fn in_the_way_of<'a>(
    locks: &'a [lock::Model],
    target: &'a Target,
    held: &'a [String],
) -> impl Iterator<Item = &'a lock::Model> {
    let is_held = |lock: &lock::Model| held.contains(&lock.token);
    let shares = locks
        .iter()
        .any(|lock| lock.is_shared && is_held(lock) && in_the_way(lock, target));
    let passes = move |lock: &lock::Model| is_held(lock) || (lock.is_shared && shares);
    locks
        .iter()
        .filter(move |lock| !passes(lock) && in_the_way(lock, target))
}

/// A lock stands in the way on the same path, from above when it is deep, from below when the
/// change is, and on a folder of what comes or goes (RFC 4918 §7.4).
pub(crate) fn in_the_way(lock: &lock::Model, target: &Target) -> bool {
    lock.path == target.path
        || target.changed_folder.as_ref() == Some(&lock.path)
        || (lock.is_deep && lies_below(&target.path, &lock.path))
        || (target.is_deep && lies_below(&lock.path, &target.path))
}

pub(crate) fn lies_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn show(lock: &lock::Model, actor: &Actor) -> Option<Conflict> {
    (actor.user_id() == Some(lock.owner_id)).then(|| Conflict {
        uri: Some(uri_of(&lock.path)),
        token: Some(lock.token.clone()),
        application: lock.application.clone(),
        detail: lock.detail.clone().filter(|_| lock.application != UPLOAD),
        is_folder: lock.is_folder,
    })
}

/// The owner's URI of a path in their drive.
pub(crate) fn uri_of(path: &str) -> String {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .fold(FileUri::root(FileSystem::My), |uri, segment| {
            uri.join(segment)
        })
        .to_string()
}

/// Locks of uploads; their detail is the session.
pub(crate) const UPLOAD: &str = "upload";

/// Whether a lock is still in force.
pub(crate) async fn is_held(db: &Connection, core: &Core, token: &str) -> StoreResult<bool> {
    let lock = store::locks::by_token(db, token).await?;
    let now = core.now();
    Ok(lock.is_some_and(|lock| lock.expires_at.is_none_or(|end| end > now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::{LockId, Timestamp};

    fn lock(path: &str, is_deep: bool) -> lock::Model {
        lock::Model {
            id: LockId(1),
            token: "t".into(),
            owner_id: UserId(1),
            path: path.into(),
            is_deep,
            is_folder: false,
            is_shared: false,
            user_id: UserId(1),
            application: "dav".into(),
            detail: None,
            expires_at: None,
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn a_deep_lock_covers_everything_below_and_nothing_beside() {
        let lock = lock("/a/b", true);
        assert!(in_the_way(&lock, &Target::shallow("/a/b")));
        assert!(in_the_way(&lock, &Target::shallow("/a/b/c/d")));
        assert!(in_the_way(&lock, &Target::deep("/a")));
        assert!(!in_the_way(&lock, &Target::shallow("/a")));
        assert!(!in_the_way(&lock, &Target::deep("/a/bc")));
        assert!(!in_the_way(&lock, &Target::deep("/a/x")));
    }

    #[test]
    fn a_lock_on_a_folder_keeps_its_members() {
        let lock = lock("/a", false);
        for (target, is_kept) in [
            (Target::shallow("/a/b"), false),
            (Target::shallow("/a/b").as_member(), true),
            (Target::deep("/a/b/c").as_member(), false),
            (Target::deep("/ab").as_member(), false),
        ] {
            assert_eq!(in_the_way(&lock, &target), is_kept, "{target:?}");
        }
        assert_eq!(
            Target::deep("/a").as_member().changed_folder.as_deref(),
            Some("/")
        );
    }

    #[test]
    fn a_lock_on_the_root_covers_the_drive() {
        assert!(in_the_way(&lock("/", true), &Target::shallow("/a")));
        assert!(!in_the_way(&lock("/", false), &Target::shallow("/a")));
    }
}
