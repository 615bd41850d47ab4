//! Several storages that each keep every blob.
//!
//! What comes is sent to all of them at once. It counts as stored when a quorum has it; who has it not
//! is written down ([`MirrorLog`]) before anybody hears that it is stored, and gets it later. What is
//! asked for comes from the first that has it: one that is away, has lost a blob, or breaks off in the
//! middle, is not noticed by who reads.
//!
//! One of them decides for all whether a key is free: the first that answers. So of two who write the
//! same key one wins everywhere.

mod complete;
mod fan_out;
mod health;
mod pairs;
mod patience;
mod read;
mod repair;
mod staging;
mod upload;
mod write;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use self::health::Health;
use self::upload::Absent;
use crate::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, ListedBlob,
    Member, PartBounds, PartWritten, Room, Route, Staged, UploadPlan, UploadTarget, Written,
};

pub use repair::{Hashed, Restored, hash_of, is_lost, restore, restore_unproven};
pub use staging::member_states;

/// How long one that decides for all is waited for after it was sent everything, if others could; and
/// where there would be too few without it.
const SOON: Duration = Duration::from_secs(10);
const DECISION: Duration = Duration::from_mins(1);
/// One that has not said by then how much room it has cannot be used.
const ANSWER: Duration = Duration::from_secs(5);

/// Where it is written down that a member has not got what it should have.
#[async_trait]
pub trait MirrorLog: Send + Sync + std::fmt::Debug {
    /// These members lack a blob, or may. Durable when this returns.
    /// # Errors
    /// Any: then the blob does not count as stored.
    async fn lacks(&self, key: &BlobKey, members: &[i64]) -> Result<(), DriverError>;
}

/// Several storages as one.
#[derive(Debug)]
pub struct MirrorDriver {
    members: Vec<Member>,
    health: Vec<Health>,
    /// So many have to have a blob before it counts as stored.
    quorum: usize,
    log: Arc<dyn MirrorLog>,
    /// Who missed a part of an upload, and so misses the upload.
    absent: Absent,
}

/// What makes no mirror.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadMirror {
    #[error("a mirror has two members at least")]
    TooFew,
    #[error("a quorum of {quorum} is not one of {members} members")]
    Quorum { quorum: usize, members: usize },
    #[error("a member takes no bytes through this server")]
    NoRelay,
}

impl MirrorDriver {
    /// # Errors
    /// [`BadMirror`]
    pub fn new(
        members: Vec<Member>,
        quorum: usize,
        log: Arc<dyn MirrorLog>,
    ) -> Result<Self, BadMirror> {
        if members.len() < 2 {
            return Err(BadMirror::TooFew);
        }
        if quorum == 0 || quorum > members.len() {
            return Err(BadMirror::Quorum {
                quorum,
                members: members.len(),
            });
        }
        if members
            .iter()
            .any(|member| !member.driver.capabilities().relay_chunks)
        {
            return Err(BadMirror::NoRelay);
        }
        Ok(Self {
            health: members.iter().map(|_| Health::default()).collect(),
            members,
            quorum,
            log,
            absent: Absent::default(),
        })
    }

    /// Whether it was made of these very drivers.
    pub fn is_of(&self, members: &[Member], quorum: usize) -> bool {
        let same = |(one, other): (&Member, &Member)| {
            one.id == other.id && Arc::ptr_eq(&one.driver, &other.driver)
        };
        self.quorum == quorum
            && self.members.len() == members.len()
            && self.members.iter().zip(members).all(same)
    }

    /// Positions of the members, those that work before those that lately did not.
    fn in_order(&self) -> Vec<usize> {
        let (well, unwell): (Vec<_>, Vec<_>) =
            (0..self.members.len()).partition(|at| self.health[*at].is_well());
        well.into_iter().chain(unwell).collect()
    }

    /// Of these, who is sent something: those that work, if they are enough.
    fn takers(&self, mut among: Vec<usize>) -> Vec<usize> {
        let well = |at: &usize| self.health[*at].is_well();
        if among.iter().filter(|at| well(at)).count() >= self.quorum {
            among.retain(well);
        }
        among
    }

