//! Archives that lie in a bucket: they are read where they are, range by range.

use super::{error, extract, files, run, server};
use serde_json::json;
use tempfile::TempDir;
use tests::{Bucket, TestServer};

/// A server whose files go to a bucket, and whose sandbox runs the program.
pub(super) async fn site() -> TestServer {
    let relay = json!({ "relay": true, "internal_proxy": true });
    let server = server().await;
    server.use_bucket(&Bucket::fresh(), &relay).await;
    server
}

#[tokio::test]
async fn what_lies_in_a_bucket_is_unpacked_without_a_copy() {
    let server = site().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let big = tests::bytes_of("big", 3 << 20);
    std::fs::write(path.join("a.txt"), "alpha").unwrap();
    std::fs::write(path.join("big.bin"), &big).unwrap();
    run(path, "zip", &["-q", "a.zip", "a.txt", "big.bin"]);
    run(path, "7zz", &["a", "-bso0", "a.7z", "a.txt", "big.bin"]);
    run(path, "tar", &["-czf", "a.tgz", "a.txt", "big.bin"]);
    for name in ["a.zip", "a.7z", "a.tgz"] {
        let bytes = std::fs::read(path.join(name)).unwrap();
        let (archive, into) = (format!("/{name}"), format!("/{name} unpacked"));
        admin.put(&archive, bytes.clone()).await;
        admin.create_folder(&into).await;
        let listed = admin.archive_listing(&archive).await.ok();
        assert_eq!(listed["files"].as_array().unwrap().len(), 2, "{name}");
        let task = extract(&server, admin, (&archive, &into), json!({})).await;
        assert_eq!(files(&task), 2, "{name}");
        assert_eq!(admin.get(&format!("{into}/a.txt")).await, "alpha");
        assert_eq!(admin.get(&format!("{into}/big.bin")).await, big);
        // One that is cut off is told from one that is away.
        let cut = format!("/cut {name}");
        admin.put(&cut, bytes[..bytes.len() / 2].to_vec()).await;
        let task = extract(&server, admin, (&cut, &into), json!({})).await;
        assert!(error(&task).contains("damaged"), "{name}: {task}");
    }
}
