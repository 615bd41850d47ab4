//! What other programs make of our archives: all kinds, names of other scripts, passwords, times.

use super::{Site, assert_whole, pack, site, site_on};
use crate::workflow::extract;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use tests::{Client, bytes_of};

const PASSWORD: &str = "pässwörd 密码";

/// What lies below a folder.
fn below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let found = tests::files_below(folder).into_iter();
    found
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            (name.to_owned(), fs::read(&path).unwrap())
        })
        .collect()
}

/// Unpacks with a program into a fresh folder.
fn unpacked(program: &str, arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new(program)
        .args(arguments)
        .current_dir(&folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("{program} is not installed: {error}"));
    let said = [ran.stdout, ran.stderr].concat();
    assert!(
        ran.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&said)
    );
    below(folder.path())
}

async fn laid(alice: &Client) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (name, content) in [
        ("报告/二 月.txt", "two".into()),
        ("报告/Ордер.txt", "order".into()),
        ("empty", bytes_of("", 0)),
        ("noise.bin", bytes_of("noise", 700_000)),
        ("same.bin", vec![b'y'; 300_000].into()),
    ] {
        alice.put(&format!("/d/{name}"), content.clone()).await;
        files.insert(format!("d/{name}"), content.to_vec());
    }
    files
}

#[tokio::test]
async fn every_kind_is_read_by_other_programs() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    let expected = laid(&alice).await;
    let out = tempfile::tempdir().unwrap();
    let with_password = json!({ "password": PASSWORD });
    let key = format!("-p{PASSWORD}");
    let python = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall()";
    for (name, more, programs) in [
        (
            "deflate.zip",
            json!({}),
            &["7zz", "bsdtar", "unzip", "python3"][..],
        ),
        (
            "store.zip",
            json!({ "method": "store" }),
            &["7zz", "bsdtar", "unzip", "python3"],
        ),
        ("aes.zip", with_password.clone(), &["7zz -p", "bsdtar -p"]),
        (
            "a.tar.zst",
            json!({ "format": "tar.zst" }),
            &["bsdtar", "tar"],
        ),
        ("a.7z", json!({ "format": "7z" }), &["7zz", "bsdtar"]),
        (
            "aes.7z",
            json!({ "format": "7z", "password": PASSWORD }),
            &["7zz -p"],
        ),
    ] {
        let dst = format!("/{name}");
        assert_whole(&pack(&alice, &["/d"], &dst, more).await);
        let file = out.path().join(name);
        fs::write(&file, alice.get(&dst).await).unwrap();
        let file = file.to_str().unwrap();
        for program in programs {
            let found = match *program {
                "7zz" => unpacked("7zz", &["x", "-y", file]),
                "7zz -p" => unpacked("7zz", &["x", "-y", &key, file]),
                "bsdtar" => unpacked("bsdtar", &["-xf", file]),
                "bsdtar -p" => unpacked("bsdtar", &["-xf", file, "--passphrase", PASSWORD]),
                "unzip" => unpacked("unzip", &["-q", file]),
                "tar" => unpacked("tar", &["--zstd", "-xf", file]),
                _ => unpacked("python3", &["-c", python, file]),
            };
            assert!(found == expected, "{program} {name}: {:?}", found.keys());
        }
    }
}

/// Paths of folders below one that have nothing in them.
fn empty_below(folder: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        if fs::read_dir(entry.path()).unwrap().next().is_none() {
            found.push(path);
        } else {
            found.extend(empty_below(&entry.path(), &format!("{path}/")));
        }
    }
    found.sort_unstable();
    found
}

