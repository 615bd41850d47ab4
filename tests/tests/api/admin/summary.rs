//! `/admin/summary`.

use serde_json::json;
use tests::TestServer;

#[tokio::test]
async fn the_site_tells_how_it_is_doing() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/docs/a.txt", "hello").await;
    alice.share("/docs/a.txt", json!({})).await;
    let before = admin.get_json("/admin/summary", &[]).await.ok();
    assert!(before["metrics_summary"].is_null());
    assert!(before["site_urls"].is_array());
    assert_eq!(before["version"]["pro"], false);
    assert_eq!(before["state"]["storage"][0]["bytes"], 5);
    assert_eq!(before["state"]["has_mail"], false);
    assert!(before["state"]["disk_free"].as_u64().unwrap() > 0);
    let asked = admin
        .get_json("/admin/summary", &[("generate", "true")])
        .await
        .ok();
    let metrics = &asked["metrics_summary"];
    for list in ["dates", "files", "users", "shares"] {
        assert_eq!(metrics[list].as_array().unwrap().len(), 12, "{list}");
    }
    assert!(metrics["files"][11].as_u64().unwrap() >= 2);
    assert_eq!(
        (&metrics["users"][11], &metrics["shares"][11]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        (&metrics["user_total"], &metrics["entities_total"]),
        (&json!(2), &json!(1))
    );
    // It is kept.
    alice.put("/docs/b.txt", "hello").await;
    let kept = admin.get_json("/admin/summary", &[]).await.ok();
    assert_eq!(&kept["metrics_summary"], metrics);
    // Unless somebody wants it newer: then everything is counted anew, at most every few seconds.
    tokio::time::sleep(std::time::Duration::from_millis(5_100)).await;
    let newer = [("generate", "true"), ("max_age", "0")];
    let newer = admin.get_json("/admin/summary", &newer).await.ok();
    let newer = &newer["metrics_summary"];
    assert_eq!(newer["entities_total"], 2);
    assert_eq!(
        newer["files"][11].as_u64().unwrap(),
        metrics["files"][11].as_u64().unwrap() + 1
    );
}

#[tokio::test]
async fn everything_is_licensed() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for (route, body) in [
        ("/admin/license/refreshAuto", json!({})),
        ("/admin/license/refreshManual", json!({ "license": "x" })),
    ] {
        let license = admin.post(route, body).await.ok();
        assert_eq!(license["domains"], json!(["localhost"]), "{route}");
        for list in ["root_domains", "vol_domains"] {
            assert_eq!(license[list], json!([]));
        }
        assert!(license["expired_at"].as_str() > license["signed_at"].as_str());
    }
    let summary = admin.get_json("/admin/summary", &[]).await.ok();
    assert!(summary.get("license").is_none(), "{summary}");
}
