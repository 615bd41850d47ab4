//! A folder of its own for an archive, which goes again if nothing came into it.

use super::{error, extract, files, run, server, told, try_extract, zip};
use crate::code;
use serde_json::json;
use tempfile::TempDir;

#[tokio::test]
async fn a_folder_of_its_own_stays_if_something_came_into_it() {
    let server = server().await;
    let admin = server.admin();
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.txt"), "precious").unwrap();
    let args = ["a", "-bso0", "-psesame", "a.7z", "a.txt"];
    run(folder.path(), "7zz", &args);
    let bytes = std::fs::read(folder.path().join("a.7z")).unwrap();
    admin.put("/a.7z", bytes).await;
    admin.put("/v1.5", "in the way").await;
    for password in ["", "mustard"] {
        let more = json!({ "new_folder": true, "password": password });
        let task = extract(&server, admin, ("/a.7z", "/v1.5"), more).await;
        assert!(error(&task).contains("incorrect password"), "{task}");
        // Whoever tries again needs to know that it is not there.
        assert_eq!(task["summary"]["props"]["new_folder"], true);
        assert_eq!(admin.names("/").await, ["a.7z", "v1.5"], "{password:?}");
    }
    for name in ["v1.5 (1)", "v1.5 (2)"] {
        let more = json!({ "new_folder": true, "password": "sesame" });
        let task = extract(&server, admin, ("/a.7z", "/v1.5"), more).await;
        assert_eq!(files(&task), 1);
        let props = &task["summary"]["props"];
        assert_eq!(props["dst"], tests::uri(&format!("/{name}")));
        assert_eq!(props.get("new_folder"), None);
        assert_eq!(admin.get(&format!("/{name}/a.txt")).await, "precious");
    }
}

#[tokio::test]
async fn archives_of_one_name_get_a_folder_each_and_empty_ones_too() {
    let server = server().await;
    let admin = server.admin();
    let only_folders = zip(&[("empty/", b""), ("b/c/", b"")]);
    let archives = [
        ("/a.zip", zip(&[("1.txt", b"1"), ("b/2.txt", b"2")])),
        ("/b.zip", only_folders),
        ("/c.zip", zip(&[])),
    ];
    let mut begun = Vec::new();
    for (archive, bytes) in archives {
        admin.put(archive, bytes).await;
        let more = json!({ "new_folder": true });
        begun.push(try_extract(admin, archive, "/own", more).await.ok());
    }
    server.nothing_left_of("extract_archive").await;
    let mut contents = Vec::new();
    for one in &begun {
        let task = told(admin, &one["id"]).await;
        assert_eq!(task["status"], "completed", "{task}");
        let dst = task["summary"]["props"]["dst"].as_str().unwrap();
        let name = dst.trim_start_matches("cloudreve://my").replace("%20", " ");
        contents.push(admin.names(&name).await);
    }
    assert_eq!(contents[0], ["1.txt", "b"]);
    assert_eq!(contents[1], ["b", "empty"]);
    assert!(contents[2].is_empty(), "{contents:?}");
    let names = admin.names("/").await;
    assert_eq!(names[3..], ["own", "own (1)", "own (2)"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_refused_at_once() {
    let server = server().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    admin.put("/a.zip", zip(&[("1.txt", b"1")])).await;
    let more = json!({ "new_folder": true });
    for (dst, expected) in [
        ("/", code::PARENT_NOT_EXIST),
        ("/missing/own", code::PARENT_NOT_EXIST),
        ("/a:b", code::ILLEGAL_NAME),
    ] {
        let refused = try_extract(admin, "/a.zip", dst, more.clone()).await;
        refused.refused(expected);
    }
    let id = admin.me().await.ok()["id"].clone();
    let id = id.as_str().unwrap();
    let body = json!({
        "src": [tests::uri("/a.zip")],
        "dst": format!("cloudreve://{id}@my/own"),
        "new_folder": true,
    });
    let refused = alice.post("/workflow/extract", body).await;
    assert_ne!(refused.code(), 0);
    assert_eq!(admin.names("/").await, ["a.zip"]);
}
