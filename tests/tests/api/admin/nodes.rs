//! `/admin/node`.

use serde_json::{Value, json};
use tests::{App, Client, Reply, TestServer};

use super::journalled;
use super::lists::{list, only, texts};
use crate::code;

fn form(name: &str) -> Value {
    json!({
        "id": 0, "name": name, "type": "slave", "status": "active", "server": "https://node.example",
        "slave_key": "k3y", "capabilities": "", "weight": 1,
        "settings": { "provider": "aria2", "qbittorrent": {}, "aria2": { "token": "t0ken" }, "interval": 5 },
        "edges": { "storage_policy": [] },
    })
}

async fn save(admin: &Client, route: &str, node: &Value) -> Reply {
    admin.put_json(route, json!({ "node": node })).await
}

#[tokio::test]
async fn nodes_are_kept_and_those_in_use_stay() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let master = list(admin, "node", json!({})).await["nodes"][0].clone();
    assert_eq!(master["type"], "master");
    let mut sent = form("Helper");
    sent["type"] = json!("master");
    let made = save(admin, "/admin/node", &sent).await.ok();
    assert_eq!(
        (&made["type"], &made["slave_key"]),
        (&json!("slave"), &json!("k3y"))
    );
    assert_eq!(made["settings"]["aria2"]["token"], "t0ken");
    let stored = server
        .ask("SELECT slave_key AS value FROM nodes WHERE name = 'Helper'")
        .await;
    assert!(stored.starts_with("sealed:"));
    let route = format!("/admin/node/{}", made["id"]);
    let mut changed = made.clone();
    changed["status"] = json!("suspended");
    changed["weight"] = json!(3);
    let changed = save(admin, &route, &changed).await.ok();
    assert_eq!(
        (&changed["status"], &changed["weight"]),
        (&json!("suspended"), &json!(3))
    );
    assert_eq!(
        texts(
            &only(admin, "node", "node_status", "suspended").await,
            "nodes",
            "name"
        ),
        ["Helper"]
    );
    for (field, value) in [
        ("name", json!("")),
        ("status", json!("tired")),
        ("server", json!("node.example")),
        ("weight", json!(-1)),
        ("settings", json!([])),
        ("capabilities", json!("?")),
    ] {
        let mut node = form("Wrong");
        node[field] = value;
        save(admin, "/admin/node", &node)
            .await
            .refused(code::PARAMETER);
    }
    save(admin, &route, &form("0"))
        .await
        .refused(code::PARAMETER);

    let master_route = format!("/admin/node/{}", master["id"]);
    admin
        .delete_json(&master_route, json!({}))
        .await
        .refused(code::MASTER_NODE);
    let id = &made["id"];
    server
        .tamper(&format!(
            "UPDATE storage_policies SET node_id = {id} WHERE id = 1"
        ))
        .await;
    let refused = admin.delete_json(&route, json!({})).await;
    refused.refused(code::NODE_USED);
    assert!(
        refused.json()["msg"].as_str().unwrap().contains("Default"),
        "{}",
        refused.text()
    );
    let policies = admin.get_json(&route, &[]).await.ok()["edges"]["storage_policy"].clone();
    assert_eq!(policies[0]["id"], 1);
    server
        .tamper("UPDATE storage_policies SET node_id = NULL WHERE id = 1")
        .await;

    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    let seen = app.get_json(&route, &[]).await.ok();
    assert!(!seen.to_string().contains("k3y") && !seen.to_string().contains("t0ken"));
    let mut back = seen.clone();
    for settings in [json!({ "aria2": { "token": "" } }), json!({})] {
        back["settings"] = settings;
        save(&app, &route, &back).await.ok();
        let now = admin.get_json(&route, &[]).await.ok();
        assert_eq!(
            (&now["slave_key"], &now["settings"]["aria2"]["token"]),
            (&json!("k3y"), &json!("t0ken"))
        );
    }

    // They are not sent elsewhere either.
    let mut elsewhere = seen.clone();
    elsewhere["server"] = json!("https://evil.example");
    save(&app, &route, &elsewhere)
        .await
        .refused(code::PARAMETER);
    let mut elsewhere = seen.clone();
    elsewhere["settings"]["aria2"] = json!({ "server": "https://evil.example", "token": "" });
    save(&app, &route, &elsewhere)
        .await
        .refused(code::PARAMETER);
    elsewhere["settings"]["aria2"]["token"] = json!("mine");
    save(&app, &route, &elsewhere)
        .await
        .refused(code::PARAMETER);

    admin.delete_json(&route, json!({})).await.done();
    admin.get_json(&route, &[]).await.refused(code::DATABASE);
    let told = journalled(&server, "node_created").await;
    assert_eq!(told[0]["changed"]["slave_key"], "changed");
    assert!(!told[0].to_string().contains("t0ken"));
}

#[tokio::test]
async fn a_test_says_what_is_there_and_what_is_missing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let named = |settings: Value| json!({ "node": { "name": "n", "server": "https://n.example", "settings": settings } });
    let reply = admin.post("/admin/node/test", named(json!({}))).await;
    reply.refused(code::PARAMETER);
    assert!(reply.text().contains("for nodes"), "{}", reply.text());
    // Where no program is set up, this server fetches itself.
    let downloader = "/admin/node/test/downloader";
    for settings in [json!({}), json!({ "provider": "qbittorrent" })] {
        let version = admin.post(downloader, named(settings)).await.ok();
        assert!(
            version.as_str().unwrap().starts_with("built in"),
            "{version}"
        );
    }
    let wrong = json!({ "provider": "aria2", "aria2": { "server": "nowhere" } });
    let reply = admin.post(downloader, named(wrong)).await;
    reply.refused(code::PARAMETER);
    assert!(
        reply.text().contains("Failed to connect to downloader"),
        "{}",
        reply.text()
    );
    for route in ["/admin/node/test", downloader] {
        let wrong = json!({ "node": { "name": "n", "server": "nowhere" } });
        let reply = admin.post(route, wrong).await;
        assert!(reply.text().contains("web address"), "{}", reply.text());
    }
}
