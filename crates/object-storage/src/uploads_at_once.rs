//! What a driver holds while several upload at once, at a store that says yes to everything.

#![allow(clippy::unwrap_used)]

use crate::driver::BucketDriver;
use crate::memory::Memory;
use crate::pieces::LEAST_BYTES;
use crate::s3::{Bucket, S3Driver, S3Options};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, ByteStream, Driver, UploadPlan};
use tokio::net::TcpListener;
use tokio::time::sleep;
use uuid::Uuid;

const PIECE: usize = LEAST_BYTES as usize;
const PIECES: usize = 5;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, mut body) = request.into_parts();
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
    let query = head.uri.query().unwrap_or_default();
    let xml = match head.method {
        Method::POST if query.contains("uploads") => {
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
        }
        Method::POST => "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>",
        _ => "",
    };
    let answer = Response::builder().header("etag", "\"tag\"");
    // Nothing is there yet.
    let answer = answer.status(if head.method == Method::HEAD {
        404
    } else {
        200
    });
    Ok(answer.body(Full::from(xml)).unwrap())
}

async fn store() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let served = http1::Builder::new();
            tokio::spawn(served.serve_connection(TokioIo::new(connection), service_fn(answer)));
        }
    });
    endpoint
}

async fn driver(memory: &'static Memory) -> S3Driver {
    let options = S3Options {
        endpoint: store().await,
        bucket: "bucket".to_owned(),
        region: String::new(),
        access_key: "access".to_owned(),
        secret_key: "a secret key".to_owned(),
        path_style: true,
        is_private: true,
        delete_batch: 0,
        staging_prefix: String::new(),
    };
    BucketDriver {
        memory,
        ..BucketDriver::of(Bucket::new(options).unwrap())
    }
}

/// As a connection brings them.
fn body() -> ByteStream {
    let run = Bytes::from(vec![7; 80_000]);
    let runs = (0..PIECES * PIECE).step_by(run.len());
    let cut = move |at| Ok(run.slice(..run.len().min(PIECES * PIECE - at)));
    stream::iter(runs.map(cut)).boxed()
}

/// Of which the driver sends parts as long as it likes, as of all that comes through the server.
fn plan(name: &str) -> UploadPlan {
    UploadPlan {
        id: Uuid::now_v7(),
        key: BlobKey::parse(name).unwrap(),
        size_bytes: (PIECES * PIECE) as u64,
        chunk_bytes: 0,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        relay: true,
        content_type: None,
        callback_url: None,
        vendor_state: Some("u".to_owned()),
    }
}

#[tokio::test]
async fn however_many_upload_they_hold_a_piece_each_and_one_budget() {
    let ahead = 2 * PIECE;
    let memory: &'static Memory = Box::leak(Box::new(Memory::of(ahead)));
    let driver = driver(memory).await;
    let size = (PIECES * PIECE) as u64;
    let uploads = (0..6).map(async |number| {
        let name = format!("f/{number}");
        if number % 3 > 0 {
            // Of one in three the length is not known either.
            let known = (number % 3 == 1).then_some(size);
            let key = BlobKey::parse(&*name).unwrap();
            let written = driver.write(&key, body(), known).await.unwrap();
            assert_eq!(written.size_bytes, size);
        } else {
            let part = driver.write_part(&plan(&name), 0, size, body()).await;
            assert_eq!(part.unwrap().size_bytes, size);
        }
    });
    join_all(uploads).await;
    let most = memory.most_bytes();
    assert!(most >= 2 * PIECE, "{most}: nothing is read ahead");
    // A body of unknown length is found to be no short one in a buffer of its own, for a moment.
    let bound = 6 * PIECE + ahead + (1 << 20);
    assert!(most <= bound, "{most}, not {bound}");
    // The connections let go of what they sent.
    for _ in 0..100 {
        if memory.held_bytes() == 0 {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("{} bytes are kept", memory.held_bytes());
}
