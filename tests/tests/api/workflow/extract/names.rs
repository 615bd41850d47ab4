//! Names in any encoding.

use super::{extract, files, left_out, server, zip};
use serde_json::json;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip with a name in another encoding, without a word about it.
fn named(name: &[u8]) -> Vec<u8> {
    let stand_in = "x".repeat(name.len());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(stand_in.as_str(), SimpleFileOptions::default())
        .unwrap();
    writer.write_all(b"content").unwrap();
    let mut bytes = writer.finish().unwrap().into_inner();
    for at in 0..=bytes.len() - name.len() {
        if bytes[at..].starts_with(stand_in.as_bytes()) {
            bytes[at..at + name.len()].copy_from_slice(name);
        }
    }
    bytes
}

#[tokio::test]
async fn names_are_read_as_asked_or_guessed() {
    let server = server().await;
    let admin = server.admin();
    // 新建文件夹照片.txt in GBK, отчёт.txt as Windows and as MS-DOS wrote it.
    let gbk = b"\xd0\xc2\xbd\xa8\xce\xc4\xbc\xfe\xbc\xd0\xd5\xd5\xc6\xac.txt";
    for (n, (bytes, encoding, expected)) in [
        (&gbk[..], "", "新建文件夹照片.txt"),
        (gbk, "gb18030", "新建文件夹照片.txt"),
        (b"\xee\xf2\xf7\xb8\xf2.txt", "windows1251", "отчёт.txt"),
        (b"\xae\xe2\xe7\xf1\xe2.txt", "ibm866", "отчёт.txt"),
        (b"caf\x82.txt", "", "café.txt"),
        // One that does not exist is passed over (V4 API, extraction).
        ("ü.txt".as_bytes(), "rot13", "ü.txt"),
    ]
    .into_iter()
    .enumerate()
    {
        let (archive, folder) = (format!("/{n}.zip"), format!("/{n}"));
        admin.put(&archive, named(bytes)).await;
        admin.create_folder(&folder).await;
        let more = json!({ "encoding": encoding });
        let task = extract(&server, admin, (&archive, &folder), more).await;
        assert_eq!(files(&task), 1);
        assert_eq!(admin.names(&folder).await, [expected]);
    }
}

/// There is one rule for names, and archives have no other.
#[tokio::test]
async fn what_may_be_called_so_when_it_is_made_may_when_it_is_unpacked() {
    let server = server().await;
    let admin = server.admin();
    // Devices, and ends that some systems cut off: other systems' rules.
    let good = ["CON", "COM1.txt", "Lpt9", "aux", "dot.", "nul", "space "];
    let bad = ["a*b", "a?b", "a|b", "b:c"];
    for folder in ["/made", "/renamed", "/uploaded", "/unpacked"] {
        admin.create_folder(folder).await;
    }
    let names = || good.iter().chain(&bad);
    for name in names() {
        let is_good = good.contains(name);
        let made = admin.create("folder", &format!("/made/{name}")).await;
        assert_eq!(made.code() == 0, is_good, "{name}");
        let path = format!("/renamed/{}.tmp", names().position(|n| n == name).unwrap());
        admin.create_file(&path).await;
        let renamed = admin.rename(&path, name).await;
        assert_eq!(renamed.code() == 0, is_good, "{name}");
        let path = format!("/uploaded/{name}");
        let opened = admin.try_open_upload(&path, 1, json!({})).await;
        assert_eq!(opened.code() == 0, is_good, "{name}");
    }
    let packed: Vec<_> = names().map(|name| (*name, &b"x"[..])).collect();
    admin.put("/a.zip", zip(&packed)).await;
    let task = extract(&server, admin, ("/a.zip", "/unpacked"), json!({})).await;
    let mut unpacked = admin.names("/unpacked").await;
    unpacked.sort();
    let mut expected = good.map(str::to_owned);
    expected.sort();
    assert_eq!(unpacked, expected);
    let mut left = left_out(&task);
    left.sort();
    let reasons = ["bad_name", "bad_name", "bad_name", "drive_letter"];
    let told = bad.iter().zip(reasons);
    let told: Vec<_> = told
        .map(|(name, reason)| ((*name).to_owned(), reason.to_owned()))
        .collect();
    assert_eq!(left, told);
}
