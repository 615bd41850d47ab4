//! Steps that break off in the middle, because the database fails.

use super::away::ends;
use super::{Site, id, kept, site, try_move};
use serde_json::Value;
use tests::bytes_of;

/// Has the database refuse that the bytes of a file of so many bytes are exchanged.
async fn refuse(site: &Site, bytes: usize) {
    let sql = format!(
        "CREATE TABLE witnesses (blob_id BIGINT REFERENCES damaged_blobs (blob_id)); \
         INSERT INTO damaged_blobs (blob_id, policy_id, damage, found_at) \
         SELECT id, policy_id, 'content', 1 FROM blobs WHERE size_bytes = {bytes}; \
         INSERT INTO witnesses (blob_id) SELECT blob_id FROM damaged_blobs"
    );
    site.server.tamper(&sql).await;
}

async fn moved(site: &Site) -> Value {
    let state = "SELECT private_state AS value FROM tasks WHERE kind = 'relocate'";
    let state: Value = serde_json::from_str(&site.server.ask(state).await).unwrap();
    state["moved"].clone()
}

#[tokio::test]
async fn what_was_moved_until_then_is_counted_and_seen() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 50_000)).await;
    alice.put("/docs/stuck", bytes_of("stuck", 60_000)).await;
    let own = kept(alice, "/docs/a").await[0].1.clone();
    refuse(&site, 60_000).await;
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    for _ in 0..200 {
        if moved(&site).await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(moved(&site).await, 1);
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
    assert_eq!(kept(alice, "/docs/stuck").await[0].1, own);
    // It goes on when the database does.
    site.server.tamper("DELETE FROM witnesses").await;
    let ended = ends(&site, &begun, "completed").await;
    assert_eq!(ended["summary"]["props"]["failed"], 0, "{ended}");
    assert_eq!(moved(&site).await, 2);
    for (name, bytes) in [("a", 50_000), ("stuck", 60_000)] {
        let path = format!("/docs/{name}");
        assert_eq!(kept(alice, &path).await[0].1, "Disk");
        assert_eq!(alice.get(&path).await, bytes_of(name, bytes));
    }
}
