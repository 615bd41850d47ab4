//! Limits on downloads, and counting them.

use super::furnish;
use crate::code;
use futures_util::future::join_all;
use serde_json::json;
use tests::TestServer;

#[tokio::test]
async fn a_limit_of_two_is_never_three_under_parallel_downloads() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "downloads": 2 })).await;
    let tries = (0..20).map(|_| {
        let stranger = server.stranger();
        let uri = share.at("/plan.md");
        async move { stranger.try_urls(&[uri], json!({})).await.inner_code() }
    });
    let codes = join_all(tries).await;
    let passed = codes.iter().filter(|code| **code == 0).count();
    assert_eq!(passed, 2, "{codes:?}");
    assert!(
        codes.iter().all(|code| [0, code::NOT_FOUND].contains(code)),
        "{codes:?}"
    );
    let page = alice.get_json("/share", &[("page_size", "10")]).await.ok();
    assert_eq!(page["shares"][0]["downloaded"], 2);
    assert_eq!(page["shares"][0]["remain_downloads"], 0);
}

#[tokio::test]
async fn the_last_download_closes_the_share_and_is_still_fetched() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "downloads": 1 })).await;
    let stranger = server.stranger();
    stranger.list(&share.at("/")).await.ok();
    let url = stranger.url(&share.at("/plan.md")).await;
    stranger.list(&share.at("/")).await.refused(code::NOT_FOUND);
    alice.list(&share.at("/")).await.refused(code::NOT_FOUND);
    stranger
        .share_info(&share.id, &[])
        .await
        .refused(code::NOT_FOUND);
    assert_eq!(stranger.fetch(&url).await.text(), "the plan");
    // Its owner may open it again.
    let more = json!({ "downloads": 1 });
    alice.edit_share(&share, "/docs", more).await.ok();
    stranger.list(&share.at("/")).await.ok();
}

#[tokio::test]
async fn each_file_of_a_batch_counts_and_nothing_else_does() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let counted = async || {
        let info = alice.share_info(&share.id, &[]).await.ok();
        info.get("downloaded").cloned().unwrap_or_else(|| json!(0))
    };
    let stranger = server.stranger();
    stranger.list(&share.at("/")).await.ok();
    stranger.info(&share.at("/plan.md")).await.ok();
    let missing = stranger.try_urls(&[share.at("/none")], json!({})).await;
    assert_eq!(missing.inner_code(), code::PARENT_NOT_EXIST);
    assert_eq!(counted().await, 0);
    let both = [share.at("/plan.md"), share.at("/sub/deep file.txt")];
    stranger.try_urls(&both, json!({})).await.ok();
    assert_eq!(counted().await, 2);
    alice.try_urls(&both[..1], json!({})).await.ok();
    assert_eq!(counted().await, 3, "the owner's own count as well");
    // Through her own drive nothing is counted.
    alice.get("/docs/plan.md").await;
    assert_eq!(counted().await, 3);
}

#[tokio::test]
async fn an_archive_does_not_get_around_a_limit() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let admin = server.admin();
    let free = alice.share("/docs", json!({})).await;
    admin.archive_url(&[free.at("/")]).await;
    let info = alice.share_info(&free.id, &[]).await.ok();
    assert!(info.get("downloaded").is_none(), "archives do not count");
    let limited = alice.share("/docs", json!({ "downloads": 1 })).await;
    let url = admin.archive_url(&[limited.at("/")]).await;
    assert_eq!(admin.fetch(&url).await.status, 200);
    let again = json!({ "archive": true });
    let reply = admin.try_urls(&[limited.at("/")], again).await;
    assert_eq!(reply.inner_code(), code::NOT_FOUND);
}
