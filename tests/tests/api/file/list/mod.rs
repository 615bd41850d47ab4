//! `GET /file`.

mod address;
mod other_roots;
mod pages;

use serde_json::{Value, json};
use tests::{Client, TestServer};

use crate::code;

const CAPABILITY_MY: &str = "w8edAQ==";

const CAPABILITY_TRASH: &str = "AMIK";

fn names_of(page: &Value) -> Vec<&str> {
    page["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect()
}

/// Five files and two folders whose orders by name, size and time all differ.
async fn mixed_folder(alice: &Client) {
    alice.create_folder("/f/zeta").await;
    alice.create_folder("/f/eta").await;
    for (name, size) in [("b", 3), ("a", 5), ("e", 1), ("c", 2), ("d", 4)] {
        alice.put(&format!("/f/{name}"), vec![0; size]).await;
    }
}

#[tokio::test]
async fn a_fresh_drive_is_an_empty_folder() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut shape = alice.list("/").await.shape();
    let policy = shape["data"]["storage_policy"].take();
    assert_eq!(policy["type"], "local");
    assert_eq!(policy["id"], "[id]");
    assert_eq!(policy["max_size"], 0);
    assert_eq!(
        shape,
        json!({
            "code": 0,
            "msg": "",
            "data": {
                "files": [],
                "parent": {
                    "type": 1,
                    "id": "[id]",
                    "name": "",
                    "created_at": "[time]",
                    "updated_at": "[time]",
                    "size": 0,
                    "metadata": null,
                    "path": "cloudreve://my/",
                    "capability": CAPABILITY_MY,
                    "owned": true,
                    "primary_entity": "[id]",
                },
                "pagination": { "page": 0, "page_size": 100, "is_cursor": true },
                "props": {
                    "capability": CAPABILITY_MY,
                    "max_page_size": 2000,
                    "order_by_options": ["name", "size", "updated_at", "created_at"],
                    "order_direction_options": ["asc", "desc"],
                },
                "context_hint": "[uuid]",
                "mixed_type": false,
                "storage_policy": null,
                "view": { "page_size": 100, "view": "grid", "thumbnail": true },
            },
        })
    );
}

#[tokio::test]
async fn a_file_and_a_folder_look_as_clients_expect() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/Work").await;
    alice.put("/plan 1.md", "# Plan").await;
    let shape = alice.list("/").await.shape();
    assert_eq!(
        shape["data"]["files"],
        json!([
            {
                "type": 1,
                "id": "[id]",
                "name": "Work",
                "created_at": "[time]",
                "updated_at": "[time]",
                "size": 0,
                "metadata": {},
                "path": "cloudreve://my/Work",
                "capability": CAPABILITY_MY,
                "owned": true,
                "primary_entity": "[id]",
            },
            {
                "type": 0,
                "id": "[id]",
                "name": "plan 1.md",
                "created_at": "[time]",
                "updated_at": "[time]",
                "size": 6,
                "metadata": {},
                "path": "cloudreve://my/plan%201.md",
                "capability": CAPABILITY_MY,
                "owned": true,
                "primary_entity": "[id]",
            },
        ])
    );
}

#[tokio::test]
async fn folders_and_empty_files_carry_the_entity_zero() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let folder = alice.create_folder("/folder").await["primary_entity"].clone();
    let empty = alice.create_file("/empty.txt").await["primary_entity"].clone();
    alice.put("/full.txt", "x").await;
    let full = alice.info("/full.txt").await.ok()["primary_entity"].clone();
    assert_eq!(folder, empty);
    assert_ne!(empty, full);
}

#[tokio::test]
async fn strangers_are_asked_to_sign_in() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for root in ["/", "cloudreve://trash/", "cloudreve://shared_with_me"] {
        stranger.list(root).await.refused(code::LOGIN_REQUIRED);
    }
}

#[tokio::test]
async fn the_drive_of_somebody_else_is_closed() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.create_folder("/private").await;
    let hers = format!("cloudreve://{}@my/", alice.id);
    bob.list(&hers).await.refused(code::NO_PERMISSION);
    bob.list(&format!("{hers}private"))
        .await
        .refused(code::NO_PERMISSION);
    // Whether something exists there is not told either.
    bob.list(&format!("{hers}missing"))
        .await
        .refused(code::NO_PERMISSION);
}

#[tokio::test]
async fn a_folders_time_does_not_move_with_its_children() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/folder").await;
    let before = alice.info("/folder").await.ok()["updated_at"].clone();
    alice.put("/folder/a.txt", "a").await;
    alice.rename("/folder/a.txt", "b.txt").await.ok();
    alice.delete(&["/folder/b.txt"]).await.done();
    assert_eq!(alice.info("/folder").await.ok()["updated_at"], before);
}

#[tokio::test]
async fn folders_tell_whether_there_are_folders_in_them_where_somebody_asks() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/f/full/inner").await;
    alice.create_folder("/f/leaf").await;
    alice.put("/f/leaf/a.txt", "a").await;
    alice.put("/f/b.txt", "b").await;
    let told = async |client: &Client, path: &str| -> Vec<(String, Value)> {
        let page = client.list_with(path, &[("subfolders", "true")]).await.ok();
        let files = page["files"].as_array().unwrap().iter();
        let told = files.map(|file| {
            let name = file["name"].as_str().unwrap().to_owned();
            (name, file["has_subfolders"].clone())
        });
        told.collect()
    };
    let expected = |leaf: bool| {
        vec![
            ("full".to_owned(), json!(true)),
            ("leaf".to_owned(), json!(leaf)),
            ("b.txt".to_owned(), Value::Null),
        ]
    };
    assert_eq!(told(&alice, "/f").await, expected(false));
    // Who did not ask is not told.
    let plain = alice.list("/f").await.ok();
    assert!(plain["files"][0].get("has_subfolders").is_none());
    // A folder that comes or goes shows at once.
    alice.create_folder("/f/leaf/new").await;
    assert_eq!(told(&alice, "/f").await, expected(true));
    alice.delete(&["/f/leaf/new"]).await.done();
    assert_eq!(told(&alice, "/f").await, expected(false));
    // A shortcut leads elsewhere.
    let shortcut = json!({
        "uri": "cloudreve://my/f/leaf/shortcut", "type": "folder",
        "metadata": { "sys:shared_redirect": "cloudreve://abc@share" },
    });
    alice.post("/file/create", shortcut).await.ok();
    assert_eq!(told(&alice, "/f").await, expected(false));
    // In the trash nothing can be entered.
    alice.delete(&["/f/full"]).await.done();
    let query = [("subfolders", "true")];
    let trash = alice.list_with("cloudreve://trash/", &query).await.ok();
    assert!(trash["files"][0].get("has_subfolders").is_none());
}
