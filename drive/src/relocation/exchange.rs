//! Exchanging where bytes are: those of many blobs in one transaction.

use crate::context::Core;
use entity::{UserId, blob};
use std::sync::Arc;
use store::batch_writer::BatchWriter;
use store::blobs::moving::{self, Exchanged, Moved};
use store::{StoreError, StoreResult};

/// A blob, whose files it is exchanged for (`None`: everybody's), and its copy.
type Exchange = (blob::Model, Option<UserId>, Moved);

/// Copies that wait to be put in place.
pub(super) type Exchanges = BatchWriter<Exchange, (), NotDone>;

/// Why one was not, with which nothing of its transaction is kept.
#[derive(Debug)]
pub(super) enum NotDone {
    Was(Exchanged),
    Store(StoreError),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Puts a copy in place of a blob, with those of others.
pub(super) async fn exchange(
    core: &Arc<Core>,
    exchanges: &Exchanges,
    one: Exchange,
) -> StoreResult<Exchanged> {
    let writer = Arc::clone(core);
    let write = move |all| exchange_all(Arc::clone(&writer), all);
    match exchanges.write(one, write).await {
        Ok(()) => Ok(Exchanged::Yes),
        Err(NotDone::Was(exchanged)) => Ok(exchanged),
        Err(NotDone::Store(error)) => Err(error),
    }
}

async fn exchange_all(core: Arc<Core>, mut all: Vec<Exchange>) -> Result<Vec<()>, NotDone> {
    // Whoever changes several rows comes to them in the same order.
    all.sort_unstable_by_key(|(old, ..)| old.id);
    let tx = core.store.begin().await?;
    for (old, only_of, moved) in &all {
        let exchanged = moving::exchange(tx.db(), (old, *only_of), moved.clone()).await?;
        if exchanged != Exchanged::Yes {
            tx.rollback().await?;
            return Err(NotDone::Was(exchanged));
        }
    }
    tx.commit_durably().await?;
    Ok(vec![(); all.len()])
}
