//! Every kind, the whole way: listed and unpacked, with a password where it has one.

use super::{error, extract, files, run, server};
use rars::{ArchiveVersion, Builder};
use serde_json::json;
use tempfile::TempDir;

/// A folder with some files, and what each program makes of it.
fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("docs")).unwrap();
    std::fs::write(path.join("docs/a.txt"), "alpha").unwrap();
    std::fs::write(path.join("big.bin"), tests::bytes_of("big", 700_000)).unwrap();
    run(path, "zip", &["-qr", "a.zip", "docs", "big.bin"]);
    run(path, "7zz", &["a", "-bso0", "a.7z", "docs", "big.bin"]);
    for (name, option) in [
        ("a.tar", "--no-auto-compress"),
        ("a.tar.gz", "-z"),
        ("a.tar.bz2", "-j"),
        ("a.tar.xz", "-J"),
        ("a.tar.zst", "--zstd"),
        ("a.tar.lz4", "-Ilz4"),
    ] {
        run(path, "tar", &[option, "-cf", name, "docs", "big.bin"]);
    }
    let mut all: Vec<(&str, Vec<u8>)> = [
        "a.zip",
        "a.7z",
        "a.tar",
        "a.tar.gz",
        "a.tar.bz2",
        "a.tar.xz",
        "a.tar.zst",
        "a.tar.lz4",
    ]
    .map(|name| (name, std::fs::read(path.join(name)).unwrap()))
    .into();
    for (name, version) in [
        ("old.rar", ArchiveVersion::Rar29),
        ("a.rar", ArchiveVersion::Rar50),
    ] {
        let mut builder = Builder::new(version);
        let big = tests::bytes_of("big", 700_000).to_vec();
        builder
            .add_bytes(b"docs/a.txt".to_vec(), b"alpha".to_vec(), None, None)
            .unwrap();
        builder
            .add_bytes(b"big.bin".to_vec(), big, None, None)
            .unwrap();
        all.push((name, builder.to_bytes().unwrap()));
    }
    all
}

#[tokio::test]
async fn every_kind_is_listed_and_unpacked() {
    let server = server().await;
    let admin = server.admin();
    let big = tests::bytes_of("big", 700_000);
    for (name, bytes) in archives() {
        let (archive, folder) = (format!("/{name}"), format!("/{name} unpacked"));
        admin.put(&archive, bytes).await;
        let listed = admin.archive_listing(&archive).await.ok();
        let listed = listed["files"].as_array().unwrap();
        let file = listed.iter().find(|file| file["name"] == "docs/a.txt");
        assert_eq!(file.unwrap()["size"], 5, "{name}");
        admin.create_folder(&folder).await;
        let task = extract(&server, admin, (&archive, &folder), json!({})).await;
        assert_eq!(files(&task), 2, "{name}");
        assert_eq!(
            admin.get(&format!("{folder}/docs/a.txt")).await,
            "alpha",
            "{name}"
        );
        assert_eq!(admin.get(&format!("{folder}/big.bin")).await, big, "{name}");
    }
    // A single file that is packed.
    let mut gzip = tempfile::NamedTempFile::with_suffix(".txt").unwrap();
    std::io::Write::write_all(&mut gzip, b"one file").unwrap();
    run(
        gzip.path().parent().unwrap(),
        "gzip",
        &["-kf", gzip.path().to_str().unwrap()],
    );
    let packed = format!("{}.gz", gzip.path().display());
    admin
        .put("/one.txt.gz", std::fs::read(&packed).unwrap())
        .await;
    std::fs::remove_file(packed).unwrap();
    let listed = admin.archive_listing("/one.txt.gz").await.ok();
    assert_eq!(listed["files"][0]["name"], "one.txt");
    assert_eq!(listed["files"][0]["unknown_size"], true);
    admin.create_folder("/one").await;
    let task = extract(&server, admin, ("/one.txt.gz", "/one"), json!({})).await;
    assert_eq!(files(&task), 1);
    assert_eq!(admin.get("/one/one.txt").await, "one file");
}

