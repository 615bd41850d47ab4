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

#[tokio::test]
async fn what_was_handed_out_by_way_of_a_proxy_is_taken_back_like_everything_else() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(&server.address()).await;
    let alice = server.user("alice").await;
    alice
        .put("/docs/page.html", "<script>alert(1)</script>")
        .await;
    stand_before(&server, &proxy.endpoint).await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let page = share.at("/page.html");
    let shared = stranger.url(&page).await;
    let saved = stranger.url_with(&page, json!({ "download": true })).await;
    let direct = alice.direct_link("/docs/page.html").await;
    let direct_to = stranger.fetch(&direct).await.header("location").to_owned();
    for (link, disposition, cached) in [
        (&shared, "inline", "private, no-cache"),
        (&saved, "attachment", "private, no-cache"),
        (&direct_to, "inline", "public, max-age=86400, s-maxage=300"),
    ] {
        assert!(link.starts_with(&proxy.endpoint), "{link}");
        let got = reqwest::get(link).await.unwrap();
        assert_eq!(got.status(), 200, "{link}");
        let header = |name: &str| got.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "sandbox");
        assert_eq!(header("cache-control"), cached, "{link}");
        assert!(
            header("content-disposition").starts_with(disposition),
            "{link}"
        );
    }
    // It was asked each time, and so it is when the share is gone, or nobody may download any more.
    alice.delete_share(&share.id).await.done();
    for link in [&shared, &saved] {
        let refused = reqwest::get(link).await.unwrap();
        let is_missing = refused.status() == 404;
        let told = refused.text().await.unwrap();
        let code = format!("\"code\":{}", crate::code::NOT_FOUND);
        assert!(is_missing || told.contains(&code), "{told}");
    }
    alice.delete_for_good(&["/docs/page.html"]).await.done();
    let gone = reqwest::get(&direct_to).await.unwrap();
    assert_ne!(gone.text().await.unwrap(), "<script>alert(1)</script>");
}

#[tokio::test]
async fn a_proxy_has_a_whole_address() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let mut row = admin.get_json("/admin/policy/1", &[]).await.ok();
    row.as_object_mut().unwrap().remove("updated_at");
    row["settings"]["custom_proxy"] = json!(true);
    for (address, fits) in [
        ("cdn.example.com", false),
        ("//cdn.example.com", false),
        ("ftp://cdn.example.com", false),
        ("https://cdn.example.com", true),
        (" http://10.0.0.7:8080/files?a=b ", true),
    ] {
        row["settings"]["proxy_server"] = json!(address);
        let body = json!({ "policy": row });
        for reply in [
            admin.post("/admin/policy/test", body.clone()).await,
            admin.put_json("/admin/policy/1", body).await,
        ] {
            if fits {
                assert_eq!(reply.code(), 0, "{address}: {}", reply.text());
            } else {
                reply.refused(crate::code::PARAMETER);
                assert!(reply.text().contains("https://"), "{}", reply.text());
            }
        }
    }
}
