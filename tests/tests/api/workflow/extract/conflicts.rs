//! What happens where something is already.

use super::{extract, files, left_out, pairs, server, zip};
use serde_json::json;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

#[tokio::test]
async fn what_is_there_stays_unless_another_choice_was_made() {
    let server = server().await;
    let admin = server.admin();
    let archive = zip(&[
        ("a.txt", b"new"),
        ("folder", b"file"),
        ("b/c.txt", b"c"),
        ("d.txt", b"d"),
    ]);
    admin.put("/a.zip", archive).await;
    for folder in ["/skip", "/rename", "/over"] {
        admin.create_folder(folder).await;
        admin.put(&format!("{folder}/a.txt"), "old").await;
        admin.create_folder(&format!("{folder}/folder")).await;
        admin.put(&format!("{folder}/b"), "a file in the way").await;
    }
    let task = extract(&server, admin, ("/a.zip", "/skip"), json!({})).await;
    assert_eq!(files(&task), 1);
    assert_eq!(task["summary"]["props"]["failed"], 3);
    assert_eq!(task["summary"]["props"]["report"]["exists"], 1);
    let mut said = left_out(&task);
    said.sort();
    let expected = [
        ("a.txt", "exists"),
        ("b/c.txt", "taken"),
        ("folder", "taken"),
    ];
    assert_eq!(said, pairs(&expected));
    assert_eq!(admin.get("/skip/a.txt").await, "old");

    let rename = json!({ "conflict": "rename" });
    let task = extract(&server, admin, ("/a.zip", "/rename"), rename).await;
    assert_eq!(files(&task), 2);
    assert_eq!(admin.get("/rename/a.txt").await, "old");
    assert_eq!(admin.get("/rename/a (1).txt").await, "new");
    // Whoever keeps both is told what is called how.
    let renamed = &task["summary"]["props"]["report"]["renamed"];
    assert_eq!(renamed[0], json!({ "name": "a.txt", "to": "a (1).txt" }));
    assert_eq!(renamed.as_array().unwrap().len(), 1, "{renamed}");

    let over = json!({ "conflict": "overwrite" });
    let task = extract(&server, admin, ("/a.zip", "/over"), over).await;
    assert_eq!(files(&task), 2);
    assert_eq!(admin.get("/over/a.txt").await, "new");
    assert_eq!(admin.versions("/over/a.txt").await.len(), 2);
    // Once more, and nothing is there twice.
    let task = extract(&server, admin, ("/a.zip", "/skip"), json!({})).await;
    assert_eq!(files(&task), 0);
    assert_eq!(task["summary"]["props"]["failed"], 4);
    assert_eq!(task["summary"]["props"]["report"]["exists"], 2);
}

/// A zip with a name several times, which the writer would refuse to make.
fn twice() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("same.txt", "first"),
        ("sama.txt", "second"),
        ("SAME.txt", "third"),
    ] {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    for at in 0..bytes.len() - 4 {
        if bytes[at..].starts_with(b"sama") {
            bytes[at + 3] = b'e';
        }
    }
    bytes
}

#[tokio::test]
async fn a_name_that_is_there_twice_in_an_archive_is_said() {
    let server = server().await;
    let admin = server.admin();
    admin.put("/a.zip", twice()).await;
    for folder in ["/skip", "/rename", "/over"] {
        admin.create_folder(folder).await;
    }
    let task = extract(&server, admin, ("/a.zip", "/skip"), json!({})).await;
    assert_eq!(left_out(&task), pairs(&[("same.txt", "duplicate")]));
    assert_eq!(task["summary"]["props"]["report"]["case_clashes"], 1);
    assert_eq!(admin.get("/skip/same.txt").await, "first");
    assert_eq!(admin.get("/skip/SAME.txt").await, "third");

    let rename = json!({ "conflict": "rename" });
    let task = extract(&server, admin, ("/a.zip", "/rename"), rename).await;
    assert_eq!(files(&task), 3);
    assert_eq!(admin.get("/rename/same.txt").await, "first");
    assert_eq!(admin.get("/rename/same (1).txt").await, "second");

    let over = json!({ "conflict": "overwrite" });
    let task = extract(&server, admin, ("/a.zip", "/over"), over).await;
    assert_eq!(files(&task), 3);
    assert_eq!(admin.get("/over/same.txt").await, "second");
}