/// What an archive begins with says what it is, not its name.
#[tokio::test]
async fn a_wrong_name_hides_no_archive() {
    let server = server().await;
    let admin = server.admin();
    let all = archives();
    let bytes = |wanted: &str| all.iter().find(|(name, _)| *name == wanted).unwrap();
    for (is, called) in [
        ("a.tar.gz", "/gz.zip"),
        ("a.zip", "/zip.7z"),
        ("a.7z", "/7z.tar"),
        ("a.zip", "/zip.bin"),
    ] {
        let folder = format!("{called} unpacked");
        admin.put(called, bytes(is).1.clone()).await;
        let listed = admin.archive_listing(called).await.ok();
        let listed = listed["files"].as_array().unwrap();
        let file = listed.iter().find(|file| file["name"] == "docs/a.txt");
        assert_eq!(file.unwrap()["size"], 5, "{called}");
        assert_eq!(file.unwrap().get("unknown_size"), None, "{called}");
        admin.create_folder(&folder).await;
        let task = extract(&server, admin, (called, &folder), json!({})).await;
        assert_eq!(files(&task), 2, "{called}");
    }
}

#[tokio::test]
async fn a_wrong_password_ends_it_with_words_that_help() {
    let server = server().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("secret.txt"), "precious").unwrap();
    for (name, more) in [
        ("a.zip", "-mem=AES256"),
        ("b.zip", "-mem=ZipCrypto"),
        ("c.7z", "-mhe=on"),
    ] {
        run(
            folder.path(),
            "7zz",
            &["a", "-bso0", "-psesame", more, name, "secret.txt"],
        );
        let (archive, into) = (format!("/{name}"), format!("/{name} unpacked"));
        admin
            .put(&archive, std::fs::read(folder.path().join(name)).unwrap())
            .await;
        admin.create_folder(&into).await;
        for password in ["", "mustard"] {
            let more = json!({ "password": password });
            let task = extract(&server, admin, (&archive, &into), more).await;
            let said = error(&task);
            assert!(
                said.contains("incorrect password") && said.contains("40069"),
                "{said}"
            );
            assert!(task.get("error_history").is_none(), "tried again: {task}");
            assert!(admin.names(&into).await.is_empty());
        }
        let right = json!({ "password": "sesame" });
        let task = extract(&server, admin, (&archive, &into), right).await;
        assert_eq!(files(&task), 1);
        assert_eq!(admin.get(&format!("{into}/secret.txt")).await, "precious");
    }
    // Nobody who reads the database learns it.
    let rows =
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE private_state LIKE '%sesame%'";
    assert_eq!(server.ask(rows).await, "0");
    admin
        .archive_listing("/c.7z")
        .await
        .refused(crate::code::INCORRECT_PASSWORD);
    // Names that are not hidden are told without it.
    let open = ["a", "-bso0", "-psesame", "d.7z", "secret.txt"];
    run(folder.path(), "7zz", &open);
    let bytes = std::fs::read(folder.path().join("d.7z")).unwrap();
    admin.put("/d.7z", bytes).await;
    let listed = admin.archive_listing("/d.7z").await.ok();
    assert_eq!(listed["files"][0]["name"], "secret.txt");
    assert_eq!(listed["files"][0]["size"], 8);
}

#[tokio::test]
async fn the_folder_that_a_tarball_was_made_of_is_nothing_that_is_left_out() {
    let server = server().await;
    let admin = server.admin();
    let place = TempDir::new().unwrap();
    let folder = place.path().join("packed");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("sub/a.txt"), "alpha").unwrap();
    run(&folder, "tar", &["-czf", "../a.tgz", "."]);
    let archive = std::fs::read(place.path().join("a.tgz")).unwrap();
    admin.put("/a.tgz", archive).await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/a.tgz", "/into"), json!({})).await;
    assert_eq!(files(&task), 1);
    assert_eq!(task["summary"]["props"]["failed"], 0, "{task}");
    assert_eq!(admin.get("/into/sub/a.txt").await, "alpha");
    let listed = admin.archive_listing("/a.tgz").await.ok();
    let names: Vec<&str> = listed["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["sub", "sub/a.txt"]);
}
