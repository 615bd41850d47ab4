//! A WebDAV server that keeps files in memory, and shows of a file what has come of it while it comes.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// By path, without a slash at its end; `None`: a folder.
type Files = Arc<Mutex<BTreeMap<String, Option<Vec<u8>>>>>;

/// A server with one folder, which is empty.
pub async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let files = Files::default();
    files.lock().unwrap().insert(String::new(), None);
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let files = Arc::clone(&files);
            let service = service_fn(move |request| answer(Arc::clone(&files), request));
            let served = hyper::server::conn::http1::Builder::new();
            tokio::spawn(served.serve_connection(TokioIo::new(connection), service));
        }
    });
    endpoint
}

fn told(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status);
    answer.body(Full::new(body.into())).unwrap()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

async fn answer(files: Files, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let (head, mut body) = request.into_parts();
    let path = head.uri.path().trim_end_matches('/').to_owned();
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap());
    if head.method == "PUT" {
        if !files.lock().unwrap().contains_key(parent(&path)) {
            return Ok(told(409, ""));
        }
        files.lock().unwrap().insert(path.clone(), Some(Vec::new()));
        while let Some(frame) = body.frame().await {
            let piece = frame.map_err(io::Error::other)?.into_data();
            if let Some(Some(file)) = files.lock().unwrap().get_mut(&path) {
                file.extend_from_slice(&piece.unwrap_or_default());
            }
        }
        return Ok(told(201, ""));
    }
    let mut files = files.lock().unwrap();
    Ok(match head.method.as_str() {
        "MKCOL" if files.contains_key(&path) => told(405, ""),
        "MKCOL" if !files.contains_key(parent(&path)) => told(409, ""),
        "MKCOL" => {
            files.insert(path, None);
            told(201, "")
        }
        _ if !files.contains_key(&path) => told(404, ""),
        "DELETE" => {
            let below = format!("{path}/");
            files.retain(|other, _| *other != path && !other.starts_with(&below));
            told(204, "")
        }
        "MOVE" => {
            let to = header("destination").unwrap().split('/').skip(3);
            let to = to.fold(String::new(), |path, part| path + "/" + part);
            if !files.contains_key(parent(&to)) {
                told(409, "")
            } else if files.contains_key(&to) && header("overwrite") == Some("F") {
                told(412, "")
            } else {
                let moved = files.remove(&path).unwrap();
                files.insert(to, moved);
                told(201, "")
            }
        }
        "GET" => content(files[&path].as_deref().unwrap_or_default(), header("range")),
        "PROPFIND" => told(207, listing(&files, &path, header("depth") == Some("1"))),
        _ => told(405, ""),
    })
}

fn content(file: &[u8], range: Option<&str>) -> Response<Full<Bytes>> {
    let Some(range) = range else {
        return told(200, file.to_owned());
    };
    let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let mut part = told(206, file[from..=to].to_owned());
    let range = format!("bytes {from}-{to}/{}", file.len());
    let headers = part.headers_mut();
    headers.insert("content-range", range.parse().unwrap());
    part
}

fn listing(files: &BTreeMap<String, Option<Vec<u8>>>, path: &str, children: bool) -> String {
    let mut text = "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">".to_owned();
    let is_told =
        |other: &String| other == path || children && parent(other) == path && !other.is_empty();
    for (name, file) in files.iter().filter(|(name, _)| is_told(name)) {
        let (kind, end) = match file {
            None => ("<D:collection/>", "/"),
            Some(_) => ("", ""),
        };
        let size = file.as_ref().map_or(0, Vec::len);
        write!(
            text,
            "<D:response><D:href>{name}{end}</D:href><D:propstat><D:prop>\
             <D:resourcetype>{kind}</D:resourcetype><D:getcontentlength>{size}</D:getcontentlength>\
             <D:getlastmodified>Thu, 26 Nov 2026 12:00:00 GMT</D:getlastmodified></D:prop>\
             <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        )
        .unwrap();
    }
    text + "</D:multistatus>"
}
