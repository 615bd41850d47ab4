//! `GET /file/archive`: looking into a zip.

use std::io::{Cursor, Write};

use bytes::Bytes;
use serde_json::json;
use tests::{TestServer, uri};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::code;

fn zip(names: &[&str]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let options = SimpleFileOptions::default();
        if let Some(folder) = name.strip_suffix('/') {
            writer.add_directory(folder, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(b"12345").unwrap();
        }
    }
    writer.finish().unwrap().into_inner().into()
}

#[tokio::test]
async fn the_entries_of_a_zip_are_listed_without_unpacking() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin
        .put(
            "/a.zip",
            zip(&["docs/", "docs/文件.txt", "../../etc/passwd"]),
        )
        .await;
    let data = admin.archive_listing("/a.zip").await.ok();
    let files = data["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    assert_eq!(files[0]["name"], "docs");
    assert_eq!(files[0]["is_directory"], true);
    assert_eq!(files[1]["name"], "docs/文件.txt");
    assert_eq!(files[1]["size"], 5);
    assert_eq!(files[1]["is_directory"], false);
    assert!(files[1].as_object().unwrap().contains_key("updated_at"));
    // Names are told as they are; nothing is unpacked to where they point.
    assert_eq!(files[2]["name"], "../../etc/passwd");
    assert_eq!(files[2]["left_out"], "climbs");
    assert_eq!(files[1].get("left_out"), None);
    // Another version has other entries.
    let old = admin.versions("/a.zip").await[0]["id"].clone();
    admin.overwrite("/a.zip", zip(&["new.txt"])).await;
    let data = admin.archive_listing("/a.zip").await.ok();
    assert_eq!(data["files"][0]["name"], "new.txt");
    let query = [
        ("uri", uri("/a.zip")),
        ("entity", old.as_str().unwrap().to_owned()),
    ];
    let query = query.each_ref().map(|(key, value)| (*key, value.as_str()));
    let data = admin.get_json("/file/archive", &query).await.ok();
    assert_eq!(data["files"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn names_of_old_programs_are_read_as_asked() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let mut bytes = zip(&["wxyz.txt"]).to_vec();
    for at in 0..bytes.len() - 4 {
        if bytes[at..].starts_with(b"wxyz") {
            // 文件 in GBK.
            bytes[at..at + 4].copy_from_slice(&[0xCE, 0xC4, 0xBC, 0xFE]);
        }
    }
    admin.put("/old.zip", bytes).await;
    let at = uri("/old.zip");
    let name = async |encoding: &str| {
        let query = [("uri", at.as_str()), ("text_encoding", encoding)];
        let data = admin.get_json("/file/archive", &query).await.ok();
        data["files"][0]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name("gbk").await, "文件.txt");
    assert_eq!(name("GB18030").await, "文件.txt");
    let query = [("uri", at.as_str()), ("text_encoding", "rot13")];
    admin
        .get_json("/file/archive", &query)
        .await
        .refused(code::NO_PERMISSION);
}

#[tokio::test]
async fn what_is_no_zip_or_not_for_who_asks_is_refused() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    admin.put("/text.txt", "no zip").await;
    admin.put("/fake.zip", "no zip either").await;
    admin
        .put("/cut.zip", zip(&["a.txt", "b.txt"]).slice(..60))
        .await;
    admin.put("/good.zip", zip(&["a.txt"])).await;
    admin.create_folder("/folder.zip").await;
    admin.create_file("/empty.zip").await;
    for (path, expected) in [
        ("/text.txt", code::NO_PERMISSION),
        ("/folder.zip", code::NO_PERMISSION),
        ("/fake.zip", code::UNCLASSIFIED),
        ("/cut.zip", code::UNCLASSIFIED),
        ("/empty.zip", code::ENTITY_NOT_EXIST),
        ("/missing.zip", code::PARENT_NOT_EXIST),
    ] {
        admin.archive_listing(path).await.refused(expected);
    }
    let other = admin.info("/text.txt").await.ok()["primary_entity"].clone();
    let good = uri("/good.zip");
    for (entity, expected) in [
        (other.as_str().unwrap(), code::ENTITY_NOT_EXIST),
        ("garbled", code::PARAMETER),
    ] {
        let query = [("uri", good.as_str()), ("entity", entity)];
        let reply = admin.get_json("/file/archive", &query).await;
        reply.refused(expected);
    }
    // Ordinary users may not at first; visitors of a share go by their own group.
    let share = admin.share("/good.zip", json!({})).await;
    alice.put("/good.zip", zip(&["a.txt"])).await;
    let in_share = share.at("/good.zip");
    for (who, at, expected) in [
        (&alice, "/good.zip", code::GROUP_NOT_ALLOWED),
        (&alice, in_share.as_str(), code::GROUP_NOT_ALLOWED),
        (
            &server.stranger(),
            in_share.as_str(),
            code::GROUP_NOT_ALLOWED,
        ),
        (&server.stranger(), "/good.zip", code::LOGIN_REQUIRED),
    ] {
        who.archive_listing(at).await.refused(expected);
    }
    admin.archive_listing(&share.at("/good.zip")).await.ok();
}

#[tokio::test]
async fn more_than_the_group_may_unpack_is_too_large() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.zip", zip(&["a.txt"])).await;
    admin.archive_listing("/a.zip").await.ok();
    let settings = server
        .ask("SELECT CAST(settings AS TEXT) AS value FROM groups WHERE id = 1")
        .await;
    let mut settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    settings["decompress_size"] = json!(50);
    server
        .tamper(&format!(
            "UPDATE groups SET settings = '{settings}', updated_at = updated_at + 1 WHERE id = 1"
        ))
        .await;
    admin
        .archive_listing("/a.zip")
        .await
        .refused(code::FILE_TOO_LARGE);
}
