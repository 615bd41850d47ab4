//! Two passes over the same blobs.

use super::bench::Bench;
use crate::blob::remove_bytes;
use entity::{BlobId, Timestamp};
use store::recycling;

#[tokio::test]
async fn what_came_to_lie_where_another_pass_removed_something_stays() {
    let bench = Bench::new().await;
    let keys = ["a".to_owned(), "b".to_owned()];
    let ids = bench.add_unheld(bench.policy, &keys).await;
    for key in &keys {
        bench.write(key, b"old").await;
    }
    let all = (Timestamp(0), BlobId(0));
    let claim = recycling::claim(bench.store(), bench.now(), all, 10).await;
    let mut claimed = claim.unwrap().blobs;
    claimed.sort_by_key(|blob| blob.id.0);
    assert_eq!(claimed.len(), 2);
    // Another pass, which found the same ones, removes one of them and forgets it.
    let first = remove_bytes(&bench.core, claimed[..1].to_vec()).await;
    assert_eq!(first.gone, ids[..1]);
    recycling::forget(bench.store(), &first.gone).await.unwrap();
    bench.write("a", b"new").await;
    let removed = remove_bytes(&bench.core, claimed).await;
    assert_eq!((removed.gone, removed.left.len()), (ids, 0));
    assert!(bench.has_bytes("a").await, "it is another one's by now");
    assert!(!bench.has_bytes("b").await);
}
