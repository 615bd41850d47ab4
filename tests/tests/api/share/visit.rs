//! The `share` file system: what visitors see and do.

use super::{CAPABILITY, furnish, names, names_in};
use crate::code;
use serde_json::json;
use tests::TestServer;

#[tokio::test]
async fn visitors_walk_through_a_shared_folder() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice
        .share("/docs", json!({ "is_private": true, "password": "Abc123" }))
        .await;
    let stranger = server.stranger();
    let data = stranger.list(&share.at("/")).await.ok();
    assert_eq!(names(&data), ["sub", "plan.md"]);
    let root = format!("cloudreve://{}:Abc123@share", share.id);
    assert_eq!(data["parent"]["name"], "docs");
    assert_eq!(data["parent"]["path"], root.as_str());
    assert_eq!(data["props"]["capability"], CAPABILITY);
    assert!(data.get("view").is_none(), "the owner did not share it");
    assert!(data["storage_policy"].is_object());
    assert!(data.get("single_file_view").is_none());
    let file = &data["files"][1];
    assert_eq!(file["path"], format!("{root}/plan.md"));
    assert_eq!(file["capability"], CAPABILITY);
    assert!(file.get("owned").is_none() && file.get("shared").is_none());
    let below = stranger.list(&share.at("/sub")).await.ok();
    assert_eq!(
        below["files"][0]["path"],
        format!("{root}/sub/deep%20file.txt")
    );
    assert_eq!(stranger.get(&share.at("/sub/deep file.txt")).await, "deep");
    stranger
        .list(&share.at("/missing"))
        .await
        .refused(code::PARENT_NOT_EXIST);
    stranger
        .list(&share.at("/plan.md"))
        .await
        .refused(code::PARENT_NOT_EXIST);
    // Its owner sees it as hers.
    let own = alice.list(&share.at("/")).await.ok();
    assert_eq!(own["files"][1]["owned"], true);
}

#[tokio::test]
async fn a_password_is_asked_for_and_the_owner_let_in() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    for password in [None, Some("wrong")] {
        let share = share.with_password(password);
        for who in [&bob, &server.stranger()] {
            who.list(&share.at("/"))
                .await
                .refused(code::INCORRECT_PASSWORD);
            who.info(&share.at("/plan.md"))
                .await
                .refused(code::INCORRECT_PASSWORD);
            let urls = who.try_urls(&[share.at("/plan.md")], json!({})).await;
            assert_eq!(urls.inner_code(), code::INCORRECT_PASSWORD);
        }
        alice.list(&share.at("/")).await.ok();
    }
    // Answers kept for those who know it do not serve those who do not.
    bob.list(&share.at("/")).await.ok();
    bob.list(&share.with_password(None).at("/"))
        .await
        .refused(code::INCORRECT_PASSWORD);
}

#[tokio::test]
async fn a_single_file_is_a_page_of_its_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs/plan.md", json!({})).await;
    let stranger = server.stranger();
    let data = stranger.list(&share.at("/")).await.ok();
    assert_eq!(data["single_file_view"], true);
    assert_eq!(data["pagination"], json!({ "page": 0, "page_size": 0 }));
    assert_eq!(names(&data), ["plan.md"]);
    let uri = share.at("/plan.md");
    assert_eq!(data["files"][0]["path"], uri.as_str());
    assert_eq!(data["parent"]["name"], "", "its folder is not shared");
    assert_eq!(stranger.get(&uri).await, "the plan");
    let info = stranger.info(&uri).await.ok();
    assert_eq!(info["name"], "plan.md");
    for path in ["/other.md", "/plan.md/x", "/sub"] {
        stranger
            .info(&share.at(path))
            .await
            .refused(code::PARENT_NOT_EXIST);
    }
    stranger.list(&uri).await.refused(code::PARENT_NOT_EXIST);
}

#[tokio::test]
async fn visitors_search_below_the_root() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    alice.put("/deep elsewhere.txt", "x").await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let stranger = server.stranger();
    let found = format!("{}?name=deep", share.at("/"));
    let data = stranger.list(&found).await.ok();
    assert_eq!(names(&data), ["deep file.txt"]);
    assert_eq!(
        data["files"][0]["path"],
        share.at("/sub/deep file.txt").as_str()
    );
    assert_eq!(data["mixed_type"], true);
}

#[tokio::test]
async fn details_are_for_visitors_without_what_is_the_owners() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    alice.direct_link("/docs/plan.md").await;
    let stranger = server.stranger();
    let info = stranger
        .info_with(&share.at("/plan.md"), &[("extended", "true")])
        .await
        .ok();
    let extended = &info["extended_info"];
    assert_eq!(extended["entities"].as_array().unwrap().len(), 1);
    assert_eq!(extended["storage_used"], 8);
    for owners in ["shares", "view", "direct_links"] {
        assert!(extended.get(owners).is_none(), "{owners}");
    }
    stranger
        .info_with(&share.at("/sub"), &[("folder_summary", "true")])
        .await
        .refused(code::OWNER_ONLY);
}

#[tokio::test]
async fn the_view_is_shared_when_the_owner_wants_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let view = json!({ "page_size": 60, "view": "gallery" });
    alice.set_view("/docs", view).await.done();
    let share = alice.share("/docs", json!({ "share_view": true })).await;
    let stranger = server.stranger();
    let data = stranger.list(&share.at("/sub")).await.ok();
    assert_eq!(data["view"]["view"], "gallery");
    assert_eq!(data["view"]["page_size"], 60);
    alice.edit_share(&share, "/docs", json!({})).await.ok();
    let data = stranger.list(&share.at("/sub")).await.ok();
    assert!(data.get("view").is_none());
    let own = alice.list(&share.at("/sub")).await.ok();
    assert_eq!(own["view"]["view"], "gallery");
}

#[tokio::test]
async fn groups_that_may_not_open_shares_are_told() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    assert_eq!(names_in(&stranger, &share).await, ["sub", "plan.md"]);
    let database = server.database().await;
    let backend = sea_orm::ConnectionTrait::get_database_backend(&database);
    database.close().await.unwrap();
    let bytes = match backend {
        sea_orm::DatabaseBackend::Postgres => "'\\x02'::bytea",
        _ => "X'02'",
    };
    server
        .tamper(&format!(
            "UPDATE groups SET permissions = {bytes}, updated_at = updated_at + 1 \
             WHERE id IN (2, 3)"
        ))
        .await;
    stranger
        .list(&share.at("/"))
        .await
        .refused(code::ANONYMOUS_DENIED);
    bob.list(&share.at("/")).await.refused(code::NO_PERMISSION);
    alice.list(&share.at("/")).await.ok();
}

#[tokio::test]
async fn an_archive_of_a_share_holds_what_is_shared() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let url = stranger.archive_url(&[share.at("/")]).await;
    let zip = stranger.fetch(&url).await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip.body.to_vec())).unwrap();
    let mut files: Vec<String> = (0..archive.len())
        .map(|n| archive.by_index(n).unwrap().name().unwrap().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, ["docs/plan.md", "docs/sub/deep file.txt"]);
    server.permit(3, "82").await;
    let reply = stranger
        .try_urls(&[share.at("/")], json!({ "archive": true }))
        .await;
    reply.refused(code::GROUP_NOT_ALLOWED);
}