    fn driver(&self, at: usize) -> &dyn Driver {
        &*self.members[at].driver
    }

    /// Remembers how a member did.
    fn note<T>(&self, at: usize, answer: &Result<T, DriverError>) {
        match answer {
            Err(error) if is_trouble(error) => {
                let member = self.members[at].id;
                tracing::warn!(member, "a member of a mirror does not work: {error}");
                self.health[at].failed();
            }
            _ => self.health[at].answered(),
        }
    }

    /// Writes down who is not among those that have a blob.
    async fn note_absent(&self, key: &BlobKey, have: &[usize]) -> Result<(), DriverError> {
        let lacking = (0..self.members.len()).filter(|at| !have.contains(at));
        let lacking: Vec<i64> = lacking.map(|at| self.members[at].id).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        self.log.lacks(key, &lacking).await
    }
}

/// Whether a storage is at fault, and not what it was sent or asked for.
fn is_trouble(error: &DriverError) -> bool {
    matches!(error, DriverError::Io(_) | DriverError::Busy { .. })
}

/// What parts all of them take.
fn common_bounds(members: &[Member]) -> PartBounds {
    let bounds = members.iter().map(|member| member.driver.capabilities());
    let smaller = |one: u64, other: u64| match (one, other) {
        (0, bound) | (bound, 0) => bound,
        (one, other) => one.min(other),
    };
    bounds.fold(PartBounds::default(), |all, can| PartBounds {
        least_bytes: all.least_bytes.max(can.parts.least_bytes),
        most_bytes: smaller(all.most_bytes, can.parts.most_bytes),
        multiple_of: all.multiple_of.max(can.parts.multiple_of),
        most_parts: smaller(all.most_parts, can.parts.most_parts),
        usual_bytes: all.usual_bytes.max(can.parts.usual_bytes),
    })
}

#[async_trait]
impl Driver for MirrorDriver {
    fn capabilities(&self) -> Capabilities {
        let each = || {
            let members = self.members.iter();
            members.map(|member| member.driver.capabilities())
        };
        Capabilities {
            direct_file: each().any(|can| can.direct_file),
            relay_chunks: true,
            parallel_parts: each().all(|can| can.parallel_parts),
            parts: common_bounds(&self.members),
            ..Capabilities::default()
        }
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        self.read_from_any(key, range).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.open_at_any(key).await
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        self.write_to_all(key, body, expected_bytes).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.stat_at_any(key).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.delete_everywhere(keys).await
    }

    /// That of the fullest; unless those that cannot be used are so many that nothing can be stored.
    async fn room(&self) -> Result<Option<Room>, DriverError> {
        let asked = self.members.iter().map(|member| async {
            let answer = tokio::time::timeout(ANSWER, member.driver.room()).await;
            answer.unwrap_or_else(|_| Err(DriverError::Io(io::ErrorKind::TimedOut.into())))
        });
        let (mut works, mut least, mut why) = (0, None::<Room>, None);
        for answer in join_all(asked).await {
            match answer {
                Ok(room) => {
                    works += 1;
                    let fuller = |least: &Room, room: &Room| room.free_bytes < least.free_bytes;
                    if room.is_some_and(|room| least.is_none_or(|least| fuller(&least, &room))) {
                        least = room;
                    }
                }
                Err(error) => why = Some(error),
            }
        }
        match why {
            Some(error) if works < self.quorum => Err(error),
            _ => Ok(least),
        }
    }

    async fn list(
        &self,
        _prefix: &str,
        _after: Option<&BlobKey>,
        _limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        // Each member is listed on its own: what one of them lacks must not look like what none has.
        Err(DriverError::Unsupported("list what several storages keep"))
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        let states = self.begin_everywhere(plan).await?;
        Ok(UploadTarget {
            vendor_state: Some(states.to_text()),
            route: Route::Here,
        })
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        plan.check_part(offset, size_bytes)?;
        self.part_to_all(plan, (offset, size_bytes), body).await
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        self.complete_everywhere(plan, parts).await
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        self.resume_everywhere(plan).await
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.abort_everywhere(plan).await
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        self.staged_anywhere().await
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        self.discard_everywhere(staged).await
    }
}
