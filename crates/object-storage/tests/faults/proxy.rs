//! What stands between a driver and its store, and does with some requests what networks and
//! stores do at times.

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;

type Body = StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is answered here.
    Answer(u16, String),
    /// It is to come again after so many seconds.
    Busy(u64),
    /// The same with headers.
    Headers(u16, Vec<(&'static str, String)>, String),
    /// It is answered by something that looks like the answer of a store, and does not end.
    Endless,
    /// There is no answer.
    Hang,
    /// It is done, and the answer does not arrive.
    Lost,
    /// The answer ends after so many bytes.
    Cut(usize),
    /// A part is called otherwise than the store calls it.
    OtherTag,
    /// It is said to be done, and is not.
    Swallowed,
    /// One byte is another.
    Changed,
    /// It arrives twice.
    Twice,
    /// Nothing happens to it.
    Through,
    /// It does not arrive, and there is no answer.
    Gone,
    /// What is asked for is said to be at another address.
    Elsewhere(String),
    /// It goes on when somebody says so.
    Held(Hold),
    /// The same, but only half of what it brings arrives.
    Torn(Hold),
}

/// A request that waits.
#[derive(Clone, Debug, Default)]
pub struct Hold {
    /// It has come.
    pub reached: Arc<Notify>,
    /// It may go on.
    pub goes: Arc<Notify>,
}

impl Hold {
    async fn wait(&self) {
        self.reached.notify_one();
        self.goes.notified().await;
    }
}

#[derive(Debug)]
struct Rule {
    /// Method and a piece of the address.
    of: (&'static str, &'static str),
    fate: Fate,
    left: usize,
}

#[derive(Debug)]
pub struct Proxy {
    pub endpoint: String,
    rules: Arc<Mutex<Vec<Rule>>>,
    asked: Arc<AtomicUsize>,
}

impl Proxy {
    /// In front of a store; without one nothing may get through.
    pub async fn start(store: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let rules = Arc::new(Mutex::new(Vec::new()));
        let (known, store) = (Arc::clone(&rules), store.to_owned());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (rules, store) = (Arc::clone(&known), store.clone());
                let count = Arc::clone(&count);
                let service = service_fn(move |request| {
                    count.fetch_add(1, Ordering::Relaxed);
                    let fate = fate_of(&rules, &request);
                    answer(store.clone(), fate, request)
                });
                let served = hyper::server::conn::http1::Builder::new();
                tokio::spawn(served.serve_connection(TokioIo::new(connection), service));
            }
        });
        Self {
            endpoint,
            rules,
            asked,
        }
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// So many requests of this method to such an address have this fate. `""` is any.
    pub fn have(&self, method: &'static str, address: &'static str, times: usize, fate: Fate) {
        self.rules.lock().unwrap().push(Rule {
            of: (method, address),
            fate,
            left: times,
        });
    }

    /// All is well again.
    pub fn calm(&self) {
        self.rules.lock().unwrap().clear();
    }
}

fn fate_of(rules: &Mutex<Vec<Rule>>, request: &Request<Incoming>) -> Option<Fate> {
    let address = request.uri().to_string();
    let mut rules = rules.lock().unwrap();
    let rule = rules.iter_mut().find(|rule| {
        let (method, piece) = rule.of;
        rule.left > 0 && request.method().as_str().starts_with(method) && address.contains(piece)
    })?;
    rule.left -= 1;
    Some(rule.fate.clone())
}

fn broken() -> io::Error {
    io::Error::other("the connection broke")
}

async fn answer(
    store: String,
    fate: Option<Fate>,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let mut body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    match &fate {
        Some(Fate::Answer(status, text)) => return Ok(told(*status, text)),
        Some(Fate::Headers(status, headers, text)) => {
            let mut answer = told(*status, text);
            for (name, value) in headers {
                let value = HeaderValue::from_str(value).unwrap();
                answer.headers_mut().insert(*name, value);
            }
            return Ok(answer);
        }
        Some(Fate::Endless) => {
            let piece = Bytes::from(vec![b' '; 1 << 20]);
            let first = Bytes::from_static(b"<?xml version=\"1.0\"?>");
            let pieces = stream::once(async { first }).chain(stream::repeat(piece));
            let body = pieces.map(|piece| Ok(Frame::data(piece))).boxed();
            let mut endless = told(200, "");
            *endless.body_mut() = StreamBody::new(body);
            return Ok(endless);
        }
        Some(Fate::Busy(secs)) => {
            let mut busy = told(503, "");
            let headers = busy.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(*secs));
            return Ok(busy);
        }
        Some(Fate::Hang) => std::future::pending().await,
        Some(Fate::Gone) => return Err(broken()),
        Some(Fate::Elsewhere(address)) => {
            let mut moved = told(307, "");
            let address = HeaderValue::from_str(address).unwrap();
            moved.headers_mut().insert(LOCATION, address);
            return Ok(moved);
        }
        Some(Fate::Held(hold) | Fate::Torn(hold)) => hold.wait().await,
        Some(Fate::Swallowed) => {
            let mut done = told(200, "");
            let tag = HeaderValue::from_static("\"00000000000000000000000000000000\"");
            done.headers_mut().insert(ETAG, tag);
            return Ok(done);
        }
        Some(Fate::Changed) => {
            let mut changed = body.to_vec();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            body = changed.into();
        }
        _ => {}
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let forward = || {
        let url = format!("{store}{}", head.uri);
        let sent = client.request(head.method.clone(), url);
        sent.headers(head.headers.clone()).body(body.clone()).send()
    };
    if matches!(fate, Some(Fate::Torn(_))) {
        let half = vec![Ok(body.slice(..body.len() / 2)), Err(broken())];
        let half = reqwest::Body::wrap_stream(stream::iter(half));
        let sent = client.request(head.method.clone(), format!("{store}{}", head.uri));
        let sent = sent.headers(head.headers.clone()).body(half).send();
        assert!(sent.await.is_err(), "half of it passed for all");
        return Err(broken());
    }
    if matches!(fate, Some(Fate::Twice)) {
        forward().await.map_err(io::Error::other)?;
    }
    let got = forward().await.map_err(io::Error::other)?;
    let (status, mut headers) = (got.status(), got.headers().clone());
    headers.remove("transfer-encoding");
    let bytes = got.bytes().await.map_err(io::Error::other)?;
    let pieces = match fate {
        Some(Fate::Lost) => return Err(broken()),
        Some(Fate::Cut(at)) if at < bytes.len() => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            vec![Ok(bytes.slice(..at)), Err(broken())]
        }
        Some(Fate::OtherTag) => {
            headers.insert(ETAG, HeaderValue::from_static("\"another\""));
            vec![Ok(bytes)]
        }
        _ => vec![Ok(bytes)],
    };
    let mut response = Response::new(body_of(pieces));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn body_of(pieces: Vec<io::Result<Bytes>>) -> Body {
    StreamBody::new(stream::iter(pieces).map_ok(Frame::data).boxed())
}

pub fn told(status: u16, text: &str) -> Response<Body> {
    let mut response = Response::new(body_of(vec![Ok(Bytes::from(text.to_owned()))]));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once('<'));
    if let Some((code, _)) = code {
        // As Azure says it where there is no body.
        headers.insert("x-ms-error-code", HeaderValue::from_str(code).unwrap());
    }
    response
}
