//! What follows from how the copies of a blob read: it is whole, it is healed, or nobody is given it.

use super::is_held_by_another_policy;
use super::reading::{Copy, examine};
use super::{Speed, reading};
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::tasks;
use crate::tree::SystemChange;
use entity::{BlobKind, Damage, PolicyId, UserId, blob};
use serde_json::json;
use site::task;
use std::sync::Arc;
use storage::{BlobKey, DriverError, Member, restore};
use store::blobs::moving;
use store::journal::{self, Entry, Op};
use store::{blobs, mirror_gaps, proof};

/// What came of it.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It was seen whole, everywhere.
    Whole,
    /// It had no hash, and has one now.
    Hashed,
    /// Some copies were not what they were, and are again.
    Healed,
    /// Nobody has it as it was; whether that is news.
    Damaged { is_new: bool },
    /// The same of a picture that was made of something else: it is made anew.
    MadeAnew,
    /// It is not there to be looked at any more.
    Gone,
    /// It cannot be said now.
    Unknown(DriverError),
}

/// Reads a blob, and does what follows.
pub(crate) async fn judge(
    core: &Arc<Core>,
    policy: &Policy,
    (row, speed): (&blob::Model, &Speed),
) -> Result<Verdict, FileError> {
    let copies = examine(policy, row, speed).await;
    let mut found = sort(copies);
    if found.is_at_one() && found.unknown.is_none() {
        return settle(core, row, &found.hashes).await;
    }
    // Moved or let go of while it was read?
    let now = blobs::by_id(core.store.read(), row.id).await?;
    let Some(row) = now.filter(|now| is_same(now, row)) else {
        return Ok(Verdict::Gone);
    };
    if !found.is_at_one() {
        // As it is before they are read: a gap that is closed meanwhile was there.
        let lack = mirror_gaps::of(core.store.read(), (row.policy_id, &row.key)).await?;
        // Not for a moment's trouble: it is damaged if it reads so twice.
        found = sort(reading::examine(policy, &row, speed).await);
        found.leave_out(&lack);
    }
    if found.damaged.is_empty() && found.unknown.is_none() {
        return settle(core, &row, &found.hashes).await;
    }
    if !found.whole.is_empty() && !found.damaged.is_empty() {
        return heal(core, policy, &row, found).await;
    }
    match (found.unknown, found.damaged.first()) {
        // One that is away may have it.
        (Some(error), _) => Ok(Verdict::Unknown(error)),
        (None, Some(_)) if row.kind == BlobKind::Thumbnail => make_anew(core, &row).await,
        (None, Some((_, damage))) => keep_from_all(core, &row, *damage).await,
        (None, None) => Ok(Verdict::Gone),
    }
}

fn is_same(now: &blob::Model, seen: &blob::Model) -> bool {
    let place = |row: &blob::Model| (row.policy_id, row.key.clone(), row.blake3.clone());
    place(now) == place(seen) && now.reference_count > 0
}

/// The copies by how they read.
#[derive(Default)]
struct Found {
    whole: Vec<Option<PolicyId>>,
    /// Of copies that there is no hash to compare with.
    hashes: Vec<(Option<PolicyId>, [u8; 32])>,
    damaged: Vec<(Option<PolicyId>, Damage)>,
    unknown: Option<DriverError>,
}

impl Found {
    /// Whether no copy that could be read contradicts another, or what is known.
    fn is_at_one(&self) -> bool {
        self.damaged.is_empty() && self.hashes.windows(2).all(|two| two[0].1 == two[1].1)
    }

    /// Of a blob without a hash: what lies at those that are known to lack it is not asked for, if
    /// another copy reads well. What they lack is on its way there.
    fn leave_out(&mut self, lack: &[PolicyId]) {
        let lacks = |member: Option<PolicyId>| member.is_some_and(|id| lack.contains(&id));
        if !self.hashes.is_empty() {
            self.damaged.retain(|(member, _)| !lacks(*member));
        }
        if self.hashes.iter().any(|(member, _)| !lacks(*member)) {
            self.hashes.retain(|(member, _)| !lacks(*member));
        }
    }
}

fn sort(copies: Vec<(Option<PolicyId>, Copy)>) -> Found {
    let mut found = Found::default();
    for (member, copy) in copies {
        match copy {
            Copy::Whole => found.whole.push(member),
            Copy::Unhashed(hash) => found.hashes.push((member, hash)),
            Copy::Damaged(damage) => found.damaged.push((member, damage)),
            Copy::Unknown(error) => found.unknown = Some(error),
        }
    }
    found
}

/// All copies read well.
async fn settle(
    core: &Arc<Core>,
    row: &blob::Model,
    hashes: &[(Option<PolicyId>, [u8; 32])],
) -> Result<Verdict, FileError> {
    let now = core.now();
    let Some((_, first)) = hashes.first() else {
        if row.props.damaged {
            release(core, row, "read whole").await?;
        }
        return Ok(Verdict::Whole);
    };
    if hashes.iter().any(|(_, hash)| hash != first) {
        // Which of them is right, nobody knows.
        return keep_from_all(core, row, Damage::Content).await;
    }
    let tx = core.store.begin().await?;
    blobs::set_hash(tx.db(), row.id, first.to_vec(), now).await?;
    tx.commit().await?;
    if row.props.damaged {
        release(core, row, "read whole").await?;
        core.open_blobs.forget([row.id]).await;
    }
    Ok(Verdict::Hashed)
}

