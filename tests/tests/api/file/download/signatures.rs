//! `GET /file/content/…`: who may.

use tests::TestServer;

use crate::code;

#[tokio::test]
async fn a_signature_opens_one_path_only() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.put("/b.txt", "b").await;
    let (a, b) = (alice.url("/a.txt").await, alice.url("/b.txt").await);
    let (path_a, query_a) = a.split_once('?').unwrap();
    let (path_b, _) = b.split_once('?').unwrap();
    let sign = query_a
        .split('&')
        .find(|pair| pair.starts_with("sign="))
        .unwrap();
    let value = sign
        .strip_prefix("sign=")
        .unwrap()
        .replace("%3A", ":")
        .replace("%3D", "=");
    let (hash, expires) = value.rsplit_once(':').unwrap();
    assert!(expires.parse::<i64>().unwrap() > chrono::Utc::now().timestamp());

    let fetch = async |path: &str, sign: &str| {
        alice
            .fetch(&format!("{path}?sign={}", tests::escape(sign)))
            .await
    };
    assert_eq!(fetch(path_a, &value).await.text(), "a");
    fetch(path_b, &value).await.refused(code::SIGNATURE_INVALID);
    fetch(&path_a.replace("a.txt", "c.txt"), &value)
        .await
        .refused(code::SIGNATURE_INVALID);
    alice.fetch(path_a).await.refused(code::NO_PERMISSION);
    fetch(path_a, "").await.refused(code::NO_PERMISSION);
    // Later, never, and long ago are other texts than the one signed.
    fetch(path_a, &format!("{hash}:99999999999"))
        .await
        .refused(code::SIGNATURE_INVALID);
    fetch(path_a, &format!("{hash}:0"))
        .await
        .refused(code::SIGNATURE_INVALID);
    fetch(path_a, &format!("{hash}:1000000000"))
        .await
        .refused_with_any(&[code::SIGNATURE_EXPIRED, code::SIGNATURE_INVALID]);
    for bad in [
        "nonsense",
        ":",
        "x:",
        "x:y",
        "x:99999999999",
        &format!("{hash}:"),
        hash,
    ] {
        let codes = [
            code::SIGNATURE_INVALID,
            code::NO_PERMISSION,
            code::SIGNATURE_EXPIRED,
        ];
        fetch(path_a, bad).await.refused_with_any(&codes);
    }
    let flipped = if hash.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{flipped}{}:{expires}", &hash[1..]);
    fetch(path_a, &tampered)
        .await
        .refused(code::SIGNATURE_INVALID);
}

#[tokio::test]
async fn another_speed_than_signed_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let url = alice.url("/a.txt").await;
    let faster = url.replace("/0/a.txt", "/1000000/a.txt");
    assert_ne!(url, faster, "users have no limit of speed");
    alice.fetch(&faster).await.refused(code::SIGNATURE_INVALID);
}

#[tokio::test]
async fn urls_survive_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let url = alice.url("/a.txt").await;
    server.restart().await;
    assert_eq!(alice.fetch(&url).await.text(), "a");
}

#[tokio::test]
async fn a_signature_runs_out() {
    let server = TestServer::start_with(&[("entity_url_default_ttl", "2")]).await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let url = alice.url("/a.txt").await;
    assert_eq!(alice.fetch(&url).await.text(), "a");
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    alice.fetch(&url).await.refused(code::SIGNATURE_EXPIRED);
    // Asking again gives one that works.
    assert_eq!(alice.get("/a.txt").await, "a");
}
