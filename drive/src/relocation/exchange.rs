//! Exchanging where bytes are: those of many blobs in one transaction.

use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::policy::mirror::check_members;
use entity::{UserId, blob};
use std::sync::Arc;
use store::StoreError;
use store::batch_writer::BatchWriter;
use store::blobs::moving::{self, Exchanged, Moved};

/// A blob, whose files it is exchanged for (`None`: everybody's), its copy, and the policy that keeps
/// that, as it was when it was written.
type Exchange = (blob::Model, Option<UserId>, Moved, Arc<Policy>);

/// Copies that wait to be put in place.
pub(super) type Exchanges = BatchWriter<Exchange, (), NotDone>;

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

/// Puts a copy in place of a blob, with those of others.
pub(super) async fn exchange(
    core: &Arc<Core>,
    exchanges: &Exchanges,
    one: Exchange,
) -> Result<Exchanged, FileError> {
    let writer = Arc::clone(core);
    let write = move |all| exchange_all(Arc::clone(&writer), all);
    match exchanges.write(one, write).await {
        Ok(()) => Ok(Exchanged::Yes),
        Err(NotDone::Was(exchanged)) => Ok(exchanged),
        Err(NotDone::Failed(error)) => Err(error),
    }
}

async fn exchange_all(core: Arc<Core>, mut all: Vec<Exchange>) -> Result<Vec<()>, NotDone> {
    // Whoever changes several rows comes to them in the same order.
    all.sort_unstable_by_key(|(old, ..)| old.id);
    let mut tx = core.store.begin().await?;
    for (old, only_of, moved, to) in &all {
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
    }
    tx.commit_durably().await?;
    Ok(vec![(); all.len()])
}
