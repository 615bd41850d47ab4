//! `/user/avatar` and `/user/setting/avatar`.

use bytes::Bytes;
use reqwest::Method;
use tests::TestServer;

use crate::code;

/// A picture of one red pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92, 0xef, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn an_avatar_is_stored_square_and_can_go_back_to_gravatar() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let avatar = format!("/user/avatar/{}", alice.id);
    let stranger = server.stranger();
    assert_eq!(
        stranger.get_json(&avatar, &[]).await.status,
        404,
        "nobody has one at first"
    );

    let route = "/user/setting/avatar";
    let request = alice
        .request(Method::PUT, route)
        .header("Content-Type", "image/png");
    alice.send(request.body(PNG)).await.done();
    assert_eq!(alice.me().await.ok()["avatar"], "file");
    let picture = stranger.get_json(&avatar, &[]).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("cache-control"), "public, max-age=86400");
    let side = |at: usize| u32::from_be_bytes(picture.body[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (200, 200));
    let fresh = stranger.get_json(&avatar, &[("nocache", "1")]).await;
    assert!(!fresh.header("cache-control").contains("max-age"));

    alice
        .send_bytes(Method::PUT, route, Bytes::new())
        .await
        .done();
    assert_eq!(alice.me().await.ok()["avatar"], "gravatar");
    let elsewhere = stranger.get_json(&avatar, &[]).await;
    assert_eq!(elsewhere.status, 302);
    // The MD5 of alice@example.com.
    let location = elsewhere.header("location");
    assert!(
        location.contains("/avatar/c160f8cc69a4f0bf2b0362752353d060"),
        "{location}"
    );
}

#[tokio::test]
async fn bad_avatars_are_refused_and_leave_the_old_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let route = "/user/setting/avatar";
    let reply = alice
        .send_bytes(Method::PUT, route, Bytes::from_static(b"not a picture"))
        .await;
    reply.refused(code::PARAMETER);
    let large = Bytes::from(vec![0; 4_194_305]);
    alice
        .send_bytes(Method::PUT, route, large)
        .await
        .refused(code::FILE_TOO_LARGE);
    assert!(alice.me().await.ok().get("avatar").is_none());
}

#[tokio::test]
async fn avatars_of_nobody() {
    let server = TestServer::start().await;
    let reply = server.stranger().get_json("/user/avatar/!!", &[]).await;
    reply.refused(code::PARAMETER);
}
