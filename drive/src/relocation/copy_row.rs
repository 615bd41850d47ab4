//! The row of a copy. It is there before the bytes, so that what a crash leaves of them is found, and
//! stays for as long as they come: recycling takes a row that waits for too long for left over.

use crate::blob::remove_bytes;
use crate::context::Core;
use crate::error::FileError;
use crate::tasks;
use entity::{BlobId, Timestamp};
use site::task;
use std::sync::Arc;
use std::time::Duration;
use store::blobs::{self, IncomingBlob};
use store::cause::carried;
use store::recycling::{self, CLAIMED, Unheld};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// How often others may come first with the same key while bytes are taken back.
const TRIES: u32 = 3;

/// How long a row waits for its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// If nobody brings them any more.
    pub longest_secs: i64,
    /// How often that begins anew while they come, however long that takes.
    pub renewed_every: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            longest_secs: 48 * 3600,
            renewed_every: Duration::from_hours(1),
        }
    }
}

impl Terms {
    pub fn until(self, now: Timestamp) -> Timestamp {
        now.plus_secs(self.longest_secs)
    }
}

/// Does the work of a copy, whose row is prolonged meanwhile.
pub(super) async fn kept<T>(
    core: &Arc<Core>,
    copy: BlobId,
    terms: Terms,
    work: impl Future<Output = T>,
) -> T {
    // Beside the work, which waits for the database as well.
    let renewing = carried(renew(Arc::clone(core), copy, terms));
    let renewing = AbortOnDropHandle::new(tokio::spawn(renewing.in_current_span()));
    let done = work.await;
    drop(renewing);
    done
}

/// Goes on until it is ended, or nobody has the row any more.
async fn renew(core: Arc<Core>, copy: BlobId, terms: Terms) {
    loop {
        tokio::time::sleep(terms.renewed_every).await;
        let until = terms.until(core.now());
        match blobs::prolong(&core.store, copy, until).await {
            Ok(true) => {}
            // Whoever puts it in place finds that out, and tells.
            Ok(false) => return,
            Err(error) => tracing::warn!(blob = copy.0, %error, "cannot prolong the row of a copy"),
        }
    }
}

/// Leaves what came of a copy that is not put in place to recycling. `row`: as it was reserved, if
/// what lies at its key can be nobody else's.
pub(super) async fn give_up(
    core: &Core,
    copy: BlobId,
    row: Option<IncomingBlob>,
) -> Result<(), FileError> {
    let now = core.now();
    let mut tx = core.store.begin().await?;
    let is_there = blobs::give_up(tx.db(), copy, now).await?;
    task::queue_once(&mut tx, tasks::recycle_blobs(now)).await?;
    tx.commit().await?;
    match row {
        Some(row) if !is_there => take_back(core, copy, row).await,
        _ => Ok(()),
    }
}

