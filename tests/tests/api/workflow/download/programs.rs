//! Downloads through aria2 and qBittorrent.

use super::daemons::{Daemon, Kind, SECRET, content, magnet, temp, torrent};
use super::origin::{Origin, some_bytes};
use super::{begin, configure, ended, nothing_is_left, outcome, try_download, until};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::{Client, TestServer, hash_of};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A server, its daemon, and the folder between them.
pub(super) struct Site {
    pub server: TestServer,
    daemon: Daemon,
    temp: TempDir,
}

pub(super) async fn site(kind: Kind) -> Site {
    let (daemon, server) = (Daemon::start(kind), TestServer::start().await);
    let (temp, path) = temp();
    configure(&server, daemon.settings(&path)).await;
    Site {
        server,
        daemon,
        temp,
    }
}

/// Waits until nothing lies in a folder any more but empty folders of programs.
async fn is_tidy(temp: &Path) {
    let begun = Instant::now();
    let jobs = || {
        let programs = std::fs::read_dir(temp).unwrap().flatten();
        let jobs = programs.flat_map(|program| std::fs::read_dir(program.path()).unwrap());
        jobs.count()
    };
    while jobs() > 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{}",
            temp.display()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn came(who: &Client, name: &str, files: &[&str]) {
    for file in files {
        let path = format!("{name}/{file}");
        let found = who.get(&format!("/{path}")).await;
        assert_eq!(hash_of(&found), hash_of(&content(&path)), "{path}");
    }
}

const ALL: [&str; 3] = ["first.bin", "below/second.txt", "third.bin"];

async fn begin_torrent(who: &Client, name: &str) -> Value {
    who.put(&format!("/{name}.torrent"), torrent(name)).await;
    let body = json!({
        "src_file": format!("cloudreve://my/{name}.torrent"), "dst": "cloudreve://my/",
    });
    try_download(who, body).await.ok()[0]["id"].clone()
}

/// A magnet link and a torrent file of the drive.
async fn torrents_come(kind: Kind, by_file: &str, by_magnet: &str) {
    let site = site(kind).await;
    let admin = site.server.admin();
    let file = begin_torrent(admin, by_file).await;
    let link = begin(admin, &magnet(by_magnet)).await;
    for (id, name) in [(file, by_file), (link, by_magnet)] {
        let task = ended(admin, &id).await;
        assert_eq!(task["status"], "completed", "{task}");
        let download = &task["summary"]["props"]["download"];
        assert_eq!(download["name"], name, "{task}");
        assert_eq!(download["files"].as_array().unwrap().len(), 3, "{task}");
        assert_eq!(download["hash"].as_str().unwrap().len(), 40, "{task}");
        assert!(download["num_pieces"].as_i64() > Some(1), "{task}");
        came(admin, name, &ALL).await;
    }
    is_tidy(site.temp.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torrents_come_through_aria2() {
    torrents_come(Kind::Aria2, "Three", "Four").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torrents_come_through_qbittorrent() {
    torrents_come(Kind::QBittorrent, "Five", "Six").await;
}

/// Only what is chosen comes.
async fn files_are_chosen(kind: Kind, name: &str) {
    let mut site = site(kind).await;
    let (admin, limit) = (site.server.admin(), 40_000);
    // Slow enough for somebody to choose.
    let mut settings = site.daemon.settings(site.temp.path());
    match kind {
        Kind::Aria2 => settings["aria2"]["options"] = json!({ "max-download-limit": limit }),
        Kind::QBittorrent => settings["qbittorrent"]["options"] = json!({ "dlLimit": limit }),
    }
    configure(&site.server, settings).await;
    let id = begin_torrent(admin, name).await;
    let task = until(admin, &id, |task| {
        task["summary"]["props"]["download"]["files"]
            .as_array()
            .is_some_and(|files| files.len() == 3)
    })
    .await;
    let files = task["summary"]["props"]["download"]["files"]
        .as_array()
        .unwrap();
    let chosen: Vec<Value> = files
        .iter()
        .map(|file| {
            let wanted = file["name"].as_str().unwrap().ends_with("second.txt");
            json!({ "index": file["index"], "download": wanted })
        })
        .collect();
    let route = format!("/workflow/download/{}", id.as_str().unwrap());
    admin.patch(&route, json!({ "files": chosen })).await.done();
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(admin.names(&format!("/{name}")).await, ["below"]);
    came(admin, name, &["below/second.txt"]).await;
    site.daemon.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_chosen_in_aria2() {
    files_are_chosen(Kind::Aria2, "Five").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_chosen_in_qbittorrent() {
    files_are_chosen(Kind::QBittorrent, "Three").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_come_through_aria2_and_keep_to_the_rules() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let (origin, inside) = (
        Origin::start(some_bytes(3 << 20)).await,
        Origin::start(some_bytes(9)).await,
    );
    let begun = Instant::now();
    let id = begin(admin, &origin.link("/file.bin")).await;
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        hash_of(&admin.get("/file.bin").await),
        hash_of(&origin.content())
    );
    // Where aria2 itself is led, our proxy looks.
    for host in ["[::1]", "10.0.0.1", "localhost", "[::ffff:10.0.0.1]"] {
        let place = format!("http://{host}:{}/secret", inside.port);
        let to = Some((302, vec![("Location".to_owned(), place)]));
        origin.behave(|manners| manners.answer = to);
        let (status, error) = outcome(admin, &origin.link("/led")).await;
        assert_eq!(status, "error", "{host}");
        assert!(error.contains("url rejected"), "{host}: {error}");
    }
    assert!(inside.asked().is_empty(), "{:?}", inside.asked());
    is_tidy(site.temp.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_end_ends_at_the_quota_in_aria2_too() {
    let site = site(Kind::Aria2).await;
    let little = "UPDATE groups SET max_storage = 3000000, updated_at = updated_at + 1";
    site.server.tamper(little).await;
    let origin = Origin::start(some_bytes(64 << 10)).await;
    origin.behave(|manners| {
        manners.endless = true;
        manners.pace = Some(1 << 20);
    });
    let (status, error) = outcome(site.server.admin(), &origin.link("/endless")).await;
    assert_eq!(status, "error");
    assert!(error.contains("larger than"), "{error}");
    is_tidy(site.temp.path()).await;
}

/// What a torrent behind a link names is looked at before a daemon asks for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torrent_behind_a_link_is_looked_at_and_followed() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let origin = Origin::start(torrent("Four").into()).await;
    let id = begin(admin, &origin.link("/four.torrent")).await;
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(
        task["summary"]["props"]["download"]["name"], "Four",
        "{task}"
    );
    came(admin, "Four", &ALL).await;
    is_tidy(site.temp.path()).await;

    // Its tracker is at an address that nobody may ask.
    let mut settings = site.daemon.settings(site.temp.path());
    settings["url_validation"] = json!({ "allowed_hosts": ["localhost"] });
    configure(&site.server, settings).await;
    let link = format!("http://localhost:{}/again.torrent", origin.port);
    let (status, error) = outcome(admin, &link).await;
    assert_eq!(status, "error");
    assert!(error.contains("url rejected: 127.0.0.1"), "{error}");
    is_tidy(site.temp.path()).await;
}

/// qBittorrent fetches no links: what this server fetches for it goes on there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torrent_behind_a_link_goes_to_qbittorrent() {
    let site = site(Kind::QBittorrent).await;
    let admin = site.server.admin();
    let origin = Origin::start(torrent("Four").into()).await;
    let id = begin(admin, &origin.link("/four.torrent")).await;
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(
        task["summary"]["props"]["download"]["name"], "Four",
        "{task}"
    );
    came(admin, "Four", &ALL).await;
    assert!(!admin.names("/").await.contains(&"four.torrent".to_owned()));
    is_tidy(site.temp.path()).await;
    nothing_is_left(&site.server).await;
}

/// Calls off what a daemon fetches: it does so no more, and nothing is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_called_off_ends_in_aria2_too() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let origin = Origin::start(some_bytes(8 << 20)).await;
    origin.behave(|manners| manners.pace = Some(1 << 20));
    let id = begin(admin, &origin.link("/slow.bin")).await;
    until(admin, &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    let route = format!("/workflow/download/{}", id.as_str().unwrap());
    admin.delete_json(&route, json!({})).await.done();
    assert_eq!(ended(admin, &id).await["status"], "canceled");
    is_tidy(site.temp.path()).await;
    assert!(admin.names("/").await.is_empty());
}

/// What is called off while the daemon is away is not gone on with once it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_called_off_while_the_daemon_is_away_is_forgotten_when_it_is_back() {
    let mut site = site(Kind::QBittorrent).await;
    let mut settings = site.daemon.settings(site.temp.path());
    settings["qbittorrent"]["options"] = json!({ "dlLimit": 20_000 });
    configure(&site.server, settings).await;
    let admin = site.server.admin();
    let id = begin_torrent(admin, "Three").await;
    until(admin, &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    let kept = site.daemon.kept();
    let begun = Instant::now();
    while torrents_in(&kept) == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it keeps nothing"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    site.daemon.kill();
    let route = format!("/workflow/download/{}", id.as_str().unwrap());
    admin.delete_json(&route, json!({})).await.done();
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "canceled", "{task}");
    is_tidy(site.temp.path()).await;
    assert!(torrents_in(&kept) > 0, "it has forgotten it by itself");
    site.daemon.run();
    let begun = Instant::now();
    while torrents_in(&kept) > 0 {
        assert!(begun.elapsed() < Duration::from_mins(2), "it goes on");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    nothing_is_left(&site.server).await;
    is_tidy(site.temp.path()).await;
}

/// How many torrents qBittorrent remembers.
fn torrents_in(kept: &Path) -> usize {
    let all = std::fs::read_dir(kept).into_iter().flatten().flatten();
    let is_one =
        |name: &std::ffi::OsStr| Path::new(name).extension() == Some("fastresume".as_ref());
    all.filter(|file| is_one(&file.file_name())).count()
}

/// Jobs that aria2 knows of, those that ended too.
async fn known_to_aria2(port: u16) -> Vec<Value> {
    let mut known = Vec::new();
    for method in ["tellActive", "tellWaiting", "tellStopped"] {
        let mut params = vec![json!(format!("token:{SECRET}"))];
        if method != "tellActive" {
            params.extend([json!(0), json!(100)]);
        }
        let question = json!({
            "jsonrpc": "2.0", "id": "1", "method": format!("aria2.{method}"), "params": params,
        });
        let question = question.to_string();
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        let head = format!(
            "POST /jsonrpc HTTP/1.0\r\nContent-Length: {}\r\n\r\n{question}",
            question.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        known.extend(body["result"].as_array().unwrap().iter().cloned());
    }
    known
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_magnet_link_led_to_is_called_off_too() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let mut settings = site.daemon.settings(site.temp.path());
    settings["aria2"]["options"] = json!({ "max-download-limit": 40_000 });
    configure(&site.server, settings).await;
    let id = begin(admin, &magnet("Five")).await;
    until(admin, &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(50_000)
    })
    .await;
    assert!(known_to_aria2(site.daemon.port).await.len() > 1);
    let route = format!("/workflow/download/{}", id.as_str().unwrap());
    admin.delete_json(&route, json!({})).await.done();
    assert_eq!(ended(admin, &id).await["status"], "canceled");
    is_tidy(site.temp.path()).await;
    let known = known_to_aria2(site.daemon.port).await;
    assert!(known.is_empty(), "{known:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_still_get_is_in_the_drive_already() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let mut settings = site.daemon.settings(site.temp.path());
    settings["wait_for_seeding"] = json!(true);
    // Minutes.
    settings["aria2"]["options"] = json!({ "seed-time": "0.05", "seed-ratio": 0 });
    configure(&site.server, settings).await;
    let id = begin_torrent(admin, "Six").await;
    until(admin, &id, |task| task["summary"]["phase"] == "seeding").await;
    came(admin, "Six", &ALL).await;
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["summary"]["phase"], "seeding");
    is_tidy(site.temp.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_was_restarted_goes_on() {
    // Of a server that sends no parts it comes from the start once more.
    tokio::join!(a_daemon_restarted(true), a_daemon_restarted(false));
}

async fn a_daemon_restarted(sends_parts: bool) {
    let mut site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let origin = Origin::start(some_bytes(6 << 20)).await;
    origin.behave(|manners| {
        manners.pace = Some(1 << 20);
        manners.ranges = sends_parts;
    });
    let id = begin(admin, &origin.link("/slow.bin")).await;
    until(admin, &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    site.daemon.kill();
    // Longer than five questions take.
    tokio::time::sleep(Duration::from_secs(6)).await;
    origin.behave(|manners| manners.pace = None);
    site.daemon.run();
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task.get("retry_count"), None, "{task}");
    assert_eq!(
        hash_of(&admin.get("/slow.bin").await),
        hash_of(&origin.content())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_server_may_be_restarted_too() {
    tokio::join!(this_server_restarted(true), this_server_restarted(false));
}

async fn this_server_restarted(sends_parts: bool) {
    let mut site = site(Kind::Aria2).await;
    let origin = Origin::start(some_bytes(6 << 20)).await;
    origin.behave(|manners| {
        manners.pace = Some(1 << 20);
        manners.ranges = sends_parts;
    });
    let id = begin(site.server.admin(), &origin.link("/slow.bin")).await;
    until(site.server.admin(), &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    // The proxy is another one then.
    site.server.restart().await;
    origin.behave(|manners| manners.pace = None);
    let admin = site.server.admin();
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(
        hash_of(&admin.get("/slow.bin").await),
        hash_of(&origin.content())
    );
}

/// What a node says of a daemon that is away, has another password, or is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_does_not_do_is_told_of() {
    let server = TestServer::start().await;
    // Each try once, at once.
    let admin = server.admin();
    let retries = json!({ "settings": { "queue_remote_download_max_retry": "0" } });
    admin.patch("/admin/settings", retries).await.ok();
    let (_temp, path) = temp();
    for kind in [Kind::Aria2, Kind::QBittorrent] {
        let mut daemon = Daemon::start(kind);
        let good = daemon.settings(&path);
        let program = good["provider"].as_str().unwrap().to_owned();
        let version = tried(admin, &good).await;
        let version = version.ok();
        assert!(version.as_str().unwrap().contains('.'), "{version}");

        let mut wrong = good.clone();
        wrong[&program]["token"] = json!("wrong");
        wrong[&program]["password"] = json!("wrong");
        let mut away = good.clone();
        away[&program]["server"] = json!("http://127.0.0.1:1");
        let garbage = speaks(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nSet-Cookie: SID=x\r\nConnection: close\r\n\r\n<html>").await;
        let endless = speaks_on(b"HTTP/1.1 200 OK\r\nSet-Cookie: SID=x\r\n\r\n").await;
        let at = |port: u16| {
            let mut settings = good.clone();
            settings[&program]["server"] = json!(format!("http://127.0.0.1:{port}"));
            settings
        };
        for (settings, word) in [
            (wrong, "refuses the token or password"),
            (away, "does not answer"),
            (at(garbage), "makes no sense"),
            (at(endless), "longer than"),
        ] {
            let reply = tried(admin, &settings).await;
            reply.refused(crate::code::PARAMETER);
            assert!(
                reply.text().contains(word),
                "{program} {word}: {}",
                reply.text()
            );
            configure(&server, settings).await;
            let (status, error) = outcome(admin, &magnet("Three")).await;
            assert_eq!(status, "error", "{program} {word}");
            assert!(error.contains(word), "{program} {word}: {error}");
        }
        daemon.kill();
    }
    let reply = tried(admin, &json!({ "provider": "wget" })).await;
    assert!(reply.text().contains("no provider"), "{}", reply.text());
    let built_in = tried(admin, &json!({ "provider": "builtin" })).await.ok();
    assert!(built_in.as_str().unwrap().contains("built in"));
}

async fn tried(admin: &Client, settings: &Value) -> tests::Reply {
    let mut node = admin.get_json("/admin/node/1", &[]).await.ok();
    node["settings"] = settings.clone();
    admin
        .post("/admin/node/test/downloader", json!({ "node": node }))
        .await
}

/// Answers whatever it is asked with these bytes; its port.
async fn speaks(answer: &'static [u8]) -> u16 {
    serve(answer, false).await
}

/// The same, and then goes on for ever.
async fn speaks_on(answer: &'static [u8]) -> u16 {
    serve(answer, true).await
}

async fn serve(answer: &'static [u8], goes_on: bool) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 8192]).await;
                let blank = vec![b' '; 65_536];
                let mut sent = socket.write_all(answer).await;
                while goes_on && sent.is_ok() {
                    sent = socket.write_all(&blank).await;
                }
                let _ = socket.shutdown().await;
            });
        }
    });
    port
}

/// Of many files the one task tells, and lists of tasks do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_leave_out_files_where_they_are_many() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let torrent = format!(
        "d4:infod5:filesl{}e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee",
        long_names(600)
    );
    admin.put("/many.torrent", torrent).await;
    let body = json!({ "src_file": "cloudreve://my/many.torrent", "dst": "cloudreve://my/" });
    let id = try_download(admin, body).await.ok()[0]["id"].clone();
    let listed = until(admin, &id, |task| {
        task["summary"]["props"]["download"]["name"] == "a"
    })
    .await;
    let download = &listed["summary"]["props"]["download"];
    assert_eq!(download.get("files"), None);
    let route = format!("/workflow/task/{}", id.as_str().unwrap());
    let task = admin.get_json(&route, &[]).await.ok();
    let files = task["summary"]["props"]["download"]["files"].as_array();
    assert_eq!(files.unwrap().len(), 600);
    let route = format!("/workflow/download/{}", id.as_str().unwrap());
    admin.delete_json(&route, json!({})).await.done();
    assert_eq!(ended(admin, &id).await["status"], "canceled");
    is_tidy(site.temp.path()).await;
}

/// Files of a torrent, whose names are long.
fn long_names(count: usize) -> String {
    let names = (0..count).map(|number| format!("{number:0200}"));
    let files = names.map(|name| format!("d6:lengthi1e4:pathl200:{name}ee"));
    files.collect()
}

/// What torrents name is looked at before a daemon sees them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torrents_that_lead_inside_or_out_of_their_folder_are_refused() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let mut settings = site.daemon.settings(site.temp.path());
    settings["url_validation"] = json!({});
    configure(&site.server, settings).await;
    let (status, error) = outcome(admin, &magnet("Three")).await;
    assert_eq!(status, "error");
    assert!(error.contains("url rejected: 127.0.0.1"), "{error}");
    let pieces = "6:pieces20:aaaaaaaaaaaaaaaaaaaa";
    for (name, bytes, word) in [
        (
            "near",
            format!(
                "d8:announce17:http://127.0.0.1/4:infod6:lengthi1e4:name1:a12:piece lengthi16384e{pieces}ee"
            ),
            "url rejected",
        ),
        (
            "hostile",
            format!(
                "d4:infod5:filesld6:lengthi1e4:pathl2:..2:..3:etceee4:name1:a12:piece lengthi16384e{pieces}ee"
            ),
            "leads out of its folder",
        ),
        (
            "long",
            format!(
                "d4:infod5:filesl{}e4:name1:a12:piece lengthi16384e{pieces}ee",
                long_names(3_000)
            ),
            "longer than 512 KiB",
        ),
        ("nonsense", "<html></html>".to_owned(), "not a torrent"),
        ("cut", "d4:infod6:length".to_owned(), "not a torrent"),
    ] {
        admin.put(&format!("/{name}.torrent"), bytes).await;
        let body = json!({ "src_file": format!("cloudreve://my/{name}.torrent"), "dst": "cloudreve://my/" });
        let id = try_download(admin, body).await.ok()[0]["id"].clone();
        let task = ended(admin, &id).await;
        assert_eq!(task["status"], "error", "{name}");
        let error = task["error"].as_str().unwrap();
        assert!(error.contains(word), "{name}: {error}");
    }
}
