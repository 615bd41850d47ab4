//! A bit of everything.

use serde_json::json;
use tests::{Client, TestServer, bytes_of, escape};

use crate::doors;

/// Does what people do with a server, so that it asks its database all it ever asks.
pub async fn act(server: &TestServer) {
    let alice = server.user("alice").await;
    list(&alice).await;
    search(&alice).await;
    change(&alice).await;
    share(&alice, server).await;
    mount(&alice).await;
    every_operation(server).await;
    relocate(server, &alice).await;
    fetch(server).await;
    pack(server, &alice).await;
    keep_up(server).await;
}

async fn list(alice: &Client) {
    for n in 0..5 {
        let name = format!("/many/{n}.txt");
        alice.put(&name, bytes_of(&name, 20 + n)).await;
        alice.create_folder(&format!("/many/folder {n}")).await;
    }
    for order in ["", "name", "size", "updated_at", "created_at"] {
        for direction in ["asc", "desc"] {
            pages(alice, order, direction).await;
        }
    }
    alice
        .list_with("/many", &[("subfolders", "true")])
        .await
        .ok();
    alice.create_folder("/a/b/c/d").await;
    alice.list("/a/b/c/d").await.ok();
    alice.list("cloudreve://trash").await.ok();
    alice.list("cloudreve://shared_with_me").await.ok();
    let all = [("extended", "true"), ("folder_summary", "true")];
    alice.info_with("/many", &all).await.ok();
    alice.info_with("/many/1.txt", &all).await.ok();
}

