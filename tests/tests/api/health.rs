//! `/healthz` and `/readyz`.

use std::time::Duration;
use tests::TestServer;

#[tokio::test]
async fn a_server_says_whether_it_can_do_its_work() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let live = stranger.fetch("/healthz").await;
    assert_eq!((live.status, live.text()), (200, "ok"));
    let ask = || stranger.fetch_request(reqwest::Method::GET, "/readyz");
    let ready = stranger.send(ask()).await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    assert_eq!(ready.header("cache-control"), "no-store");
    // The data folder goes away, as a disk does that is not mounted any more.
    let away = server.data().with_extension("away");
    std::fs::rename(server.data(), &away).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ready = stranger.send(ask()).await;
    std::fs::rename(&away, server.data()).unwrap();
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(
        ready.text().contains("cannot be written to"),
        "{}",
        ready.text()
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(stranger.send(ask()).await.status, 200);
}
