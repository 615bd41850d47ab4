//! What somebody else makes of a storage before it is taken over, and while it is.

use super::{import, lay, made, pairs, problems, report, told, try_import};
use serde_json::json;
use std::fs;
use tests::stand::{ACCESS, BUCKET, REGION, SECRET, Stand, Whose};
use tests::{Gate, TestServer};

/// A bucket of a vendor that takes any name.
async fn bucket(server: &TestServer, stand: &Stand) -> i64 {
    let policy = json!({
        "id": 0, "name": "Vendor", "type": "oss", "server": stand.endpoint(), "bucket_name": BUCKET,
        "is_private": true, "access_key": ACCESS, "secret_key": SECRET, "dir_name_rule": "uploads/{uid}",
        "file_name_rule": "{uuid}", "edges": {},
        "settings": { "region": REGION, "file_type": null, "relay": true, "internal_proxy": true },
    });
    made(server, policy).await
}

#[tokio::test]
async fn of_names_in_a_bucket_those_come_that_a_drive_has_and_all_others_are_told() {
    let stand = Stand::start(Whose::Oss).await;
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let policy = bucket(&server, &stand).await;
    let (long, longer) = ("x".repeat(256), "y".repeat(300));
    for name in [
        "good.txt",
        "Good.txt",
        "both",
        "both/in.txt",
        "../up.txt",
        "./here.txt",
        "/nameless.txt",
        "tab\tname",
        "bell\u{7}/in.txt",
        "nul\0.txt",
        "nul\0/in.txt",
        "back\\slash.txt",
        "back\\slash/in.txt",
        &long,
        &format!("{longer}/in.txt"),
        "what?/in.txt",
    ] {
        stand.put(&format!("odd/{name}"), name.to_owned(), "text/plain");
    }
    stand.put("odd/folder/", "", "");
    stand.put("up.txt", "not in it", "text/plain");
    let more = json!({ "src": "odd", "dst": "/in", "policy_id": policy });
    let task = import(&server, &alice, more.clone()).await;
    // Its folder, one that somebody made by hand, and one whose name a drive does not mind.
    assert_eq!(report(&task), [3, 3, 20, 0, 13], "{task}");
    let mut told = problems(&task);
    told.sort();
    let mut expected = pairs(&[
        (".", "name"),
        ("..", "name"),
        ("/", "name"),
        ("back\\slash", "name"),
        ("back\\slash.txt", "name"),
        ("bell\u{7}/in.txt", "name"),
        ("both", "hidden"),
        ("nul\0", "name"),
        ("nul\0.txt", "name"),
        ("tab\tname", "name"),
        ("what?", "name"),
        (&long, "name"),
        (&longer, "name"),
    ]);
    expected.sort();
    assert_eq!(told, expected);
    let mut names = alice.names("/in").await;
    names.sort();
    let expected = ["Good.txt", "bell\u{7}", "both", "folder", "good.txt"];
    assert_eq!(names, expected);
    for name in ["good.txt", "Good.txt", "both"] {
        assert_eq!(alice.get(&format!("/in/{name}")).await, name);
    }
    // Whoever comes again finds what is there.
    let again = import(&server, &alice, more).await;
    assert_eq!(report(&again)[0], 0, "{again}");
    assert_eq!(report(&again)[3], 3, "{again}");
    server.nothing_left_of("blob_verify").await;
    assert_eq!(alice.used().await, 20);
}

#[tokio::test]
async fn what_vanishes_meanwhile_is_told_and_holds_up_nothing() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let alice = server.user("alice").await;
    let root = server.data().join("uploads/there");
    lay(
        &root,
        &[
            ("gone.txt", b"gone"),
            ("in/kept.txt", b"kept"),
            ("late.txt", b"late"),
            ("out/gone.txt", b"gone"),
            ("stays.txt", b"stays"),
            ("turns.txt", b"turns"),
            ("wanes.txt", b"wanes"),
        ],
    );
    gate.hold("import: listed");
    gate.hold("import: looked");
    let begun = try_import(&server, &alice, json!({ "src": "there" }));
    let begun = begun.await.ok();
    gate.reached("import: listed").await;
    fs::remove_file(root.join("gone.txt")).unwrap();
    fs::remove_dir_all(root.join("out")).unwrap();
    // A folder in place of a file, and a shorter file in place of another.
    fs::remove_file(root.join("turns.txt")).unwrap();
    lay(&root, &[("turns.txt/new.txt", b"new"), ("wanes.txt", b"w")]);
    gate.open("import: listed");
    gate.reached("import: looked").await;
    // This one counts as taken over: nobody looks once more.
    fs::remove_file(root.join("late.txt")).unwrap();
    gate.open("import: looked");
    server.nothing_left_of("import").await;
    let task = told(&alice, &begun["id"]).await;
    let expected = [("gone.txt", "gone"), ("turns.txt", "gone")];
    assert_eq!(problems(&task), pairs(&expected));
    assert_eq!(report(&task), [4, 2, 4 + 4 + 5 + 1, 0, 2], "{task}");
    assert!(alice.names("/out").await.is_empty());
    assert_eq!(alice.get("/in/kept.txt").await, "kept");
    assert_eq!(alice.get("/stays.txt").await, "stays");
    assert_eq!(alice.get("/wanes.txt").await, "w");
    server.nothing_left_of("blob_verify").await;
    let reply = alice.fetch(&alice.url("/late.txt").await).await;
    assert_ne!(reply.status, 200, "{}", reply.text());
    // It goes as anything else does, and what became of the folder comes with the next one.
    alice.delete_for_good(&["/late.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    let task = import(&server, &alice, json!({ "src": "there" })).await;
    assert_eq!(report(&task), [1, 1, 3, 3, 0], "{task}");
    assert_eq!(alice.get("/turns.txt/new.txt").await, "new");
    server.nothing_left_of("blob_verify").await;
    server.assert_healthy();
}
