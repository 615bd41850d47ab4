//! Magnet links. A program is handed one that is written anew from what was read of it: it sees
//! nothing that was not looked at, in whatever way it reads such links.

use crate::DownloaderError;
use crate::tracker::{Without, address};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// What may stand in a value: all programs read it as it is, whether they decode it or not.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b':')
    .remove(b'/')
    .remove(b'[')
    .remove(b']');

/// A magnet link.
#[derive(Debug)]
pub(crate) struct Magnet {
    pub link: Url,
    /// Trackers, web seeds and peers that it names, as addresses of http.
    pub sources: Vec<Url>,
}

impl Magnet {
    /// # Errors
    /// `Unsupported` if it names no torrent
    pub fn read(url: &Url, without: &Without) -> Result<Self, DownloaderError> {
        let (mut kept, mut sources) = (Vec::new(), Vec::new());
        let mut names_one = false;
        for (key, value) in pairs(url.query().unwrap_or_default()) {
            // `tr.1` is another `tr`; `x.pe` names peers.
            let kind = match key.as_str() {
                "x.pe" => "x.pe",
                key => key.split('.').next().unwrap_or_default(),
            };
            let source = match kind {
                "tr" | "ws" | "xs" | "as" => value.clone(),
                "x.pe" => format!("udp://{value}"),
                _ => String::new(),
            };
            // One that cannot be read is left out, as one that nobody asks.
            let source = address(&source).ok().flatten();
            let source = source.filter(|source| !without.has(source));
            let torrent = torrent_of(&value);
            let is_kept = match kind {
                "xt" => torrent.is_some(),
                "dn" => true,
                "xl" | "so" => value
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b"-,".contains(&b)),
                _ => source.is_some(),
            };
            if is_kept {
                names_one |= kind == "xt";
                sources.extend(source);
                let value = torrent.filter(|_| kind == "xt").unwrap_or(value);
                let value = utf8_percent_encode(&value, ESCAPED);
                kept.push(format!("{kind}={value}"));
            }
        }
        let link = Url::parse(&format!("magnet:?{}", kept.join("&"))).ok();
        let link = link.filter(|_| names_one).ok_or_else(|| {
            DownloaderError::Unsupported("the magnet link names no torrent".to_owned())
        })?;
        Ok(Self { link, sources })
    }
}

/// Keys in small letters, with their values. In a name `+` is a space, in an address itself.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    query.split('&').map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = text(key).to_ascii_lowercase();
        let value = match key.as_str() {
            "dn" => text(&value.replace('+', " ")),
            _ => text(value),
        };
        (key, value)
    })
}

