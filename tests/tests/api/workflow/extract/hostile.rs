//! Archives that nobody means well with, the whole way.

use super::{error, extract, files, left_out, pairs, run, server, zip};
use serde_json::json;
use std::io::Write as _;
use tempfile::TempDir;

#[tokio::test]
async fn what_leads_out_is_left_out_and_said() {
    let server = server().await;
    let admin = server.admin();
    let long = "n".repeat(300);
    let deep = "d/".repeat(70) + "f";
    let mut archive = zip(&[
        ("../up.txt", b"x"),
        ("/etc/passwd", b"x"),
        ("C:\\windows.txt", b"x"),
        ("cut%off.txt", b"x"),
        (&long, b"x"),
        (&deep, b"x"),
        ("good.txt", b"good"),
        ("inner.zip", &zip(&[("inside", b"x")])),
    ])
    .to_vec();
    // No program writes such a name.
    for at in 0..archive.len() - 4 {
        if archive[at..].starts_with(b"cut%") {
            archive[at + 3] = 0;
        }
    }
    admin.put("/a.zip", archive).await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/a.zip", "/into"), json!({})).await;
    assert_eq!(files(&task), 2);
    let expected = [
        ("../up.txt", "climbs"),
        ("/etc/passwd", "absolute"),
        ("C:\\windows.txt", "drive_letter"),
        ("cut\0off.txt", "nul"),
        (long.as_str(), "name_too_long"),
        (deep.as_str(), "too_deep"),
    ];
    assert_eq!(left_out(&task), pairs(&expected));
    assert_eq!(admin.names("/into").await, ["good.txt", "inner.zip"]);
    assert_eq!(admin.names("/").await, ["a.zip", "into"]);
}

/// The listing says before what an extraction says afterwards.
#[tokio::test]
async fn links_are_listed_as_what_is_left_out() {
    let server = server().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    std::fs::write(path.join("a.txt"), "a").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", path.join("link")).unwrap();
    run(path, "tar", &["-cf", "a.tar", "a.txt", "link"]);
    run(path, "zip", &["-qy", "a.zip", "a.txt", "link"]);
    for name in ["a.tar", "a.zip"] {
        let (archive, into) = (format!("/{name}"), format!("/{name} unpacked"));
        let bytes = std::fs::read(path.join(name)).unwrap();
        admin.put(&archive, bytes).await;
        let listed = admin.archive_listing(&archive).await.ok();
        let listed = listed["files"].as_array().unwrap();
        let of = |name: &str| listed.iter().find(|file| file["name"] == name).unwrap();
        assert_eq!(of("a.txt").get("left_out"), None, "{name}");
        assert_eq!(of("link")["left_out"], "link", "{name}");
        admin.create_folder(&into).await;
        let task = extract(&server, admin, (&archive, &into), json!({})).await;
        assert_eq!(left_out(&task), pairs(&[("link", "link")]), "{name}");
        assert_eq!(admin.names(&into).await, ["a.txt"]);
    }
}

#[tokio::test]
async fn a_bomb_leaves_nothing_and_is_said_to_be_too_large() {
    let server = server().await;
    let admin = server.admin();
    // A gigabyte and a bit of nothing, in some kilobytes.
    admin.put("/bomb.zst", zstd_of(Vec::new(), 1_200)).await;
    admin.create_folder("/into").await;
    let used = admin.used().await;
    let task = extract(&server, admin, ("/bomb.zst", "/into"), json!({})).await;
    assert!(
        error(&task).contains("more in the archive than may be unpacked"),
        "{task}"
    );
    assert!(admin.names("/into").await.is_empty());
    assert_eq!(admin.used().await, used);
}

