//! Metadata: of a call, of a file, of a drive, of visitors.

use crate::code;
use serde_json::{Map, Value, json};
use site::limits::{
    ACCOUNT_METADATA_BYTES, DEAD_PROPS, METADATA_ENTRIES, METADATA_VALUE_BYTES, PATCHED, PATCHES,
    VISITOR_METADATA_BYTES, VISITOR_METADATA_ENTRIES,
};
use std::ops::Range;
use tests::{Client, Share, TestServer, uri};

const TOO_MANY: usize = PATCHES + 1;
const ONE_MORE: usize = METADATA_ENTRIES + 1;
const ONE_MORE_PROP: usize = DEAD_PROPS + 1;

/// Patches that set so many tags.
fn tags(numbers: Range<usize>) -> Value {
    let tag = |n| json!({ "key": format!("tag:{n}"), "value": "" });
    numbers.map(tag).collect()
}

fn entries(count: usize) -> Value {
    let entry = |n| (format!("tag:{n}"), json!(""));
    Value::Object((0..count).map(entry).collect::<Map<_, _>>())
}

#[tokio::test]
async fn one_call_changes_so_much_metadata_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    alice
        .patch_metadata("/a.txt", tags(0..TOO_MANY))
        .await
        .refused(code::PARAMETER);
    assert_eq!(alice.metadata("/a.txt").await, json!({}));
    alice
        .patch_metadata("/a.txt", tags(0..PATCHES))
        .await
        .done();
    // Removing what is not there is as much work.
    let removals: Value = (0..=PATCHES)
        .map(|n| json!({ "key": format!("tag:{n}"), "remove": true }))
        .collect();
    let reply = alice.patch_metadata("/a.txt", removals).await;
    reply.refused(code::PARAMETER);
    // Nor does it help to spread the changes over many files, whether there are any or not.
    let most = PATCHED / PATCHES;
    for (files, expected) in [(most, 40081), (most + 1, code::PARAMETER)] {
        let uris: Vec<String> = (0..files).map(|n| uri(&format!("/none/{n}"))).collect();
        let body = json!({ "uris": uris, "patches": tags(0..PATCHES) });
        assert_eq!(alice.patch("/file/metadata", body).await.code(), expected);
    }
}

#[tokio::test]
async fn the_last_word_on_a_key_counts_on_every_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a").await;
    alice.create_file("/b").await;
    alice.patch_metadata("/b", tags(0..2)).await.done();
    let body = json!({
        "uris": [uri("/a"), uri("/none"), uri("/b"), uri("/a")],
        "patches": [
            { "key": "tag:0", "value": "#fff" },
            { "key": "tag:0", "remove": true },
            { "key": "tag:1", "remove": true },
            { "key": "tag:1", "value": "#000" },
        ],
    });
    let reply = alice.patch("/file/metadata", body).await;
    assert_eq!(reply.inner_code(), code::PARENT_NOT_EXIST);
    for path in ["/a", "/b"] {
        assert_eq!(alice.metadata(path).await, json!({ "tag:1": "#000" }));
    }
}

#[tokio::test]
async fn a_file_has_so_many_entries_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    for start in (0..METADATA_ENTRIES).step_by(PATCHES) {
        let patches = tags(start..METADATA_ENTRIES.min(start + PATCHES));
        alice.patch_metadata("/a.txt", patches).await.done();
    }
    let more = alice
        .patch_metadata("/a.txt", tags(METADATA_ENTRIES..ONE_MORE))
        .await;
    more.refused(code::PARAMETER);
    let held = alice.metadata("/a.txt").await;
    assert_eq!(held.as_object().unwrap().len(), METADATA_ENTRIES);
    // What is there can be changed, and removed to make room.
    alice.patch_metadata("/a.txt", tags(0..1)).await.done();
    let removal = json!([{ "key": "tag:0", "remove": true }]);
    alice.patch_metadata("/a.txt", removal).await.done();
    let more = alice
        .patch_metadata("/a.txt", tags(METADATA_ENTRIES..ONE_MORE))
        .await;
    more.done();
}

#[tokio::test]
async fn a_file_has_so_many_bytes_of_metadata_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let long = "x".repeat(METADATA_VALUE_BYTES);
    let set = |n: usize| json!([{ "key": format!("dav:u|{n}"), "value": long }]);
    for n in 0..4 {
        let reply = alice.patch_metadata("/a.txt", set(n)).await;
        // Four of the longest and their keys are a bit more than there may be.
        assert_eq!(reply.code(), if n < 3 { 0 } else { code::PARAMETER }, "{n}");
    }
    let longer = json!([{ "key": "dav:u|x", "value": format!("{long}x") }]);
    let reply = alice.patch_metadata("/a.txt", longer).await;
    reply.refused(code::PARAMETER);
    let with = json!({ "dav:u|1": long, "dav:u|2": long, "dav:u|3": long, "dav:u|4": long });
    let body = json!({ "uri": uri("/b.txt"), "type": "file", "metadata": with });
    alice
        .post("/file/create", body)
        .await
        .refused(code::PARAMETER);
    alice
        .try_open_upload("/c.txt", 1, json!({ "metadata": with }))
        .await
        .refused(code::PARAMETER);
    assert_eq!(alice.names("/").await, ["a.txt"]);
}

