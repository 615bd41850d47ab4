//! A server that files are downloaded from, as well or badly behaved as a test wants it.

use bytes::Bytes;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// So many bytes, each part unlike the others.
pub fn some_bytes(length: usize) -> Bytes {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_le_bytes());
    let mut bytes = vec![0; length];
    hasher.finalize_xof().fill(&mut bytes);
    bytes.into()
}

/// How the server behaves; all of it can be changed while it runs.
#[derive(Clone, Debug)]
pub struct Manners {
    pub content: Bytes,
    /// Says which content it is.
    pub etag: Option<String>,
    /// Sends parts.
    pub ranges: bool,
    /// Says how long the content is.
    pub length: bool,
    /// Breaks off each answer after so many bytes.
    pub cut: Option<usize>,
    /// Sends no more than so many bytes a second.
    pub pace: Option<usize>,
    /// Answers so, with these headers and no content.
    pub answer: Option<(u16, Vec<(String, String)>)>,
    /// Headers of good answers.
    pub headers: Vec<(String, String)>,
    /// Never stops.
    pub endless: bool,
    /// Says nothing more after the headers.
    pub stalls: bool,
}

/// A request, as it came.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub range: Option<String>,
    pub if_range: Option<String>,
    pub authorization: Option<String>,
}

#[derive(Debug)]
struct Shared {
    manners: Mutex<Manners>,
    asked: Mutex<Vec<Asked>>,
    sent: AtomicU64,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// A server on loopback, until it is dropped.
#[derive(Debug)]
pub struct Origin {
    pub port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Origin {
    pub async fn start(content: Bytes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            manners: Mutex::new(Manners {
                content,
                etag: Some("\"one\"".to_owned()),
                ranges: true,
                length: true,
                cut: None,
                pace: None,
                answer: None,
                headers: Vec::new(),
                endless: false,
                stalls: false,
            }),
            asked: Mutex::default(),
            sent: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        let all = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&all);
                tokio::spawn(async move {
                    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
                    shared.most_open.fetch_max(open, Ordering::SeqCst);
                    let _ = serve(socket, &shared).await;
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, shared, task }
    }

    pub fn link(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn content(&self) -> Bytes {
        self.shared.manners.lock().unwrap().content.clone()
    }

    pub fn behave(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().unwrap());
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Bytes of content that went out.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    pub fn most_open(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }
}

async fn serve(socket: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    if lines.next_line().await?.is_none() {
        return Ok(());
    }
    let mut asked = Asked::default();
    while let Some(line) = lines.next_line().await? {
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let value = Some(value.trim().to_owned());
        match name.to_ascii_lowercase().as_str() {
            "range" => asked.range = value,
            "if-range" => asked.if_range = value,
            "authorization" => asked.authorization = value,
            _ => {}
        }
    }
    shared.asked.lock().unwrap().push(asked.clone());
    let manners = shared.manners.lock().unwrap().clone();
    let mut head = Vec::new();
    if let Some((status, headers)) = &manners.answer {
        head.extend_from_slice(format!("HTTP/1.1 {status} So\r\nContent-Length: 0\r\n").as_bytes());
        for (name, value) in headers {
            head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        head.extend_from_slice(b"Connection: close\r\n\r\n");
        return write.write_all(&head).await;
    }
    let all = manners.content.len();
    let is_same = asked.if_range.is_none() || asked.if_range == manners.etag;
    let sends_parts = manners.ranges && is_same && !manners.endless;
    let range = asked.range.as_deref().filter(|_| sends_parts);
    if range.is_some() && all == 0 {
        let head = b"HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return write.write_all(head).await;
    }
    let (from, to) = range.map_or((0, all), |range| part(range, all));
    let status = if range.is_some() {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    head.extend_from_slice(format!("HTTP/1.1 {status}\r\nConnection: close\r\n").as_bytes());
    if range.is_some() {
        head.extend_from_slice(
            format!("Content-Range: bytes {from}-{}/{all}\r\n", to - 1).as_bytes(),
        );
    }
    if manners.length && !manners.endless {
        head.extend_from_slice(format!("Content-Length: {}\r\n", to - from).as_bytes());
    }
    if let Some(etag) = &manners.etag {
        head.extend_from_slice(format!("ETag: {etag}\r\n").as_bytes());
    }
    for (name, value) in &manners.headers {
        head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    write.write_all(&head).await?;
    if manners.stalls {
        tokio::time::sleep(Duration::from_mins(5)).await;
    }
    let end = manners.cut.map_or(to, |cut| to.min(from + cut));
    let mut at = from;
    let piece = manners.pace.map_or(64 << 10, |pace| (pace / 20).max(1));
    while at < end || manners.endless {
        let bytes = if manners.endless {
            manners.content.clone()
        } else {
            manners.content.slice(at..end.min(at + piece))
        };
        write.write_all(&bytes).await?;
        shared.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        at += bytes.len();
        if manners.pace.is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    write.shutdown().await
}

/// `bytes=5-9`: from where to where.
fn part(range: &str, all: usize) -> (usize, usize) {
    let range = range.strip_prefix("bytes=").unwrap();
    let (from, to) = range.split_once('-').unwrap();
    let to = to.parse().map_or(all, |to: usize| to + 1);
    (from.parse().unwrap(), to.min(all))
}
