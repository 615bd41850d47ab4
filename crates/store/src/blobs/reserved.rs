//! Rows of blobs whose bytes are about to come: those of many uploads in one transaction.

use super::IncomingBlob;
use super::holding::{insert_unheld, set_until};
use crate::batch_writer::BatchWriter;
use crate::{Store, StoreResult};
use entity::{BlobId, Timestamp};

/// Blobs that wait for their row.
pub type Reserved = BatchWriter<IncomingBlob, BlobId>;

/// Adds the row of a blob before its bytes, so that bytes of a write that was cut off are found.
pub async fn reserve(store: &Store, new: IncomingBlob) -> StoreResult<BlobId> {
    let writer = store.clone();
    let add = move |all| add(writer.clone(), all);
    store.reserved.write(new, add).await
}

/// Has a row that was [reserved](reserve) wait longer for its bytes. Answers whether it still waits.
pub async fn prolong(store: &Store, id: BlobId, until: Timestamp) -> StoreResult<bool> {
    let tx = store.begin().await?;
    let waits = set_until(tx.db(), id, until).await?;
    tx.commit().await?;
    Ok(waits)
}

async fn add(store: Store, all: Vec<IncomingBlob>) -> StoreResult<Vec<BlobId>> {
    let tx = store.begin().await?;
    let ids = insert_unheld(tx.db(), all).await?;
    tx.commit().await?;
    Ok(ids)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{self as store, blobs};
    use entity::{BlobKind, PolicyId, blob};
    use futures_util::future::join_all;
    use sea_orm::ConnectionTrait as _;
    use std::collections::HashSet;

    const POLICY: &str = "INSERT INTO storage_policies \
        (id, name, kind, server, bucket_name, is_private, access_key, secret_key, max_size, \
         dir_name_rule, file_name_rule, settings, created_at, updated_at) \
        VALUES (1, 'here', 'local', '', '', 1, '', '', 0, '', '', '{}', 0, 0)";

    fn incoming(key: &str, policy: i64) -> IncomingBlob {
        IncomingBlob {
            kind: BlobKind::Version,
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
        let tx = store.begin().await.unwrap();
        tx.db().execute_unprepared(POLICY).await.unwrap();
        tx.commit().await.unwrap();
        // All come at once, and the first of them names a policy that does not exist.
        let all = (0..20).map(|n| {
            let new = incoming(&format!("k{n}"), if n == 0 { 999 } else { 1 });
            let store = &store;
            async move { reserve(store, new).await }
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
