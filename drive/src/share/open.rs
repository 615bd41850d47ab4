//! Coming in through a share: whether it is still there, for whom, and with what password.

use super::password::hash_of;
use super::{Permissions, ShareError};

use crate::context::Core;
use crate::error::FileError;
use entity::{PolicyId, ShareId, Timestamp, UserStatus, share};
use site::actor::{Actor, Stamp};
use site::limiter::RateLimit;
use store::journal::{Entry, Op};
use store::shares::{self, FoundShare};
use store::{Connection, Readers, journal};
use subtle::ConstantTimeEq;
use wire::bits::capability;
use wire::{BitSet, FileUri, GroupPermission, IdKind, SharePermission};

/// A share that somebody came in through. Where its file lies is not known yet.
#[derive(Clone, Debug)]
pub struct OpenShare {
    pub row: share::Model,
    /// Where uploads of its owner may go, the usual one first.
    pub policies: Vec<PolicyId>,
    pub is_owner: bool,
    /// What who asks may do: [`SharePermission`]s.
    pub rights: BitSet,
    stamp: ShareStamp,
}

/// Equal stamps: nothing changed that somebody could see in a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShareStamp {
    share: ShareId,
    updated: Timestamp,
    rights: BitSet,
    tree_version: i64,
    owner_updated: Timestamp,
    owner_group_updated: Timestamp,
    visitor: Option<Stamp>,
}

/// The public number of a share's id.
/// # Errors
/// `BadId`
pub(crate) fn number_of(core: &Core, id: &str) -> Result<i64, FileError> {
    let number = core.settings().ids.decode(IdKind::Share, id);
    Ok(number.ok_or(ShareError::BadId)?)
}

/// Whether downloads, time and owner leave a share open.
pub(crate) fn is_over(found: &FoundShare, now: Timestamp) -> bool {
    is_row_over(&found.share, now) || found.owner_status != UserStatus::Active
}

pub(crate) fn is_row_over(row: &share::Model, now: Timestamp) -> bool {
    row.expires_at.is_some_and(|end| end <= now)
        || row.remaining_downloads.is_some_and(|left| left <= 0)
}

/// The permissions of a share. What cannot be read lets nobody in.
pub(crate) fn permissions_of(row: &share::Model) -> Option<Permissions> {
    let text = row.permissions.as_deref()?;
    Some(serde_json::from_str(text).unwrap_or_default())
}

/// What `actor` may do in a share.
pub(super) fn rights_of(actor: &Actor, found: &FoundShare) -> BitSet {
    let permissions = permissions_of(&found.share);
    let read = BitSet::EMPTY.with(SharePermission::Read, true);
    if actor.user_id() == Some(found.share.owner_id) {
        let takes_uploads = permissions.is_some_and(|set| set.takes_uploads());
        return read.with(SharePermission::Create, takes_uploads);
    }
    permissions.map_or(read, |set| set.of(actor, found.owner_group))
}

/// Whether a password opens a share. A wrong one costs one of few tries, and both are journalled;
/// what is right again and again from one place, only from time to time.
/// # Errors
/// `TooManyTries`
pub(super) async fn opens(
    core: &Core,
    actor: &Actor,
    row: &share::Model,
    password: Option<&str>,
) -> Result<bool, FileError> {
    let Some(stored) = &row.password_hash else {
        return Ok(true);
    };
    let Some(given) = password.filter(|given| !given.is_empty()) else {
        return Ok(false);
    };
    let number = row.public_number;
    let given = hash_of(core, number, given);
    let is_right = bool::from(given.as_bytes().ct_eq(stored.as_bytes()));
    if !is_right || !core.visitors.knows(number, actor) {
        core.visitors.failed(number, actor);
        let subject = number.to_string();
        let limiter = &core.limiter;
        let attempt = limiter.attempt(RateLimit::SharePassword, &subject, actor.address);
        let attempt = attempt.await?;
        if is_right {
            attempt.succeeded().await?;
        } else {
            attempt.failed().await?;
        }
    }
    let is_news = is_right && core.visitors.came(number, actor);
    if is_news {
        note(core, actor, row, Op::ShareOpened);
    } else if !is_right {
        note(core, actor, row, Op::ProofFailed);
    }
    Ok(is_right)
}