/// What lies about itself, or has no end, ends soon and leaves nothing.
#[tokio::test]
async fn archives_that_lie_end_in_a_sentence_that_says_so() {
    let server = server().await;
    let admin = server.admin();
    admin.create_folder("/into").await;
    let used = admin.used().await;
    let mut upon = zip(&[("a", &[b'x'; 1000]), ("b", b"y")]).to_vec();
    let second = upon.windows(4).rposition(|at| at == b"PK\x01\x02");
    let second = second.unwrap();
    upon[second + 42..second + 46].fill(0);
    // 1,300 files of a mebibyte, all the same: more than it may be a hundred times the size of, by its
    // own account.
    let mebibyte = vec![0; 1 << 20];
    let names: Vec<String> = (0..1_300).map(|n| format!("f{n}")).collect();
    let many = names.iter().map(|name| (name.as_str(), &mebibyte[..]));
    let claims = zip(&many.collect::<Vec<_>>());
    for (name, bytes, said) in [
        ("upon.zip", upon, "damaged or cut off"),
        (
            "claims.zip",
            claims.to_vec(),
            "more in the archive than may be unpacked",
        ),
        (
            "about.tar.zst",
            zstd_of(tar_header(b'g', 1_500 << 20).to_vec(), 1_510),
            "more in the archive than may be unpacked",
        ),
        (
            "entries.tar.zst",
            empty_files(100_010),
            "more than 100000 entries",
        ),
    ] {
        admin.put(&format!("/{name}"), bytes).await;
        let before = admin.used().await;
        let mask =
            json!({ "file_mask": if name.starts_with("entries") { vec!["none"] } else { vec![] } });
        let task = extract(&server, admin, (&format!("/{name}"), "/into"), mask).await;
        assert!(error(&task).contains(said), "{name}: {task}");
        assert!(task.get("error_history").is_none(), "{name}: {task}");
        assert!(admin.names("/into").await.is_empty(), "{name}");
        assert_eq!(admin.used().await, before, "{name}");
    }
    assert!(admin.used().await > used);
}

/// The header of an entry of a tar.
fn tar_header(kind: u8, size: u64) -> [u8; 512] {
    let mut header = [0_u8; 512];
    header[..5].copy_from_slice(b"entry");
    let size = format!("{size:011o}");
    header[124..135].copy_from_slice(size.as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar  \0");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}

fn empty_files(count: usize) -> Vec<u8> {
    zstd_of(tar_header(b'0', 0).repeat(count), 1)
}

/// What comes of these bytes and so many megabytes of nothing.
fn zstd_of(head: Vec<u8>, megabytes: usize) -> Vec<u8> {
    let mut child = std::process::Command::new("zstd")
        .args(["-q", "-c"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        input.write_all(&head).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..megabytes {
            input.write_all(&zeros).unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

#[tokio::test]
async fn a_name_without_end_costs_no_more_memory_than_there_is_for_an_archive() {
    let server = server().await;
    let admin = server.admin();
    // An entry that says that the name of the next one is 800 MiB long (GNU tar).
    let header = tar_header(b'L', 800 << 20);
    admin
        .put("/names.tar.zst", zstd_of(header.to_vec(), 810))
        .await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/names.tar.zst", "/into"), json!({})).await;
    assert!(error(&task).contains("more memory than there is"), "{task}");
    assert!(task.get("error_history").is_none(), "{task}");
    admin.list("/").await.ok();
}

/// Once something was read, what is empty is kept as everything is that came before a break.
#[tokio::test]
async fn what_is_empty_stays_with_what_was_read_before_the_break() {
    let server = server().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    std::fs::write(path.join("a.txt"), "a").unwrap();
    std::fs::write(path.join("b.txt"), "").unwrap();
    std::fs::create_dir(path.join("c")).unwrap();
    std::fs::write(path.join("d.bin"), tests::bytes_of("d", 300_000)).unwrap();
    run(
        path,
        "tar",
        &["-cf", "a.tar", "a.txt", "b.txt", "c", "d.bin"],
    );
    let mut bytes = std::fs::read(path.join("a.tar")).unwrap();
    bytes.truncate(100_000);
    admin.put("/a.tar", bytes).await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/a.tar", "/into"), json!({})).await;
    assert!(error(&task).contains("damaged or cut off"), "{task}");
    assert_eq!(admin.names("/into").await, ["a.txt", "b.txt", "c"]);
}

#[tokio::test]
async fn what_is_cut_off_keeps_what_came_before_and_says_so() {
    let server = server().await;
    let admin = server.admin();
    let folder = tempfile::TempDir::new().unwrap();
    for n in 0..20 {
        let content = tests::bytes_of(&format!("{n}"), 40_000);
        std::fs::write(folder.path().join(format!("f{n:02}")), content).unwrap();
    }
    super::run(folder.path(), "sh", &["-c", "tar czf a.tgz f*"]);
    let bytes = std::fs::read(folder.path().join("a.tgz")).unwrap();
    admin.put("/a.tgz", bytes[..bytes.len() / 2].to_vec()).await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/a.tgz", "/into"), json!({})).await;
    let said = error(&task);
    assert!(
        said.contains("damaged or cut off") && said.contains("stay"),
        "{said}"
    );
    let kept = admin.names("/into").await;
    assert!((8..=10).contains(&kept.len()), "{kept:?}");
    for name in kept {
        let number: usize = name[1..].parse().unwrap();
        let expected = tests::bytes_of(&format!("{number}"), 40_000);
        assert_eq!(admin.get(&format!("/into/{name}")).await, expected);
    }
}
