//! Gives members of mirrors what they lack, from the others.

use crate::context::Core;
use crate::policy::{PolicyError, mirror};
use crate::proof::is_held_by_another_policy;
use crate::tasks;
pub use crate::tasks::RepairPass;
use async_trait::async_trait;
use entity::{PolicyId, mirror_gap};
use site::task::{BoxError, Queue, Run, Step, TaskError, TaskKind, causes};
use std::io;
use std::sync::Arc;
use storage::{BlobKey, Driver, DriverError, hash_of, restore};
use store::{blobs, mirror_gaps, policies};

/// Gaps in one step.
const BATCH: u64 = 32;

/// Queued whenever a member missed something, and by cron.
#[derive(Debug)]
pub struct RepairMirrors {
    core: Arc<Core>,
}

/// What came of a gap.
enum Outcome {
    /// It has it now.
    Restored,
    /// It need not have it.
    Closed,
    /// Its upload is not over yet, or its member not known yet.
    Later,
}

impl RepairMirrors {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    async fn close(&self, gap: &mirror_gap::Model) -> Result<Outcome, BoxError> {
        let db = self.core.store.read();
        let row = blobs::by_key(db, gap.policy_id, &gap.key).await?;
        let Some(row) = row.filter(|row| row.reference_count >= 0) else {
            // Its bytes are gone, or about to go.
            return Ok(Outcome::Closed);
        };
        if row.upload_session_id.is_some() {
            return Ok(Outcome::Later);
        }
        if row.reference_count == 0 {
            let is_coming = row.unlinked_at.is_some_and(|until| until > self.core.now());
            return Ok(if is_coming {
                Outcome::Later
            } else {
                Outcome::Closed
            });
        }
        let policy = match self.core.policies.get(gap.policy_id).await {
            Ok(policy) => policy,
            Err(PolicyError::Missing(_)) => return Ok(Outcome::Closed),
            Err(error) => return Err(error.into()),
        };
        let of_member = |id: PolicyId| {
            let mut members = policy.driver.members().iter();
            members.find(|member| member.id == id.0).cloned()
        };
        let Some(to) = of_member(gap.member_id) else {
            return self.of_stranger(gap).await;
        };
        let key = BlobKey::parse(row.key.clone())?;
        if is_held_by_another_policy(&self.core, (gap.policy_id, gap.member_id), &gap.key).await? {
            return Err("another policy keeps something of that name there".into());
        }
        let others = policy.driver.members().iter();
        let others = others.filter(|member| member.id != to.id);
        let mut why: Option<DriverError> = None;
        for from in others {
            let hash = match hash(row.blake3.as_deref(), &*from.driver, &key).await {
                Ok(hash) => hash,
                Err(error) => {
                    why = why.or(Some(error));
                    continue;
                }
            };
            match restore(&key, hash, &*from.driver, &*to.driver).await {
                Ok(_) => {
                    self.core.steps.reached("repair: restored").await;
                    return self.end(gap, (&*to.driver, &key)).await;
                }
                Err(error) => why = why.or(Some(error)),
            }
        }
        Err(why.map_or_else(|| "there is no other member".into(), BoxError::from))
    }

    /// A member that the policy as it is known here has not got: it is new, or it has left, and what
    /// it lacked was noted by a write that began before.
    async fn of_stranger(&self, gap: &mirror_gap::Model) -> Result<Outcome, BoxError> {
        let row = policies::by_id(self.core.store.read(), gap.policy_id).await?;
        let members = row.and_then(|row| mirror::parts(&row.settings).ok());
        let is_member = members.is_some_and(|now| now.members.contains(&gap.member_id));
        Ok(if is_member {
            Outcome::Later
        } else {
            Outcome::Closed
        })
    }

    /// Whoever removed the blob meanwhile may not have found what was just made.
    async fn end(
        &self,
        gap: &mirror_gap::Model,
        (to, key): (&dyn Driver, &BlobKey),
    ) -> Result<Outcome, BoxError> {
        let row = blobs::by_key(self.core.store.read(), gap.policy_id, &gap.key).await?;
        if row.is_none_or(|row| row.reference_count < 0) {
            to.delete(std::slice::from_ref(key)).await?;
        }
        Ok(Outcome::Restored)
    }
}

/// The hash that a blob has, or that of what another member has of it.
async fn hash(
    known: Option<&[u8]>,
    from: &dyn Driver,
    key: &BlobKey,
) -> Result<[u8; 32], DriverError> {
    match known.and_then(|known| <[u8; 32]>::try_from(known).ok()) {
        Some(known) => Ok(known),
        None => match hash_of(from, key).await {
            Ok(hashed) => Ok(hashed.blake3),
            // Not of the storage that is to be given it.
            Err(error) => Err(DriverError::Body(io::Error::other(error))),
        },
    }
}

#[async_trait]
impl TaskKind for RepairMirrors {
    const NAME: &'static str = tasks::REPAIR_MIRRORS;
    const QUEUE: Queue = Queue::IoIntense;
    const UPKEEP: bool = true;
    type State = RepairPass;

    async fn step(&self, run: &Run, mut pass: RepairPass) -> Result<Step<RepairPass>, TaskError> {
        let store = &self.core.store;
        let gaps = mirror_gaps::page(store.read(), pass.after, BATCH).await?;
        if gaps.is_empty() {
            let again = |trouble| RepairPass {
                trouble,
                ..RepairPass::default()
            };
            return pass.trouble.end(self.core.now(), again);
        }
        let mut closed = Vec::new();
        for gap in gaps {
            if run.stopping.is_cancelled() {
                break;
            }
            pass.after = gap.id;
            if pass.is_away(gap.member_id) {
                pass.trouble.failed += 1;
                continue;
            }
            match self.close(&gap).await {
                Ok(Outcome::Restored) => {
                    pass.worked(gap.member_id);
                    closed.push(gap.id);
                }
                Ok(Outcome::Closed) => closed.push(gap.id),
                Ok(Outcome::Later) => pass.trouble.add("an upload or a change is not over yet"),
                Err(error) => {
                    if is_away(&*error) {
                        pass.failed(gap.member_id);
                    }
                    pass.trouble.add(causes(&*error));
                }
            }
        }
        let tx = store.begin().await?;
        mirror_gaps::forget(tx.db(), &closed).await?;
        tx.commit().await?;
        Ok(Step::Again(pass))
    }
}

/// Whether the storage that was to be given something is at fault; where one blob has no room a
/// smaller one may have some.
fn is_away(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    matches!(
        error.downcast_ref::<DriverError>(),
        Some(DriverError::Io(_) | DriverError::Busy { .. })
    )
}
