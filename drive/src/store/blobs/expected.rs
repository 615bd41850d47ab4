//! Rows of blobs whose bytes are about to come: those of many uploads in one transaction.

use super::{IncomingBlob, insert_unheld};
use crate::store::{Store, StoreResult};
use entity::BlobId;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot::{self, error::TryRecvError};

type Waiting = (IncomingBlob, oneshot::Sender<BlobId>);

/// Blobs that wait for their row.
#[derive(Debug, Default)]
pub struct Expected {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Expected {
    fn wait(&self, new: IncomingBlob) -> oneshot::Receiver<BlobId> {
        let (tell, told) = oneshot::channel();
        self.waiting().push((new, tell));
        told
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the row of a blob before its bytes, so that bytes of a write that was cut off are found.
/// Who comes while a transaction runs shares the next one.
/// # Errors
/// Those of the database; who waits then tries again
pub async fn expect(store: &Store, new: IncomingBlob) -> StoreResult<BlobId> {
    let expected = &store.expected;
    let mut told = expected.wait(new.clone());
    let _turn = expected.turn.lock().await;
    match told.try_recv() {
        Ok(id) => return Ok(id),
        Err(TryRecvError::Empty) => {}
        // Whoever took it along failed, or went away.
        Err(TryRecvError::Closed) => told = expected.wait(new),
    }
    let mut all = std::mem::take(&mut *expected.waiting());
    all.retain(|(_, tell)| !tell.is_closed());
    let tx = store.begin().await?;
    let mut ids = Vec::with_capacity(all.len());
    for (new, tell) in all {
        ids.push((insert_unheld(tx.db(), new).await?, tell));
    }
    tx.commit().await?;
    for (id, tell) in ids {
        // Who is gone by now leaves its row to recycling.
        let _ = tell.send(id);
    }
    Ok(told.try_recv().expect("it was among those that waited"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{self, blobs};
    use entity::{PolicyId, Timestamp, blob};
    use futures_util::future::join_all;
    use std::collections::HashSet;

    fn incoming(key: &str, policy: i64) -> IncomingBlob {
        IncomingBlob {
            kind: blob::KIND_VERSION,
            policy: PolicyId(policy),
            key: key.to_owned(),
            created_by: None,
            props: blob::Props::default(),
            at: Timestamp(1),
            until: Timestamp(2),
        }
    }

    #[tokio::test]
    async fn each_gets_a_row_of_its_own_and_a_failure_is_nobody_elses() {
        let data = tempfile::tempdir().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        crate::seed::plant(&store, Timestamp(0)).await.unwrap();
        // All come at once, and the first of them names a policy that does not exist.
        let all = (0..20).map(|n| {
            let new = incoming(&format!("k{n}"), if n == 0 { 999 } else { 1 });
            let store = &store;
            async move { expect(store, new).await }
        });
        let ids = join_all(all).await;
        assert!(ids[0].is_err());
        let mut seen = HashSet::new();
        for (n, id) in ids.iter().enumerate().skip(1) {
            let row = blobs::by_id(store.read(), *id.as_ref().unwrap()).await;
            assert_eq!(row.unwrap().unwrap().key, format!("k{n}"));
            assert!(seen.insert(*id.as_ref().unwrap()));
        }
    }
}
