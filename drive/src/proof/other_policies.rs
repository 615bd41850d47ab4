//! What lies where a mirror keeps its bytes without being the mirror's.

use crate::context::Core;
use entity::PolicyId;
use store::{StoreResult, blobs, policies};

/// Whether files hold, by another policy, what lies under a key where a member of a mirror keeps its
/// bytes: that is not the mirror's to replace.
pub(crate) async fn is_held_by_another_policy(
    core: &Core,
    (mirror, member): (PolicyId, PolicyId),
    key: &str,
) -> StoreResult<bool> {
    let db = core.store.read();
    let Some(row) = policies::by_id(db, member).await? else {
        return Ok(false);
    };
    let mut beside = core.policies.neighbours(db, &row).await?;
    beside.retain(|id| *id != mirror);
    beside.push(member);
    let held = blobs::keys_held(db, &beside, &[key.to_owned()]).await?;
    Ok(!held.is_empty())
}
