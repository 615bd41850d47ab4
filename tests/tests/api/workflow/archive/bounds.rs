//! How much may be packed: files, bytes, sources, and tasks at a time.

use super::{
    Site, assert_whole, begin, ended, files, left_out, pack, pairs, site, try_pack, unzip,
};
use crate::code;
use serde_json::json;
use tests::{TestServer, uri};

async fn bound(server: &TestServer, key: &str, most: i64) {
    let files = if key == "max_walked_files" {
        most
    } else {
        100_000
    };
    let bytes = if key == "compress_size" { most } else { 0 };
    let settings = format!(r#"'{{"max_walked_files":{files},"compress_size":{bytes}}}'"#);
    server
        .tamper(&format!(
            "UPDATE groups SET settings = {settings}, updated_at = updated_at + 1 WHERE id = 2"
        ))
        .await;
}

#[tokio::test]
async fn no_more_bytes_are_packed_than_the_group_may() {
    let Site { server, alice } = site().await;
    for path in ["/d/a", "/d/sub/b", "/c"] {
        alice.put(path, "12345").await;
    }
    bound(&server, "compress_size", 15).await;
    assert_whole(&pack(&alice, &["/d", "/c"], "/a.zip", json!({})).await);
    bound(&server, "compress_size", 14).await;
    let task = pack(&alice, &["/d", "/c"], "/b.zip", json!({})).await;
    assert_eq!(task["status"], "error", "{task}");
    assert!(
        task["error"]
            .as_str()
            .unwrap()
            .contains("more than 14 bytes"),
        "{task}"
    );
    assert_eq!(task.get("retry_count"), None);
    assert_eq!(alice.info("/b.zip").await.code(), code::PARENT_NOT_EXIST);
    server.assert_clean();
}

#[tokio::test]
async fn no_more_files_are_packed_than_the_group_may_walk_through() {
    let Site { server, alice } = site().await;
    for number in 0..5 {
        alice.put(&format!("/d/{number}"), "x").await;
        alice.put(&format!("/e/{number}"), "x").await;
    }
    bound(&server, "max_walked_files", 10).await;
    assert_whole(&pack(&alice, &["/d", "/e"], "/a.zip", json!({})).await);
    bound(&server, "max_walked_files", 9).await;
    for src in [
        &["/d", "/e"][..],
        &["/d", "/e/0", "/e/1", "/e/2", "/e/3", "/e/4"],
    ] {
        let task = pack(&alice, src, "/b.zip", json!({})).await;
        assert_eq!(task["status"], "error", "{task}");
        assert!(
            task["error"]
                .as_str()
                .unwrap()
                .contains("more than 9 files"),
            "{task}"
        );
    }
    server.assert_clean();
}

#[tokio::test]
async fn three_thousand_sources_are_packed_and_one_more_is_refused() {
    let Site { server, alice } = site().await;
    alice.put("/d/a.txt", "a").await;
    // Rows without content, as many as it takes.
    server
        .tamper(
            "INSERT INTO files (kind, owner_id, parent_id, name, name_folded, is_symbolic, size_bytes, \
             created_at, updated_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
             SELECT kind, owner_id, parent_id, CAST(i AS TEXT), CAST(i AS TEXT), is_symbolic, 0, created_at, \
             updated_at FROM n CROSS JOIN files WHERE name = 'a.txt'",
        )
        .await;
    let mut sources: Vec<String> = (1..3_000).map(|number| format!("/d/{number}")).collect();
    sources.push("/d/a.txt".to_owned());
    let task = pack(&alice, &sources, "/all.zip", json!({})).await;
    assert_whole(&task);
    assert_eq!(task["summary"]["props"]["src_count"], 3_000);
    assert_eq!(
        task["summary"]["props"]["src_multiple"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
    let packed = unzip(&alice.get("/all.zip").await);
    assert_eq!(
        (packed.len(), packed["a.txt"].as_slice()),
        (3_000, &b"a"[..])
    );
    sources.push("/d/3000".to_owned());
    let reply = try_pack(&alice, &sources, "/more.zip", json!({})).await;
    assert_eq!(reply.code(), code::TOO_MANY_URIS);
    let long = uri(&format!("/{}", "x/".repeat(9_000)));
    let reply = try_pack(&alice, &[long], "/more.zip", json!({})).await;
    assert_eq!(reply.code(), code::PARAMETER);
}

#[tokio::test]
async fn a_hundred_tasks_at_once_are_done_one_after_the_other() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    alice.put("/d/a.txt", "a").await;
    let mut ids = Vec::new();
    for number in 0..100 {
        ids.push(begin(&alice, &["/d"], &format!("/{number}.zip")).await);
    }
    for id in ids {
        assert_whole(&ended(&alice, &id).await);
    }
    for number in [0, 57, 99] {
        let packed = unzip(&alice.get(&format!("/{number}.zip")).await);
        assert_eq!(packed, files(&[("d/a.txt", "a")]));
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_and_the_rest_is_packed() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    alice.put("/a.txt", "a").await;
    alice.put("/b.txt", "b").await;
    alice.open_upload("/coming.bin", 5).await;
    let sources = ["/a.txt", "/gone.txt", "/", "/coming.bin", "/b.txt"];
    let task = pack(&alice, &sources, "/all.zip", json!({})).await;
    assert_eq!(task["status"], "completed", "{task}");
    let expected = [
        ("gone.txt", "gone"),
        ("/", "root"),
        ("coming.bin", "uploading"),
    ];
    assert_eq!(left_out(&task), pairs(&expected));
    let packed = unzip(&alice.get("/all.zip").await);
    assert_eq!(packed, files(&[("a.txt", "a"), ("b.txt", "b")]));

    let task = pack(&alice, &["/gone.txt"], "/none.zip", json!({})).await;
    assert_eq!(task["status"], "error");
    let said = task["error"].as_str().unwrap();
    assert_eq!(
        said,
        "nothing could be packed: gone.txt is not there any more"
    );
}