/// The hash of a torrent as every program reads it: `urn:btih:` with 40 hexadecimal digits or 32 of
/// base32, or `urn:btmh:` of the second version with that of SHA-256.
fn torrent_of(text: &str) -> Option<String> {
    let prefix = text.get(..9)?.to_ascii_lowercase();
    let hash = text.get(9..)?;
    let is_hex = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_base32 = |byte: u8| byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(&byte);
    let is_good = match (prefix.as_str(), hash.len()) {
        ("urn:btih:", 40) => is_hex,
        ("urn:btih:", 32) => hash.bytes().all(is_base32),
        ("urn:btmh:", 68) => is_hex && hash.starts_with("1220"),
        _ => false,
    };
    is_good.then(|| format!("{prefix}{hash}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HASH: &str = "xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

    fn read_url(url: &Url) -> Result<Magnet, DownloaderError> {
        Magnet::read(url, &Without::default())
    }

    fn read(more: &str) -> Magnet {
        read_url(&Url::parse(&format!("magnet:?{HASH}{more}")).unwrap()).unwrap()
    }

    #[test]
    fn what_is_known_is_handed_on_and_looked_at() {
        let more = "&dn=a+b&xl=7&so=0,2-3&tr=http%3A%2F%2Fa.example%2Fx%3Fk%3D1%26l%3D2\
                    &tr.2=UDP://b.example:80&x.pe=8.8.8.8:1";
        let magnet = read(more);
        let hosts: Vec<_> = magnet.sources.iter().map(|url| url.host_str()).collect();
        assert_eq!(
            hosts,
            [Some("a.example"), Some("b.example"), Some("8.8.8.8")]
        );
        assert_eq!(
            magnet.link.as_str(),
            format!(
                "magnet:?{HASH}&dn=a%20b&xl=7&so=0,2-3&tr=http://a.example/x%3Fk%3D1%26l%3D2\
                 &tr=UDP://b.example:80&x.pe=8.8.8.8:1"
            )
        );
        // Read again it says the same.
        let again = read_url(&magnet.link).unwrap();
        assert_eq!((again.link, again.sources), (magnet.link, magnet.sources));
    }

    #[test]
    fn a_plus_in_an_address_stays_one() {
        let magnet = read("&dn=a+b%2Bc&tr=http://a.example/k+e%2By/announce");
        let link = format!("magnet:?{HASH}&dn=a%20b%2Bc&tr=http://a.example/k%2Be%2By/announce");
        assert_eq!(magnet.link.as_str(), link);
        assert_eq!(magnet.sources[0].path(), "/k+e+y/announce");
    }

    #[test]
    fn what_nobody_is_to_ask_is_left_out() {
        let more = "&tr=udp://a.example:1&tr=udp://b.example:1&ws=http://A.example/x";
        let mut without = Without::default();
        without.add(&Url::parse("http://a.example/").unwrap());
        let url = Url::parse(&format!("magnet:?{HASH}{more}")).unwrap();
        let left = format!("magnet:?{HASH}&tr=udp://b.example:1");
        assert_eq!(Magnet::read(&url, &without).unwrap().link.as_str(), left);
    }

    #[test]
    fn hashes_are_written_as_all_programs_know_them() {
        for (said, hash) in [
            (
                "BTIH",
                "C12FE1C06BBA254A9DC9F519B335AA7C1367A88A".to_owned(),
            ),
            ("btih", "YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK".to_owned()),
            ("btmh", format!("1220{}", "0a".repeat(32))),
        ] {
            let url = Url::parse(&format!("magnet:?XT=URN:{said}:{hash}")).unwrap();
            let link = read_url(&url).unwrap().link;
            let kind = said.to_lowercase();
            assert_eq!(link.as_str(), format!("magnet:?xt=urn:{kind}:{hash}"));
        }
    }

    #[test]
    fn nothing_else_is() {
        for more in [
            "#&x.pe=127.0.0.1:1",
            "&dht=127.0.0.1:1",
            "&X.PF=127.0.0.1:1",
            "&tr=udp://127.0.0.1:73340",
            "&tr=udp://8.8.8.8%23@127.0.0.1:1",
            "&x.pe=[::1%251]:1",
            "&so=127.0.0.1:1",
            "&xs=urn:btih:x",
            "&tr=127.0.0.1:1",
        ] {
            let magnet = read(more);
            assert_eq!(magnet.link.as_str(), format!("magnet:?{HASH}"), "{more}");
            assert!(magnet.sources.is_empty(), "{more}");
        }
        let named = read("&dn=%26x.pe%3D127.0.0.1%3A1%23");
        let link = format!("magnet:?{HASH}&dn=%26x.pe%3D127.0.0.1:1%23");
        assert_eq!(named.link.as_str(), link);
    }

    #[test]
    fn without_a_torrent_it_is_none() {
        for link in [
            "magnet:?",
            "magnet:?dn=a",
            "magnet:?xt=urn:sha1:x",
            "magnet:?xt=urn:btih:",
            "magnet:?xt=urn:btih:abc",
            "magnet:?xt=urn:btih:z12fe1c06bba254a9dc9f519b335aa7c1367a88a",
            "magnet:?xt=urn:btih:01234567890123456789012345678901",
            "magnet:?xt=urn:btmh:c12fe1c06bba254a9dc9f519b335aa7c1367a88a",
        ] {
            let url = Url::parse(link).unwrap();
            assert!(read_url(&url).is_err(), "{link}");
        }
    }
}
