//! The proxy through which other programs ask: it goes by the same rules as this server itself.
//!
//! A program may resolve a name again after it was checked here, and follow redirects. So it is
//! told to ask nobody but this proxy, which listens on loopback and looks at each address that it
//! connects to. Who may use it under which rules is said by a password that lives as long as this
//! process.

mod head;
#[cfg(test)]
mod tests;
mod tickets;
mod tunnel;

use crate::DownloaderError;
use head::{forwarded, place, read_head};
use site::outgoing::AddressRules;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tickets::Tickets;
pub use tickets::{USER, lock};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};
use tunnel::{both_ways, connect, until_it_speaks};

/// How much it bears.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For a request to come.
    head_time: Duration,
    /// A connection over which nothing goes for so long ends.
    idle: Duration,
    /// Connections at the same time,
    at_once: usize,
    /// and those that have not said their password yet.
    strangers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(5),
            idle: Duration::from_mins(5),
            at_once: 1_000,
            strangers: 64,
        }
    }
}

#[derive(Debug)]
struct Shared {
    tickets: Tickets,
    turns: Semaphore,
    limits: Limits,
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
        self.shared.tickets.refusal(&user)
    }
}

impl GuardingProxy {
    /// # Errors
    /// Nothing can listen on loopback.
    pub async fn start() -> std::io::Result<Self> {
        Self::within(Limits::default()).await
    }

    async fn within(limits: Limits) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        let shared = Arc::new(Shared {
            tickets: Tickets::default(),
            turns: Semaphore::new(limits.at_once),
            limits,
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
        ProxyAddress {
            host: self.at.ip().to_string(),
            port: self.at.port(),
            user: USER.to_owned(),
            password: self.shared.tickets.password(rules, own),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Ends what was allowed under rules that hold no more.
    pub fn retain(&self, rules: &AddressRules) {
        self.shared.tickets.retain(rules);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let strangers = Arc::new(Semaphore::new(shared.limits.strangers));
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

async fn serve(
    mut socket: TcpStream,
    shared: &Shared,
    stranger: OwnedSemaphorePermit,
) -> std::io::Result<()> {
    let head = tokio::time::timeout(shared.limits.head_time, read_head(&mut socket)).await;
    let Ok(Ok(Some(head))) = head else {
        return answer(&mut socket, "400 Bad Request", "", "this is a proxy").await;
    };
    let Some((user, ticket)) = shared.tickets.of(&head) else {
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
            shared.tickets.remember(user, &error);
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
    if is_tunnel && head.rest.is_empty() {
        until_it_speaks(&socket).await?;
    }
    both_ways(socket, upstream, shared.limits.idle).await
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
