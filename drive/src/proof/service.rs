//! What administrators see of it, and may have done.

use super::reading::{Copy, examine};
use super::standing::{Standing, Standings};
use super::verdict::{Verdict, judge, release};
use super::{Scrub, ScrubPass, Speed};
use crate::context::Core;
use crate::error::FileError;
use entity::{BlobId, Damage, PolicyId, blob, damaged_blob, file, storage_policy};
use site::task::{self, TaskKind as _, system_task};
use std::collections::HashMap;
use std::sync::Arc;
use store::proof::{self, Proof};
use store::{blob_pages, blobs, mirror_gaps, policies, tasks};

/// Files named of one blob.
const HOLDERS: u64 = 20;

/// What is known of the bytes of a policy.
#[derive(Clone, Debug)]
pub struct PolicyProof {
    pub policy: storage_policy::Model,
    pub proof: Proof,
    /// Copies that members of a mirror lack.
    pub gaps: u64,
    pub standing: Standing,
}

/// A blob that nobody is given.
#[derive(Clone, Debug)]
pub struct DamagedBlob {
    pub note: damaged_blob::Model,
    pub blob: blob::Model,
    /// Some of the files that hold it.
    pub holders: Vec<file::Model>,
}

/// The service that proves what is stored. Who may ask is decided by those that administer.
#[derive(Clone, Debug)]
pub struct Proofs {
    core: Arc<Core>,
    standings: Arc<Standings>,
}

impl Proofs {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            standings: Arc::default(),
        }
    }

    /// How it stands with each policy that keeps bytes, and whether they are being read now.
    /// # Errors
    /// Only the database's.
    pub async fn overview(&self) -> Result<(Vec<PolicyProof>, bool), FileError> {
        let db = self.core.store.read();
        let gaps: HashMap<PolicyId, i64> = mirror_gaps::counts(db).await?.into_iter().collect();
        let mut rows = policies::all(db).await?;
        rows.retain(|row| row.kind != storage_policy::LOAD_BALANCE);
        // What was only written down cannot be used, which is no news.
        let usable = rows.iter().filter(|row| self.core.policies.has_driver(row));
        let ids: Vec<PolicyId> = usable.map(|row| row.id).collect();
        let mut standings = self.standings.of(&self.core, &ids).await;
        let mut all = Vec::new();
        for policy in rows {
            all.push(PolicyProof {
                standing: standings.remove(&policy.id).unwrap_or_default(),
                proof: proof::of_policy(db, policy.id).await?,
                gaps: u64::try_from(gaps.get(&policy.id).copied().unwrap_or(0)).unwrap_or(0),
                policy,
            });
        }
        Ok((all, tasks::is_active(db, Scrub::NAME).await?))
    }

    /// Has everything read again, or all of a policy.
    /// # Errors
    /// Only the database's.
    pub async fn begin(&self, only: Option<PolicyId>) -> Result<(), FileError> {
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let pass = ScrubPass::of_all(only, now);
        task::queue_once(&mut tx, system_task::<Scrub>(&pass, now)).await?;
        Ok(tx.commit().await?)
    }

    /// Blobs that nobody is given, by id, behind one.
    /// # Errors
    /// Only the database's.
    pub async fn damaged(&self, after: BlobId, limit: u64) -> Result<Vec<DamagedBlob>, FileError> {
        let db = self.core.store.read();
        let mut all = Vec::new();
        for (note, blob) in proof::damaged(db, after, limit).await? {
            all.push(DamagedBlob {
                holders: blob_pages::holders(db, blob.id, HOLDERS).await?,
                note,
                blob,
            });
        }
        Ok(all)
    }

    /// Reads a damaged blob again: somebody may have put its bytes back. Answers whether it is whole.
    /// # Errors
    /// `Storage` where it cannot be read now.
    pub async fn check(&self, id: BlobId) -> Result<bool, FileError> {
        let Some((row, policy)) = self.find(id).await? else {
            return Ok(true);
        };
        let speed = Speed::default();
        match judge(&self.core, &policy, (&row, &speed)).await? {
            Verdict::Whole
            | Verdict::Hashed
            | Verdict::Healed
            | Verdict::MadeAnew
            | Verdict::Gone => {
                let tx = self.core.store.begin().await?;
                proof::seen(tx.db(), &[id], self.core.now()).await?;
                tx.commit().await?;
                Ok(true)
            }
            Verdict::Damaged { .. } => Ok(false),
            Verdict::Unknown(error) => Err(error.into()),
        }
    }

    /// Takes the bytes of a damaged blob for what they are, where there are as many as there were.
    /// Answers whether they were.
    /// # Errors
    /// `Storage` where it cannot be read now.
    pub async fn accept(&self, id: BlobId) -> Result<bool, FileError> {
        // Somebody may have put the right bytes back, in one place at least.
        if self.check(id).await? {
            return Ok(true);
        }
        let Some((row, policy)) = self.find(id).await? else {
            return Ok(true);
        };
        // As if there were no hash.
        let unhashed = blob::Model {
            blake3: None,
            ..row.clone()
        };
        let copies = examine(&policy, &unhashed, &Speed::default()).await;
        let mut hashes = Vec::with_capacity(copies.len());
        for (_, copy) in copies {
            match copy {
                Copy::Unhashed(hash) => hashes.push(hash),
                Copy::Unknown(error) => return Err(error.into()),
                Copy::Whole | Copy::Damaged(_) => {}
            }
        }
        let Some(hash) = hashes.first() else {
            return Ok(false);
        };
        // Of several that differ nobody knows which one was meant.
        if hashes.iter().any(|other| other != hash) {
            return Ok(false);
        }
        let tx = self.core.store.begin().await?;
        proof::accept(tx.db(), id, hash.to_vec(), self.core.now()).await?;
        tx.commit().await?;
        release(&self.core, &row, "taken for what it is").await?;
        self.core.open_blobs.forget([id]).await;
        // The other copies are made like it.
        self.check(id).await
    }

    async fn find(
        &self,
        id: BlobId,
    ) -> Result<Option<(blob::Model, Arc<crate::policy::Policy>)>, FileError> {
        let row = blobs::by_id(self.core.store.read(), id).await?;
        let Some(row) = row.filter(|row| row.props.damaged && row.reference_count > 0) else {
            return Ok(None);
        };
        let policy = self.core.policies.get(row.policy_id).await?;
        Ok(Some((row, policy)))
    }
}

impl DamagedBlob {
    pub fn damage(&self) -> Damage {
        self.note.damage
    }
}
