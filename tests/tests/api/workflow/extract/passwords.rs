//! Passwords that are wrong: nothing of the archive stays, whatever of it needs none.

use super::{error, extract, files, run, server};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

/// More folders than are made in one change.
const MANY: usize = 230;

/// Folders, an empty file, and something secret behind them, as each program packs that.
fn archives(path: &Path) -> [(&'static str, Vec<u8>); 4] {
    for number in 0..MANY {
        std::fs::create_dir_all(path.join(format!("docs/many/{number:03}"))).unwrap();
    }
    std::fs::write(path.join("docs/none.txt"), "").unwrap();
    std::fs::create_dir_all(path.join("secret/deep")).unwrap();
    std::fs::write(path.join("secret/deep/a.txt"), "precious").unwrap();
    std::fs::write(path.join("secret/big.bin"), tests::bytes_of("big", 600_000)).unwrap();
    for (name, more) in [
        ("aes.zip", "-mem=AES256"),
        ("weak.zip", "-mem=ZipCrypto"),
        ("a.7z", "-mhe=off"),
    ] {
        let args = ["a", "-bso0", "-psesame", more, name, "docs", "secret"];
        run(path, "7zz", &args);
    }
    let info_zip = ["-qr", "-P", "sesame", "info.zip", "docs", "secret"];
    run(path, "zip", &info_zip);
    ["aes.zip", "weak.zip", "a.7z", "info.zip"]
        .map(|name| (name, std::fs::read(path.join(name)).unwrap()))
}

#[tokio::test]
async fn a_wrong_password_leaves_no_folder_and_no_empty_file() {
    let server = server().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    for (name, bytes) in archives(folder.path()) {
        let (archive, into) = (format!("/{name}"), format!("/{name} unpacked"));
        admin.put(&archive, bytes).await;
        admin.create_folder(&into).await;
        let listed = admin.archive_listing(&archive).await.ok();
        let listed = listed["files"].as_array().unwrap();
        for entry in listed {
            // Whoever looks knows what will be asked for.
            let takes = entry.get("encrypted").is_some();
            let has_content = entry["size"].as_u64().unwrap() > 0;
            assert!(takes || !has_content, "{name}: {entry}");
            assert!(!takes || entry["is_directory"] == false, "{name}: {entry}");
        }
        for password in ["", "mustard"] {
            let more = json!({ "password": password });
            let task = extract(&server, admin, (&archive, &into), more).await;
            assert!(error(&task).contains("incorrect password"), "{task}");
            let stays = admin.names(&into).await;
            assert!(stays.is_empty(), "{name} {password:?}: {stays:?}");
        }
        let right = json!({ "password": "sesame" });
        let task = extract(&server, admin, (&archive, &into), right).await;
        assert_eq!(files(&task), 3, "{name}");
        assert_eq!(admin.names(&into).await, ["docs", "secret"]);
        assert_eq!(
            admin.names(&format!("{into}/docs")).await,
            ["many", "none.txt"]
        );
        let below = admin.sizes_below(&format!("{into}/docs/many")).await;
        assert_eq!(below.len(), MANY, "{name}");
        let secret = admin.get(&format!("{into}/secret/deep/a.txt")).await;
        assert_eq!(secret, "precious", "{name}");
    }
}

/// What needs no password is there before one is asked for, and stays.
#[tokio::test]
async fn what_was_read_without_a_password_stays_with_its_folders() {
    let server = server().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    std::fs::create_dir_all(path.join("a/empty")).unwrap();
    std::fs::write(path.join("a/open.txt"), "open").unwrap();
    std::fs::write(path.join("b.txt"), "precious").unwrap();
    run(path, "zip", &["-q", "a.zip", "a/empty", "a/open.txt"]);
    run(path, "zip", &["-q", "-P", "sesame", "a.zip", "b.txt"]);
    admin
        .put("/a.zip", std::fs::read(path.join("a.zip")).unwrap())
        .await;
    admin.create_folder("/into").await;
    let wrong = json!({ "password": "mustard" });
    let task = extract(&server, admin, ("/a.zip", "/into"), wrong).await;
    assert!(error(&task).contains("1 file (4 bytes)"), "{task}");
    assert_eq!(admin.names("/into").await, ["a"]);
    assert_eq!(admin.names("/into/a").await, ["empty", "open.txt"]);
}
