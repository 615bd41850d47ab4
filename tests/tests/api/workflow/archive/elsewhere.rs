//! Sources and archives that are kept in a bucket.

use super::{Site, assert_whole, pack, site_on, unzip};
use serde_json::json;
use tests::{Bucket, TestServer, bytes_of};

#[tokio::test]
async fn a_bucket_is_read_from_and_written_to() {
    let bucket = Bucket::fresh();
    let more = json!({ "relay": true, "internal_proxy": true });
    let server = TestServer::start_with_bucket(&bucket, &more).await;
    let Site {
        server: _server,
        alice,
    } = site_on(server).await;
    let large = bytes_of("large", (6 << 20) + 100);
    alice.put("/d/large.bin", large.clone()).await;
    for number in 0..40 {
        alice
            .put(&format!("/d/{number}.txt"), format!("{number}"))
            .await;
    }
    for format in ["zip", "7z"] {
        let dst = format!("/a.{format}");
        assert_whole(&pack(&alice, &["/d"], &dst, json!({ "format": format })).await);
    }
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed.len(), 41);
    assert!(packed["d/large.bin"] == large);
    assert_eq!(packed["d/39.txt"], b"39");
    assert!(alice.get("/a.7z").await.starts_with(b"7z\xbc\xaf\x27\x1c"));
}
