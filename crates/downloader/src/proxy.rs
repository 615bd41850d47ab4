//! The proxy through which other programs ask: it goes by the same rules as this server itself.
//!
//! A program may resolve a name again after it was checked here, and follow redirects. So it is
//! told to ask nobody but this proxy, which listens on loopback and looks at each address that it
//! connects to. Who may use it under which rules is said by a password that lives as long as this
//! process.

use crate::DownloaderError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use site::outgoing::AddressRules;
use site::settings::random_alphanumeric;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

const USER: &str = "alcove";
/// Longest head of a request.
const HEAD_BYTES: usize = 32 << 10;
const HEAD_TIME: Duration = Duration::from_secs(30);
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// Connections at the same time.
const AT_ONCE: usize = 1_000;

/// Passwords, and the rules that they stand for.
type Tickets = Arc<Mutex<HashMap<String, Arc<AddressRules>>>>;

/// A proxy that listens until it is dropped.
#[derive(Debug)]
pub struct GuardingProxy {
    at: SocketAddr,
    tickets: Tickets,
    _stop: DropGuard,
}

/// How a program reaches the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyAddress {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
}

impl ProxyAddress {
    /// As a URL with all of it.
    pub fn url(&self) -> String {
        let (user, password) = (&self.user, &self.password);
        format!("http://{user}:{password}@{}:{}", self.host, self.port)
    }
}

impl GuardingProxy {
    /// # Errors
    /// Nothing can listen on loopback.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        let (tickets, stop) = (Tickets::default(), CancellationToken::new());
        tokio::spawn(accept(listener, Arc::clone(&tickets), stop.clone()));
        Ok(Self {
            at,
            tickets,
            _stop: stop.drop_guard(),
        })
    }

    /// How a program asks under these rules.
    pub fn address(&self, rules: &AddressRules) -> ProxyAddress {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tickets.iter().find(|(_, known)| ***known == *rules);
        let password = known.map(|(password, _)| password.clone());
        let password = password.unwrap_or_else(|| {
            let password = random_alphanumeric(32, &mut rand::rng());
            tickets.insert(password.clone(), Arc::new(rules.clone()));
            password
        });
        ProxyAddress {
            host: self.at.ip().to_string(),
            port: self.at.port(),
            user: USER.to_owned(),
            password,
        }
    }

    /// Ends what was allowed under rules that hold no more.
    pub fn only(&self, rules: &AddressRules) {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, known| **known == *rules);
    }
}

async fn accept(listener: TcpListener, tickets: Tickets, stop: CancellationToken) {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
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
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            return;
        };
        let (tickets, stop) = (Arc::clone(&tickets), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                done = serve(socket, &tickets) => {
                    if let Err(error) = done {
                        tracing::debug!(%error, "a connection through the proxy broke off");
                    }
                }
                () = stop.cancelled() => {}
            }
            drop(turn);
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

async fn serve(mut socket: TcpStream, tickets: &Tickets) -> std::io::Result<()> {
    let head = tokio::time::timeout(HEAD_TIME, read_head(&mut socket)).await;
    let Ok(Ok(Some(head))) = head else {
        return answer(&mut socket, "400 Bad Request", "", "this is a proxy").await;
    };
    let Some(rules) = rules_for(&head, tickets) else {
        let asks = "Proxy-Authenticate: Basic realm=\"Alcove\"\r\n";
        let status = "407 Proxy Authentication Required";
        return answer(&mut socket, status, asks, "").await;
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
    let found = match rules.resolve(&host, port).await {
        Ok(found) => found,
        Err(error) => {
            let error = DownloaderError::of_link(error).to_string();
            tracing::info!(host, error, "the proxy refuses");
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
    copy_bidirectional(&mut socket, &mut upstream)
        .await
        .map(drop)
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

fn rules_for(head: &Head, tickets: &Tickets) -> Option<Arc<AddressRules>> {
    let said = head.header("proxy-authorization")?;
    let (scheme, said) = said.split_once(' ')?;
    let said = STANDARD.decode(said.trim()).ok()?;
    let said = String::from_utf8(said).ok()?;
    let (user, password) = said.split_once(':')?;
    let tickets = tickets.lock().unwrap_or_else(PoisonError::into_inner);
    let is_ours = scheme.eq_ignore_ascii_case("basic") && user == USER;
    tickets.get(password).filter(|_| is_ours).cloned()
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
            proxy.address(&near),
            proxy.address(&AddressRules::default()),
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
        let answer = ask(&near, "guessed", &get, "").await;
        assert!(answer.starts_with("HTTP/1.1 407"), "{answer}");
        for request in ["GET /", "GET ftp://127.0.0.1/", "CONNECT nonsense/", "X"] {
            let answer = ask(&near, &near.password, request, "").await;
            assert!(answer.starts_with("HTTP/1.1 40"), "{request}: {answer}");
        }
        proxy.only(&AddressRules::default());
        let answer = ask(&near, &near.password, &get, "").await;
        assert!(answer.starts_with("HTTP/1.1 407"), "{answer}");
    }
}