#[tokio::test]
async fn a_drive_has_so_many_bytes_of_metadata_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.create_file("/a.txt").await;
    alice.create_file("/full.txt").await;
    // As much as there may be, less a few bytes.
    let long = "x".repeat(65_000);
    let rows = (ACCOUNT_METADATA_BYTES as usize - 100) / (long.len() + 12);
    server
        .tamper(&format!(
            "INSERT INTO metadata (file_id, name, value, is_public) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             SELECT f.id, 'dav:u|' || (100000 + n.i), '{long}', f.is_symbolic = f.is_symbolic \
             FROM files f, n WHERE f.name = 'full.txt'"
        ))
        .await;
    let full = format!("UPDATE users SET fact_bytes = {ACCOUNT_METADATA_BYTES}");
    server.tamper(&full).await;
    let value = "y".repeat(60_000);
    let set = |key: &str| json!([{ "key": key, "value": value }]);
    // Counted anew there may be room for one of two.
    let first = alice.patch_metadata("/a.txt", set("dav:u|a")).await.code();
    let second = alice.patch_metadata("/a.txt", set("dav:u|b")).await;
    second.refused(code::PARAMETER);
    assert!([0, code::PARAMETER].contains(&first));
    // Neither by creating nor by uploading nor by copying.
    let with = json!({ "dav:u|c": value });
    let body = json!({ "uri": uri("/b.txt"), "type": "file", "metadata": with });
    alice
        .post("/file/create", body)
        .await
        .refused(code::PARAMETER);
    alice
        .try_open_upload("/c.txt", 1, json!({ "metadata": with }))
        .await
        .refused(code::PARAMETER);
    alice.create_folder("/copies").await;
    alice
        .copy_to(&["/full.txt"], "/copies")
        .await
        .refused(code::PARAMETER);
    assert_eq!(alice.names("/copies").await, Vec::<String>::new());
    // Others have a drive of their own, which is counted anew as well: theirs is empty.
    bob.create_file("/b.txt").await;
    bob.patch_metadata("/b.txt", set("dav:u|a")).await.done();
}

#[tokio::test]
async fn what_open_uploads_say_of_their_files_counts_from_the_beginning() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/in").await;
    let everyone = json!({ "permissions": { "everyone": "BA==" } });
    let share = alice.share("/in", everyone).await;
    let with = |bytes: usize| json!({ "metadata": { "dav:u|a": "x".repeat(bytes) } });
    alice.try_open_upload("/a.bin", 1, with(50_000)).await.ok();
    let stranger = server.stranger();
    let at = share.at("/b.bin");
    stranger.try_open_upload(&at, 1, with(3_000)).await.ok();
    let others = server.user("bob").await;
    others.try_open_upload("/a.bin", 1, with(50_000)).await.ok();
    // The next who wants room has it counted anew.
    let full = format!(
        "UPDATE users SET fact_bytes = {ACCOUNT_METADATA_BYTES} WHERE email LIKE 'alice@%'"
    );
    server.tamper(&full).await;
    alice.try_open_upload("/c.bin", 1, with(100)).await.ok();
    let counted = "SELECT CAST(fact_bytes AS TEXT) AS value FROM users WHERE email LIKE 'alice@%'";
    let counted: usize = server.ask(counted).await.parse().unwrap();
    assert!((53_000..55_000).contains(&counted), "{counted}");
}

async fn inbox(alice: &Client) -> Share {
    alice.create_folder("/in").await;
    let everyone = json!({ "permissions": { "everyone": "BA==" } });
    alice.share("/in", everyone).await
}

#[tokio::test]
async fn visitors_say_little_about_what_they_bring() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = inbox(&alice).await;
    let stranger = server.stranger();
    let long = |bytes: usize| json!({ "dav:u|a": "x".repeat(bytes - "dav:u|a".len()) });
    for (metadata, expected) in [
        (entries(VISITOR_METADATA_ENTRIES), 0),
        (entries(VISITOR_METADATA_ENTRIES + 1), code::PARAMETER),
        (long(VISITOR_METADATA_BYTES), 0),
        (long(VISITOR_METADATA_BYTES + 1), code::PARAMETER),
    ] {
        for who in [&stranger, &server.admin().clone()] {
            let more = json!({ "metadata": metadata });
            let upload = who.try_open_upload(&share.at("/up.bin"), 1, more).await;
            assert_eq!(upload.code(), expected, "{}", upload.text());
            let body = json!({
                "uri": share.at("/new.txt"), "type": "file", "metadata": metadata,
            });
            let created = who.post("/file/create", body).await;
            assert_eq!(created.code(), expected, "{}", created.text());
        }
    }
}

#[tokio::test]
async fn webdav_properties_are_bounded_too() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let set = |numbers: Range<usize>| {
        let props: Vec<String> = numbers.map(|n| format!("<p{n} xmlns='urn:x'/>")).collect();
        let props = props.concat();
        format!(
            "<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>{props}</D:prop></D:set></D:propertyupdate>"
        )
    };
    let full = dav
        .tell("PROPPATCH", "/a.txt", &[], set(0..DEAD_PROPS))
        .await;
    assert_eq!(full.status, 207, "{}", full.text());
    let more = set(DEAD_PROPS..ONE_MORE_PROP);
    assert_eq!(dav.tell("PROPPATCH", "/a.txt", &[], more).await.status, 400);
    // With what the API said about the file there is no more room either.
    for start in [0, PATCHES] {
        let tags = admin
            .patch_metadata("/a.txt", tags(start..start + PATCHES))
            .await;
        assert_eq!(tags.code(), if start == 0 { 0 } else { code::PARAMETER });
    }
    admin.put("/b.txt", "b").await;
    for start in (0..METADATA_ENTRIES).step_by(PATCHES) {
        let patches = tags(start..METADATA_ENTRIES.min(start + PATCHES));
        admin.patch_metadata("/b.txt", patches).await.done();
    }
    let one = dav.tell("PROPPATCH", "/b.txt", &[], set(0..1)).await;
    assert_eq!(one.status, 507, "{}", one.text());
    assert_eq!(
        admin.metadata("/b.txt").await.as_object().unwrap().len(),
        METADATA_ENTRIES
    );
}
