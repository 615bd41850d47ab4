//! Links that lead by way of what stands before this server (`custom_proxy` of a policy).

use serde_json::json;
use tests::proxy::Proxy;
use tests::{TestServer, bytes_of};

const PATH: &str = "/docs/ä b.bin";

/// Has links to what the first policy keeps lead there; `""`: here.
async fn stand_before(server: &TestServer, proxy: &str) {
    let admin = server.admin();
    let mut row = admin.get_json("/admin/policy/1", &[]).await.ok();
    row["settings"]["custom_proxy"] = json!(!proxy.is_empty());
    row["settings"]["proxy_server"] = json!(proxy);
    let body = json!({ "policy": row });
    admin.put_json("/admin/policy/1", body).await.ok();
}

#[tokio::test]
async fn what_lies_on_a_disk_is_fetched_by_way_of_the_policys_proxy() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server.address()).await;
    let alice = server.user("alice").await;
    let content = bytes_of("a", 100_000);
    alice.put(PATH, content.clone()).await;
    let before = alice.url(PATH).await;
    stand_before(&server, &proxy.endpoint).await;

    let link = alice.url(PATH).await;
    assert!(link.starts_with(&proxy.endpoint), "{link}");
    let fetched = reqwest::get(&link).await.unwrap();
    assert_eq!(fetched.status(), 200);
    assert_eq!(fetched.bytes().await.unwrap(), content);
    assert_eq!(proxy.asked(), 1);
    // The signature is that of the very address: nothing else is got by way of it.
    let other = link.replace("%20b", "%20c");
    assert_ne!(other, link);
    let refused = reqwest::get(&other).await.unwrap().bytes().await.unwrap();
    assert_ne!(refused, content);
    // Through a share, too, and a direct link leads there as well.
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let shared = stranger.url(&share.at("/ä b.bin")).await;
    let direct = alice.direct_link(PATH).await;
    let sent = stranger.fetch(&direct).await;
    assert_eq!(sent.status, 302);
    for link in [&*shared, sent.header("location")] {
        assert!(link.starts_with(&proxy.endpoint), "{link}");
        let fetched = reqwest::get(link).await.unwrap();
        assert_eq!(fetched.bytes().await.unwrap(), content);
    }

    // A prefix and a query of its own stay.
    let far = "https://cdn.example/files?token=x";
    stand_before(&server, far).await;
    let link = alice.url(PATH).await;
    let start = "https://cdn.example/files/api/v4/file/content/";
    assert!(
        link.starts_with(start) && link.ends_with("&token=x"),
        "{link}"
    );
    stand_before(&server, "").await;
    let own = |url: &str| url.split("/api/").next().unwrap().to_owned();
    assert_eq!(own(&alice.url(PATH).await), own(&before));
    assert_eq!(alice.get(PATH).await, content);
}
