//! Exchanging where bytes are: those of many blobs in one transaction.

use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::policy::mirror::check_members;
use entity::{BlobId, UserId, blob};
use std::sync::Arc;
use store::StoreError;
use store::batch_writer::BatchWriter;
use store::blobs::moving::{self, Exchanged, Moved};

/// A blob, whose files it is exchanged for (`None`: everybody's), its copy, and the policy that keeps
/// that, as it was when it was written.
type Exchange = (blob::Model, Option<UserId>, Moved, Arc<Policy>);

/// Copies that wait to be put in place.
pub(super) type Exchanges = BatchWriter<Exchange, Vec<UserId>, NotDone>;

/// Why one was not, with which nothing of its transaction is kept.
#[derive(Debug)]
pub(super) enum NotDone {
    Was(Exchanged),
    Failed(FileError),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Puts a copy in place of a blob, with those of others. With in whose drives files hold it, if that
/// was done.
pub(super) async fn exchange(
    core: &Arc<Core>,
    exchanges: &Exchanges,
    one: Exchange,
) -> Result<(Exchanged, Vec<UserId>), FileError> {
    let writer = Arc::clone(core);
    let write = move |all| exchange_all(Arc::clone(&writer), all);
    match exchanges.write(one, write).await {
        Ok(owners) => Ok((Exchanged::Yes, owners)),
        Err(NotDone::Was(exchanged)) => Ok((exchanged, Vec::new())),
        Err(NotDone::Failed(error)) => Err(error),
    }
}

async fn exchange_all(core: Arc<Core>, all: Vec<Exchange>) -> Result<Vec<Vec<UserId>>, NotDone> {
    // Whoever changes several rows comes to them in the same order.
    let mut in_order: Vec<usize> = (0..all.len()).collect();
    in_order.sort_unstable_by_key(|place| all[*place].0.id);
    let mut owners = vec![Vec::new(); all.len()];
    let mut tx = core.store.begin().await?;
    let ids: Vec<BlobId> = in_order.iter().map(|place| all[*place].0.id).collect();
    moving::lock(tx.db(), &ids).await?;
    for place in in_order {
        let (old, only_of, moved, to) = &all[place];
        let members = check_members(&mut tx, to, &moved.key, moved.at).await;
        if let Err(error) = members {
            tx.rollback().await?;
            return Err(NotDone::Failed(error));
        }
        let exchanged = moving::exchange(tx.db(), (old, *only_of), moved.clone()).await?;
        if exchanged != Exchanged::Yes {
            tx.rollback().await?;
            return Err(NotDone::Was(exchanged));
        }
        // Here: once it is done, nothing may fail that is needed to tell it.
        owners[place] = match only_of {
            Some(owner) => vec![*owner],
            None => moving::owners(tx.db(), old.id).await?,
        };
    }
    tx.commit_durably().await?;
    Ok(owners)
}
