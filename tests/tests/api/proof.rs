//! `/admin/proof`, and the task that reads again what is stored.

use crate::code;
use crate::mirror::{mirrored, of_disks};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tests::{Client, Gate, MailServer, TestServer, Vendor, bytes_of};

async fn read_all(server: &TestServer) {
    let admin = server.admin();
    admin.post("/admin/proof/run", json!({})).await.done();
    server.nothing_left_of("blob_scrub").await;
}

async fn state(server: &TestServer, policy: i64) -> Value {
    let state = server.admin().get_json("/admin/proof", &[]).await.ok();
    let policies = state["policies"].as_array().unwrap();
    let found = policies.iter().find(|of| of["id"] == policy);
    found.unwrap().clone()
}

async fn damaged(server: &TestServer) -> Vec<Value> {
    let page = server
        .admin()
        .get_json("/admin/proof/damaged", &[])
        .await
        .ok();
    page["entities"].as_array().unwrap().clone()
}

/// The one file that has these bytes.
fn holding(server: &TestServer, bytes: &[u8]) -> PathBuf {
    let all = server.stored_files().into_iter();
    let mut found = all.filter(|path| fs::read(path).unwrap() == bytes);
    found.next().unwrap()
}

async fn status(who: &Client, path: &str) -> u16 {
    who.fetch(&who.url(path).await).await.status
}