/// Journals, for its owner, who came to a share that has a password.
fn note(core: &Core, actor: &Actor, row: &share::Model, op: Op) {
    let number = row.public_number.to_string();
    let details = [("share", number.as_str())];
    let mut entry = Entry::of_account(row.owner_id, op).detail(actor.origin().with(&details));
    entry.actor = actor.user_id();
    journal::note(&core.store, core.now(), entry);
}

impl OpenShare {
    /// Comes in by a URI. Never in a transaction: others may have to be waited for.
    /// # Errors
    /// `BadId` for a garbled id; `ShareError::Gone`, `WrongPassword`, `TooManyTries`,
    /// `AnonymousDenied`, `NotAllowed`
    pub(crate) async fn enter(
        db: &Readers,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let found = Self::find(db, core, uri).await?;
        let open = Self::allowed(actor, found)?;
        if !open.is_owner && !opens(core, actor, &open.row, uri.password()).await? {
            return Err(ShareError::WrongPassword.into());
        }
        open.by_group(actor)
    }

    /// Comes in again where the password was asked for before.
    /// # Errors
    /// As [`Self::enter`], without `WrongPassword`
    pub(crate) async fn reenter(
        db: &Connection,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let found = Self::find(db, core, uri).await?;
        Self::allowed(actor, found)?.by_group(actor)
    }

    async fn find(db: &Connection, core: &Core, uri: &FileUri) -> Result<FoundShare, FileError> {
        let number = number_of(core, uri.id().unwrap_or_default())?;
        let found = shares::find(db, number).await?.ok_or(ShareError::Gone)?;
        if is_over(&found, core.now()) {
            return Err(ShareError::Gone.into());
        }
        Ok(found)
    }

    fn allowed(actor: &Actor, found: FoundShare) -> Result<Self, FileError> {
        let rights = rights_of(actor, &found);
        if rights.is_empty() {
            return Err(not_for(actor).into());
        }
        let is_owner = actor.user_id() == Some(found.share.owner_id);
        let stamp = ShareStamp {
            share: found.share.id,
            updated: found.share.updated_at,
            rights,
            tree_version: found.tree_version,
            owner_updated: found.owner_updated,
            owner_group_updated: found.group_updated,
            visitor: actor.stamp(),
        };
        Ok(Self {
            row: found.share,
            policies: found.policies,
            is_owner,
            rights,
            stamp,
        })
    }

    fn by_group(self, actor: &Actor) -> Result<Self, FileError> {
        if self.is_owner || actor.may(GroupPermission::DownloadShare) {
            Ok(self)
        } else if actor.signed_in().is_some() {
            Err(ShareError::GroupMayNotOpen.into())
        } else {
            Err(ShareError::AnonymousDenied.into())
        }
    }

    /// Whether who asks may list, look and download.
    pub fn can_read(&self) -> bool {
        self.rights.has(SharePermission::Read)
    }

    /// Whether who asks may bring new files.
    pub fn can_create(&self) -> bool {
        self.rights.has(SharePermission::Create)
    }

    /// What clients may offer in it.
    pub fn capability(&self, is_folder: bool) -> BitSet {
        let read = if self.can_read() {
            capability::SHARE
        } else {
            BitSet::EMPTY
        };
        if self.can_create() && is_folder {
            read.or(capability::SHARE_UPLOADS)
        } else {
            read
        }
    }

    /// The version of the drive that it is in, as read before anything else of that drive.
    pub(crate) fn tree_version(&self) -> i64 {
        self.stamp.tree_version
    }

    /// Tells whether a kept answer still holds.
    pub fn stamp(&self) -> ShareStamp {
        self.stamp
    }
}

/// A share for others: it does not exist for who asks, unless signing in may help.
pub(super) fn not_for(actor: &Actor) -> ShareError {
    if actor.signed_in().is_some() {
        ShareError::Gone
    } else {
        ShareError::AnonymousDenied
    }
}
