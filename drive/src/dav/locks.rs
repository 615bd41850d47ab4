//! Locks of WebDAV clients: rows of the one table of locks, proven by their tokens.

use super::files::new_name;
use super::{Dav, FoundFile};
use crate::error::FileError;
use crate::lock::{LockError, Target, in_the_way, in_the_way_of, lies_below};
use crate::tree::SystemChange;
use crate::tree::create::make_path;
use entity::{FileKind, Timestamp, UserId, lock};
use site::access::Right;
use site::actor::Actor;
use site::limits::LOCKS;
use store::locks;
use wire::FileUri;

/// Of locks that WebDAV clients hold (V4 API).
pub(super) const APPLICATION: &str = "dav";
/// No lock lasts longer without being refreshed: clients crash and forget.
const LONGEST_SECS: i64 = 24 * 3600;
/// Longest description of an owner, bytes.
use site::limits::LOCK_OWNER_BYTES as MAX_OWNER_BYTES;

/// A lock in force.
#[derive(Clone, Debug)]
pub struct DavLock {
    pub token: String,
    /// From the root of the drive.
    pub path: String,
    pub is_deep: bool,
    pub is_shared: bool,
    /// Who holds it.
    pub user: UserId,
    /// What the client said about its owner: inner XML; `None` for the API's own locks.
    pub owner_xml: Option<String>,
    /// `None`: until it is released.
    pub seconds_left: Option<u64>,
}

/// A lock to take.
#[derive(Clone, Debug)]
pub struct NewDavLock {
    pub uri: FileUri,
    pub is_deep: bool,
    pub is_shared: bool,
    pub owner_xml: String,
    /// What the client asks for; `None`: as long as it may.
    pub seconds: Option<u64>,
    /// Tokens of locks that do not keep it from making a file where nothing is.
    pub held: Vec<String>,
}

impl Dav {
    /// Locks a path; where nothing is, an empty file comes into being with the lock (RFC 4918
    /// §9.10.4). `Ok(Err(lock))`: this one is in the way.
    /// # Errors
    /// `RootNeverLocked`; `OwnerOnly` for what is not one's own; `OwnerTooLong`; those of
    /// [`Self::make`]
    pub async fn lock(
        &self,
        actor: &Actor,
        new: &NewDavLock,
    ) -> Result<Result<DavLock, DavLock>, FileError> {
        if new.owner_xml.len() > MAX_OWNER_BYTES {
            return Err(LockError::OwnerTooLong.into());
        }
        let (mut change, resolved) = self.take(actor, &new.uri).await?;
        resolved.navigator.require(actor, Right::Lock)?;
        if resolved.is_root() {
            return Err(LockError::RootNeverLocked.into());
        }
        if actor.user_id() != Some(resolved.navigator.owner) {
            return Err(FileError::OwnerOnly);
        }
        let now = change.now;
        let target = Target {
            is_deep: new.is_deep,
            ..Target::shallow(resolved.drive_path())
        };
        let all = locks::of_drive(change.db(), change.owner, now).await?;
        let in_the_way = all
            .iter()
            .find(|lock| in_the_way(lock, &target) && !(new.is_shared && lock.is_shared));
        if let Some(lock) = in_the_way {
            return Ok(Err(shown(lock, now)));
        }
        if all.len() >= LOCKS {
            return Err(LockError::TooMany.into());
        }
        if !resolved.missing().is_empty() {
            resolved.navigator.require(actor, Right::Create)?;
            new_name(&resolved)?;
            if let Some(lock) = in_the_way_of(&all, &resolved.arrival(), &new.held).next() {
                return Ok(Err(shown(lock, now)));
            }
            make_path(&mut change, &resolved, FileKind::File, false).await?;
        }
        let token = format!("urn:uuid:{}", uuid::Uuid::new_v4());
        let seconds = allowed_secs(new.seconds);
        let is_folder = resolved
            .node()
            .is_some_and(|node| node.kind == FileKind::Folder);
        let row = locks::NewLock {
            token: token.clone(),
            owner: change.owner,
            path: target.path.clone(),
            is_deep: new.is_deep,
            is_folder,
            user: actor.user_id().unwrap_or(change.owner),
            application: APPLICATION,
            detail: Some(new.owner_xml.clone()),
            expires_at: Some(now.plus_secs(seconds)),
            at: now,
        };
        let user = row.user;
        locks::insert_as(change.db(), row, new.is_shared).await?;
        change.commit().await?;
        Ok(Ok(DavLock {
            token,
            path: target.path,
            is_deep: new.is_deep,
            is_shared: new.is_shared,
            user,
            owner_xml: Some(new.owner_xml.clone()),
            seconds_left: u64::try_from(seconds).ok(),
        }))
    }

