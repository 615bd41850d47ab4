//! `/file/version`, and how versions come and go.

use sea_orm::ConnectionTrait;
use serde_json::json;
use tests::{Gate, TestServer};

use crate::code;

async fn version_sizes(alice: &tests::Client, path: &str) -> Vec<u64> {
    alice
        .versions(path)
        .await
        .iter()
        .map(|version| version["size"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn every_new_content_is_a_version_and_all_can_be_read() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    alice.overwrite("/a.txt", "22").await;
    alice.put_content("/a.txt", "333").await.ok();
    let versions = alice.versions("/a.txt").await;
    assert_eq!(version_sizes(&alice, "/a.txt").await, [3, 2, 1]);
    assert_eq!(alice.used().await, 6);
    for (version, content) in versions.iter().zip(["333", "22", "1"]) {
        let url = alice
            .url_with("/a.txt", json!({ "entity": version["id"] }))
            .await;
        assert_eq!(alice.fetch(&url).await.text(), content);
    }
}

#[tokio::test]
async fn an_older_version_becomes_current_again() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    alice.overwrite("/a.txt", "22").await;
    let versions = alice.versions("/a.txt").await;
    let oldest = versions[1]["id"].as_str().unwrap();
    alice.set_version("/a.txt", oldest).await.done();
    let info = alice.info("/a.txt").await.ok();
    assert_eq!(
        (&info["primary_entity"], &info["size"]),
        (&json!(oldest), &json!(1))
    );
    assert_eq!(alice.get("/a.txt").await, "1");
    assert_eq!(version_sizes(&alice, "/a.txt").await, [2, 1]);
    assert_eq!(alice.used().await, 3);
}

#[tokio::test]
async fn a_version_is_deleted_but_not_the_current_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    alice.overwrite("/a.txt", "22").await;
    let versions = alice.versions("/a.txt").await;
    let (newest, oldest) = (&versions[0]["id"], &versions[1]["id"]);
    let current = alice
        .delete_version("/a.txt", newest.as_str().unwrap())
        .await;
    current.refused(code::NO_PERMISSION);
    alice
        .delete_version("/a.txt", oldest.as_str().unwrap())
        .await
        .done();
    assert_eq!(version_sizes(&alice, "/a.txt").await, [2]);
    assert_eq!(alice.used().await, 2);
    let gone = alice
        .delete_version("/a.txt", oldest.as_str().unwrap())
        .await;
    gone.refused(code::ENTITY_NOT_EXIST);
    let gone = alice.set_version("/a.txt", oldest.as_str().unwrap()).await;
    gone.refused(code::ENTITY_NOT_EXIST);
}

#[tokio::test]
async fn a_version_belongs_to_its_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.put("/b.txt", "b").await;
    alice.overwrite("/b.txt", "bb").await;
    let foreign = alice.versions("/b.txt").await[1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    alice
        .set_version("/a.txt", &foreign)
        .await
        .refused(code::ENTITY_NOT_EXIST);
    alice
        .delete_version("/a.txt", &foreign)
        .await
        .refused(code::ENTITY_NOT_EXIST);
    let reply = alice
        .try_urls(&["/a.txt"], json!({ "entity": foreign }))
        .await;
    assert_eq!(reply.inner_code(), code::ENTITY_NOT_EXIST);
    assert_eq!(version_sizes(&alice, "/b.txt").await, [2, 1]);
    assert_eq!(alice.get("/a.txt").await, "a");
}

#[tokio::test]
async fn the_eleventh_version_pushes_the_oldest_out() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for size in 1..=12 {
        alice.overwrite("/a.txt", vec![b'x'; size]).await;
    }
    let expected: Vec<u64> = (3..=12).rev().collect();
    assert_eq!(version_sizes(&alice, "/a.txt").await, expected);
    assert_eq!(alice.used().await, expected.iter().sum::<u64>());
}

#[tokio::test]
async fn the_owner_decides_how_many_versions_stay() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let write = async |path: &str| {
        for size in 1..=4 {
            alice.overwrite(path, vec![b'x'; size]).await;
        }
        version_sizes(&alice, path).await
    };
    alice
        .change_settings(json!({ "version_retention_max": 2 }))
        .await
        .done();
    assert_eq!(write("/two.txt").await, [4, 3]);
    alice
        .change_settings(json!({ "version_retention_ext": ["md"] }))
        .await
        .done();
    assert_eq!(write("/listed.md").await, [4, 3]);
    assert_eq!(write("/not-listed.txt").await, [4]);
    alice
        .change_settings(json!({ "version_retention_enabled": false }))
        .await
        .done();
    assert_eq!(write("/none.md").await, [4]);
    // What the new rules do not keep of the older files goes soon after.
    for _ in 0..200 {
        if alice.used().await == 4 * 4 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} bytes are still used", alice.used().await);
}

#[tokio::test]
async fn a_version_that_becomes_current_while_others_are_pruned_stays() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    alice.overwrite("/a.txt", "22").await;
    let versions = "SELECT CAST(MIN(fb.blob_id) AS TEXT) AS value FROM file_blobs fb \
                    JOIN files f ON f.id = fb.file_id WHERE f.name = 'a.txt'";
    let oldest = server.ask(versions).await;
    gate.hold("versions: pruning");
    let retention = json!({ "version_retention_enabled": false });
    alice.change_settings(retention).await.done();
    gate.reached("versions: pruning").await;

    // A change that began before and is not committed yet makes the oldest current.
    let database = server.database().await;
    let begin = match database.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "BEGIN IMMEDIATE",
        _ => "BEGIN",
    };
    let set =
        format!("UPDATE files SET current_blob_id = {oldest}, size_bytes = 1 WHERE name = 'a.txt'");
    let take = "UPDATE users SET tree_version = tree_version + 1";
    for statement in [begin, take, &set] {
        database.execute_unprepared(statement).await.unwrap();
    }
    gate.open("versions: pruning");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    database.execute_unprepared("COMMIT").await.unwrap();

    server.nothing_left_of("prune_versions").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(alice.get("/a.txt").await, "1");
    assert_eq!(version_sizes(&alice, "/a.txt").await, [1]);
    server.assert_healthy();
}

#[tokio::test]
async fn malformed_version_requests_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "1").await;
    alice.overwrite("/a.txt", "22").await;
    let old = alice.versions("/a.txt").await[1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for body in [
        json!({}),
        json!({ "uri": tests::uri("/a.txt") }),
        json!({ "version": old }),
    ] {
        alice
            .post("/file/version/current", body.clone())
            .await
            .refused(code::PARAMETER);
        alice
            .delete_json("/file/version", body)
            .await
            .refused(code::PARAMETER);
    }
    for garbled in ["!!", "x", "-1"] {
        let codes = [code::PARAMETER, code::ENTITY_NOT_EXIST];
        alice
            .set_version("/a.txt", garbled)
            .await
            .refused_with_any(&codes);
        alice
            .delete_version("/a.txt", garbled)
            .await
            .refused_with_any(&codes);
    }
    alice
        .set_version("/missing", &old)
        .await
        .refused(code::PARENT_NOT_EXIST);
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    let codes = [code::NO_PERMISSION, code::OWNER_ONLY];
    bob.set_version(&hers, &old).await.refused_with_any(&codes);
    bob.delete_version(&hers, &old)
        .await
        .refused_with_any(&codes);
    assert_eq!(alice.get("/a.txt").await, "22");
    assert_eq!(version_sizes(&alice, "/a.txt").await, [2, 1]);
}
