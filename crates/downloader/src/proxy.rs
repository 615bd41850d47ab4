//! The proxy through which other programs ask: it goes by the same rules as this server itself.
//!
//! A program may resolve a name again after it was checked here, and follow redirects. So it is
//! told to ask nobody but this proxy, which listens on loopback and looks at each address that it
//! connects to. Who may use it under which rules is said by a password that lives as long as this
//! process.

use crate::DownloaderError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use site::outgoing::{AddressRules, OutgoingError};
use site::settings::random_alphanumeric;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// Users are called so, and jobs after it.
pub const USER: &str = "alcove";
/// Longest head of a request.
const HEAD_BYTES: usize = 32 << 10;
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Bytes passed on at once.
const PIECE: usize = 32 << 10;
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// A connection over which nothing goes for so long ends.
const IDLE: Duration = Duration::from_mins(5);
/// Connections at the same time,
const AT_ONCE: usize = 1_000;
/// and those that have not said their password yet.
const STRANGERS: usize = 64;
/// Jobs whose refusals are remembered.
const REMEMBERED: usize = 1_000;

/// What a password stands for.
#[derive(Debug, PartialEq, Eq)]
struct Ticket {
    rules: AddressRules,
    /// Hosts and ports of this site, which may be asked wherever they are.
    own: Vec<(String, u16)>,
}

impl Ticket {
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutgoingError> {
        if self.own.iter().any(|(own, at)| own == host && *at == port) {
            let own = AddressRules::new([host.to_owned()], []);
            return own.resolve(host, port).await;
        }
        self.rules.resolve(host, port).await
    }
}

#[derive(Debug)]
struct Shared {
    tickets: Mutex<HashMap<String, Arc<Ticket>>>,
    /// Why something was not asked for, by user: each job is one.
    refused: Mutex<HashMap<String, String>>,
    turns: Semaphore,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A proxy that listens until it is dropped.
#[derive(Debug)]
pub struct GuardingProxy {
    at: SocketAddr,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

/// How a program reaches the proxy.
#[derive(Clone, Debug)]
pub struct ProxyAddress {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    shared: Arc<Shared>,
}

impl ProxyAddress {
    /// As a URL with all of it, for a job.
    pub fn url(&self, job: &str) -> String {
        let (user, password) = (&self.user, &self.password);
        format!("http://{user}-{job}:{password}@{}:{}", self.host, self.port)
    }

    /// Why a job was last refused something.
    pub fn refusal(&self, job: &str) -> Option<String> {
        let user = format!("{}-{job}", self.user);
        lock(&self.shared.refused).get(&user).cloned()
    }
}

impl GuardingProxy {
    /// # Errors
    /// Nothing can listen on loopback.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        let shared = Arc::new(Shared {
            tickets: Mutex::default(),
            refused: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
        });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, Arc::clone(&shared), stop.clone()));
        Ok(Self {
            at,
            shared,
            _stop: stop.drop_guard(),
        })
    }

    /// How a program asks under these rules.
    pub fn address(&self, rules: &AddressRules, own: Vec<(String, u16)>) -> ProxyAddress {
        let rules = rules.clone();
        let ticket = Ticket { rules, own };
        let mut tickets = lock(&self.shared.tickets);
        let known = tickets.iter().find(|(_, known)| ***known == ticket);
        let password = known.map(|(password, _)| password.clone());
        let password = password.unwrap_or_else(|| {
            let password = random_alphanumeric(32, &mut rand::rng());
            tickets.insert(password.clone(), Arc::new(ticket));
            password
        });
        ProxyAddress {
            host: self.at.ip().to_string(),
            port: self.at.port(),
            user: USER.to_owned(),
            password,
            shared: Arc::clone(&self.shared),
        }
    }

    /// Ends what was allowed under rules that hold no more.
    pub fn retain(&self, rules: &AddressRules) {
        lock(&self.shared.tickets).retain(|_, known| known.rules == *rules);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let strangers = Arc::new(Semaphore::new(STRANGERS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((socket, _)) = accepted else {
            // Out of descriptors, most likely.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(stranger) = Arc::clone(&strangers).acquire_owned().await else {
            return;
        };
        let (shared, stop) = (Arc::clone(&shared), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                done = serve(socket, &shared, stranger) => {
                    if let Err(error) = done {
                        tracing::debug!(%error, "a connection through the proxy broke off");
                    }
                }
                () = stop.cancelled() => {}
            }
        });
    }
}

