//! `POST /file/upload/{session}/{index}`.

use bytes::Bytes;
use tests::{TestServer, bytes_of};

use super::{CHUNK, MIB};
use crate::code;

#[tokio::test]
async fn chunks_come_in_any_order_at_once_and_twice() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bytes = bytes_of("big", 3 * CHUNK + 12_345);
    let session = alice.open_upload("/big.bin", bytes.len() as u64).await;
    let chunks = session.chunks(&bytes);
    assert_eq!(chunks.len(), 4);
    // The last first, and once more.
    alice
        .send_chunk(&session.id, 3, chunks[3].clone())
        .await
        .done();
    alice
        .send_chunk(&session.id, 3, chunks[3].clone())
        .await
        .done();
    assert_eq!(alice.info("/big.bin").await.ok()["size"], 0);
    let other = alice.another_window();
    let (one, two) = tokio::join!(
        alice.send_chunk(&session.id, 0, chunks[0].clone()),
        other.send_chunk(&session.id, 2, chunks[2].clone()),
    );
    one.done();
    two.done();
    alice
        .send_chunk(&session.id, 1, chunks[1].clone())
        .await
        .done();
    assert_eq!(alice.get("/big.bin").await, bytes);
    assert_eq!(alice.used().await, bytes.len() as u64);
    server.assert_clean();
}

#[tokio::test]
async fn the_same_chunk_by_two_at_once_is_one_chunk() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for round in 0..5 {
        let path = format!("/{round}.bin");
        let bytes = bytes_of(&path, 200_000);
        let session = alice.open_upload(&path, bytes.len() as u64).await;
        let other = alice.another_window();
        let (one, two) = tokio::join!(
            alice.send_chunk(&session.id, 0, bytes.clone()),
            other.send_chunk(&session.id, 0, bytes.clone()),
        );
        let codes = [one.code(), two.code()];
        assert!(codes.contains(&0), "{codes:?}");
        assert!(
            codes
                .iter()
                .all(|code| [0, code::UPLOAD_SESSION_EXPIRED].contains(code))
        );
        assert_eq!(alice.get(&path).await, bytes);
        assert_eq!(alice.versions(&path).await.len(), 1);
    }
    assert_eq!(alice.used().await, 1_000_000);
    server.assert_clean();
}

#[tokio::test]
async fn chunk_indices_out_of_range_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/a.bin", 10).await;
    for index in ["1", "2", "1000000", "4294967296"] {
        let reply = alice.send_chunk(&session.id, index, "0123456789").await;
        assert_eq!(reply.code(), code::CHUNK_INDEX, "{index}: {}", reply.text());
    }
    for index in ["-1", "99999999999999999999999", "x", "0x0", "1.0"] {
        let reply = alice.send_chunk(&session.id, index, "0123456789").await;
        reply.refused_with_any(&[code::CHUNK_INDEX, code::PARAMETER]);
    }
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    alice.send_chunk(&session.id, 0, "0123456789").await.done();
    assert_eq!(alice.get("/a.bin").await, "0123456789");
    server.assert_clean();
}

#[tokio::test]
async fn chunks_too_short_and_too_long_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let size = CHUNK + 10;
    let session = alice.open_upload("/a.bin", size as u64).await;
    for (index, length) in [
        (0, 0),
        (0, CHUNK - 1),
        (0, CHUNK + 1),
        (1, 9),
        (1, 11),
        (1, 0),
    ] {
        let reply = alice.send_chunk(&session.id, index, vec![0; length]).await;
        assert_eq!(
            reply.code(),
            code::CONTENT_LENGTH,
            "{index}, {length}: {}",
            reply.text()
        );
    }
    assert_eq!(alice.used().await, size as u64);
    let bytes = bytes_of("a", size);
    alice.finish_upload(&session, &bytes).await;
    assert_eq!(alice.get("/a.bin").await, bytes);
    server.assert_clean();
}

#[tokio::test]
async fn a_chunk_without_a_length_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/a.bin", 10).await;
    let pieces = ["01234", "56789"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let request = alice.chunk_request(&session.id, 0, "").body(body);
    alice.send(request).await.refused(code::CONTENT_LENGTH);
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
}

#[tokio::test]
async fn a_chunk_that_breaks_off_can_be_sent_again() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bytes = bytes_of("a", MIB);
    let session = alice.open_upload("/a.bin", MIB as u64).await;
    let half = bytes.slice(..MIB / 2);
    let pieces =
        futures_util::stream::iter([Ok(half), Err(std::io::Error::other("the client goes away"))]);
    let request = alice
        .chunk_request(&session.id, 0, "")
        .header("Content-Length", MIB)
        .body(reqwest::Body::wrap_stream(pieces));
    assert!(
        alice
            .try_send(request)
            .await
            .is_none_or(|reply| reply.code() != 0)
    );
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    alice.send_chunk(&session.id, 0, bytes.clone()).await.done();
    assert_eq!(alice.get("/a.bin").await, bytes);
    server.assert_clean();
}

#[tokio::test]
async fn unknown_and_foreign_sessions_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let session = alice.open_upload("/a.bin", 10).await;
    for id in [
        "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33",
        "nonsense",
        "..%2F..",
        "%00",
    ] {
        let reply = alice.send_chunk(id, 0, "0123456789").await;
        reply.refused_with_any(&[code::UPLOAD_SESSION_EXPIRED, code::PARAMETER]);
    }
    let foreign = bob.send_chunk(&session.id, 0, "0123456789").await;
    foreign.refused(code::UPLOAD_SESSION_EXPIRED);
    let nobody = server
        .stranger()
        .send_chunk(&session.id, 0, "0123456789")
        .await;
    nobody.refused_with_any(&[code::LOGIN_REQUIRED, code::UPLOAD_SESSION_EXPIRED]);
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    alice.send_chunk(&session.id, 0, "0123456789").await.done();
    assert_eq!(alice.get("/a.bin").await, "0123456789");
}
