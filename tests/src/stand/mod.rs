//! Vendors of object storage as they show themselves: one store, and the ways in which OSS, COS,
//! OBS and KS3 are spoken to. Every request's signature is checked by the vendor's own library. Kodo, which
//! is like none of them, stands beside it.

mod answers;
mod bucket;
pub mod kodo;
mod objects;
mod signer;
mod uploads;

use answers::{Asked, Reply};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

pub use signer::sign_callback;

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Oss,
    Cos,
    Obs,
    Ks3,
}

impl Whose {
    pub fn name(self) -> &'static str {
        match self {
            Self::Oss => "oss",
            Self::Cos => "cos",
            Self::Obs => "obs",
            Self::Ks3 => "ks3",
        }
    }

    /// What its own headers begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Oss => "x-oss",
            Self::Cos => "x-cos",
            Self::Obs => "x-obs",
            Self::Ks3 => "x-kss",
        }
    }

    /// The metadata by which a request that wrote an object is known again.
    fn name_of_write(self) -> &'static str {
        match self {
            Self::Oss => "x-oss-meta-alcoveupload",
            Self::Cos => "x-cos-meta-alcoveupload",
            Self::Obs => "x-obs-meta-alcoveupload",
            Self::Ks3 => "x-kss-meta-alcoveupload",
        }
    }

    /// A part that is not the last has so many bytes at least.
    pub fn least_part(self) -> usize {
        match self {
            Self::Oss | Self::Obs => 100 << 10,
            Self::Cos => 1 << 20,
            Self::Ks3 => 5 << 20,
        }
    }
}

pub const BUCKET: &str = "files-1250000000";
pub const REGION: &str = "cn-hangzhou";
pub const ACCESS: &str = "access";
pub const SECRET: &str = "a secret/key+";

#[derive(Clone, Debug)]
struct Blob {
    bytes: Bytes,
    tag: String,
    modified: SystemTime,
    content_type: String,
    /// What came with it as the name of its write.
    write: Option<String>,
}

#[derive(Debug)]
struct Upload {
    key: String,
    begun: SystemTime,
    content_type: String,
    parts: BTreeMap<u64, Blob>,
}

#[derive(Debug, Default)]
struct Kept {
    blobs: BTreeMap<String, Blob>,
    uploads: BTreeMap<String, Upload>,
    /// What was asked, in a few words.
    asked: Vec<String>,
    /// The rules for browsers that were set last.
    rules: String,
}

/// A vendor that runs until the last of its clones is dropped.
#[derive(Clone, Debug)]
pub struct Stand(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    whose: Whose,
    address: String,
    kept: Arc<Mutex<Kept>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Stand {
    pub async fn start(whose: Whose) -> Self {
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
                let service = service_fn(move |request| serve(whose, Arc::clone(&kept), request));
                let served = hyper::server::conn::http1::Builder::new();
                tokio::spawn(served.serve_connection(TokioIo::new(connection), service));
            }
        });
        Self(Arc::new(Inner {
            whose,
            address,
            kept,
            serving,
        }))
    }

    pub fn endpoint(&self) -> String {
        self.0.address.clone()
    }

    pub fn whose(&self) -> Whose {
        self.0.whose
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

    pub fn rules(&self) -> String {
        self.kept().rules.clone()
    }

    /// Somebody else puts something there.
    pub fn put(&self, key: &str, bytes: impl Into<Bytes>, content_type: &str) {
        let blob = Blob::new(bytes.into(), content_type);
        self.kept().blobs.insert(key.to_owned(), blob);
    }
}

async fn serve(
    whose: Whose,
    kept: Arc<Mutex<Kept>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(Reply::error(400, "IncompleteBody").into_response(whose, false));
    };
    let is_head = head.method == hyper::Method::HEAD;
    let asked = Asked::new(whose, &head, body.to_bytes());
    if asked.path == signer::KEY_PATH {
        kept.lock().expect("no panic").asked.push("key".to_owned());
        let pem = signer::public_key().await;
        return Ok(Reply::of(200, pem).into_response(whose, false));
    }
    let reply = if let Err(reply) = asked.check().await {
        reply
    } else {
        kept.lock().expect("no panic").asked.push(asked.words());
        asked.answer(&kept).await
    };
    Ok(reply.into_response(whose, is_head))
}
