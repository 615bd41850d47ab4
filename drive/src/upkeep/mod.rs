//! The server's own upkeep. Every kind looks for its work itself, does it in small batches with
//! short transactions, and may be repeated at any point.

mod collect_trash;
mod make_thumbnail;
mod prune_journal;
mod prune_versions;
mod recycle_blobs;
mod renew_credentials;
mod repair_mirrors;
mod services;
mod sweep_uploads;

pub use collect_trash::{CollectTrash, PurgeTrashed};
pub use make_thumbnail::{MakeThumbnail, ThumbnailOf};
pub use prune_journal::PruneJournal;
pub use prune_versions::{PruneFileVersions, PruneVersions, VersionPass};
pub use recycle_blobs::RecycleBlobs;
pub use renew_credentials::RenewCredentials;
pub use repair_mirrors::{RepairMirrors, RepairPass};
pub(crate) use sweep_uploads::without_session;
pub use sweep_uploads::{ExpireUpload, SweepPass, SweepUploads};

pub use crate::tasks::{recycle_blobs, repair_mirrors};

use crate::context::Core;
use crate::proof::{DamageLetter, Scrub};
use entity::{FileId, Timestamp, UserId};
use site::task::{self, Job, NewTask, Pass, PruneTasks, Registry, TaskKind as _, system_task};
use std::sync::Arc;
use store::{StoreResult, expiry};

/// Applies an account's version retention to everything it has: for when its settings change.
pub fn prune_versions(owner: UserId, now: Timestamp) -> NewTask {
    system_task::<PruneVersions>(&VersionPass::of(owner), now)
}

/// Every kind of upkeep, with the services that do the parts which belong to them.
pub fn registry(
    core: &Arc<Core>,
    uploads: impl ExpireUpload,
    trash: impl PurgeTrashed,
    versions: impl PruneFileVersions,
    letter: DamageLetter,
) -> Registry {
    Registry::default()
        .with(RecycleBlobs::new(Arc::clone(core)))
        .with(SweepUploads::new(Arc::clone(core), uploads))
        .with(CollectTrash::new(Arc::clone(core), trash))
        .with(PruneVersions::new(Arc::clone(core), versions))
        .with(PruneJournal::new(Arc::clone(core)))
        .with(RenewCredentials::new(Arc::clone(core)))
        .with(RepairMirrors::new(Arc::clone(core)))
        .with(Scrub::new(Arc::clone(core), letter))
        .with(PruneTasks::new(Arc::clone(&core.site)))
}

/// What comes round, by the settings for it.
pub fn jobs() -> Vec<Job> {
    vec![
        Job::of::<CollectTrash>(|cron| &cron.trash_bin_collect),
        Job::of::<RecycleBlobs>(|cron| &cron.entity_collect),
        Job::of::<RepairMirrors>(|cron| &cron.entity_collect),
        Job::of::<Scrub>(|cron| &cron.scrub),
        Job::of::<SweepUploads>(|cron| &cron.garbage_collect),
        Job::of::<PruneJournal>(|cron| &cron.garbage_collect),
        Job::of::<RenewCredentials>(|cron| &cron.oauth_cred_refresh),
        Job::of::<PruneTasks>(|cron| &cron.garbage_collect),
    ]
}

/// What a stop cut short in the middle of a deletion is invisible but still counted as used:
/// nobody should wait for the next cron run to get that space back.
pub async fn resume_deletions(core: &Core) -> StoreResult<()> {
    let now = core.now();
    let due = expiry::trash(&core.store, now, (Timestamp(0), FileId(0)), 1).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = core.store.begin().await?;
    if !store::tasks::is_active(tx.db(), CollectTrash::NAME).await? {
        task::queue(&mut tx, system_task::<CollectTrash>(&Pass::default(), now)).await?;
    }
    tx.commit().await
}

#[cfg(test)]
pub(crate) mod tests;
