//! Addresses of trackers and other sources of a torrent. Only those are let pass that all programs
//! read alike: one that is read in two ways could be checked for one host and asked at another.

use crate::DownloaderError;
use std::collections::HashSet;
use url::Url;

/// Schemes that some program asks.
const ASKED: [&str; 8] = ["http", "https", "udp", "ws", "wss", "ftp", "ftps", "sftp"];

/// Reads one, as a URL of http whose host is the one that would be asked. `None`: nobody asks it.
/// # Errors
/// `BadTorrent`: programs may differ in what they make of it.
pub(crate) fn address(text: &str) -> Result<Option<Url>, DownloaderError> {
    let Some((scheme, rest)) = text.trim().split_once("://") else {
        return Ok(None);
    };
    if !ASKED.contains(&scheme.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    // Some take all up to the slash for the host, others stop before it.
    let before_slash = rest.split('/').next().unwrap_or_default();
    let (host, query) = before_slash.split_once('?').unwrap_or((before_slash, ""));
    // Without a host, URLs of http take what comes next for it.
    let is_plain = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || ".-_:[]".contains(c))
        && !query.contains(['@', '#', '\\', '[', ':']);
    let url = is_plain.then(|| Url::parse(&format!("http://{rest}")).ok());
    url.flatten().map(Some).ok_or(UNREADABLE)
}

/// Hosts that nobody is to ask.
#[derive(Debug, Default)]
pub(crate) struct Without(HashSet<String>);

impl Without {
    pub fn add(&mut self, source: &Url) {
        self.0.extend(source.host_str().map(str::to_owned));
    }

    pub fn has(&self, source: &Url) -> bool {
        source.host_str().is_some_and(|host| self.0.contains(host))
    }
}

const UNREADABLE: DownloaderError =
    DownloaderError::BadTorrent("the address of a tracker in it cannot be read");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_asked() {
        for (text, host) in [
            ("http://a.example:80/announce?key=1", "a.example"),
            (" UDP://a.example:80", "a.example"),
            ("udp://0x7f.1:80/x", "127.0.0.1"),
            ("udp://2130706433", "127.0.0.1"),
            ("wss://[::1]:1/", "[::1]"),
            ("http://a.example?key=1", "a.example"),
            ("udp://ü.example:1", "xn--tda.example"),
        ] {
            let url = address(text).unwrap().unwrap();
            assert_eq!(url.host_str(), Some(host), "{text}");
        }
        for text in [
            "",
            "x",
            "a.example:80",
            "urn:btih:x",
            "dht://a.example:1",
            "a b://c",
        ] {
            assert_eq!(address(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn what_two_programs_read_in_two_ways_is_refused() {
        for text in [
            "udp://127.0.0.1:73340",
            "udp://[::1%1]:80",
            "udp://[::1:80",
            "udp://8.8.8.8:80#@127.0.0.1:80",
            "udp://8.8.8.8:80?@127.0.0.1:80",
            "udp://8.8.8.8:80\\@127.0.0.1:80/",
            "udp://8.8.8.8@127.0.0.1:80/",
            "http://8.8.8.8?:80@127.0.0.1/",
            "udp://127.0.0\n.1:80",
            "udp://127.0.0.1 .8.8.8:80",
            "udp://%31%32%37.0.0.1:80",
            "udp:///x",
            "udp://:80/x",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
