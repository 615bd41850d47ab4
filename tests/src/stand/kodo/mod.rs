//! Kodo as it shows itself: a service that tells hosts, hosts that take bytes, know objects and list
//! them, and the domain of a bucket. All of them have one address here. The vendor's own library checks
//! every signature.

mod answers;
mod check;
mod objects;
mod uploads;

use answers::{Asked, Reply};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

pub use check::sign_callback;

pub const BUCKET: &str = "files";
pub const ACCESS: &str = "access";
pub const SECRET: &str = "a secret/key+";
/// A part that is not the last has so many bytes at least.
pub const LEAST_PART: usize = 1 << 20;

#[derive(Clone, Debug)]
struct Blob {
    bytes: Bytes,
    hash: String,
    put_at: SystemTime,
    mime_type: String,
}

impl Blob {
    fn new(bytes: Bytes, mime_type: &str) -> Self {
        // It is as long as one of the vendor's, and made of something else.
        let digest = Md5::digest(&bytes);
        let mut hash = vec![0x16];
        hash.extend_from_slice(&digest);
        hash.extend_from_slice(&digest[..4]);
        Self {
            bytes,
            hash: BASE64_URL_SAFE_NO_PAD.encode(hash),
            put_at: SystemTime::now(),
            mime_type: mime_type.to_owned(),
        }
    }
}

#[derive(Debug)]
struct Upload {
    key: String,
    parts: BTreeMap<u64, Blob>,
}

#[derive(Debug, Default)]
struct Kept {
    blobs: BTreeMap<String, Blob>,
    uploads: BTreeMap<String, Upload>,
    /// What was asked, in a few words.
    asked: Vec<String>,
}

/// A vendor that runs until the last of its clones is dropped.
#[derive(Clone, Debug)]
pub struct Kodo(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: String,
    kept: Arc<Mutex<Kept>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Kodo {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let kept = Arc::new(Mutex::new(Kept::default()));
        let known = Arc::clone(&kept);
        let serving = tokio::spawn(async move {
            loop {
                let Ok((connection, _)) = listener.accept().await else {
                    return;
                };
                let kept = Arc::clone(&known);
                let service = service_fn(move |request| serve(Arc::clone(&kept), request));
                let served = hyper::server::conn::http1::Builder::new();
                tokio::spawn(served.serve_connection(TokioIo::new(connection), service));
            }
        });
        Self(Arc::new(Inner {
            address,
            kept,
            serving,
        }))
    }

    pub fn endpoint(&self) -> String {
        self.0.address.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().expect("no panic")
    }

    /// What was asked since this was called last.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.kept().asked)
    }

    pub fn keys(&self) -> Vec<String> {
        self.kept().blobs.keys().cloned().collect()
    }

    /// How many uploads wait for more.
    pub fn unfinished(&self) -> usize {
        self.kept().uploads.len()
    }

    /// What kind of thing is kept under a key.
    pub fn mime_type(&self, key: &str) -> String {
        let kept = self.kept();
        let blob = kept.blobs.get(key);
        blob.map_or_else(String::new, |blob| blob.mime_type.clone())
    }

    /// Somebody else puts something there.
    pub fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        let blob = Blob::new(bytes.into(), "");
        self.kept().blobs.insert(key.to_owned(), blob);
    }
}

async fn serve(
    kept: Arc<Mutex<Kept>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(Reply::error(400, "the body is cut off").into_response());
    };
    let asked = Asked::new(&head, body.to_bytes());
    let reply = asked.answer(&kept).await;
    Ok(reply.unwrap_or_else(|refused| refused).into_response())
}