#[tokio::test]
async fn folders_with_nothing_in_them_are_made_by_other_programs_and_by_us() {
    let server = extract::server().await;
    let Site { server, alice } = site_on(server).await;
    for folder in ["/d/空", "/d/full/none", "/alone"] {
        alice.create_folder(folder).await;
    }
    alice.put("/d/full/a.txt", "a").await;
    let out = tempfile::tempdir().unwrap();
    let expected = ["alone", "d/full/none", "d/空"];
    let with_password = json!({ "format": "zip", "password": PASSWORD });
    let key = format!("-p{PASSWORD}");
    for (name, more, programs) in [
        (
            "a.zip",
            json!({ "format": "zip" }),
            &["unzip", "7zz", "bsdtar"][..],
        ),
        ("aes.zip", with_password, &["7zz"]),
        ("a.tar.zst", json!({ "format": "tar.zst" }), &["bsdtar"]),
        ("a.7z", json!({ "format": "7z" }), &["7zz", "bsdtar"]),
    ] {
        let dst = format!("/{name}");
        assert_whole(&pack(&alice, &["/d", "/alone"], &dst, more).await);
        let file = out.path().join(name);
        fs::write(&file, alice.get(&dst).await).unwrap();
        let file = file.to_str().unwrap();
        for program in programs {
            let folder = tempfile::tempdir().unwrap();
            let arguments = match *program {
                "unzip" => vec!["-q", file],
                "7zz" => vec!["x", "-y", &key, file],
                _ => vec!["-xf", file],
            };
            let mut ran = Command::new(program);
            ran.args(arguments).current_dir(&folder);
            let ran = ran.env("LC_ALL", "C.UTF-8").output().unwrap();
            assert!(ran.status.success(), "{program} {name}: {ran:?}");
            let found = empty_below(folder.path(), "");
            assert_eq!(found, expected, "{program} {name}");
        }
        let back = format!("/back of {name}");
        alice.create_folder(&back).await;
        let password = json!({ "password": PASSWORD });
        let task = extract::extract(&server, &alice, (&dst, &back), password).await;
        assert_eq!(task["summary"]["props"]["failed"], 0, "{task}");
        for folder in expected {
            let names = alice.names(&format!("{back}/{folder}")).await;
            assert!(names.is_empty(), "{name} {folder}");
        }
    }
    // Nothing but folders is something.
    for format in ["zip", "tar.zst"] {
        let dst = format!("/only.{format}");
        assert_whole(&pack(&alice, &["/alone"], &dst, json!({ "format": format })).await);
    }
}

#[tokio::test]
async fn without_the_password_nobody_reads_it() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    alice.put("/secret.txt", "nobody knows").await;
    let out = tempfile::tempdir().unwrap();
    for format in ["zip", "7z"] {
        let more = json!({ "format": format, "password": PASSWORD });
        let dst = format!("/a.{format}");
        assert_whole(&pack(&alice, &["/secret.txt"], &dst, more).await);
        let file = out.path().join(format);
        fs::write(&file, alice.get(&dst).await).unwrap();
        for key in ["-p", "-pwrong"] {
            let mut test = Command::new("7zz");
            test.args(["t", key]).arg(&file).stdin(Stdio::null());
            let ran = test.output();
            assert!(!ran.unwrap().status.success(), "{format} {key}");
        }
    }
}

#[tokio::test]
async fn times_are_those_of_the_files() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    let session = json!({ "last_modified": 1_577_936_655_000_i64 });
    let opened = alice.try_open_upload("/a.txt", 1, session).await.ok();
    let session = tests::UploadSession::of(opened);
    alice.finish_upload(&session, &"a".into()).await;
    let out = tempfile::tempdir().unwrap();
    for format in ["zip", "tar.zst", "7z"] {
        let dst = format!("/a.{format}");
        assert_whole(&pack(&alice, &["/a.txt"], &dst, json!({ "format": format })).await);
        let file = out.path().join("archive");
        fs::write(&file, alice.get(&dst).await).unwrap();
        let ran = Command::new("bsdtar")
            .arg("-xf")
            .arg(&file)
            .current_dir(&out)
            .status();
        assert!(ran.unwrap().success());
        let modified = fs::metadata(out.path().join("a.txt"))
            .unwrap()
            .modified()
            .unwrap();
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(since, Duration::from_secs(1_577_936_655), "{format}");
        fs::remove_file(out.path().join("a.txt")).unwrap();
    }
}
