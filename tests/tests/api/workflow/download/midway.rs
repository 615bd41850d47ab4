//! What others do while something is fetched: a download ends with a reason, and leaves nothing.

use super::origin::{Origin, some_bytes};
use super::{begin, configure, ended, nothing_is_left, outcome, try_download};
use serde_json::{Value, json};
use tests::{Gate, TestServer};

const BEGUN: &str = "download: begun";

/// A server that tries once, and whose downloads are held as soon as somebody fetches them.
async fn held(gate: &Gate) -> TestServer {
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| config.steps = steps.clone()).await;
    let near = json!({ "url_validation": { "allowed_cidrs": ["127.0.0.0/8"] } });
    configure(&server, near).await;
    let once = json!({ "settings": { "queue_remote_download_max_retry": "0" } });
    let admin = server.admin();
    admin.patch("/admin/settings", once).await.ok();
    gate.hold(BEGUN);
    server
}

#[tokio::test]
async fn what_happens_meanwhile_ends_it_with_a_reason() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let origin = Origin::start(some_bytes(100_000)).await;
    for (happens, said) in [
        ("appears", "there is something of that name already"),
        ("locked", "somebody has locked that place"),
        ("gone", "the folder it was to come to is gone"),
        ("no room", "there is not enough space left in the drive"),
        ("full", "no space left in storage"),
    ] {
        let folder = format!("/{happens}");
        admin.create_folder(&folder).await;
        let body = json!({ "src": [origin.link("/new.bin")], "dst": tests::uri(&folder) });
        let task = try_download(admin, body).await.ok();
        gate.reached(BEGUN).await;
        match happens {
            "appears" => admin.put(&format!("{folder}/new.bin"), "came first").await,
            "locked" => assert!(!dav.lock(&folder, &[], "somebody").await.1.is_empty()),
            "gone" => admin.delete_for_good(&[folder.as_str()]).await.done(),
            "no room" => {
                let little = "UPDATE groups SET max_storage = 20000, updated_at = updated_at + 1 WHERE id = 1";
                server.tamper(little).await;
            }
            _ => server.fill_disk().await,
        }
        gate.open(BEGUN);
        let task = ended(admin, &task[0]["id"]).await;
        assert_eq!(task["status"], "error", "{happens}: {task}");
        let error = task["error"].as_str().unwrap();
        assert!(error.contains(said), "{happens}: {error}");
        match happens {
            "appears" => assert_eq!(admin.get(&format!("{folder}/new.bin")).await, "came first"),
            "gone" => {}
            _ => assert!(admin.names(&folder).await.is_empty(), "{happens}"),
        }
        if happens == "no room" {
            let much = "UPDATE groups SET max_storage = 1000000000, updated_at = updated_at + 1";
            server.tamper(much).await;
        }
        nothing_is_left(&server).await;
        gate.hold(BEGUN);
    }
    let names = admin.names("/").await;
    assert!(!names.contains(&"gone".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_torrent_file_that_went_is_said_to_be_gone() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let torrent =
        "d4:infod6:lengthi1e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    admin.put("/a.torrent", torrent).await;
    let body = json!({ "src_file": "cloudreve://my/a.torrent", "dst": "cloudreve://my/" });
    let id = try_download(admin, body).await.ok()[0]["id"].clone();
    let error = ended(admin, &id).await["error"].clone();
    assert!(error.as_str().unwrap().contains("need aria2"), "{error}");
    admin.delete(&["/a.torrent"]).await.done();
    let route = format!("/workflow/retry/{}", id.as_str().unwrap());
    admin.post(&route, json!({})).await.ok();
    server.nothing_left_of("remote_download").await;
    let task = ended(admin, &id).await;
    let error = task["error"].as_str().unwrap();
    assert!(error.contains("the torrent file is not there"), "{error}");
}

#[tokio::test]
async fn a_hundred_downloads_at_once_all_come() {
    let gate = Gate::default();
    let server = held(&gate).await;
    gate.open(BEGUN);
    let admin = server.admin();
    let origin = Origin::start(some_bytes(1_000)).await;
    let mut ids: Vec<Value> = Vec::new();
    for number in 0..100 {
        ids.push(begin(admin, &origin.link(&format!("/{number}.bin"))).await);
    }
    server.nothing_left_of("remote_download").await;
    assert_eq!(admin.names("/").await.len(), 100);
    for number in [0, 57, 99] {
        assert_eq!(admin.get(&format!("/{number}.bin")).await, origin.content());
    }
    // And one of them once more stays out.
    let (status, error) = outcome(admin, &origin.link("/57.bin")).await;
    assert_eq!(status, "error");
    assert!(error.contains("of that name already"), "{error}");
    nothing_is_left(&server).await;
}

/// As the web interface says it before somebody stops one.
#[tokio::test]
async fn what_came_into_the_drive_before_it_was_called_off_stays() {
    const BROUGHT: &str = "download: brought";
    let gate = Gate::default();
    let server = held(&gate).await;
    gate.open(BEGUN);
    let admin = server.admin();
    let origin = Origin::start(some_bytes(100_000)).await;
    for conflict in ["rename", "skip", "overwrite"] {
        gate.hold(BROUGHT);
        let folder = format!("/{conflict}");
        admin.create_folder(&folder).await;
        let link = origin.link("/came.bin");
        let body = json!({ "src": [link], "dst": tests::uri(&folder), "conflict": conflict });
        let id = try_download(admin, body).await.ok()[0]["id"].clone();
        gate.reached(BROUGHT).await;
        let route = |what: &str| format!("/workflow/{what}/{}", id.as_str().unwrap());
        admin.post(&route("cancel"), json!({})).await.ok();
        assert_eq!(ended(admin, &id).await["status"], "canceled");
        let path = format!("{folder}/came.bin");
        assert_eq!(admin.get(&path).await.len(), 100_000);
        nothing_is_left(&server).await;
        // It is known when it comes once more: there is no second one of it, nor is it in the way.
        gate.open(BROUGHT);
        admin.post(&route("retry"), json!({})).await.ok();
        let task = ended(admin, &id).await;
        assert_eq!(task["status"], "completed", "{conflict}: {task}");
        assert_eq!(task["summary"]["props"]["failed"], 0, "{conflict}: {task}");
        assert_eq!(admin.names(&folder).await, ["came.bin"]);
        assert_eq!(admin.versions(&path).await.len(), 1);
        nothing_is_left(&server).await;
    }
}
