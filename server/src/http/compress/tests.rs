#![allow(clippy::unwrap_used)]
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
use futures_util::stream;
use poem::{EndpointExt, Route, get, handler};
use tokio::io::AsyncReadExt;

use super::*;

fn json() -> String {
    format!("[{}1]", "{\"name\":\"file.txt\"},".repeat(10_000))
}

fn typed(content_type: &str, body: impl Into<Body>) -> Response {
    Response::builder()
        .content_type(content_type)
        .header(ETAG, "\"v1\"")
        .body(body)
}

#[handler]
fn list() -> Response {
    typed("application/json; charset=utf-8", json())
}
#[handler]
fn short() -> Response {
    typed("application/json", "{}")
}
#[handler]
fn events() -> Response {
    typed(
        "text/event-stream",
        Body::from_bytes_stream(stream::iter([Ok::<_, io::Error>(json())])),
    )
}
#[handler]
fn content() -> Response {
    let mut response = typed("text/plain", json());
    response.set_data(Uncompressed);
    response
}
#[handler]
fn picture() -> Response {
    typed("image/png", json())
}
#[handler]
fn part() -> Response {
    let mut response = typed("text/plain", json());
    response.set_status(StatusCode::PARTIAL_CONTENT);
    response
}
#[handler]
fn encoded() -> Response {
    let mut response = typed("text/plain", json());
    response
        .headers_mut()
        .insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    response
}

async fn ask(path: &str, method: Method, accept: &str) -> Response {
    let app = Route::new()
        .at("/list", get(list).head(list))
        .at("/short", get(short))
        .at("/events", get(events))
        .at("/content", get(content))
        .at("/picture", get(picture))
        .at("/part", get(part))
        .at("/packed", get(encoded))
        .with(Compress);
    let request = Request::builder()
        .method(method)
        .uri_str(path)
        .header(ACCEPT_ENCODING, accept);
    app.get_response(request.finish()).await
}

#[tokio::test]
async fn each_coding_unpacks_to_the_same_answer() {
    for accept in ["zstd", "br", "gzip"] {
        let response = ask("/list", Method::GET, accept).await;
        assert_eq!(response.header(CONTENT_ENCODING), Some(accept));
        assert_eq!(response.header(VARY), Some("Accept-Encoding"));
        assert_eq!(response.header(ETAG), Some("W/\"v1\""));
        let packed = response.into_body().into_bytes().await.unwrap();
        assert!(packed.len() < json().len() / 10);
        let mut text = String::new();
        let read = match accept {
            "zstd" => {
                ZstdDecoder::new(&packed[..])
                    .read_to_string(&mut text)
                    .await
            }
            "br" => {
                BrotliDecoder::new(&packed[..])
                    .read_to_string(&mut text)
                    .await
            }
            _ => {
                GzipDecoder::new(&packed[..])
                    .read_to_string(&mut text)
                    .await
            }
        };
        read.unwrap();
        assert_eq!(text, json());
    }
}

#[tokio::test]
async fn whoever_does_not_ask_gets_it_plain_but_caches_learn_of_the_choice() {
    let response = ask("/list", Method::GET, "identity").await;
    assert_eq!(response.header(CONTENT_ENCODING), None);
    assert_eq!(response.header(VARY), Some("Accept-Encoding"));
    assert_eq!(response.header(ETAG), Some("\"v1\""));
    assert_eq!(response.into_body().into_string().await.unwrap(), json());
}

#[tokio::test]
async fn what_must_keep_its_form_does() {
    for path in ["/short", "/events", "/content", "/picture", "/part"] {
        let response = ask(path, Method::GET, "gzip").await;
        assert_eq!(response.header(CONTENT_ENCODING), None, "{path}");
        assert_eq!(response.header(VARY), None, "{path}");
    }
    let packed = ask("/packed", Method::GET, "gzip").await;
    assert_eq!(packed.header(CONTENT_ENCODING), Some("br"));
    assert_eq!(packed.into_body().into_string().await.unwrap(), json());
    let head = ask("/list", Method::HEAD, "gzip").await;
    assert_eq!(head.header(CONTENT_ENCODING), None);
}
