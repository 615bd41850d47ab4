//! Who decodes strangers' bytes is confined.

use super::{extract, server, try_extract, zip};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tests::{Gate, TestServer};

/// Processes that read archives.
fn readers() -> Vec<PathBuf> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let all = all.map(|entry| entry.path());
    let is_reader = |path: &PathBuf| {
        let said = fs::read(path.join("cmdline")).unwrap_or_default();
        said.ends_with(b"\0unpack\0")
    };
    all.filter(is_reader).collect()
}

#[tokio::test]
async fn who_reads_an_archive_has_no_network_no_files_and_no_rights() {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.program = tests::program_path().into();
        config.steps = steps.clone();
    })
    .await;
    let admin = server.admin();
    // More than fits on the way to the server, so it waits.
    let big = tests::bytes_of("big", 8 << 20);
    admin.put("/a.zip", zip(&[("big.bin", &big)])).await;
    admin.create_folder("/into").await;
    gate.hold("content: expected");
    try_extract(admin, "/a.zip", "/into", json!({})).await.ok();
    gate.reached("content: expected").await;
    let patience = Instant::now() + Duration::from_secs(20);
    let status = loop {
        let mut statuses = readers().into_iter().filter_map(|path| {
            let status = fs::read_to_string(path.join("status")).ok()?;
            let environment = fs::read(path.join("environ")).ok()?;
            let open = fs::read_dir(path.join("fd")).ok()?.count();
            status
                .contains("Seccomp:\t2")
                .then_some((status, environment, open))
        });
        if let Some(found) = statuses.next() {
            break found;
        }
        assert!(Instant::now() < patience, "nobody who reads it is confined");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let (status, environment, open) = status;
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
    assert!(environment.is_empty(), "{environment:?}");
    // Input, output, complaints, and copies of the first two.
    assert!(open <= 5, "{open} descriptors");
    let ours = fs::read_to_string("/proc/self/status").unwrap();
    if ours.contains("Uid:\t0\t") {
        assert!(!status.contains("Uid:\t0\t"), "{status}");
    }
    gate.open("content: expected");
    server.nothing_left_of("extract_archive").await;
    assert_eq!(admin.get("/into/big.bin").await, big);
}

#[tokio::test]
async fn a_long_extraction_keeps_no_listing_waiting() {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.program = tests::program_path().into();
        config.steps = steps.clone();
    })
    .await;
    let admin = server.admin();
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("a.txt"), "alpha").unwrap();
    super::run(folder.path(), "7zz", &["a", "-bso0", "a.7z", "a.txt"]);
    let seven = fs::read(folder.path().join("a.7z")).unwrap();
    admin.put("/a.7z", seven).await;
    let big = tests::bytes_of("big", 8 << 20);
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    server.permit_users("FF0F").await;
    let all = [admin, &alice, &bob];
    for who in all {
        who.put("/a.zip", zip(&[("big.bin", &big)])).await;
        who.create_folder("/into").await;
    }
    gate.hold("content: expected");
    for who in all {
        let begun = try_extract(who, "/a.zip", "/into", json!({})).await;
        begun.ok();
    }
    // All places for those are taken.
    gate.reached_by(2, "content: expected").await;
    let listed = tokio::time::timeout(Duration::from_secs(20), admin.archive_listing("/a.7z"));
    assert_eq!(listed.await.unwrap().ok()["files"][0]["name"], "a.txt");
    gate.open("content: expected");
    server.nothing_left_of("extract_archive").await;
    for who in all {
        let size = &who.info("/into/big.bin").await.ok()["size"];
        assert_eq!(*size, big.len() as u64);
    }
}

#[tokio::test]
async fn who_unpacks_much_keeps_nobody_waiting() {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.program = tests::program_path().into();
        config.steps = steps.clone();
    })
    .await;
    let admin = server.admin();
    let big = tests::bytes_of("big", 8 << 20);
    admin.put("/a.zip", zip(&[("big.bin", &big)])).await;
    gate.hold("content: expected");
    for n in 0..8 {
        let into = format!("/{n}");
        admin.create_folder(&into).await;
        try_extract(admin, "/a.zip", &into, json!({})).await.ok();
    }
    gate.reached("content: expected").await;
    // Somebody else has a worker and a place, whatever waits there.
    let alice = server.user("alice").await;
    server.permit_users("FF0F").await;
    alice.put("/b.zip", zip(&[("b.txt", b"beta")])).await;
    try_extract(&alice, "/b.zip", "/", json!({})).await.ok();
    gate.reached_by(2, "content: expected").await;
    gate.open("content: expected");
    server.nothing_left_of("extract_archive").await;
    assert_eq!(alice.get("/b.txt").await, "beta");
    for n in 0..8 {
        let size = &admin.info(&format!("/{n}/big.bin")).await.ok()["size"];
        assert_eq!(*size, big.len() as u64);
    }
}

#[tokio::test]
async fn an_archive_that_wants_too_much_memory_is_refused() {
    let server = server().await;
    let admin = server.admin();
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("a.txt"), "alpha").unwrap();
    super::run(folder.path(), "xz", &["-T1", "a.txt"]);
    let mut bytes = fs::read(folder.path().join("a.txt.xz")).unwrap();
    // It says that it looks back over a gigabyte and a half (the .xz format, 5.3.1).
    let header = 12;
    bytes[header + 4] = 37;
    let length = (usize::from(bytes[header]) + 1) * 4;
    let sum = rars::crc32::crc32(&bytes[header..header + length - 4]);
    bytes[header + length - 4..header + length].copy_from_slice(&sum.to_le_bytes());
    admin.put("/a.txt.xz", bytes).await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/a.txt.xz", "/into"), json!({})).await;
    assert!(
        super::error(&task).contains("more memory than there is"),
        "{task}"
    );
}