/// A request that came, and what came behind it.
struct Head {
    method: String,
    target: String,
    version: String,
    headers: Vec<(String, String)>,
    rest: Vec<u8>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter();
        let mut found = found.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }
}

async fn serve(
    mut socket: TcpStream,
    shared: &Shared,
    stranger: OwnedSemaphorePermit,
) -> std::io::Result<()> {
    let head = tokio::time::timeout(HEAD_TIME, read_head(&mut socket)).await;
    let Ok(Ok(Some(head))) = head else {
        return answer(&mut socket, "400 Bad Request", "", "this is a proxy").await;
    };
    let Some((user, ticket)) = ticket_for(&head, shared) else {
        let asks = "Proxy-Authenticate: Basic realm=\"Alcove\"\r\n";
        let status = "407 Proxy Authentication Required";
        return answer(&mut socket, status, asks, "").await;
    };
    drop(stranger);
    let Ok(_turn) = shared.turns.acquire().await else {
        return Ok(());
    };
    let is_tunnel = head.method.eq_ignore_ascii_case("CONNECT");
    let Some((host, port, path)) = place(&head, is_tunnel) else {
        return answer(
            &mut socket,
            "400 Bad Request",
            "",
            "this proxy forwards http",
        )
        .await;
    };
    let found = match ticket.resolve(&host, port).await {
        Ok(found) => found,
        Err(error) => {
            let error = DownloaderError::of_link(error).to_string();
            tracing::info!(host, error, "the proxy refuses");
            remember(shared, user, &error);
            return answer(&mut socket, "403 Forbidden", "", &error).await;
        }
    };
    let Some(mut upstream) = connect(&found).await else {
        return answer(&mut socket, "502 Bad Gateway", "", "nobody is there").await;
    };
    if is_tunnel {
        socket
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await?;
    } else {
        upstream
            .write_all(forwarded(&head, &path).as_bytes())
            .await?;
    }
    upstream.write_all(&head.rest).await?;
    both_ways(socket, upstream).await
}

fn remember(shared: &Shared, user: String, why: &str) {
    let mut refused = lock(&shared.refused);
    if refused.len() >= REMEMBERED {
        refused.clear();
    }
    refused.insert(user, why.to_owned());
}

/// Until both are through, or nothing goes any more.
async fn both_ways(one: TcpStream, other: TcpStream) -> std::io::Result<()> {
    let (from_one, to_one) = one.into_split();
    let (from_other, to_other) = other.into_split();
    let (begun, seen) = (Instant::now(), AtomicU64::new(0));
    let idle = async {
        while begun.elapsed().as_secs() < seen.load(Ordering::Relaxed) + IDLE.as_secs() {
            tokio::time::sleep(IDLE / 10).await;
        }
    };
    let passes = async {
        tokio::try_join!(
            pass(from_one, to_other, (begun, &seen)),
            pass(from_other, to_one, (begun, &seen)),
        )
    };
    tokio::select! {
        passed = passes => passed.map(drop),
        () = idle => Ok(()),
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (begun, seen): (Instant, &AtomicU64),
) -> std::io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
        seen.store(begun.elapsed().as_secs(), Ordering::Relaxed);
    }
}

async fn read_head(socket: &mut TcpStream) -> std::io::Result<Option<Head>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD_BYTES || socket.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let rest = bytes.split_off(end + 4);
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(None);
    };
    let mut lines = text.trim_end().split("\r\n");
    let first = lines.next().unwrap_or_default();
    let words: Vec<&str> = first.split(' ').collect();
    let [method, target, version] = words.as_slice() else {
        return Ok(None);
    };
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    Ok(Some(Head {
        method: (*method).to_owned(),
        target: (*target).to_owned(),
        version: (*version).to_owned(),
        headers: lines.filter_map(header).collect(),
        rest,
    }))
}

/// Who asks, and under what.
fn ticket_for(head: &Head, shared: &Shared) -> Option<(String, Arc<Ticket>)> {
    let said = head.header("proxy-authorization")?;
    let (scheme, said) = said.split_once(' ')?;
    let said = STANDARD.decode(said.trim()).ok()?;
    let said = String::from_utf8(said).ok()?;
    let (user, password) = said.split_once(':')?;
    let is_ours = scheme.eq_ignore_ascii_case("basic") && user.starts_with(USER);
    let ticket = lock(&shared.tickets).get(password).cloned();
    ticket
        .filter(|_| is_ours)
        .map(|ticket| (user.to_owned(), ticket))
}

