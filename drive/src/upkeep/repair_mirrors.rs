//! Gives members of mirrors what they lack, from the others.

use crate::context::Core;
use crate::policy::{PolicyError, mirror};
use crate::proof::is_held_by_another_policy;
use crate::tasks;
pub use crate::tasks::RepairPass;
use async_trait::async_trait;
use entity::{PolicyId, Timestamp, blob, mirror_gap};
use site::task::{BoxError, Queue, Run, Step, TaskError, TaskKind, causes};
use std::sync::Arc;
use storage::{BlobKey, Driver, DriverError, restore, restore_unproven};
use store::{StoreResult, blobs, mirror_gaps, policies};

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
            return Ok(if is_on_its_way(&row, self.core.now()) {
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
            match give((&row, &key), &*from.driver, &*to.driver).await {
                Ok(()) => {
                    self.core.steps.reached("repair: restored").await;
                    return self.end(gap, (&*to.driver, &key)).await;
                }
                Err(error) => why = why.or(Some(error)),
            }
        }
        Err(match why {
            // Until it is read for its hash.
            Some(DriverError::AlreadyExists(_)) if row.blake3.is_none() => {
                "its copies differ, and nobody knows yet which is right".into()
            }
            Some(why) => why.into(),
            None => "there is no other member".into(),
        })
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

    /// At once, while it is known what it was about: its key may be used again as soon as the blob is
    /// gone, and what is noted then is another gap.
    async fn forget(&self, gap: &mirror_gap::Model) -> StoreResult<()> {
        let tx = self.core.store.begin().await?;
        mirror_gaps::forget(tx.db(), gap).await?;
        tx.commit().await
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

/// Whether the bytes of a blob that nobody holds have yet to come. What was moved away has come: it only
/// waits for links that lead there, and nobody is to hold it any more.
fn is_on_its_way(row: &blob::Model, now: Timestamp) -> bool {
    let has_come = row.size_bytes > 0 || row.blake3.is_some();
    !has_come && row.unlinked_at.is_some_and(|until| until > now)
}

/// Gives one storage what another one has of a blob, by the hash or else the length that it should have.
async fn give(
    (row, key): (&blob::Model, &BlobKey),
    from: &dyn Driver,
    to: &dyn Driver,
) -> Result<(), DriverError> {
    let known = row.blake3.as_deref();
    let known = known.and_then(|known| <[u8; 32]>::try_from(known).ok());
    if let Some(known) = known {
        return restore(key, known, from, to).await.map(drop);
    }
    let size_bytes = u64::try_from(row.size_bytes).unwrap_or(0);
    restore_unproven(key, size_bytes, from, to).await.map(drop)
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
                    self.forget(&gap).await?;
                }
                Ok(Outcome::Closed) => self.forget(&gap).await?,
                Ok(Outcome::Later) => pass.trouble.add("an upload or a change is not over yet"),
                Err(error) => {
                    if is_away(&*error) {
                        pass.failed(gap.member_id);
                    }
                    pass.trouble.add(causes(&*error));
                }
            }
        }
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
