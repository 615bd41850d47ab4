//! Many at once through both doors, in one folder: whatever was acknowledged is still somewhere.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use tests::{Client, DavClient, TestServer};

const WORKERS: u64 = 6;
const STEPS: usize = 25;
const NAMES: [&str; 5] = ["a", "b", "c", "deep/a", "deep/b"];

/// One of those who work on the folder. Answers the contents that were acknowledged.
async fn work(api: Client, dav: DavClient, number: u64) -> Vec<String> {
    let mut random = StdRng::seed_from_u64(number);
    let mut kept = Vec::new();
    for step in 0..STEPS {
        let name =
            |random: &mut StdRng| format!("/work/{}", NAMES[random.random_range(0..NAMES.len())]);
        let (path, other) = (name(&mut random), name(&mut random));
        let text = format!("worker {number} step {step}");
        match random.random_range(0..8) {
            0 | 1 => {
                let put = dav.put(&path, text.clone()).await;
                assert!([201, 204, 423].contains(&put.status), "{put:?}");
                kept.extend((put.status != 423).then_some(text));
            }
            2 => {
                let put = api.put_content(&path, text.clone()).await;
                kept.extend((put.code() == 0).then_some(text));
            }
            3 => {
                let seen = dav.get(&path).await;
                let tag = seen.header("etag").to_owned();
                let put = dav
                    .tell("PUT", &path, &[("If-Match", &tag)], text.clone())
                    .await;
                assert!([204, 412, 423].contains(&put.status), "{put:?}");
                kept.extend((put.status == 204).then_some(text));
            }
            verb @ (4 | 5) if path != other => {
                let verb = if verb == 4 { "MOVE" } else { "COPY" };
                let done = dav.transfer(verb, &path, &other, &[]).await;
                assert!([201, 204, 404, 423].contains(&done.status), "{done:?}");
            }
            6 => {
                let done = dav.delete(&path).await;
                assert!([204, 404, 423].contains(&done.status), "{done:?}");
            }
            _ => {
                let (locked, token) = dav.lock(&path, &[("Timeout", "Second-60")], "worker").await;
                if locked.status >= 300 {
                    assert_eq!(locked.status, 423, "{locked:?}");
                    continue;
                }
                let held = format!("(<{token}>)");
                let put = dav.tell("PUT", &path, &[("If", &held)], text.clone()).await;
                // Nobody else could write; a COPY or MOVE over it would have needed the token.
                assert_eq!(put.status, 204, "{put:?}");
                assert_eq!(dav.get(&path).await.text(), text);
                kept.push(text);
                let token = format!("<{token}>");
                let unlocked = dav.ask("UNLOCK", &path, &[("Lock-Token", &token)]).await;
                assert_eq!(unlocked.status, 204, "{unlocked:?}");
            }
        }
    }
    kept
}

/// Everything the drive still holds: each version of each file.
async fn held(admin: &Client, folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, size) in admin.sizes_below(folder).await {
        if size.is_none() {
            continue;
        }
        for version in admin.versions(&path).await {
            let of = json!({ "entity": version["id"] });
            let url = admin.url_with(&path, of).await;
            found.insert(admin.fetch(&url).await.text().to_owned());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_whoever_else_works_there() {
    let mut server = TestServer::start().await;
    let admin = server.admin().clone();
    let keep_all = json!({ "version_retention_enabled": true, "version_retention_max": 0 });
    admin.change_settings(keep_all).await.done();
    admin.create_folder("/work/deep").await;
    let dav = admin.mount().await;
    let workers =
        (0..WORKERS).map(|number| tokio::spawn(work(admin.another_window(), dav.clone(), number)));
    let workers: Vec<_> = workers.collect();
    let mut acknowledged = Vec::new();
    for kept in join_all(workers).await {
        acknowledged.extend(kept.unwrap());
    }
    assert!(acknowledged.len() > 30, "{}", acknowledged.len());
    // What was deleted or replaced is in the trash: back with it, each under a name of its own.
    for (number, trashed) in admin.trash().await.iter().enumerate() {
        for name in NAMES {
            let path = format!("/work/{name}");
            if admin.info(&path).await.code() == 0 {
                let aside = format!("/aside {number} {}", name.replace('/', " "));
                assert_eq!(dav.transfer("MOVE", &path, &aside, &[]).await.status, 201);
            }
        }
        let trashed = trashed["path"].as_str().unwrap();
        admin.restore(&[trashed]).await.done();
    }
    let held = held(&admin, "/").await;
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|content| !held.contains(*content))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    server.stop();
    let doctor = server.run(["doctor"]);
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stdout)
    );
}
