//! What is asked for and not there.

use reqwest::Method;
use tests::TestServer;

#[tokio::test]
async fn no_page_stands_for_what_is_not_there() {
    let server = TestServer::start_empty().await;
    let stranger = server.stranger();
    for path in [
        "/health",
        "/metrics",
        "/openapi.json",
        "/robots.txt",
        "/.env",
        "/home/missing.js",
        "/nothing/here",
    ] {
        let reply = stranger
            .send(stranger.request_outside(Method::GET, path))
            .await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.text().trim(), "404 page not found", "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        // A browser shows its person something, but no success.
        let request = stranger.request_outside(Method::GET, path);
        let reply = stranger
            .send(request.header("Accept", "text/html,*/*;q=0.8"))
            .await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[tokio::test]
async fn no_answer_in_json_may_be_taken_for_something_else() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for path in [
        "/api/v4/site/ping",
        "/api/v4/user/me",
        "/api/v4/file?uri=cloudreve://my/",
        "/api/v4/file?uri=nonsense",
        "/api/v4/nothing",
        "/manifest.json",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
    ] {
        let reply = alice.send(alice.request_outside(Method::GET, path)).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    }
}
