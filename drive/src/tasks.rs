//! Upkeep that is queued by changes: what each is called and what it begins with.
//!
//! Below everything that queues it, and below the kinds that do it: they take their name and state
//! from here.

use entity::{BlobId, FileId, PolicyId, Timestamp, file, upload_session};
use serde::{Deserialize, Serialize};
use site::Site;
use site::task::{self, NewTask, Pass, Patience, Trouble};
use store::{StoreResult, Tx};
use uuid::Uuid;

pub(crate) const RECYCLE_BLOBS: &str = "recycle_blobs";
pub(crate) const REPAIR_MIRRORS: &str = "mirror_repair";
pub(crate) const MAKE_THUMBNAIL: &str = "make_thumbnail";
pub(crate) const ABORT_UPLOAD: &str = "abort_upload";
pub(crate) const VERIFY_BLOB: &str = "blob_verify";

/// Where a pass over the gaps of mirrors stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RepairPass {
    /// Gaps up to this one are closed, or were tried in this pass.
    pub(crate) after: i64,
    /// How often in a row members did not work in this pass: they are not asked for each gap.
    pub(crate) failing: Vec<(PolicyId, u32)>,
    pub(crate) trouble: Trouble,
}

/// One blob that cannot be stored says nothing of its member yet.
const FAILURES_IN_A_ROW: u32 = 3;

impl RepairPass {
    pub(crate) fn is_away(&self, member: PolicyId) -> bool {
        let mut failing = self.failing.iter();
        failing.any(|(id, times)| *id == member && *times >= FAILURES_IN_A_ROW)
    }

    pub(crate) fn worked(&mut self, member: PolicyId) {
        self.failing.retain(|(id, _)| *id != member);
    }

    pub(crate) fn failed(&mut self, member: PolicyId) {
        match self.failing.iter_mut().find(|(id, _)| *id == member) {
            Some((_, times)) => *times += 1,
            None => self.failing.push((member, 1)),
        }
    }
}

/// Of which file to make a thumbnail; its content then is what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThumbnailOf {
    pub file: FileId,
}

/// What its driver has to know of an upload without a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndedUpload {
    pub(crate) id: Uuid,
    pub(crate) policy: PolicyId,
    pub(crate) key: String,
    pub(crate) size_bytes: u64,
    pub(crate) chunk_bytes: u64,
    pub(crate) expires_at: i64,
    pub(crate) vendor_state: Option<String>,
    #[serde(default)]
    pub(crate) patience: Patience,
    /// It was ended before: this is a second look, now that nobody can send any more to its key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) is_late: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A blob whose hash is not known.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Unverified {
    pub(crate) blob: BlobId,
    #[serde(default)]
    pub(crate) patience: Patience,
}

/// Removes the bytes of blobs that nobody holds any more.
pub fn recycle_blobs(now: Timestamp) -> NewTask {
    task_of(RECYCLE_BLOBS, &Pass::default(), now)
}

/// Gives members of mirrors what they lack.
pub fn repair_mirrors(now: Timestamp) -> NewTask {
    task_of(REPAIR_MIRRORS, &RepairPass::default(), now)
}

/// Makes the thumbnail of a file's content.
pub fn make_thumbnail(file: FileId, now: Timestamp) -> NewTask {
    task_of(MAKE_THUMBNAIL, &ThumbnailOf { file }, now)
}

/// Queues the thumbnail of new content, if it will have one.
pub(crate) async fn queue_thumbnail(
    site: &Site,
    tx: &mut Tx,
    file: &file::Model,
    size_bytes: i64,
) -> StoreResult<()> {
    let live = site.settings();
    let takes = live
        .settings
        .thumbnails
        .takes(&file.name, size_bytes as u64);
    if takes {
        task::queue(tx, make_thumbnail(file.id, site.now())).await?;
    }
    Ok(())
}

/// Ends an upload at its vendor, its bytes being at a key; `None`: the vendor was never asked.
pub(crate) fn abort_upload(
    session: &upload_session::Model,
    key: String,
    now: Timestamp,
) -> Option<NewTask> {
    let id = Uuid::parse_str(&session.id).ok()?;
    let ended = EndedUpload {
        id,
        policy: session.policy_id,
        key,
        size_bytes: session.size_bytes as u64,
        chunk_bytes: session.chunk_bytes as u64,
        expires_at: session.expires_at.unix_secs(),
        vendor_state: session.details.vendor_state.clone(),
        patience: Patience::default(),
        is_late: false,
    };
    let is_direct = session.details.is_direct;
    is_direct.then(|| task_of(ABORT_UPLOAD, &ended, now))
}

/// Reads a blob once, for its hash.
pub(crate) fn verify_blob(blob: BlobId, now: Timestamp) -> NewTask {
    let patience = Patience::default();
    task_of(VERIFY_BLOB, &Unverified { blob, patience }, now)
}

fn task_of(name: &'static str, state: &impl Serialize, now: Timestamp) -> NewTask {
    let state = serde_json::to_value(state).unwrap_or_default();
    NewTask::of(name, state, now)
}
