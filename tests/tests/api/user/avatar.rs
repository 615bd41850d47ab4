//! `/user/avatar` and `/user/setting/avatar`.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use reqwest::Method;
use tests::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::code;

/// A picture of one red pixel.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92, 0xef, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn an_avatar_is_stored_square_and_can_go_back_to_gravatar() {
    let (faces, asked) = faces_elsewhere().await;
    let server = TestServer::start_with(&[("gravatar_server", &faces)]).await;
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
    for _ in 0..3 {
        let face = stranger.get_json(&avatar, &[]).await;
        assert_eq!(face.status, 200);
        assert_eq!(face.header("content-type"), "image/png");
        assert_eq!(face.body[..4], PNG[..4]);
        // Which would tell everybody her address, by its hash.
        assert_eq!(face.header("location"), "");
    }
    let asked = asked.lock().unwrap().clone();
    // The MD5 of alice@example.com, once.
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(
        asked[0].contains("/avatar/c160f8cc69a4f0bf2b0362752353d060"),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_face_that_cannot_be_had_is_none() {
    let nobody = format!("http://127.0.0.1:{}", tests::mail::silent_port());
    let server = TestServer::start_with(&[("gravatar_server", &nobody)]).await;
    let alice = server.user("alice").await;
    let route = "/user/setting/avatar";
    let none = alice.send_bytes(Method::PUT, route, Bytes::new());
    none.await.done();
    let avatar = format!("/user/avatar/{}", alice.id);
    let reply = server.stranger().get_json(&avatar, &[]).await;
    assert_eq!((reply.status, reply.header("location")), (404, ""));
}

/// Somebody who has the same face for everybody, and what was asked of them.
async fn faces_elsewhere() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).await.unwrap_or_default();
            let line = String::from_utf8_lossy(&head[..read]).into_owned();
            seen.lock().unwrap().push(line);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                PNG.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), PNG].concat()).await;
        }
    });
    (address, asked)
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

/// The header of a PNG that says to be of this size (PNG 11.2.1), and nothing behind it.
fn png_of(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([depth, colour, 0, 0, 0]);
    let sum = crc(&header);
    let mut png = PNG[..8].to_vec();
    png.extend(13_u32.to_be_bytes());
    png.extend(header);
    png.extend(sum.to_be_bytes());
    png.extend(&PNG[33..]);
    png
}

/// CRC-32 as PNG has it (PNG annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc))
    })
}

/// A GIF and a JPEG whose headers say the largest size there is.
fn gif() -> Vec<u8> {
    let mut gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    gif.extend(b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0;");
    gif
}

fn jpeg() -> Vec<u8> {
    let mut jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    // Three components of 65500 x 65500 (ITU T.81, B.2.2).
    jpeg.extend(b"\xff\xc0\0\x11\x08\xff\xdc\xff\xdc\x03\x01\x11\0\x02\x11\0\x03\x11\0");
    jpeg.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0\0\xff\xd9");
    jpeg
}

#[tokio::test]
async fn small_files_that_would_become_huge_pictures_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let route = "/user/setting/avatar";
    let set = async |kind: &str, picture: Vec<u8>| {
        let request = alice.request(Method::PUT, route);
        alice
            .send(request.header("Content-Type", kind).body(picture))
            .await
    };
    // One that could be decoded, if anybody let it take that much.
    let grey = image::GrayImage::new(8_001, 8_000);
    let mut bomb = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bomb, image::ImageFormat::Png).unwrap();
    let bomb = bomb.into_inner();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    set("image/png", bomb).await.refused(code::PARAMETER);
    // The helper makes good pictures, too.
    set("image/png", png_of(1, 1, 8, 2)).await.done();
    let before = stranger_sees(&server, &alice).await;
    for (width, height, depth, colour) in [
        (u32::MAX >> 1, u32::MAX >> 1, 16, 6),
        (60_000, 60_000, 8, 2),
        (11_999, 11_999, 16, 6),
        (1, 4_000_000, 8, 2),
        (0, 0, 8, 2),
    ] {
        let bomb = png_of(width, height, depth, colour);
        set("image/png", bomb).await.refused(code::PARAMETER);
    }
    set("image/gif", gif()).await.refused(code::PARAMETER);
    set("image/jpeg", jpeg()).await.refused(code::PARAMETER);
    // What says to be something else is not guessed at.
    for kind in ["image/svg+xml", "text/html", ""] {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
        set(kind, svg.to_vec()).await.refused(code::PARAMETER);
    }
    assert_eq!(stranger_sees(&server, &alice).await, before);
}

async fn stranger_sees(server: &TestServer, who: &tests::Client) -> Bytes {
    let path = format!("/user/avatar/{}", who.id);
    let reply = server.stranger().get_json(&path, &[]).await;
    assert_eq!(reply.header("content-type"), "image/png");
    reply.body
}

#[tokio::test]
async fn a_body_without_a_length_is_not_read_to_its_end() {
    let server = TestServer::start_with(&[("avatar_size", "100000")]).await;
    let alice = server.user("alice").await;
    let pieces =
        futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![0; 8192])));
    // 800 MB, if anybody read them.
    let pieces = futures_util::StreamExt::take(pieces, 100_000);
    let request = alice
        .request(Method::PUT, "/user/setting/avatar")
        .body(reqwest::Body::wrap_stream(pieces));
    // The server may hang up before the client has read its answer.
    if let Some(reply) = alice.try_send(request).await {
        reply.refused(code::FILE_TOO_LARGE);
    }
    assert!(alice.me().await.ok().get("avatar").is_none());
}