    /// Releases a lock that the actor holds, if it covers the path. Answers whether it did.
    /// # Errors
    /// `Store`
    pub async fn unlock(&self, actor: &Actor, path: &str, token: &str) -> Result<bool, FileError> {
        let Some(lock) = self.own_lock(actor, token).await? else {
            return Ok(false);
        };
        if !in_the_way(&lock, &Target::shallow(path)) {
            return Ok(false);
        }
        let change = SystemChange::by_system(&self.core, lock.owner_id).await?;
        let was_there = locks::remove(change.db(), token).await?;
        change.commit().await?;
        Ok(was_there)
    }

    /// Gives a lock that the actor holds a new duration, if it covers the path.
    /// # Errors
    /// `Store`
    pub async fn refresh(
        &self,
        actor: &Actor,
        path: &str,
        token: &str,
        seconds: Option<u64>,
    ) -> Result<Option<DavLock>, FileError> {
        let Some(lock) = self.own_lock(actor, token).await? else {
            return Ok(None);
        };
        if !in_the_way(&lock, &Target::shallow(path)) {
            return Ok(None);
        }
        let change = SystemChange::by_system(&self.core, lock.owner_id).await?;
        let now = change.now;
        if lock.expires_at.is_some_and(|end| end <= now) {
            // It ran out meanwhile, and somebody else may have the next one.
            return Ok(None);
        }
        let end = now.plus_secs(allowed_secs(seconds));
        if !locks::prolong(change.db(), token, Some(end)).await? {
            return Ok(None);
        }
        change.commit().await?;
        let lock = lock::Model {
            expires_at: Some(end),
            ..lock
        };
        Ok(Some(shown(&lock, now)))
    }

    async fn own_lock(&self, actor: &Actor, token: &str) -> Result<Option<lock::Model>, FileError> {
        if token.contains('\0') {
            return Ok(None);
        }
        let now = self.core.now();
        let lock = locks::by_token(self.core.store.read(), token).await?;
        Ok(lock.filter(|lock| {
            lock.application == APPLICATION
                && Some(lock.user_id) == actor.user_id()
                && lock.expires_at.is_none_or(|end| end > now)
        }))
    }

    /// Every lock in force on a drive.
    /// # Errors
    /// `Store`
    pub async fn locks(&self, owner: UserId) -> Result<Vec<DavLock>, FileError> {
        let now = self.core.now();
        let all = locks::of_drive(self.core.store.read(), owner, now).await?;
        Ok(all.iter().map(|lock| shown(lock, now)).collect())
    }

    /// The lock that keeps somebody with these tokens from changing a path, if any.
    /// # Errors
    /// `Store`
    pub async fn lock_in_the_way(
        &self,
        actor: &Actor,
        target: &Target,
        tokens: &[String],
    ) -> Result<Option<DavLock>, FileError> {
        let Some(owner) = actor.user_id() else {
            return Ok(None);
        };
        let now = self.core.now();
        let all = locks::of_drive(self.core.store.read(), owner, now).await?;
        Ok(in_the_way_of(&all, target, tokens)
            .next()
            .map(|lock| shown(lock, now)))
    }
}

impl DavLock {
    /// Whether the lock is on this file or, deep, on a folder above it.
    pub fn covers(&self, found: &FoundFile) -> bool {
        self.covers_path(&found.drive_path)
    }

    /// The same for a path from the root of the drive.
    pub fn covers_path(&self, path: &str) -> bool {
        self.path == path || (self.is_deep && lies_below(path, &self.path))
    }
}

fn allowed_secs(asked: Option<u64>) -> i64 {
    asked
        .and_then(|secs| i64::try_from(secs).ok())
        .map_or(LONGEST_SECS, |secs| secs.clamp(1, LONGEST_SECS))
}

fn shown(lock: &lock::Model, now: Timestamp) -> DavLock {
    let left = |end: Timestamp| u64::try_from((end.0 - now.0 + 999_999) / 1_000_000).unwrap_or(0);
    DavLock {
        token: lock.token.clone(),
        path: lock.path.clone(),
        is_deep: lock.is_deep,
        is_shared: lock.is_shared,
        user: lock.user_id,
        owner_xml: lock
            .detail
            .clone()
            .filter(|_| lock.application == APPLICATION),
        seconds_left: lock.expires_at.map(left),
    }
}
