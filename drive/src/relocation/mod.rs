//! Bytes that move to another storage policy, while people go on working with them: ids, versions,
//! links and shares stay what they are.

mod away;
mod copy_row;
mod exchange;
mod failure;
mod flow;
mod left_behind;
mod moving;
mod permission;
mod selection;
mod target;
mod telling;
mod work;

pub use selection::Kept;
pub use work::RelocateFiles;

use crate::context::Core;
use crate::error::FileError;
use crate::policy::PolicyError;
use crate::tree::{Navigator, ResolvedPath, TreeError, check_batch, ensure_root};
use entity::{PolicyId, TaskId, UserId, file};
use serde_json::{Value, json};
use site::access;
use site::actor::Actor;
use site::secret::Scope;
use site::task::{self, TaskInfo, TaskKind as _, Tasks};
use std::sync::Arc;
use store::blobs::kept::{self, Amount};
use store::journal::{self, Entry, Op};
use store::{Connection, accounts, drives, tasks};
use wire::{FileSystem, FileUri, IdKind};
use work::Relocation;

/// The service that moves bytes.
#[derive(Clone, Debug)]
pub struct Relocations {
    core: Arc<Core>,
    tasks: Tasks,
}

impl Relocations {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            tasks: Tasks::new(Arc::clone(&core.site)),
            core,
        }
    }

    /// Begins to move all bytes of files and of what is below folders, old versions included, to a
    /// policy that their owner may choose; what is asked for twice begins once. Whoever administers
    /// the site moves files of anybody, to any policy.
    /// # Errors
    /// `GroupNotAllowed`, `NoUris`, `TooManyUris`, `BadUri`, `NotFound`, `OwnerOnly`,
    /// `PolicyError::NotOffered`
    pub async fn begin(
        &self,
        actor: &Actor,
        uris: &[String],
        target: PolicyId,
    ) -> Result<TaskInfo, FileError> {
        let account = access::signed_in(actor)?;
        let administers = permission::administers(actor);
        let only_of = (!administers).then_some(account.user.id);
        permission::require_right(actor, only_of)?;
        check_batch(&self.core, uris)?;
        ensure_root(&self.core, actor).await?;
        let mut sources = Vec::with_capacity(uris.len());
        for text in uris {
            sources.push(self.source(actor, &FileUri::parse(text)?).await?);
        }
        if administers {
            self.require_usable(target).await?;
        } else {
            self.require_offered(&sources, target).await?;
        }
        let state = Relocation::below(
            sources.iter().map(|(file, _)| file.id).collect(),
            target,
            only_of,
            [
                ("src_multiple".to_owned(), json!(uris)),
                ("dst_policy_id".to_owned(), self.public(target)),
            ],
        );
        let entries = |task: i64| {
            let detail = json!({ "policy": target.0, "task": task }).to_string();
            let entries = sources.iter().map(|(file, path)| {
                let entry = actor.entry(Op::Relocate, file);
                entry.after(path.clone()).detail(detail.clone())
            });
            entries.collect()
        };
        self.queue(actor, &state, entries).await
    }

    /// Begins to move everything that a policy keeps, or keeps of one account, to another. `entry`:
    /// what the journal says of it, by the number of the task.
    /// # Errors
    /// `NotFound` for who does not administer the site; `PolicyError::NotOffered`
    pub async fn begin_kept(
        &self,
        actor: &Actor,
        (kept, target): (Kept, PolicyId),
        entry: impl FnOnce(i64) -> Entry,
    ) -> Result<TaskInfo, FileError> {
        access::owned(actor, None, Scope::AdminWrite)?;
        self.require_usable(target).await?;
        let owner = |id: UserId| self.core.settings().ids.encode(IdKind::User, id.0);
        let state = Relocation::of(
            kept,
            target,
            [
                ("src_multiple".to_owned(), json!([])),
                ("src_policy_id".to_owned(), self.public(kept.policy)),
                ("src_owner_id".to_owned(), json!(kept.owner.map(owner))),
                ("dst_policy_id".to_owned(), self.public(target)),
            ],
        );
        self.queue(actor, &state, |task| vec![entry(task)]).await
    }

    /// How much [`Self::begin_kept`] would move.
    /// # Errors
    /// `NotFound` for who does not administer the site
    pub async fn amount(&self, actor: &Actor, kept: Kept) -> Result<Amount, FileError> {
        access::owned(actor, None, Scope::AdminRead)?;
        let db = self.core.store.read();
        Ok(kept::amount(db, kept.policy, kept.owner).await?)
    }

    fn public(&self, policy: PolicyId) -> Value {
        json!(self.core.settings().ids.encode(IdKind::Policy, policy.0))
    }

    async fn queue(
        &self,
        actor: &Actor,
        state: &Relocation,
        entries: impl FnOnce(i64) -> Vec<Entry>,
    ) -> Result<TaskInfo, FileError> {
        let owner = access::signed_in(actor)?.user.id;
        let now = self.core.now();
        let takers = self.takers(state).await?;
        let mut tx = self.core.store.begin().await?;
        // Those who ask at the same moment ask one after the other.
        accounts::locked(tx.db(), owner).await?;
        let id = if let Some(same) = same(tx.db(), owner, (state, &takers)).await? {
            drop(tx);
            same
        } else {
            let new = task::system_task::<RelocateFiles>(state, now);
            let id = task::queue_one_for(&mut tx, owner, new).await?;
            journal::append(&mut tx, now, entries(id.0));
            tx.commit().await?;
            id
        };
        let begun = self.tasks.get(actor, id).await;
        begun.map_err(|_| FileError::Internal("a task is gone that was just queued"))
    }

    /// Who takes what is moved.
    async fn takers(&self, state: &Relocation) -> Result<Vec<PolicyId>, FileError> {
        let target = self.core.policies.offered(&[state.target]).await?.pop();
        let takers = target.iter().flat_map(|target| &target.takers);
        Ok(takers.map(|taker| taker.row.id).collect())
    }

    /// A file or folder of a drive, with its path.
    async fn source(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<(file::Model, String), FileError> {
        if uri.fs() != FileSystem::My {
            return Err(FileError::OwnerOnly);
        }
        let db = self.core.store.read();
        let resolved = match self.drive_of_other(actor, uri) {
            Some(owner) => {
                let navigator = Navigator::of_owner(db, owner).await?;
                navigator.find(db, uri).await?
            }
            None => ResolvedPath::resolve(db, &self.core, actor, uri).await?,
        };
        let file = resolved.existing()?.clone();
        Ok((file, resolved.drive_path()))
    }

    /// Whose drive a URI names, for who may look into drives of others.
    fn drive_of_other(&self, actor: &Actor, uri: &FileUri) -> Option<UserId> {
        let id = self.core.settings().ids.decode(IdKind::User, uri.id()?);
        let owner = UserId(id?);
        (actor.user_id() != Some(owner) && permission::administers(actor)).then_some(owner)
    }

    /// Whether something can be stored there.
    async fn require_usable(&self, target: PolicyId) -> Result<(), FileError> {
        if self.core.policies.offered(&[target]).await?.is_empty() {
            return Err(PolicyError::NotOffered(target).into());
        }
        Ok(())
    }

    /// Whether all owners may have their bytes there.
    async fn require_offered(
        &self,
        sources: &[(file::Model, String)],
        target: PolicyId,
    ) -> Result<(), FileError> {
        let mut owners: Vec<UserId> = sources.iter().map(|(file, _)| file.owner_id).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            let owner = drives::owner(self.core.store.read(), owner).await?;
            let (_, group) = owner.ok_or(TreeError::NotFound)?;
            permission::require_offer(&group, target)?;
        }
        Ok(())
    }
}

/// The task of the same person that does all of this already.
async fn same(
    db: &Connection,
    owner: UserId,
    (state, takers): (&Relocation, &[PolicyId]),
) -> Result<Option<TaskId>, FileError> {
    for (id, text) in tasks::active_of(db, RelocateFiles::NAME, owner).await? {
        let other: Option<Relocation> = serde_json::from_str(&text).ok();
        let other = other.filter(|other| other.is_about_the_same(state));
        if let Some(other) = other
            && other.misses_nothing(db, takers).await?
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
