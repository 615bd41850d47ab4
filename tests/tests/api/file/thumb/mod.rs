//! `/file/thumb`.

mod content;
mod refused;
mod shared;

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use serde_json::json;
use tests::{Client, TestServer};

use crate::code;

const RED: [u8; 3] = [220, 20, 20];
const BLUE: [u8; 3] = [20, 20, 220];

/// A picture of one colour.
pub(crate) fn picture(width: u32, height: u32, colour: [u8; 3], format: ImageFormat) -> Bytes {
    let image = DynamicImage::from(RgbImage::from_pixel(width, height, Rgb(colour)));
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes.into()
}

fn photo(colour: [u8; 3]) -> Bytes {
    picture(800, 600, colour, ImageFormat::Jpeg)
}

/// The colour in the middle of the thumbnail of a file.
async fn seen(who: &Client, path: &str) -> [u8; 3] {
    let reply = who.thumb(path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    let image = image::load_from_memory(&reply.body).unwrap();
    let middle = image.get_pixel(image.width() / 2, image.height() / 2).0;
    [middle[0], middle[1], middle[2]]
}

#[track_caller]
fn assert_near(seen: [u8; 3], colour: [u8; 3]) {
    let is_near = seen.iter().zip(&colour).all(|(a, b)| a.abs_diff(*b) < 20);
    assert!(is_near, "{seen:?} is not {colour:?}");
}

async fn used(who: &Client) -> i64 {
    let capacity = who.get_json("/user/capacity", &[]).await.ok();
    capacity["used"].as_i64().unwrap()
}

#[tokio::test]
async fn a_picture_has_a_small_one_behind_a_signed_link() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/café.jpg", photo(RED)).await;
    let data = alice.try_thumb("/café.jpg").await.ok();
    let url = data["url"].as_str().unwrap();
    assert_eq!(
        data,
        json!({ "url": url, "expires": data["expires"], "obfuscated": false })
    );
    let expires = chrono::DateTime::parse_from_rfc3339(data["expires"].as_str().unwrap()).unwrap();
    let left = expires.signed_duration_since(chrono::Utc::now());
    assert!((3500..=3600).contains(&left.num_seconds()), "{left}");
    assert!(
        url.contains("/file/content/") && url.contains("thumb=true"),
        "{url}"
    );

    // Without a token, like any link to content.
    let reply = alice.fetch(url).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "image/png");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("content-security-policy"), "sandbox");
    let rule = "public, max-age=86400, s-maxage=300";
    assert_eq!(reply.header("cache-control"), rule);
    assert!(
        !reply
            .header("content-disposition")
            .starts_with("attachment")
    );
    let image = image::load_from_memory_with_format(&reply.body, ImageFormat::Png).unwrap();
    assert_eq!(image.dimensions(), (400, 300));
    assert_near(seen(&alice, "/café.jpg").await, RED);

    let part = alice
        .send(
            alice
                .fetch_request(Method::GET, url)
                .header("Range", "bytes=1-3"),
        )
        .await;
    assert_eq!((part.status, &part.body[..]), (206, &b"PNG"[..]));
    let etag = reply.header("etag");
    let again = alice
        .send(
            alice
                .fetch_request(Method::GET, url)
                .header("If-None-Match", etag),
        )
        .await;
    assert_eq!(again.status, 304);
    // The signature covers what is served.
    let other = alice.fetch(&url.replace(".png", ".html")).await;
    other.refused(code::SIGNATURE_INVALID);
}

#[tokio::test]
async fn every_kind_of_picture_has_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for (name, format) in [
        ("/a.jpg", ImageFormat::Jpeg),
        ("/a.PNG", ImageFormat::Png),
        ("/a.webp", ImageFormat::WebP),
        ("/a.gif", ImageFormat::Gif),
        ("/a.bmp", ImageFormat::Bmp),
        ("/a.tiff", ImageFormat::Tiff),
        // The name is wrong, the picture is not.
        ("/a.jpeg", ImageFormat::Png),
    ] {
        alice.put(name, picture(500, 100, BLUE, format)).await;
        assert_near(seen(&alice, name).await, BLUE);
    }
    let config = alice.get_json("/site/config/thumb", &[]).await.ok();
    let exts = ["bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];
    assert_eq!(config, json!({ "thumb_exts": exts }));
}

#[tokio::test]
async fn it_is_made_after_the_upload_and_counts_like_what_else_is_stored() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let photo = photo(RED);
    let size = photo.len() as i64;
    alice.put("/a.jpg", photo.clone()).await;
    alice.put_content("/b.jpg", photo).await.ok();
    server.thumbnails_are_made().await;
    let mut sum = 0;
    for path in ["/a.jpg", "/b.jpg"] {
        let stored = alice.stored(path, 1).await;
        assert_eq!(stored.len(), 1, "{stored:?}");
        let bytes = stored[0]["size"].as_i64().unwrap();
        assert_eq!(alice.thumb(path).await.body.len() as i64, bytes);
        sum += size + bytes;
    }
    assert_eq!(used(&alice).await, sum);
    // Nobody is told: it is no change of the file.
    assert_eq!(alice.info("/a.jpg").await.ok()["size"], size);
    assert!(
        alice
            .metadata("/a.jpg")
            .await
            .as_object()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_makes_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice
        .put("/a.bmp", picture(1500, 900, BLUE, ImageFormat::Bmp))
        .await;
    let all = (0..30).map(|_| alice.try_thumb("/a.bmp"));
    for reply in futures_util::future::join_all(all).await {
        reply.ok();
    }
    server.thumbnails_are_made().await;
    assert_eq!(alice.stored("/a.bmp", 1).await.len(), 1);
    let blobs = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE kind = 1";
    assert_eq!(server.ask(blobs).await, "1");
    server.assert_clean();
}

#[tokio::test]
async fn settings_say_how_it_looks() {
    let mut server = TestServer::start_with(&[
        ("thumb_encode_method", "jpg"),
        ("thumb_width", "60"),
        ("thumb_height", "60"),
    ])
    .await;
    let alice = server.user("alice").await;
    alice
        .put("/a.png", picture(600, 300, RED, ImageFormat::Png))
        .await;
    let reply = alice.thumb("/a.png").await;
    assert_eq!(reply.header("content-type"), "image/jpeg");
    let image = image::load_from_memory_with_format(&reply.body, ImageFormat::Jpeg).unwrap();
    assert_eq!(image.dimensions(), (60, 30));

    server.set(&[("thumb_builtin_max_size", "10")]).await;
    alice
        .put("/b.png", picture(600, 300, RED, ImageFormat::Png))
        .await;
    alice.try_thumb("/b.png").await.refused(code::UNCLASSIFIED);
    server.set(&[("thumb_builtin_enabled", "0")]).await;
    let config = alice.get_json("/site/config/thumb", &[]).await.ok();
    assert_eq!(config, json!({}));
    // What is there is shown.
    assert_eq!(alice.thumb("/a.png").await.status, 200);
}
