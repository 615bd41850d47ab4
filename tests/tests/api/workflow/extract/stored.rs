//! Contents that a zip does not pack: the server reads them itself, and checks them.

use super::{elsewhere, extract, files, left_out, pairs, server, zip_with};
use serde_json::json;
use tests::TestServer;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// Around what is read by the server, and well beyond.
const SIZES: [usize; 4] = [(256 << 10) - 1, 256 << 10, (512 << 10) + 1, 3 << 20];

fn content(size: usize) -> Vec<u8> {
    tests::bytes_of(&format!("stored {size}"), size).to_vec()
}

fn archive() -> Vec<u8> {
    let files: Vec<_> = SIZES
        .map(|size| (format!("{size}.bin"), content(size)))
        .into();
    let mut files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    files.push(("last.txt", b"the last"));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip_with(&files, stored).to_vec()
}

async fn is_unpacked_and_checked(server: &TestServer) {
    let admin = server.admin();
    let whole = archive();
    admin.put("/whole.zip", whole.clone()).await;
    admin.create_folder("/whole").await;
    let task = extract(server, admin, ("/whole.zip", "/whole"), json!({})).await;
    assert_eq!(files(&task), SIZES.len() as u64 + 1);
    for size in SIZES {
        assert_eq!(
            admin.get(&format!("/whole/{size}.bin")).await,
            content(size)
        );
    }
    assert_eq!(admin.get("/whole/last.txt").await, "the last");

    // One bit of one of them: the others come, and nothing of it.
    let size = SIZES[2];
    let content = content(size);
    let at = whole.windows(64).position(|some| some == &content[..64]);
    let mut bent = whole;
    bent[at.unwrap() + size - 1] ^= 1;
    admin.put("/bent.zip", bent).await;
    admin.create_folder("/bent").await;
    let task = extract(server, admin, ("/bent.zip", "/bent"), json!({})).await;
    assert_eq!(files(&task), SIZES.len() as u64);
    let name = format!("{size}.bin");
    assert_eq!(left_out(&task), pairs(&[(&name, "damaged")]));
    assert!(!admin.names("/bent").await.contains(&name));
}

#[tokio::test]
async fn what_is_not_packed_is_unpacked_and_checked() {
    is_unpacked_and_checked(&server().await).await;
}

#[tokio::test]
async fn what_is_not_packed_comes_out_of_a_bucket() {
    is_unpacked_and_checked(&elsewhere::site().await).await;
}