/// Host, port, and the path to ask for there.
fn place(head: &Head, is_tunnel: bool) -> Option<(String, u16, String)> {
    let url = if is_tunnel {
        Url::parse(&format!("http://{}", head.target)).ok()?
    } else {
        Url::parse(&head.target)
            .ok()
            .filter(|url| url.scheme() == "http")?
    };
    let port = url.port_or_known_default()?;
    let query = url
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    let path = format!("{}{query}", url.path());
    Some((url.host_str()?.to_owned(), port, path))
}

async fn connect(found: &[SocketAddr]) -> Option<TcpStream> {
    for at in found {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(at)).await {
            return Some(stream);
        }
    }
    None
}

/// The request as its server is to see it: one, for what comes behind it goes to the same server.
fn forwarded(head: &Head, path: &str) -> String {
    let mut text = format!("{} {path} {}\r\n", head.method, head.version);
    for (name, value) in &head.headers {
        let lower = name.to_ascii_lowercase();
        if !lower.starts_with("proxy-") && lower != "connection" {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
    }
    text.push_str("Connection: close\r\n\r\n");
    text
}

async fn answer(
    socket: &mut TcpStream,
    status: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<()> {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: text/plain\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    socket.write_all(text.as_bytes()).await?;
    socket.shutdown().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn origin() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let read = socket.read(&mut head).await.unwrap();
                let first = String::from_utf8_lossy(&head[..read]).replace("\r\n", "|");
                let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{first}");
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    async fn ask(at: &ProxyAddress, password: &str, request: &str, more: &str) -> String {
        let mut socket = TcpStream::connect((at.host.as_str(), at.port))
            .await
            .unwrap();
        let login = STANDARD.encode(format!("{}:{password}", at.user));
        let head = format!(
            "{request} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\nX: y\r\n\r\n{more}"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_forwards_what_the_rules_allow_and_nothing_else() {
        let (port, proxy) = (origin().await, GuardingProxy::start().await.unwrap());
        let near = AddressRules::new([], ["127.0.0.0/8".parse().unwrap()]);
        let (near, far) = (
            proxy.address(&near, Vec::new()),
            proxy.address(&AddressRules::default(), Vec::new()),
        );
        assert_ne!(near.password, far.password);
        let get = format!("GET http://127.0.0.1:{port}/a?b");
        let answer = ask(&near, &near.password, &get, "").await;
        assert!(
            answer.ends_with("GET /a?b HTTP/1.1|X: y|Connection: close||"),
            "{answer}"
        );
        let tunnel = format!("CONNECT 127.0.0.1:{port}");
        let answer = ask(&near, &near.password, &tunnel, "hello").await;
        assert!(
            answer.contains("200 Connection established") && answer.ends_with("hello"),
            "{answer}"
        );

        for host in [
            "127.0.0.1",
            "localhost",
            "0x7f.1",
            "[::ffff:127.0.0.1]",
            "2130706433",
        ] {
            for request in [
                format!("CONNECT {host}:{port}"),
                format!("GET http://{host}:{port}/"),
            ] {
                let answer = ask(&far, &far.password, &request, "").await;
                assert!(answer.starts_with("HTTP/1.1 403"), "{request}: {answer}");
                assert!(answer.contains("url rejected"), "{answer}");
            }
        }
        let own = vec![("127.0.0.1".to_owned(), port)];
        let own = proxy.address(&AddressRules::default(), own);
        let answer = ask(&own, &own.password, &get, "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let elsewhere = "GET http://127.0.0.1:1/";
        let job = ProxyAddress {
            user: format!("{USER}-1"),
            ..own.clone()
        };
        let answer = ask(&job, &own.password, elsewhere, "").await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert!(own.refusal("1").unwrap().contains("url rejected"));
        assert_eq!(own.refusal("2"), None);
        let answer = ask(&near, "guessed", &get, "").await;
        assert!(answer.starts_with("HTTP/1.1 407"), "{answer}");
        for request in ["GET /", "GET ftp://127.0.0.1/", "CONNECT nonsense/", "X"] {
            let answer = ask(&near, &near.password, request, "").await;
            assert!(answer.starts_with("HTTP/1.1 40"), "{request}: {answer}");
        }
        proxy.retain(&AddressRules::default());
        let answer = ask(&near, &near.password, &get, "").await;
        assert!(answer.starts_with("HTTP/1.1 407"), "{answer}");
    }
}
