//! One change of a drive: a transaction, its journal entries, its locks. Nothing else takes a drive
//! (`disallowed-methods` in `clippy.toml`).

use super::TreeError;
use crate::context::Core;
use crate::error::FileError;
use crate::lock::{self, Target};
use crate::share::{Admitted, OpenShare};
use crate::tree::navigator::ensure_root;
use crate::tree::{Navigator, ResolvedPath};
use entity::{FileId, Timestamp, UserId, file, group, user};
use site::access;
use site::actor::Actor;
use store::journal::{Entry, Op};
use store::{Connection, Tx, drives, journal};
use wire::{FileSystem, FileUri};

/// A change in progress; dropping it undoes it.
#[derive(Debug)]
pub(crate) struct Change<'a, By = &'a Actor> {
    pub core: &'a Core,
    pub actor: By,
    /// Whose drive changes.
    pub owner: UserId,
    pub now: Timestamp,
    tx: Tx,
    /// The shares that were entered before.
    admitted: Admitted,
    /// Whether the drive had locks when it was taken. Most drives have none, most of the time.
    has_locks: bool,
    entries: Vec<Entry>,
}

/// A change that follows from something else and asks for nobody's rights: none are left to ask
/// for, such as when time is over, or they were asked for before. `actor` is for the journal;
/// `None`: the system itself.
pub(crate) type SystemChange<'a> = Change<'a, Option<&'a Actor>>;

/// Whoever the journal names.
pub(crate) trait Author {
    /// Whether tests are told of the steps of such changes.
    const IS_WATCHED: bool;

    fn entry(&self, op: Op, file: &file::Model) -> Entry;
}

impl Author for &Actor {
    const IS_WATCHED: bool = true;

    fn entry(&self, op: Op, file: &file::Model) -> Entry {
        Actor::entry(self, op, file)
    }
}

impl Author for Option<&Actor> {
    const IS_WATCHED: bool = false;

