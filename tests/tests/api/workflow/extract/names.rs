//! Names in any encoding.

use super::{extract, files, server};
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
