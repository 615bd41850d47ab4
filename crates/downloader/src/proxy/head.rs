//! Requests to the proxy, as far as it reads them.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use url::Url;

/// Longest head of a request.
pub(super) const HEAD_BYTES: usize = 32 << 10;

/// A request that came, and what came behind it.
pub(super) struct Head {
    pub method: String,
    pub target: String,
    pub version: String,
    pub headers: Vec<(String, String)>,
    pub rest: Vec<u8>,
}

impl Head {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter();
        let mut found = found.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }
}

/// `None`: it is no request, or too long.
pub(super) async fn read_head(socket: &mut TcpStream) -> std::io::Result<Option<Head>> {
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

/// Host, port, and the path to ask for there.
pub(super) fn place(head: &Head, is_tunnel: bool) -> Option<(String, u16, String)> {
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

/// The request as its server is to see it: one, for what comes behind it goes to the same server.
pub(super) fn forwarded(head: &Head, path: &str) -> String {
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
