//! Which blobs move, and how far through them a task is.

use super::work::Relocation;
use entity::{BlobId, FileId, PolicyId, UserId, blob};
use serde::{Deserialize, Serialize};
use store::blobs::kept::{self, Amount};
use store::blobs::moving;
use store::{Connection, StoreResult};

/// Blobs looked for at a time.
const BATCH: u64 = 64;
/// Files looked into at a time.
const FILES: u64 = 64;

/// Everything that a policy keeps, or that it keeps of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub policy: PolicyId,
    pub owner: Option<UserId>,
}

/// How far through them a task is: whatever comes before was moved, or stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Place {
    /// A blob, or a file where those of one account are looked into.
    #[serde(default)]
    after: i64,
    /// The key of a blob, where all that a policy keeps moves.
    #[serde(default)]
    after_key: String,
}

/// The next of them.
pub(super) struct Found {
    pub blobs: Vec<blob::Model>,
    pub up_to: Place,
}

impl Relocation {
    /// The next blobs to be moved; `None`: there are no more.
    pub(super) async fn next(
        &self,
        db: &Connection,
        takers: &[PolicyId],
    ) -> StoreResult<Option<Found>> {
        let place = &self.place;
        match self.kept {
            Some(Kept {
                policy,
                owner: None,
            }) => {
                let blobs = kept::page(db, policy, &place.after_key, BATCH).await?;
                let last = blobs.last().map(|blob| blob.key.clone());
                Ok(last.map(|after_key| found(blobs, (0, after_key))))
            }
            Some(Kept {
                policy,
                owner: Some(owner),
            }) => {
                let after = FileId(place.after);
                let (blobs, last) = kept::page_of(db, (policy, owner), after, FILES).await?;
                Ok(last.map(|file| found(blobs, (file.0, String::new()))))
            }
            None => {
                let (scope, after) = ((&*self.tops, takers), BlobId(place.after));
                let blobs = moving::elsewhere(db, scope, after, BATCH).await?;
                let last = blobs.last().map(|blob| blob.id.0);
                Ok(last.map(|blob| found(blobs, (blob, String::new()))))
            }
        }
    }

    /// Whether nothing came after it had looked what there is.
    pub(super) async fn misses_nothing(
        &self,
        db: &Connection,
        takers: &[PolicyId],
    ) -> StoreResult<bool> {
        match (self.newest, self.kept) {
            (None, _) => Ok(true),
            (Some(_), Some(_)) => Ok(false),
            (Some(newest), None) => {
                let later = moving::elsewhere(db, (&*self.tops, takers), newest, 1);
                Ok(later.await?.is_empty())
            }
        }
    }

    /// How many there are.
    pub(super) async fn count(&self, db: &Connection, takers: &[PolicyId]) -> StoreResult<u64> {
        let Some(Kept { policy, owner }) = self.kept else {
            return moving::count_elsewhere(db, (&self.tops, takers)).await;
        };
        let Amount { blobs, .. } = kept::amount(db, policy, owner).await?;
        Ok(u64::try_from(blobs).unwrap_or(0))
    }
}

fn found(blobs: Vec<blob::Model>, (after, after_key): (i64, String)) -> Found {
    let up_to = Place { after, after_key };
    Found { blobs, up_to }
}