    fn entry(&self, op: Op, file: &file::Model) -> Entry {
        match self {
            Some(actor) => actor.entry(op, file),
            None => Entry::by_system(op, file),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where drives are taken")]
impl<'a> SystemChange<'a> {
    /// Takes a drive.
    pub async fn by_system(core: &'a Core, owner: UserId) -> Result<Self, FileError> {
        let tx = drives::begin(&core.store, owner).await?;
        Ok(Self::taken(core, None, owner, tx))
    }

    /// Takes the drive that a file is in. Answers the file as it is then; `None`: it is gone.
    pub async fn with_file(
        core: &'a Core,
        actor: Option<&'a Actor>,
        id: FileId,
    ) -> Result<Option<(Self, file::Model)>, FileError> {
        let begun = drives::begin_with_file(&core.store, id).await?;
        Ok(begun.map(|(tx, file)| (Self::taken(core, actor, file.owner_id, tx), file)))
    }

    fn taken(core: &'a Core, actor: Option<&'a Actor>, owner: UserId, tx: Tx) -> Self {
        Self {
            core,
            actor,
            owner,
            now: core.now(),
            tx,
            admitted: Admitted::default(),
            has_locks: true,
            entries: Vec::new(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where drives are taken")]
impl<'a> Change<'a> {
    /// Takes the drive that a URI is in. Nobody else changes it until this ends.
    pub async fn on(core: &'a Core, actor: &'a Actor, uri: &FileUri) -> Result<Self, FileError> {
        Ok(Self::on_with_room(core, actor, uri, 0, None).await?.0)
    }

    /// The same, with space reserved for its owner in the statement that takes the drive. Tells
    /// whether there was room for it; if not, nothing is reserved. `before`: goes on with the
    /// transaction of a change that was [handed on](Self::hand_on).
    pub async fn on_with_room(
        core: &'a Core,
        actor: &'a Actor,
        uri: &FileUri,
        bytes: i64,
        before: Option<Tx>,
    ) -> Result<(Self, bool), FileError> {
        let mut admitted = Admitted::default();
        let owner = match uri.fs() {
            FileSystem::My | FileSystem::Trash | FileSystem::SharedWithMe => {
                access::signed_in(actor)?.user.id
            }
            FileSystem::Share => {
                let db = core.store.read();
                // Passwords are asked for out here, where wrong ones can be counted.
                let open = OpenShare::enter(db, core, actor, uri).await?;
                admitted.add(&open);
                open.row.owner_id
            }
        };
        Self::begin(core, actor, owner, admitted, bytes, before).await
    }

    /// Takes one's own drive.
    pub async fn of_own_drive(core: &'a Core, actor: &'a Actor) -> Result<Self, FileError> {
        let owner = access::signed_in(actor)?.user.id;
        Self::of_drive(core, actor, owner).await
    }

    /// Takes a drive.
    pub async fn of_drive(
        core: &'a Core,
        actor: &'a Actor,
        owner: UserId,
    ) -> Result<Self, FileError> {
        Self::of_drives(core, actor, owner, Admitted::default()).await
    }

    /// Takes a drive to change, and those of shares that must stay as they are meanwhile. All who
    /// take several take them in the same order.
    pub async fn of_drives(
        core: &'a Core,
        actor: &'a Actor,
        owner: UserId,
        admitted: Admitted,
    ) -> Result<Self, FileError> {
        let begun = Self::begin(core, actor, owner, admitted, 0, None);
        Ok(begun.await?.0)
    }

    async fn begin(
        core: &'a Core,
        actor: &'a Actor,
        owner: UserId,
        admitted: Admitted,
        bytes: i64,
        before: Option<Tx>,
    ) -> Result<(Self, bool), FileError> {
        if before.is_none() {
            ensure_root(core, actor).await?;
        }
        let others: Vec<UserId> = admitted.owners().collect();
        core.steps.reached("change: begins").await;
        let begun = drives::begin_beside(&core.store, before, owner, &others, bytes).await?;
        let (tx, taken) = begun.ok_or(TreeError::NotFound)?;
        core.steps.reached("change: taken").await;
        let change = Self {
            core,
            actor,
            owner,
            now: core.now(),
            tx,
            admitted,
            has_locks: taken.has_locks,
            entries: Vec::new(),
        };
        Ok((change, taken.has_room))
    }

    /// Where a URI leads, as in this transaction. Only shares that the change was begun with can
    /// be entered.
    pub async fn resolve(&self, uri: &FileUri) -> Result<ResolvedPath, FileError> {
        let (db, core) = (self.db(), self.core);
        let navigator = Navigator::of_admitted(db, core, self.actor, uri, &self.admitted).await?;
        ResolvedPath::resolve_in(navigator, db, core, uri).await
    }

    /// Fails if a lock is in the way.
    pub async fn check_locks(&self, targets: &[Target]) -> Result<(), FileError> {
        self.check_locks_but(targets, &[]).await
    }

    /// Fails if a lock is in the way whose token is not held.
    pub async fn check_locks_but(
        &self,
        targets: &[Target],
        held: &[String],
    ) -> Result<(), FileError> {
        if !self.has_locks {
            return Ok(());
        }
        lock::check(self.db(), self.core, self.actor, self.owner, targets, held).await
    }
}

impl<By: Author> Change<'_, By> {
    pub fn db(&self) -> &Connection {
        self.tx.db()
    }

    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The owner's account and group, as in this transaction.
    pub async fn account(&self) -> Result<(user::Model, group::Model), FileError> {
        drives::owner(self.db(), self.owner)
            .await?
            .ok_or_else(|| TreeError::NotFound.into())
    }

    /// Reserves space for the owner, up to their quota.
    pub async fn reserve(&self, bytes: i64) -> Result<(), FileError> {
        if drives::reserve(self.db(), self.owner, bytes).await? {
            Ok(())
        } else {
            Err(FileError::QuotaExceeded)
        }
    }

    /// Gives space of the owner back.
    pub async fn release(&self, bytes: i64) -> Result<(), FileError> {
        Ok(drives::release(self.db(), self.owner, bytes).await?)
    }

    /// Writes to the journal when the change commits.
    pub fn log(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// What the journal says of something that was done to a file here.
    pub fn entry(&self, op: Op, file: &file::Model) -> Entry {
        self.actor.entry(op, file)
    }

    /// Undoes the change, now.
    pub async fn undo(self) -> Result<(), FileError> {
        Ok(self.tx.rollback().await?)
    }

    /// Leaves it to the next change in the same transaction to make both visible.
    pub async fn hand_on(mut self) -> Result<Tx, FileError> {
        self.write_journal().await?;
        self.tx.write_last().await?;
        Ok(self.tx)
    }

    /// Makes the change visible, all of it at once, and waits until it survives a loss of power.
    pub async fn commit_durably(mut self) -> Result<(), FileError> {
        self.write_journal().await?;
        self.tx.commit_durably().await?;
        reached::<By>(self.core, "change: committed").await;
        Ok(())
    }

    /// Makes the change durable and visible, all of it at once.
    pub async fn commit(mut self) -> Result<(), FileError> {
        self.write_journal().await?;
        self.tx.commit().await?;
        reached::<By>(self.core, "change: committed").await;
        Ok(())
    }

    async fn write_journal(&mut self) -> Result<(), FileError> {
        let entries = std::mem::take(&mut self.entries);
        journal::append(&mut self.tx, self.now, entries);
        reached::<By>(self.core, "change: written").await;
        Ok(())
    }
}

async fn reached<By: Author>(core: &Core, step: &'static str) {
    if By::IS_WATCHED {
        core.steps.reached(step).await;
    }
}
