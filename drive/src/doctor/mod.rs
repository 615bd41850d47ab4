//! Looks whether database and storage agree with what must always be true, and puts right what
//! can be put right without losing a byte.
//!
//! Safe beside a running server: what looks wrong is looked at again with writers kept away
//! before it is told. Goes through everything page by page, so memory does not grow.

mod blobs;
mod copies;
mod leftovers;
mod places;
mod space;
mod stray;
mod tree;

pub use copies::Lack;

use crate::context::Core;
use crate::error::FileError;
use crate::policy::PolicyError;
use entity::{BlobId, FileId, PolicyId, UserId};
use site::settings::sealed::SealedRows;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use storage::{BlobKey, DriverError};
use store::{StoreError, integrity, settings};

/// How thorough to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct DoctorOptions {
    /// Put right what can be; otherwise nothing is changed.
    pub repair: bool,
    /// Read every blob and compare its hash, or note it where it has none; takes as long as reading
    /// everything.
    pub hash: bool,
}

/// Something that should not be.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("the database is damaged: {0}")]
    Database(String),
    #[error("setting `{0}`: sealed under another master key, so it counts as missing")]
    SealedSetting(&'static str),
    #[error("cannot write to {0}: {1}")]
    FolderNotWritable(PathBuf, std::io::Error),
    #[error("storage of policy {0} cannot be used: {1}")]
    Storage(PolicyId, String),
    /// Told at the end: each of them was counted when it was found.
    #[error("policy {0}: {1} stored versions there could not be read")]
    Unread(PolicyId, u64),
    #[error("blob {0}: its bytes are missing ({1})")]
    BytesMissing(BlobId, BlobKey),
    /// Of a mirror: nothing is lost, if what others have is whole.
    #[error("blob {id}: {lack} ({key})")]
    CopyLacks {
        id: BlobId,
        key: BlobKey,
        lack: Lack,
    },
    #[error("blob {id}: {found} bytes at {key} instead of {expected}")]
    WrongSize {
        id: BlobId,
        key: BlobKey,
        expected: i64,
        found: u64,
    },
    #[error("blob {0}: the bytes at {1} are not those that were stored")]
    WrongHash(BlobId, BlobKey),
    #[error("blob {0}: `{1}` cannot be a key")]
    BadKey(BlobId, String),
    #[error("blob {id}: counted as held by {counted} files, held by {held}")]
    WrongCount { id: BlobId, counted: i64, held: i64 },
    #[error("blob {0}: held, but marked for recycling")]
    MarkedThoughHeld(BlobId),
    #[error("blob {0}: held by nobody, and not marked for recycling")]
    NotMarked(BlobId),
    #[error("blob {0}: waits for an upload that does not exist")]
    UploadGone(BlobId),
    #[error("policy {policy}: {size_bytes} bytes at {key} belong to nothing; left where they are")]
    Stray {
        policy: PolicyId,
        key: BlobKey,
        size_bytes: u64,
    },
    #[error("account {id}: counted with {counted} bytes, holds {held}")]
    WrongUsage { id: UserId, counted: i64, held: i64 },
    #[error("file {0}: its folder does not exist")]
    ParentMissing(FileId),
    #[error("file {0}: lies in something that is no folder")]
    ParentNotAFolder(FileId),
    #[error("file {0}: lies in somebody else's folder")]
    ParentForeign(FileId),
    #[error("file {0}: lies in no folder, and is neither a root nor in the trash")]
    Orphan(FileId),
    #[error("folder {0}: lies in itself")]
    Ring(FileId),
    #[error("folder {0}: has `{1}` more than once")]
    Namesakes(FileId, String),
    #[error("file {0}: its current version is missing")]
    CurrentMissing(FileId),
    #[error("file {id}: shown with {shown} bytes, has {stored}")]
    WrongFileSize { id: FileId, shown: i64, stored: i64 },
    #[error("{0} uploads should have been ended; the next sweep does")]
    StaleUploads(usize),
    #[error("policy {0}: {1} unfinished uploads belong to nothing; the next sweep removes them")]
    StaleStaging(PolicyId, usize),
    #[error("{0} deleted blobs wait for recycling since yesterday or longer")]
    Unrecycled(u64),
}

/// A problem and what became of it.
#[derive(Debug)]
pub struct Finding {
    pub problem: Problem,
    pub repaired: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repaired = if self.repaired { " (repaired)" } else { "" };
        write!(f, "{}{repaired}", self.problem)
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    pub blobs: u64,
    pub files: u64,
    pub found: u64,
    pub repaired: u64,
    /// Blobs of which a mirror makes missing copies by itself, from others that are there.
    pub on_their_way: u64,
    /// Blobs that were read for the first time, and whose hash was noted.
    pub hashed: u64,
}

/// Why the examination broke off.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("storage: {0}")]
    Driver(#[from] DriverError),
    #[error("{0}")]
    File(#[from] FileError),
}

/// Examines everything; `tell` hears of each finding as it is made.
/// # Errors
/// [`DoctorError`]: the examination could not go on, whatever was found so far.
pub async fn examine(
    core: &Arc<Core>,
    options: DoctorOptions,
    tell: impl FnMut(&Finding) + Send,
) -> Result<Diagnosis, DoctorError> {
    let mut doctor = Doctor {
        core,
        options,
        tell: Box::new(tell),
        diagnosis: Diagnosis::default(),
        away: HashSet::new(),
        unread: BTreeMap::new(),
    };
    for complaint in integrity::complaints(&core.store).await? {
        doctor.found(Problem::Database(complaint), false);
    }
    let rows = settings::all(&core.store).await?;
    for key in SealedRows::among(&rows).closed_to(&core.sealer) {
        doctor.found(Problem::SealedSetting(key), false);
    }
    doctor.places().await?;
    doctor.tree().await?;
    doctor.blobs().await?;
    doctor.space().await?;
    doctor.stray().await?;
    doctor.leftovers().await?;
    doctor.tell_unread();
    Ok(doctor.diagnosis)
}

struct Doctor<'a> {
    core: &'a Arc<Core>,
    options: DoctorOptions,
    tell: Box<dyn FnMut(&Finding) + Send + 'a>,
    diagnosis: Diagnosis,
    /// Storages that were told of: not once more for each blob.
    away: HashSet<PolicyId>,
    /// Blobs that could not be read, of each.
    unread: BTreeMap<PolicyId, u64>,
}

impl Doctor<'_> {
    fn found(&mut self, problem: Problem, repaired: bool) {
        if matches!(&problem, Problem::Storage(policy, _) if !self.away.insert(*policy)) {
            return;
        }
        if matches!(&problem, Problem::CopyLacks { lack, .. } if lack.is_on_its_way()) {
            self.diagnosis.on_their_way += 1;
        } else {
            self.diagnosis.found += 1;
            self.diagnosis.repaired += u64::from(repaired);
        }
        (self.tell)(&Finding { problem, repaired });
    }

    /// A blob cannot be read. Why is told of the first in each storage, and of the others how many they are.
    fn unread(&mut self, policy: PolicyId, why: String) {
        *self.unread.entry(policy).or_default() += 1;
        if self.away.contains(&policy) {
            self.diagnosis.found += 1;
        } else {
            self.found(Problem::Storage(policy, why), false);
        }
    }

    fn tell_unread(&mut self) {
        for (policy, count) in std::mem::take(&mut self.unread) {
            let problem = Problem::Unread(policy, count);
            let repaired = false;
            (self.tell)(&Finding { problem, repaired });
        }
    }
}

#[cfg(test)]
mod tests;