#[tokio::test]
async fn what_is_whole_stays_and_is_seen_to_be() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for number in 0..20 {
        let bytes = bytes_of(&number.to_string(), number * 7_000);
        alice.put(&format!("/{number}.bin"), bytes).await;
    }
    let before = state(&server, 1).await["proven_since"].clone();
    read_all(&server).await;
    let after = state(&server, 1).await;
    assert!(
        after["proven_since"].as_str() > before.as_str(),
        "{before} {after}"
    );
    assert_eq!(
        (&after["damaged"], &after["unhashed"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(damaged(&server).await, Vec::<Value>::new());
    assert_eq!(alice.get("/3.bin").await, bytes_of("3", 21_000));
}

#[tokio::test]
async fn every_fault_is_found_and_nobody_is_given_what_is_damaged() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let names = [
        "flipped", "short", "long", "missing", "swapped", "other", "good",
    ];
    for name in names {
        alice
            .put(&format!("/{name}.bin"), bytes_of(name, 50_000))
            .await;
    }
    alice.copy_to(&["/flipped.bin"], "/").await;
    let file = |name: &str| holding(&server, &bytes_of(name, 50_000));
    let [flipped, short, long, missing, swapped, other] =
        ["flipped", "short", "long", "missing", "swapped", "other"].map(file);
    let mut bytes = fs::read(&flipped).unwrap();
    bytes[25_000] ^= 1;
    fs::write(&flipped, bytes).unwrap();
    fs::write(&short, &bytes_of("short", 50_000)[..49_999]).unwrap();
    fs::write(&long, [&bytes_of("long", 50_000)[..], b"x"].concat()).unwrap();
    fs::remove_file(&missing).unwrap();
    fs::write(&swapped, bytes_of("other", 50_000)).unwrap();
    fs::write(&other, bytes_of("swapped", 50_000)).unwrap();

    read_all(&server).await;
    let found = damaged(&server).await;
    let mut kinds: Vec<(String, String)> = found
        .iter()
        .map(|entity| {
            let name = entity["files"][0]["name"].as_str().unwrap();
            (
                name.to_owned(),
                entity["damage"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    kinds.sort();
    let expected = [
        ("flipped.bin", "content"),
        ("long.bin", "length"),
        ("missing.bin", "missing"),
        ("other.bin", "content"),
        ("short.bin", "length"),
        ("swapped.bin", "content"),
    ];
    let expected = expected.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(kinds, expected);
    assert_eq!(state(&server, 1).await["damaged"], 6);
    for name in names {
        let expected = if name == "good" { 200 } else { 502 };
        assert_eq!(
            status(&alice, &format!("/{name}.bin")).await,
            expected,
            "{name}"
        );
    }
    // The bytes stay where they are: they may be all that is left.
    assert!(flipped.exists() && swapped.exists());
    assert_eq!(server.journal("blob_damaged").await.len(), 6);
    // Told once, however often it is read.
    read_all(&server).await;
    assert_eq!(server.journal("blob_damaged").await.len(), 6);
}

#[tokio::test]
async fn bytes_that_are_put_back_are_given_to_people_again() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let content = bytes_of("back", 30_000);
    alice.put("/a.bin", content.clone()).await;
    let path = holding(&server, &content);
    fs::write(&path, bytes_of("rot", 30_000)).unwrap();
    read_all(&server).await;
    let id = damaged(&server).await[0]["id"].clone();
    let admin = server.admin();
    let check = || admin.post("/admin/proof/check", json!({ "ids": [id] }));
    assert_eq!(check().await.ok()["ids"], json!([id]));
    assert_eq!(status(&alice, "/a.bin").await, 502);
    fs::write(&path, &content).unwrap();
    assert_eq!(check().await.ok()["ids"], json!([]));
    assert_eq!(alice.get("/a.bin").await, content);
    assert_eq!(damaged(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_had_no_hash_is_given_to_people_again_at_the_first_look() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let content = bytes_of("unhashed", 30_000);
    alice.put("/a.bin", content.clone()).await;
    server
        .tamper(
            "UPDATE blobs SET blake3 = NULL, verified_at = NULL, \
                 created_at = created_at - 8000000000, updated_at = updated_at - 8000000000",
        )
        .await;
    let path = holding(&server, &content);
    let aside = path.with_extension("aside");
    fs::rename(&path, &aside).unwrap();
    read_all(&server).await;
    let id = damaged(&server).await[0]["id"].clone();
    assert_eq!(status(&alice, "/a.bin").await, 502);
    fs::rename(&aside, &path).unwrap();
    let body = json!({ "ids": [id] });
    let left = server.admin().post("/admin/proof/check", body).await.ok();
    assert_eq!(left["ids"], json!([]));
    assert_eq!(alice.get("/a.bin").await, content);
    assert_eq!(damaged(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_administrator_may_take_the_bytes_for_what_they_are() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in ["changed", "short"] {
        alice
            .put(&format!("/{name}.bin"), bytes_of(name, 30_000))
            .await;
    }
    let changed = bytes_of("rot", 30_000);
    fs::write(holding(&server, &bytes_of("changed", 30_000)), &changed).unwrap();
    fs::write(holding(&server, &bytes_of("short", 30_000)), "short").unwrap();
    read_all(&server).await;
    let ids: Vec<Value> = damaged(&server)
        .await
        .iter()
        .map(|of| of["id"].clone())
        .collect();
    assert_eq!(ids.len(), 2);
    let admin = server.admin();
    let body = json!({ "ids": ids });
    let left = admin.post("/admin/proof/accept", body).await.ok()["ids"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(alice.get("/changed.bin").await, changed);
    assert_eq!(status(&alice, "/short.bin").await, 502);
    read_all(&server).await;
    assert_eq!(damaged(&server).await.len(), 1);
    assert_eq!(server.journal("blob_accepted").await.len(), 1);
}

#[tokio::test]
async fn a_mirror_is_healed_and_no_good_copy_is_touched() {
    let site = mirrored().await;
    let names: Vec<String> = (0..40).map(|number| format!("f{number}")).collect();
    for name in &names {
        site.alice
            .put(&format!("/{name}.bin"), bytes_of(name, 20_000))
            .await;
    }
    let kept = site.kept(0);
    assert_eq!(kept.len(), names.len());
    let good: Vec<Vec<u8>> = kept
        .iter()
        .map(|path| fs::read(site.disks[0].join(path)).unwrap())
        .collect();
    for (at, path) in kept.iter().enumerate() {
        // Now on one disk, now on the other, and some on neither.
        let copy = site.disks[at % 2].join(path);
        match at % 5 {
            0 => fs::write(&copy, bytes_of("rot", 20_000)).unwrap(),
            1 => fs::write(&copy, "short").unwrap(),
            2 => fs::write(&copy, bytes_of("long", 20_001)).unwrap(),
            3 => fs::remove_file(&copy).unwrap(),
            _ => {}
        }
    }
    read_all(&site.server).await;
    for (path, bytes) in kept.iter().zip(&good) {
        for disk in &site.disks {
            assert!(
                fs::read(disk.join(path)).unwrap() == *bytes,
                "{}",
                path.display()
            );
        }
    }
    assert_eq!(damaged(&site.server).await, Vec::<Value>::new());
    assert_eq!(site.server.journal("blob_healed").await.len(), 32);
    assert_eq!(state(&site.server, site.mirror).await["lacking"], 0);
    for name in &names {
        assert_eq!(
            site.alice.get(&format!("/{name}.bin")).await,
            bytes_of(name, 20_000)
        );
    }
}

#[tokio::test]
async fn where_both_copies_are_damaged_nobody_is_given_either() {
    let site = mirrored().await;
    site.alice.put("/a.bin", bytes_of("a", 20_000)).await;
    let path = site.kept(0).remove(0);
    for disk in &site.disks {
        fs::write(disk.join(&path), bytes_of("rot", 20_000)).unwrap();
    }
    read_all(&site.server).await;
    assert_eq!(damaged(&site.server).await.len(), 1);
    assert_eq!(status(&site.alice, "/a.bin").await, 502);
}

#[tokio::test]
async fn a_disk_that_is_away_is_no_damage() {
    let site = mirrored().await;
    site.alice.put("/a.bin", bytes_of("a", 20_000)).await;
    let elsewhere = site.place.path().join("elsewhere");
    for disk in 0..2 {
        fs::rename(&site.disks[disk], &elsewhere).unwrap();
        fs::create_dir(&site.disks[disk]).unwrap();
        read_all(&site.server).await;
        assert_eq!(damaged(&site.server).await, Vec::<Value>::new());
        fs::remove_dir_all(&site.disks[disk]).unwrap();
        fs::rename(&elsewhere, &site.disks[disk]).unwrap();
    }
    read_all(&site.server).await;
    assert_eq!(site.alice.get("/a.bin").await, bytes_of("a", 20_000));
}

#[tokio::test]
async fn one_blob_that_cannot_be_read_does_not_keep_others_from_being_looked_at() {
    let vendor = Vendor::start().await;
    let server = TestServer::start_with_vendor(&vendor, Gate::default().steps()).await;
    server.switch_on("relay").await;
    let alice = server.user("alice").await;
    for name in ["stuck", "longer"] {
        alice.put(&format!("/{name}.bin"), name).await;
    }
    let stuck = vendor.blobs().into_iter();
    let mut stuck = stuck.filter(|key| key.as_str().contains("stuck"));
    vendor.break_reading_of(&stuck.next().unwrap());
    server
        .tamper("UPDATE blobs SET size_bytes = 5 WHERE size_bytes = 6")
        .await;
    read_all(&server).await;
    let found = damaged(&server).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["files"][0]["name"], "longer.bin");
}

#[tokio::test]
async fn what_has_been_without_a_hash_for_long_gets_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.bin", bytes_of("a", 5_000)).await;
    let unhash = "UPDATE blobs SET blake3 = NULL, verified_at = NULL, \
                  created_at = created_at - 2 * CAST(3600000000 AS BIGINT)";
    server.tamper(unhash).await;
    assert_eq!(state(&server, 1).await["unhashed"], json!(1));
    read_all(&server).await;
    assert_eq!(state(&server, 1).await["unhashed"], json!(0));
    assert_eq!(damaged(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_was_read_lately_is_not_read_again_by_the_clock() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/old.bin", bytes_of("old", 1_000)).await;
    alice.put("/new.bin", bytes_of("new", 1_000)).await;
    for name in ["old", "new"] {
        fs::write(
            holding(&server, &bytes_of(name, 1_000)),
            bytes_of("rot", 1_000),
        )
        .unwrap();
    }
    let days_ago = "UPDATE blobs SET verified_at = verified_at - 40 * CAST(86400000000 AS BIGINT) \
                    WHERE id = (SELECT current_blob_id FROM files WHERE name = 'old.bin')";
    server.tamper(days_ago).await;
    server.set(&[("cron_scrub", "@every 1s")]).await;
    for _ in 0..100 {
        if !damaged(&server).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let found = damaged(&server).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["files"][0]["name"], "old.bin");
}

#[tokio::test]
async fn only_administrators_ask_and_only_for_what_is_there() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for path in ["/admin/proof", "/admin/proof/damaged"] {
        alice.get_json(path, &[]).await.refused(code::NO_PERMISSION);
    }
    let admin = server.admin();
    let unknown = admin
        .post("/admin/proof/run", json!({ "policy": 4711 }))
        .await;
    assert_ne!(unknown.code(), 0, "{}", unknown.text());
    admin
        .post("/admin/proof/check", json!({ "ids": [] }))
        .await
        .refused(code::PARAMETER);
    // What is not damaged is nobody's business.
    let none = admin
        .post("/admin/proof/check", json!({ "ids": [4711] }))
        .await;
    assert_eq!(none.ok()["ids"], json!([]));
}

#[tokio::test]
async fn administrators_get_a_letter_of_damage_and_nobody_else() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let alice = server.user("alice").await;
    for name in ["a", "b", "c"] {
        alice
            .put(&format!("/{name}.bin"), bytes_of(name, 3_000))
            .await;
    }
    read_all(&server).await;
    for name in ["a", "b"] {
        let path = holding(&server, &bytes_of(name, 3_000));
        fs::write(path, bytes_of("rot", 3_000)).unwrap();
    }
    read_all(&server).await;
    let letter = mail.next().await;
    assert_eq!(letter.to, ["admin@example.com"]);
    assert!(
        letter.html.contains("what they were: 2."),
        "{}",
        letter.html
    );
    let link = "https://drive.example/admin/health";
    assert!(letter.text.contains(link), "{}", letter.text);
    // What is known is not told again.
    read_all(&server).await;
    server.nothing_left_of("send_mail").await;
    assert!(mail.is_empty().await);
}

#[tokio::test]
async fn it_is_said_which_storages_are_away_and_how_much_room_they_have() {
    let site = mirrored().await;
    let [one, two] = site.policies;
    fs::rename(&site.disks[0], site.place.path().join("taken out")).unwrap();
    let away = state(&site.server, one).await;
    let why = away["away"].as_str();
    assert!(why.is_some_and(|why| !why.is_empty()), "{away}");
    assert_eq!(away["free"], Value::Null);
    // One of two is enough for what is mirrored.
    for policy in [1, two, site.mirror] {
        let state = state(&site.server, policy).await;
        assert_eq!(state["away"], Value::Null, "{state}");
        let room = |name: &str| state[name].as_u64().unwrap();
        assert!(0 < room("free") && room("free") < room("total"), "{state}");
    }
    // Whoever looks at it is told what it does without, and why, in the words of the member itself.
    let of_mirror = state(&site.server, site.mirror).await;
    let told = json!([{ "id": one, "name": "one", "why": why }]);
    assert_eq!(of_mirror["members_away"], told);
    assert_eq!(away["members_away"], json!([]));
    site.alice.put("/meanwhile.txt", "kept once").await;
    assert_eq!(state(&site.server, site.mirror).await["lacking"], 1);
    // It is back, and that is known as soon as somebody looks again.
    fs::rename(site.place.path().join("taken out"), &site.disks[0]).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    let back = state(&site.server, one).await;
    assert_eq!(back["away"], Value::Null, "{back}");
}

#[tokio::test]
async fn a_mirror_with_too_few_members_says_what_still_can_be_done() {
    let site = mirrored().await;
    let mut both = of_disks(&site.policies, 2);
    both["id"] = json!(site.mirror);
    let route = format!("/admin/policy/{}", site.mirror);
    let body = json!({ "policy": both });
    site.server.admin().put_json(&route, body).await.ok();
    fs::rename(&site.disks[1], site.place.path().join("taken out")).unwrap();
    let state = state(&site.server, site.mirror).await;
    let why = state["away"].as_str().unwrap();
    assert!(
        why.starts_with("1 of 2 members answer: what is stored can be read"),
        "{state}"
    );
    assert_eq!(state["members_away"][0]["id"], site.policies[1]);
}