/// Removes bytes that came after recycling had taken their row for left over: gives them a row once
/// more, with which they go. Where somebody else has their key by now they are not touched.
async fn take_back(core: &Core, copy: BlobId, row: IncomingBlob) -> Result<(), FileError> {
    let now = core.now();
    for _ in 0..TRIES {
        let again = IncomingBlob {
            at: now,
            until: now,
            ..row.clone()
        };
        match blobs::reserve(&core.store, again).await {
            Err(error) if error.is_duplicate() => {}
            reserved => {
                reserved?;
                let mut tx = core.store.begin().await?;
                task::queue_once(&mut tx, tasks::recycle_blobs(now)).await?;
                return Ok(tx.commit().await?);
            }
        }
        let there = blobs::by_key(core.store.read(), row.policy, &row.key).await?;
        match there {
            None => continue,
            Some(there) if there.id == copy && there.reference_count == CLAIMED => {}
            // Somebody else's, or in place after all.
            Some(_) => return Ok(()),
        }
        // Recycling may have looked before the bytes came.
        let claimed = Unheld {
            id: copy,
            policy: row.policy,
            key: row.key.clone(),
            unlink_only: false,
        };
        let removed = remove_bytes(core, vec![claimed]).await;
        recycling::forget(&core.store, &removed.gone).await?;
        if removed.gone.is_empty() {
            // Its row is there still, with which a later pass finds them.
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::upkeep::tests::bench::Bench;
    use entity::{BlobKind, blob};

    const KEY: &str = "uploads/copy";

    fn row(bench: &Bench, terms: Terms) -> IncomingBlob {
        IncomingBlob {
            kind: BlobKind::Version,
            policy: bench.policy,
            key: KEY.to_owned(),
            created_by: None,
            props: blob::Props::default(),
            at: bench.now(),
            until: terms.until(bench.now()),
        }
    }

    /// What a pass of recycling does.
    async fn recycle(bench: &Bench) {
        let all = (Timestamp(0), BlobId(0));
        let claim = recycling::claim(bench.store(), bench.now(), all, 10).await;
        let removed = remove_bytes(&bench.core, claim.unwrap().blobs).await;
        recycling::forget(bench.store(), &removed.gone)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn the_row_of_a_copy_waits_for_as_long_as_its_bytes_come() {
        let bench = Bench::new().await;
        let terms = Terms {
            longest_secs: 60,
            renewed_every: Duration::from_millis(20),
        };
        let copy = blobs::reserve(bench.store(), row(&bench, terms)).await;
        let copy = copy.unwrap();
        let slow = async {
            for _ in 0..4 {
                bench.clock.advance_secs(50);
                let wanted = terms.until(bench.now());
                let is_prolonged = async {
                    loop {
                        let row = blobs::by_id(bench.store().read(), copy).await;
                        if row.unwrap().unwrap().unlinked_at >= Some(wanted) {
                            break;
                        }
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                let patience = Duration::from_secs(10);
                let prolonged = tokio::time::timeout(patience, is_prolonged).await;
                prolonged.expect("it is prolonged");
                recycle(&bench).await;
            }
        };
        kept(&bench.core, copy, terms, slow).await;
        assert!(
            blobs::by_id(bench.store().read(), copy)
                .await
                .unwrap()
                .is_some()
        );
    }

    #[tokio::test]
    async fn bytes_that_come_after_their_row_went_do_not_stay() {
        let bench = Bench::new().await;
        let terms = Terms::default();
        let row = row(&bench, terms);
        let copy = blobs::reserve(bench.store(), row.clone()).await.unwrap();
        bench.clock.advance_secs(terms.longest_secs + 1);
        recycle(&bench).await;
        bench.write(KEY, b"late").await;
        give_up(&bench.core, copy, Some(row)).await.unwrap();
        recycle(&bench).await;
        assert!(!bench.has_bytes(KEY).await);
        assert_eq!(bench.blobs().await, 0);
    }

    #[tokio::test]
    async fn bytes_that_come_while_their_row_goes_do_not_stay() {
        let bench = Bench::new().await;
        let terms = Terms::default();
        let row = row(&bench, terms);
        let copy = blobs::reserve(bench.store(), row.clone()).await.unwrap();
        bench.clock.advance_secs(terms.longest_secs + 1);
        let all = (Timestamp(0), BlobId(0));
        let claim = recycling::claim(bench.store(), bench.now(), all, 10).await;
        let removed = remove_bytes(&bench.core, claim.unwrap().blobs).await;
        bench.write(KEY, b"late").await;
        give_up(&bench.core, copy, Some(row)).await.unwrap();
        recycling::forget(bench.store(), &removed.gone)
            .await
            .unwrap();
        recycle(&bench).await;
        assert!(!bench.has_bytes(KEY).await);
        assert_eq!(bench.blobs().await, 0);
    }

    #[tokio::test]
    async fn what_somebody_else_has_by_now_stays() {
        let bench = Bench::new().await;
        let terms = Terms::default();
        let row = row(&bench, terms);
        let copy = blobs::reserve(bench.store(), row.clone()).await.unwrap();
        bench.clock.advance_secs(terms.longest_secs + 1);
        recycle(&bench).await;
        let other = IncomingBlob {
            until: terms.until(bench.now()),
            ..row.clone()
        };
        blobs::reserve(bench.store(), other).await.unwrap();
        bench.write(KEY, b"theirs").await;
        give_up(&bench.core, copy, Some(row)).await.unwrap();
        recycle(&bench).await;
        assert!(bench.has_bytes(KEY).await);
        assert_eq!(bench.blobs().await, 1);
    }
}
