//! Whether what is stored is what it was, and what is done where it is not.

use crate::audit;
use crate::blobs::people;
use crate::error::AdminError;
use drive::context::Core;
use drive::proof::{DamagedBlob, PolicyProof, Proofs as Drive};
use entity::{BlobId, PolicyId, file, user};
use serde_json::json;
use site::actor::Actor;
use std::sync::Arc;
use store::journal::{self, Op};
use store::policies;

/// How it stands with all that is stored.
#[derive(Clone, Debug)]
pub struct ProofState {
    pub policies: Vec<PolicyProof>,
    /// It is being read now.
    pub is_running: bool,
}

/// A blob that nobody is given, with some of the files that hold it and their owners.
#[derive(Clone, Debug)]
pub struct DamagedRow {
    pub damaged: DamagedBlob,
    pub holders: Vec<(file::Model, Option<Arc<user::Model>>)>,
}

/// The service behind the page about it.
#[derive(Clone, Debug)]
pub struct Proofs {
    core: Arc<Core>,
    drive: Drive,
}

impl Proofs {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            drive: Drive::new(Arc::clone(&core)),
            core,
        }
    }

    /// How it stands with each policy.
    /// # Errors
    /// `NotAllowed`
    pub async fn state(&self, actor: &Actor) -> Result<ProofState, AdminError> {
        crate::administrator(actor)?;
        let (policies, is_running) = self.drive.overview().await?;
        Ok(ProofState {
            policies,
            is_running,
        })
    }

    /// Has everything read again now, or all of a policy.
    /// # Errors
    /// `PolicyNotFound`
    pub async fn begin(&self, actor: &Actor, only: Option<PolicyId>) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        if let Some(id) = only {
            let row = policies::by_id(self.core.store.read(), id).await?;
            row.ok_or(AdminError::PolicyNotFound)?;
        }
        Ok(self.drive.begin(only).await?)
    }

    /// Blobs that nobody is given, by id, behind one.
    /// # Errors
    /// `NotAllowed`
    pub async fn damaged(
        &self,
        actor: &Actor,
        after: BlobId,
        limit: u64,
    ) -> Result<Vec<DamagedRow>, AdminError> {
        crate::administrator(actor)?;
        let found = self.drive.damaged(after, limit).await?;
        let owners = found.iter().flat_map(|row| &row.holders);
        let owners = people(self.core.store.read(), owners.map(|file| file.owner_id)).await?;
        let rows = found.into_iter().map(|mut damaged| {
            let with_owner = |file: file::Model| {
                let owner = owners.get(&file.owner_id).cloned();
                (file, owner)
            };
            DamagedRow {
                holders: std::mem::take(&mut damaged.holders)
                    .into_iter()
                    .map(with_owner)
                    .collect(),
                damaged,
            }
        });
        Ok(rows.collect())
    }

    /// Reads damaged blobs again. Answers which of them are damaged still.
    /// # Errors
    /// `Partly` by id
    pub async fn check(&self, actor: &Actor, ids: &[BlobId]) -> Result<Vec<BlobId>, AdminError> {
        crate::administrator(actor)?;
        let (mut left, mut failed) = (Vec::new(), Vec::new());
        for id in ids {
            match self.drive.check(*id).await {
                Ok(true) => {}
                Ok(false) => left.push(*id),
                Err(error) => failed.push((id.to_string(), error.into())),
            }
        }
        AdminError::of_batch(failed)?;
        Ok(left)
    }

    /// Takes the bytes of damaged blobs for what they are: as many as there were, and others. Answers
    /// which of them have not as many.
    /// # Errors
    /// `Partly` by id
    pub async fn accept(&self, actor: &Actor, ids: &[BlobId]) -> Result<Vec<BlobId>, AdminError> {
        let by = crate::administrator(actor)?;
        crate::people_only(actor, "Apps do not say which bytes are right")?;
        let (mut left, mut failed) = (Vec::new(), Vec::new());
        for id in ids {
            match self.drive.accept(*id).await {
                Ok(true) => {
                    let about = json!({ "blob": id.0 });
                    let entry = audit::entry(by, Op::BlobAccepted, about, Vec::new());
                    let mut tx = self.core.store.begin().await?;
                    journal::append(&mut tx, self.core.now(), vec![entry]);
                    tx.commit().await?;
                }
                Ok(false) => left.push(*id),
                Err(error) => failed.push((id.to_string(), error.into())),
            }
        }
        AdminError::of_batch(failed)?;
        Ok(left)
    }
}
