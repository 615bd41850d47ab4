//! The API and WebDAV on one folder, held against a model: no update is lost, whoever makes it.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tests::{Client, DavClient, TestServer};

const STEPS: usize = 120;
const NAMES: [&str; 6] = ["/a", "/b", "/docs/a", "/docs/b", "/docs/deep/c", "/e"];

/// One random change through one of the doors. The model changes exactly if the door says so.
async fn step(
    random: &mut StdRng,
    api: &Client,
    dav: &DavClient,
    model: &mut BTreeMap<String, String>,
    number: usize,
) {
    let name = NAMES[random.random_range(0..NAMES.len())];
    let other = NAMES[random.random_range(0..NAMES.len())];
    let text = format!("step {number}");
    let exists = model.contains_key(name);
    match random.random_range(0..7) {
        0 => {
            let status = dav.put(name, text.clone()).await.status;
            assert_eq!(status, if exists { 204 } else { 201 }, "{name}");
            model.insert(name.to_owned(), text);
        }
        1 => {
            api.put_content(name, text.clone()).await.ok();
            model.insert(name.to_owned(), text);
        }
        2 => {
            let status = dav.delete(name).await.status;
            assert_eq!(status, if exists { 204 } else { 404 }, "{name}");
            model.remove(name);
        }
        3 => {
            let code = api.delete(&[name]).await.inner_code();
            assert_eq!(code == 0, exists, "{name}: {code}");
            model.remove(name);
        }
        verb @ (4 | 5) if name != other => {
            let verb = if verb == 4 { "MOVE" } else { "COPY" };
            let status = dav.transfer(verb, name, other, &[]).await.status;
            let replaces = model.contains_key(other);
            let expected = match (exists, replaces) {
                (false, _) => 404,
                (true, true) => 204,
                (true, false) => 201,
            };
            assert_eq!(status, expected, "{verb} {name} {other}");
            if let Some(content) = model.get(name).cloned() {
                model.insert(other.to_owned(), content);
                if verb == "MOVE" {
                    model.remove(name);
                }
            }
        }
        _ => {
            let (_, token) = dav.lock(name, &[("Timeout", "Second-60")], "model").await;
            assert_ne!(
                api.put_content(name, "x").await.code(),
                0,
                "{name} is locked"
            );
            assert_eq!(dav.put(name, "x").await.status, 423);
            let held = format!("(<{token}>)");
            let put = dav.tell("PUT", name, &[("If", &held)], text.clone()).await;
            assert_eq!(put.status, 204);
            let lock_token = format!("<{token}>");
            let unlocked = dav
                .ask("UNLOCK", name, &[("Lock-Token", &lock_token)])
                .await;
            assert_eq!(unlocked.status, 204);
            model.insert(name.to_owned(), text);
        }
    }
}

#[tokio::test]
async fn whatever_the_door_both_see_the_same() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_folder("/docs/deep").await;
    let dav = admin.mount().await;
    let seed = std::env::var("ALCOVE_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let mut random = StdRng::seed_from_u64(seed.unwrap_or(271_828));
    let mut model = BTreeMap::new();
    for number in 0..STEPS {
        step(&mut random, admin, &dav, &mut model, number).await;
        let name = NAMES[random.random_range(0..NAMES.len())];
        let seen = dav.get(name).await;
        let seen = (seen.status == 200).then(|| seen.text().to_owned());
        assert_eq!(seen.as_ref(), model.get(name), "{name} after step {number}");
    }
    for (name, content) in &model {
        assert_eq!(admin.get(name).await, content.as_bytes());
    }
    let files = admin.sizes_below("/").await;
    let files: Vec<_> = files.iter().filter(|(_, size)| size.is_some()).collect();
    assert_eq!(files.len(), model.len(), "{files:?} {model:?}");
    let doctor = {
        let mut server = server;
        server.stop();
        server.run(["doctor"])
    };
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stdout)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_of_many_writers_lose_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    assert_eq!(dav.put("/counter", "0").await.status, 201);
    // Each adds one ten times: half by tag over WebDAV, half by version over the API.
    let over_dav = (0..3).map(|_| {
        let dav = dav.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while done < 10 {
                let seen = dav.get("/counter").await;
                let tag = seen.header("etag").to_owned();
                let next = (seen.text().parse::<u64>().unwrap() + 1).to_string();
                let put = dav
                    .tell("PUT", "/counter", &[("If-Match", &tag)], next)
                    .await;
                assert!([204, 412, 423].contains(&put.status), "{put:?}");
                done += usize::from(put.status == 204);
            }
        })
    });
    let over_api = (0..3).map(|_| {
        let api = admin.another_window();
        tokio::spawn(async move {
            let mut done = 0;
            while done < 10 {
                let before = api.info("/counter").await.ok();
                let version = before["primary_entity"].as_str().unwrap().to_owned();
                let seen = api.get("/counter").await;
                let after = api.info("/counter").await.ok();
                if after["primary_entity"] != before["primary_entity"] {
                    continue;
                }
                let text = std::str::from_utf8(&seen).unwrap();
                let next = (text.parse::<u64>().unwrap() + 1).to_string();
                let put = api
                    .put_content_over("/counter", &version, next.as_bytes())
                    .await;
                done += usize::from(put.code() == 0);
            }
        })
    });
    let all: Vec<_> = over_dav.chain(over_api).collect();
    for end in join_all(all).await {
        end.unwrap();
    }
    assert_eq!(dav.get("/counter").await.text(), "60");
}
