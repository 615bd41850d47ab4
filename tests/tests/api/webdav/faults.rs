//! Servers that are away, full, busy or not what they were: everything ends with an error that says so,
//! and nothing is half made.

use super::{CHUNK, content, site};
use crate::code;
use bytes::Bytes;
use serde_json::json;
use tests::proxy::{Fate, Proxy};
use tests::{bytes_of, hash_of};

fn page(status: u16) -> Fate {
    let page = format!("<html><head><title>{status} Trouble</title></head></html>");
    Fate::Answer(status, page)
}

#[tokio::test]
async fn a_server_that_goes_in_the_middle_of_an_upload_is_waited_for() {
    let site = site().await;
    let (alice, proxy) = (&site.alice, &site.proxy);
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let chunks = session.chunks(&content());
    let send = |index: usize| alice.send_chunk(&session.id, index, chunks[index].clone());
    send(0).await.done();
    let before = alice.everything().await;
    proxy.have("", "", usize::MAX, Fate::Gone);
    send(1).await.refused(code::IO_FAILED);
    let storage = format!("/file/upload/{}", session.id);
    let told = alice.get_json(&storage, &[]).await;
    told.refused(code::IO_FAILED);
    let another = alice.try_open_upload("/b.bin", 10, json!({})).await;
    another.refused(code::IO_FAILED);
    assert_eq!(alice.everything().await, before);
    assert_eq!(alice.used().await, content().len() as u64);

    proxy.calm();
    alice.get_json(&storage, &[]).await.done();
    send(1).await.done();
    // Nor does it matter when it goes.
    proxy.have("MOVE", "", usize::MAX, Fate::Gone);
    send(2).await.refused(code::IO_FAILED);
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    proxy.calm();
    send(2).await.done();
    assert_eq!(hash_of(&alice.get("/a.bin").await), hash_of(&content()));
    assert_eq!(site.folder.files().await.len(), 1);
    site.assert_healthy().await;
}

#[tokio::test]
async fn a_server_that_refuses_bytes_leaves_nothing_half_made_and_the_quota_as_it_was() {
    let site = site().await;
    let proxy = &site.proxy;
    let admin = site.server.admin();
    let dav = admin.mount().await;
    admin.put("/kept.txt", "kept").await;
    let files = site.folder.files().await;
    let elsewhere = Fate::Elsewhere("http://127.0.0.1:9/".to_owned());
    for (method, fate, status) in [
        ("PUT", page(502), 500..=502),
        ("PUT", page(429), 500..=503),
        ("PUT", page(507), 507..=507),
        ("PUT", page(200), 500..=502),
        ("PUT", page(413), 500..=502),
        ("PUT", Fate::Swallowed, 500..=502),
        ("PUT", Fate::Gone, 500..=503),
        ("PUT", elsewhere, 500..=502),
        ("MOVE", page(403), 500..=502),
        ("MOVE", page(200), 500..=502),
    ] {
        let what = format!("{method} {fate:?}");
        let before = (admin.everything().await, admin.used().await);
        proxy.have(method, "", usize::MAX, fate);
        let saved = admin.put_content("/kept.txt", "other").await;
        assert_eq!(saved.code(), code::IO_FAILED, "{what}: {}", saved.text());
        let put = dav.put("/new.txt", "new").await;
        assert!(status.contains(&put.status), "{what}: {}", put.status);
        if method == "PUT" {
            let session = admin.open_upload("/up.bin", 3).await;
            let sent = admin.send_chunk(&session.id, 0, "123").await;
            assert_eq!(sent.code(), code::IO_FAILED, "{what}: {}", sent.text());
            admin.cancel_upload(&session.id, "/up.bin").await.done();
        }
        proxy.calm();
        assert_eq!(
            (admin.everything().await, admin.used().await),
            before,
            "{what}"
        );
        assert_eq!(admin.get("/kept.txt").await, "kept");
        let left = left_after(&site).await;
        assert_eq!(left, files, "{what}");
    }
    site.assert_healthy().await;
}

/// What lies there once those who clear away are done.
async fn left_after(site: &super::Site) -> Vec<String> {
    site.server.nothing_left_of("abort_upload").await;
    site.cleared().await;
    site.folder.files().await
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_gone_on_with_or_broken_off_and_never_all() {
    let site = site().await;
    let (alice, proxy) = (&site.alice, &site.proxy);
    let large = bytes_of("cut", 4 * CHUNK);
    alice.put("/large.bin", large.clone()).await;
    let url = alice.url("/large.bin").await;
    proxy.have("GET", "", 1, Fate::Cut(CHUNK));
    let read = alice.fetch(&url).await;
    assert_eq!((read.status, hash_of(&read.body)), (200, hash_of(&large)));
    proxy.have("GET", "", usize::MAX, Fate::Cut(1000));
    let asked = alice.fetch_request(reqwest::Method::GET, &url);
    let read = alice.try_send(asked).await;
    assert!(read.is_none_or(|reply| reply.status >= 400));
    proxy.calm();
    // Somebody put a shorter one in its place.
    let file = site.folder.files().await.remove(0);
    site.folder.lay(&file, "half").await;
    let asked = alice.fetch_request(reqwest::Method::GET, &alice.url("/large.bin").await);
    let read = alice.try_send(asked).await;
    assert!(read.is_none_or(|reply| reply.status >= 400));
}

#[tokio::test]
async fn the_password_goes_to_no_other_address() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/a.txt", "mine").await;
    let other = Proxy::start(&site.folder.endpoint).await;
    let elsewhere = Fate::Elsewhere(format!("{}/a.txt", other.endpoint));
    site.proxy.have("", "", usize::MAX, elsewhere);
    let read = alice.fetch(&alice.url("/a.txt").await).await;
    assert_eq!(read.status, 502, "{}", read.text());
    let opened = alice.try_open_upload("/b.txt", 1, json!({})).await;
    opened.refused(code::IO_FAILED);
    let saved = alice.put_content("/a.txt", "other").await;
    saved.refused(code::IO_FAILED);
    assert_eq!(other.asked(), 0);
    site.proxy.calm();
    assert_eq!(alice.get("/a.txt").await, Bytes::from("mine"));
}
