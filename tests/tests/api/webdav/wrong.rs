//! Servers, folders and passwords that are wrong, told before a policy is kept.

use super::{site, with};
use crate::code;
use serde_json::{Value, json};
use tests::proxy::{Fate, Proxy};
use tests::{Client, DavFolder, Reply, TestServer};

async fn test(admin: &Client, policy: &Value) -> Reply {
    let body = json!({ "policy": policy });
    admin.post("/admin/policy/test", body).await
}

/// Refused with these words, and without what lets others in.
#[track_caller]
fn told(reply: &Reply, words: &str) {
    reply.refused(code::PARAMETER);
    let text = reply.text();
    assert!(text.contains(words), "{words}: {text}");
    assert!(!text.contains("a secret"), "{text}");
    assert!(!text.contains("<html"), "{text}");
}

#[tokio::test]
async fn what_is_wrong_with_a_folder_is_told_before_it_is_kept() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let folder = DavFolder::fresh();
    let policy = folder.policy("Folder", &json!({}));
    for (field, value, words) in [
        (
            "secret_key",
            "wrong",
            "the user name or the password is wrong",
        ),
        ("access_key", "", "the user name or the password is wrong"),
        (
            "server",
            "http://127.0.0.1:9",
            "the endpoint refuses connections",
        ),
        (
            "server",
            "http://nowhere.invalid",
            "there is no host of that name",
        ),
        ("server", "nowhere at all", "nowhere at all"),
        (
            "server",
            "http://alcove:a%20secret@127.0.0.1:9",
            "user and password do not belong",
        ),
        ("bucket_name", "../outside", "bucket_name: "),
        ("type", "s3", "type local"),
    ] {
        told(&test(admin, &with(&policy, field, value)).await, words);
    }
    let missing = format!("{}/not-there", folder.endpoint);
    let missing = test(admin, &with(&policy, "server", &missing)).await;
    told(&missing, "there is no such folder on the server");
    // Nor is it kept with a password in clear.
    let open = with(&policy, "server", "http://alcove:a%20secret@127.0.0.1:9");
    let kept = admin.put_json("/admin/policy", json!({ "policy": open }));
    told(&kept.await, "user and password do not belong");
    test(admin, &policy).await.done();
    assert!(folder.files().await.is_empty(), "nothing stays behind");
}

#[tokio::test]
async fn each_thing_that_a_server_may_not_do_is_told() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let folder = DavFolder::fresh();
    let proxy = Proxy::start(&folder.endpoint).await;
    let policy = folder.behind(&proxy).policy("Folder", &json!({}));
    test(admin, &policy).await.done();
    let no = |status: u16| {
        let page = "<html><head><title>No</title></head></html>";
        Fate::Answer(status, page.to_owned())
    };
    for (method, fate, words) in [
        ("", no(200), "a web site and no WebDAV server"),
        ("", no(405), "a web site and no WebDAV server"),
        ("PROPFIND", no(403), "this user may not do this"),
        (
            "PUT",
            no(403),
            "writing: the storage failed: this user may not do this",
        ),
        (
            "PUT",
            no(413),
            "writing: the storage failed: 413 Payload Too Large",
        ),
        ("PUT", no(507), "writing: "),
        (
            "MOVE",
            no(403),
            "writing: the storage failed: this user may not do this",
        ),
        (
            "MOVE",
            no(501),
            "writing: the storage failed: what answers at the address",
        ),
        (
            "GET",
            no(403),
            "reading: the storage failed: this user may not do this",
        ),
        ("GET", Fate::Changed, "other bytes than were written"),
        (
            "DELETE",
            no(403),
            "removing: the storage failed: this user may not do this",
        ),
        (
            "",
            Fate::Elsewhere("http://127.0.0.1:9/".to_owned()),
            "the server is at another address",
        ),
    ] {
        // A body that is changed on its way is that of the writing.
        let method = if matches!(fate, Fate::Changed) {
            "PUT"
        } else {
            method
        };
        proxy.have(method, "", usize::MAX, fate);
        told(&test(admin, &policy).await, words);
        proxy.calm();
    }
    test(admin, &policy).await.done();
}

#[tokio::test]
async fn a_folder_that_is_gone_is_not_made_again_by_whoever_looks_whether_it_works() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/a.txt", "kept").await;
    site.folder.remove("").await;
    let policy = site.folder.behind(&site.proxy).policy("Folder", &json!({}));
    let words = "there is no such folder on the server";
    told(&test(server.admin(), &policy).await, words);
    let health = server.admin().get_json("/admin/proof", &[]).await.ok();
    let policies = health["policies"].as_array().unwrap();
    let away = policies.iter().find_map(|policy| policy["away"].as_str());
    assert!(away.is_some_and(|away| away.contains(words)), "{health}");
    // It is not said that there is nothing: it would be taken away.
    assert_eq!(alice.fetch(&alice.url("/a.txt").await).await.status, 502);
    alice.delete_for_good(&["/a.txt"]).await.done();
    let before = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs";
    assert_eq!(server.ask(before).await, "1");
}

#[tokio::test]
async fn a_policy_stays_where_its_bytes_are_and_shares_its_place_with_no_member() {
    let site = site().await;
    let admin = site.server.admin();
    site.alice.put("/a.txt", "kept").await;
    let route = format!("/admin/policy/{}", site.policy);
    let row = admin.get_json(&route, &[]).await.ok();
    assert_eq!(row["access_key"], "alcove");
    let moved = with(&row, "bucket_name", &DavFolder::fresh().name);
    let refused = admin.put_json(&route, json!({ "policy": moved })).await;
    told(&refused, "What is kept by this policy is not found there");
    // The same folder by another way.
    let same = site.folder.policy("Same", &json!({}));
    let address = format!("{}/{}", site.folder.endpoint, site.folder.name);
    let inner = with(&same, "server", &address);
    let inner = with(&inner, "bucket_name", "inner");
    let mut made = Vec::new();
    for (name, policy) in [
        ("One", &same),
        ("Two", &with(&same, "name", "Two")),
        ("In", &inner),
    ] {
        let policy = with(policy, "name", name);
        let row = admin.put_json("/admin/policy", json!({ "policy": policy }));
        made.push(row.await.ok()["id"].as_i64().unwrap());
    }
    for other in &made[1..] {
        let members = json!({ "backend": "mirror", "members": [made[0], other] });
        let mirror = json!({
            "id": 0, "name": "Mirror", "type": "local", "dir_name_rule": "uploads/{uid}",
            "file_name_rule": "{uuid}", "settings": members, "edges": {},
        });
        let refused = admin.put_json("/admin/policy", json!({ "policy": mirror }));
        told(&refused.await, "keeps its bytes where another member does");
    }
}
