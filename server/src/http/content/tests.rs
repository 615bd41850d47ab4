#![allow(clippy::unwrap_used)]
use std::io::Write;

use futures_util::{FutureExt, StreamExt, stream};
use poem::http::header::{IF_MATCH, IF_NONE_MATCH, RANGE};

use super::*;

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

fn of_file(bytes: &[u8]) -> Content {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let source = ContentSource::File(Arc::new(file));
    let content_type = HeaderValue::from_static("text/html");
    let mut content = Content::new(source, bytes.len() as u64, ETag::strong("v1"), content_type);
    content.disposition = Some(disposition(Disposition::Inline, "a.html"));
    content.cache_control = Some(HeaderValue::from_static("public, max-age=86400"));
    content
}

/// The same content from a stream of three-byte blocks.
fn of_stream(bytes: &'static [u8]) -> Content {
    let open: OpenRange = Arc::new(move |range: Range<u64>| {
        let part = &bytes[range.start as usize..range.end as usize];
        let blocks = part.chunks(3).map(|block| Ok(Bytes::from_static(block)));
        let blocks: Vec<_> = blocks.collect();
        async move { Ok(stream::iter(blocks).boxed()) }.boxed()
    });
    Content {
        source: ContentSource::Stream(open),
        ..of_file(bytes)
    }
}

fn ask(method: Method, headers: &[(poem::http::HeaderName, &str)]) -> Request {
    let request = Request::builder().method(method);
    headers
        .iter()
        .fold(request, |request, (name, value)| {
            request.header(name, *value)
        })
        .finish()
}

async fn text(response: Response) -> String {
    response.into_body().into_string().await.unwrap()
}

fn header(response: &Response, name: poem::http::HeaderName) -> &str {
    response.header(name).unwrap_or("absent")
}

#[tokio::test]
async fn everything_is_sent_with_what_describes_it() {
    for content in [of_file(LETTERS), of_stream(LETTERS)] {
        let response = respond(&ask(Method::GET, &[]), content).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, CONTENT_LENGTH), "26");
        assert_eq!(header(&response, CONTENT_TYPE), "text/html");
        assert_eq!(header(&response, ETAG), "\"v1\"");
        assert_eq!(header(&response, ACCEPT_RANGES), "bytes");
        assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=86400");
        assert_eq!(
            header(&response, CONTENT_DISPOSITION),
            "inline; filename=\"a.html\""
        );
        assert_eq!(header(&response, CONTENT_SECURITY_POLICY), "sandbox");
        assert_eq!(header(&response, X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(text(response).await.as_bytes(), LETTERS);
    }
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    for content in [of_file(LETTERS), of_stream(LETTERS)] {
        let response = respond(&ask(Method::HEAD, &[]), content).await;
        assert_eq!(header(&response, CONTENT_LENGTH), "26");
        assert_eq!(text(response).await, "");
    }
}

#[tokio::test]
async fn empty_content_is_an_empty_answer() {
    for content in [of_file(b""), of_stream(b"")] {
        let response = respond(&ask(Method::GET, &[(RANGE, "bytes=0-")]), content).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, CONTENT_LENGTH), "0");
        assert_eq!(text(response).await, "");
    }
}

#[tokio::test]
async fn one_range_is_a_part() {
    for content in [of_file(LETTERS), of_stream(LETTERS)] {
        let response = respond(&ask(Method::GET, &[(RANGE, "bytes=2-5")]), content).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(header(&response, CONTENT_RANGE), "bytes 2-5/26");
        assert_eq!(header(&response, CONTENT_LENGTH), "4");
        assert_eq!(text(response).await, "cdef");
    }
}

#[tokio::test]
async fn several_ranges_are_parts_of_announced_length() {
    for content in [of_file(LETTERS), of_stream(LETTERS)] {
        let response = respond(&ask(Method::GET, &[(RANGE, "bytes=-2,0-3")]), content).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(response.header(CONTENT_RANGE), None);
        let length: usize = header(&response, CONTENT_LENGTH).parse().unwrap();
        let kind = header(&response, CONTENT_TYPE).to_owned();
        let boundary = kind
            .strip_prefix("multipart/byteranges; boundary=")
            .unwrap();
        let body = text(response).await;
        assert_eq!(body.len(), length);
        let expected = [
            "",
            "--B",
            "Content-Type: text/html",
            "Content-Range: bytes 24-25/26",
            "",
            "yz",
            "--B",
            "Content-Type: text/html",
            "Content-Range: bytes 0-3/26",
            "",
            "abcd",
            "--B--",
            "",
        ];
        assert_eq!(body.replace(boundary, "B"), expected.join("\r\n"));
    }
}

#[tokio::test]
async fn a_client_that_has_it_gets_nothing() {
    let request = ask(Method::GET, &[(IF_NONE_MATCH, "\"v1\"")]);
    let response = respond(&request, of_file(LETTERS)).await;
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header(&response, ETAG), "\"v1\"");
    assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=86400");
    assert_eq!(response.header(CONTENT_LENGTH), None);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn refusals_are_plain_text() {
    let request = ask(Method::GET, &[(RANGE, "bytes=26-")]);
    let response = respond(&request, of_file(LETTERS)).await;
    assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&response, CONTENT_RANGE), "bytes */26");
    assert_eq!(header(&response, CONTENT_TYPE), "text/plain; charset=utf-8");
    let request = ask(Method::GET, &[(IF_MATCH, "\"v2\"")]);
    let response = respond(&request, of_file(LETTERS)).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(header(&response, CONTENT_TYPE), "text/plain; charset=utf-8");
}

fn failing(kind: io::ErrorKind) -> Content {
    let open: OpenRange = Arc::new(move |_| async move { Err(kind.into()) }.boxed());
    Content {
        source: ContentSource::Stream(open),
        ..of_file(LETTERS)
    }
}

#[tokio::test]
async fn a_source_that_fails_to_open_is_told_by_status() {
    let missing = respond(&ask(Method::GET, &[]), failing(io::ErrorKind::NotFound)).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let broken = respond(&ask(Method::GET, &[]), failing(io::ErrorKind::TimedOut)).await;
    assert_eq!(broken.status(), StatusCode::BAD_GATEWAY);
    let mut shortened = of_file(LETTERS);
    shortened.size_bytes += 1;
    let shortened = respond(&ask(Method::GET, &[]), shortened).await;
    assert_eq!(shortened.status(), StatusCode::INTERNAL_SERVER_ERROR);
    for response in [missing, broken, shortened] {
        assert_eq!(header(&response, CACHE_CONTROL), "no-store");
        assert_eq!(response.header(ETAG), None);
    }
}

#[tokio::test]
async fn a_speed_limit_holds_for_small_files_too() {
    let mut content = of_file(&[b'x'; 10_000]);
    content.speed_limit = NonZeroU64::new(20_000);
    let start = std::time::Instant::now();
    let response = respond(&ask(Method::GET, &[]), content).await;
    assert_eq!(text(response).await.len(), 10_000);
    assert!(start.elapsed().as_secs_f64() > 0.38);
}
