//! Where bytes go: the target as it is now, and which part of it takes a blob.

use super::flow::Flow;
use super::moving::{Move, Outcome, relocate};
use super::work::RelocateFiles;
use crate::context::Core;
use crate::policy::PolicyError;
use crate::policy::choice::{Offered, Wanted};
use entity::{PolicyId, UserId, blob};
use std::sync::Arc;
use store::blobs::moving;

impl RelocateFiles {
    /// A target with what takes bytes for it.
    pub(super) async fn target(&self, id: PolicyId) -> Result<Offered, PolicyError> {
        let db = self.core.store.read();
        let target = self.core.policies.offer(db, id).await?;
        if target.takers.is_empty() {
            return Err(PolicyError::NoChild(id));
        }
        Ok(target)
    }
}

/// Moves one blob, if it is one to be moved.
pub(super) async fn move_one(
    flow: Flow,
    target: Arc<Offered>,
    (only_of, old): (Option<UserId>, blob::Model),
) -> Outcome {
    match plan(&flow.core, (only_of, &target), old).await {
        Ok(Some(planned)) => relocate(&flow, &planned).await,
        Ok(None) => Outcome::Gone,
        Err(error) => Outcome::Unknown(error.into()),
    }
}

/// For which file a blob is moved, and where to.
async fn plan(
    core: &Core,
    (only_of, target): (Option<UserId>, &Offered),
    old: blob::Model,
) -> Result<Option<Move>, PolicyError> {
    let db = core.store.read();
    let Some(file) = moving::holder(db, old.id, only_of).await? else {
        return Ok(None);
    };
    let folder = file.parent_id.unwrap_or(file.id);
    let size = u64::try_from(old.size_bytes).unwrap_or(0);
    let wanted = Wanted::in_folder(folder).of_size(size);
    let policies = &core.policies;
    let chosen = policies.for_folder(db, &[target.id], wanted).await?;
    // By now the target may be spread over the very policy that has it.
    let chosen = chosen.filter(|chosen| chosen.policy.row.id != old.policy_id);
    Ok(chosen.map(|chosen| Move {
        old,
        file,
        to: chosen.policy,
        only_of,
    }))
}