/// Gives those that have it damaged what another has whole.
async fn heal(
    core: &Arc<Core>,
    policy: &Policy,
    row: &blob::Model,
    found: Found,
) -> Result<Verdict, FileError> {
    let bad_key = |_| FileError::Internal("a bad blob key");
    let key = BlobKey::parse(row.key.clone()).map_err(bad_key)?;
    let hash = row.blake3.as_deref();
    let hash = hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    let Some(hash) = hash else {
        return Ok(Verdict::Gone);
    };
    let member = |id: Option<PolicyId>| {
        let mut members = policy.driver.members().iter();
        members
            .find(|member| Some(PolicyId(member.id)) == id)
            .cloned()
    };
    let Some(good) = found.whole.iter().find_map(|id| member(*id)) else {
        return Ok(Verdict::Gone);
    };
    let damaged = found.damaged.iter();
    let bad: Vec<Member> = damaged.filter_map(|(id, _)| member(*id)).collect();
    let ids: Vec<PolicyId> = bad.iter().map(|member| PolicyId(member.id)).collect();
    // Noted before the damaged copy goes: whatever cuts this off, it is repaired.
    let tx = core.store.begin().await?;
    mirror_gaps::note_found(tx.db(), (row.policy_id, &row.key), &ids, core.now()).await?;
    tx.commit_durably().await?;
    core.steps.reached("heal: noted").await;
    for (member, (_, damage)) in bad.iter().zip(&found.damaged) {
        let place = (row.policy_id, PolicyId(member.id));
        if is_held_by_another_policy(core, place, &row.key).await? {
            return Ok(Verdict::Unknown(DriverError::AlreadyExists(key)));
        }
        if let Err(error) = restore(&key, hash, &*good.driver, &*member.driver).await {
            return Ok(Verdict::Unknown(error));
        }
        tracing::warn!(
            blob = row.id.0,
            member = member.id,
            damage = damage.as_str(),
            "a damaged copy was replaced"
        );
    }
    core.steps.reached("heal: replaced").await;
    let now = blobs::by_id(core.store.read(), row.id).await?;
    if !now.is_some_and(|now| is_same(&now, row)) {
        // Whoever let go of it meanwhile may not have found what was just made.
        for member in &bad {
            let keys = std::slice::from_ref(&key);
            member.driver.delete(keys).await?;
        }
        return Ok(Verdict::Gone);
    }
    let policies: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let detail = json!({ "about": { "blob": row.id.0, "policies": policies } });
    let mut tx = core.store.begin().await?;
    mirror_gaps::forget_these(tx.db(), (row.policy_id, &row.key), &ids).await?;
    proof::release(tx.db(), row.id).await?;
    journal::append(
        &mut tx,
        core.now(),
        vec![entry(Op::BlobHealed, row, detail.to_string())],
    );
    tx.commit().await?;
    core.open_blobs.forget([row.id]).await;
    Ok(Verdict::Healed)
}

/// From now on nobody is given its bytes, which stay where they are.
async fn keep_from_all(
    core: &Arc<Core>,
    row: &blob::Model,
    damage: Damage,
) -> Result<Verdict, FileError> {
    let now = core.now();
    let detail = json!({ "about": {
        "blob": row.id.0, "policy": row.policy_id.0, "key": row.key, "damage": damage.as_str(),
    } });
    let mut tx = core.store.begin().await?;
    let is_new = proof::quarantine(tx.db(), row, damage, now).await?;
    if is_new {
        journal::append(
            &mut tx,
            now,
            vec![entry(Op::BlobDamaged, row, detail.to_string())],
        );
        tx.commit().await?;
        core.open_blobs.forget([row.id]).await;
        tracing::error!(
            blob = row.id.0,
            policy = row.policy_id.0,
            key = row.key,
            damage = damage.as_str(),
            "stored bytes are not what they were"
        );
    }
    Ok(Verdict::Damaged { is_new })
}

/// Files let go of a thumbnail, and get another one.
async fn make_anew(core: &Arc<Core>, row: &blob::Model) -> Result<Verdict, FileError> {
    tracing::warn!(blob = row.id.0, "a damaged thumbnail is made anew");
    release(core, row, "a thumbnail that is made anew").await?;
    while let Some(holder) = moving::holder(core.store.read(), row.id, None).await? {
        let Some((mut change, file)) = SystemChange::with_file(core, None, holder.id).await? else {
            continue;
        };
        let held = blobs::of_file(change.db(), file.id).await?;
        if !held.iter().any(|held| held.id == row.id) {
            continue;
        }
        let now = change.now;
        blobs::unlink(change.db(), &[(file.id, row.id)], now).await?;
        change.release(row.size_bytes).await?;
        task::queue_once(change.tx(), tasks::recycle_blobs(now)).await?;
        task::queue(change.tx(), tasks::make_thumbnail(file.id, now)).await?;
        change.commit().await?;
    }
    core.open_blobs.forget([row.id]).await;
    Ok(Verdict::MadeAnew)
}

/// A blob that nobody was given is what it was again.
pub(super) async fn release(core: &Core, row: &blob::Model, how: &str) -> Result<(), FileError> {
    let id = row.id;
    let detail = json!({ "about": { "blob": id.0, "how": how } });
    let mut tx = core.store.begin().await?;
    if proof::release(tx.db(), id).await? {
        journal::append(
            &mut tx,
            core.now(),
            vec![entry(Op::BlobHealed, row, detail.to_string())],
        );
        tx.commit().await?;
    }
    Ok(())
}

/// Of the account that brought it, else of the first one, as what is done with a shell.
fn entry(op: Op, row: &blob::Model, detail: String) -> Entry {
    let owner = row.created_by.unwrap_or(UserId(1));
    let mut entry = Entry::of_account(owner, op).detail(detail);
    entry.actor = None;
    entry
}