/// By token and by number.
async fn pages(alice: &Client, order: &str, direction: &str) {
    for page in ["0", "1", "3"] {
        let query = [("page_size", "3"), ("page", page)];
        alice.list_with("/many", &query).await.ok();
    }
    let mut token = String::new();
    for _ in 0..4 {
        let query = [
            ("page_size", "3"),
            ("order_by", order),
            ("order_direction", direction),
            ("next_page_token", token.as_str()),
        ];
        let page = alice.list_with("/many", &query).await.data();
        match page["pagination"]["next_token"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
}

async fn search(alice: &Client) {
    let tag = escape("tag:work");
    let patch = json!([{ "key": "tag:work", "value": "#ff0000" }]);
    alice.patch_metadata("/many/1.txt", patch).await.done();
    for query in [
        "name=txt".to_owned(),
        "name=t*t&case_folding".to_owned(),
        "name=a&name=b&use_or".to_owned(),
        "type=file&size_gte=3&size_lte=30".to_owned(),
        "type=folder&created_gte=5&updated_lte=9999999999".to_owned(),
        "category=image".to_owned(),
        format!("meta_{tag}="),
        format!("meta_{tag}=ff"),
        format!("exact_meta_{tag}={}", escape("#ff0000")),
    ] {
        for place in [
            "cloudreve://my/",
            "cloudreve://my/many",
            "cloudreve://trash/",
        ] {
            for order in ["name", "size", "updated_at"] {
                let uri = format!("{place}?{query}");
                let wanted = [("page_size", "2"), ("order_by", order)];
                let page = alice.list_with(&uri, &wanted).await.data();
                if let Some(token) = page["pagination"]["next_token"].as_str() {
                    let wanted = [wanted[0], wanted[1], ("next_page_token", token)];
                    alice.list_with(&uri, &wanted).await.ok();
                }
            }
        }
    }
}

async fn change(alice: &Client) {
    alice.overwrite("/many/1.txt", "another version").await;
    alice.copy_to(&["/many"], "/a").await.done();
    alice.move_to(&["/many"], "/a/b").await.done();
    alice.rename("/a/b/many", "more").await.ok();
    alice.delete(&["/a/b/more"]).await.done();
    let trashed = alice.in_trash("more").await;
    alice.restore(&[&trashed]).await.done();
    alice.try_urls(&["/a"], json!({ "archive": true })).await;
    let upload = alice.open_upload("/up.bin", 10).await;
    alice.cancel_upload(&upload.id, "/up.bin").await.done();
    alice.delete_for_good(&["/a/many"]).await.done();
    alice.delete(&["/a/b/more"]).await.done();
    alice.empty_trash().await.done();
    alice.put("/a/left.txt", "left").await;
    alice.get("/a/left.txt").await;
}

async fn share(alice: &Client, server: &TestServer) {
    let bob = server.user("bob").await;
    let share = alice.share("/a", json!({})).await;
    for order in ["created_at", "views", "downloads", "remain_downloads"] {
        let query = [("page_size", "1"), ("order_by", order)];
        let page = alice.get_json("/share", &query).await.data();
        if let Some(token) = page["pagination"]["next_token"].as_str() {
            let query = [query[0], query[1], ("next_page_token", token)];
            alice.get_json("/share", &query).await;
        }
    }
    for who in [&bob, &server.stranger()] {
        who.list(&share.at("/")).await;
        who.list(&format!("{}?name=left", share.at("/"))).await;
        who.info(&share.at("/left.txt")).await;
        who.try_urls(&[share.at("/left.txt")], json!({})).await;
        who.share_info(&share.id, &[]).await;
    }
    bob.list("cloudreve://shared_with_me").await.ok();
    bob.list("cloudreve://shared_with_me?name=a").await.ok();
    alice.direct_link("/a/left.txt").await;
}

async fn mount(alice: &Client) {
    let mount = alice.mount().await;
    mount.mkcol("/dav").await;
    mount.put("/dav/a.txt", "a").await;
    for depth in ["0", "1", "infinity"] {
        mount.propfind("/", depth, "").await;
    }
    mount.get("/dav/a.txt").await;
    mount.transfer("COPY", "/dav", "/copy", &[]).await;
    mount
        .transfer("MOVE", "/dav/a.txt", "/copy/b.txt", &[])
        .await;
    mount.lock("/copy/b.txt", &[], "alice").await;
    mount.delete("/dav").await;
}

/// Every operation that is described, by its owner and by nobody.
async fn every_operation(server: &TestServer) {
    let carol = server.user("carol").await;
    let hers = doors::furnish(&carol).await.belonging();
    for (method, path) in doors::operations().keys() {
        // A stream that would never end; and what signs her out.
        if path == "/file/events" || path.contains("/sessions") || path == "/session/token" {
            continue;
        }
        if let Some(call) = hers.call(method, path) {
            doors::call(&server.stranger(), &call).await;
            doors::call(&carol, &call).await;
        }
    }
    // Her sessions may have ended on the way.
    let dave = server.user("dave").await;
    drop(dave.synchronising().events("/").await);
    dave.refresh().await;
    dave.get_json("/user/setting/sessions", &[]).await;
    dave.sign_out().await;
}

/// What is stored moves: what a policy keeps, what it keeps of somebody, a folder.
async fn relocate(server: &TestServer, alice: &Client) {
    let admin = server.admin();
    let policy = json!({ "id": 0, "name": "There", "type": "local", "settings": {},
        "dir_name_rule": "there/{uid}", "file_name_rule": "{uuid}", "edges": {} });
    let made = admin.put_json("/admin/policy", json!({ "policy": policy }));
    let there = made.await.ok()["id"].as_i64().unwrap();
    alice.put("/moved/a.txt", "moved").await;
    for (from, to, user) in [
        (1, there, json!(2)),
        (there, 1, json!(null)),
        (1, there, json!(null)),
    ] {
        let route = format!("/admin/policy/{from}/relocate");
        let body = json!({ "target": to, "user": user });
        admin.get_json(&route, &[("user", "2")]).await.ok();
        admin.get_json(&route, &[]).await.ok();
        admin.post(&route, body).await.ok();
        server.nothing_left_of("relocate").await;
    }
    let own = alice.list("/").await.ok();
    let folder = format!("cloudreve://{}@my/moved", alice.id);
    let body = json!({ "src": [folder], "dst_policy_id": own["storage_policy"]["id"] });
    let begun = admin.post("/workflow/relocate", body).await.ok();
    server.nothing_left_of("relocate").await;
    look_after(admin, begun["id"].as_str().unwrap()).await;
}

/// What people ask about their tasks, and do with them.
async fn look_after(admin: &Client, id: &str) {
    let task = format!("/workflow/task/{id}");
    admin.get_json(&task, &[]).await.ok();
    for category in ["general", "downloading", "downloaded"] {
        for active in ["true", "false"] {
            let query = [
                ("page_size", "10"),
                ("category", category),
                ("active", active),
            ];
            admin.get_json("/workflow", &query).await.ok();
        }
    }
    for what in ["cancel", "retry"] {
        let path = format!("/workflow/{what}/{id}");
        admin.post(&path, json!({})).await;
    }
}

async fn pack(server: &TestServer, alice: &Client) {
    server.permit_users("AC08").await;
    alice.put("/to pack/a.txt", "a").await;
    let share = alice.share("/to pack", json!({})).await;
    let src = [tests::uri("/to pack"), share.at("a.txt")];
    let body = json!({ "src": src, "dst": tests::uri("/packed.zip") });
    alice.post("/workflow/archive", body).await.ok();
    server.nothing_left_of("create_archive").await;
}

/// Something is fetched from elsewhere, or would be if somebody were there.
async fn fetch(server: &TestServer) {
    let admin = server.admin();
    let mut node = admin.get_json("/admin/node/1", &[]).await.ok();
    node["settings"] = json!({ "url_validation": { "disabled": true } });
    let body = json!({ "node": node });
    admin.put_json("/admin/node/1", body).await.ok();
    let body = json!({ "src": ["http://127.0.0.1:1/x"], "dst": "cloudreve://my/" });
    let begun = admin.post("/workflow/download", body).await.ok();
    let route = format!("/workflow/download/{}", begun[0]["id"].as_str().unwrap());
    admin.patch(&route, json!({ "files": [] })).await;
    admin.delete_json(&route, json!({})).await;
    server.nothing_left_of("remote_download").await;
}

/// What the server does by itself.
async fn keep_up(server: &TestServer) {
    let kinds = [
        "collect_trash",
        "recycle_blobs",
        "sweep_uploads",
        "prune_journal",
        "prune_tasks",
    ];
    for kind in kinds {
        server
            .tamper(&format!(
                "INSERT INTO tasks (kind, state, public_state, private_state, retries, resume_at, \
                 created_at, updated_at) VALUES ('{kind}', 'queued', '{{}}', '{{}}', 0, 0, 0, 0)"
            ))
            .await;
    }
    for kind in kinds {
        server.nothing_left_of(kind).await;
    }
}

/// Statements that fill the tables with things of somebody else.
pub fn crowd(rows: u32, is_sqlite: bool) -> Vec<String> {
    let no = if is_sqlite { "0" } else { "FALSE" };
    let yes = if is_sqlite { "1" } else { "TRUE" };
    let count =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
    let owner = "(SELECT MAX(id) FROM users)";
    let policy = "(SELECT MIN(id) FROM storage_policies)";
    let base = 1_000_000;
    vec![
        format!(
            "INSERT INTO files (id, kind, owner_id, parent_id, name, name_folded, size_bytes, \
             is_symbolic, created_at, updated_at) {count} SELECT {base} + i, \
             CASE WHEN i % 20 = 0 THEN 1 ELSE 0 END, {owner}, \
             CASE WHEN i <= 20 THEN NULL ELSE {base} + i / 20 END, 'n' || i, 'n' || i, i, {no}, i, i \
             FROM n"
        ),
        format!(
            "INSERT INTO blobs (id, kind, policy_id, \"key\", size_bytes, reference_count, props, \
             created_at, updated_at) {count} SELECT {base} + i, 0, {policy}, 'key ' || i, i, 1, \
             '{{}}', i, i FROM n"
        ),
        format!(
            "INSERT INTO file_blobs (file_id, blob_id) {count} SELECT {base} + i, {base} + i FROM n"
        ),
        format!(
            "INSERT INTO metadata (file_id, name, value, is_public) {count} \
             SELECT {base} + i, 'tag:' || i % 50, 'x', {yes} FROM n"
        ),
        format!(
            "INSERT INTO journal (at, owner_id, op, is_folder) {count} \
             SELECT i, {owner}, 'create', {no} FROM n"
        ),
        format!(
            "INSERT INTO shares (public_number, owner_id, file_id, views, downloads, share_view, \
             show_readme, revision, created_at, updated_at) {count} \
             SELECT {base} + i, {owner}, {base} + i, 0, 0, {no}, {no}, 1, i, i FROM n"
        ),
    ]
}
