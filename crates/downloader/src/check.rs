//! Where links and torrents lead: what asks nobody inside (server-side request forgery).

use crate::magnet::Magnet;
use crate::torrent::Torrent;
use crate::tracker::Without;
use crate::{DownloaderError, Source};
use site::outgoing::{AddressRules, OutgoingError, is_this_machine};
use url::Url;

/// Schemes that some downloader knows.
const KNOWN: [&str; 6] = ["http", "https", "ftp", "ftps", "sftp", "magnet"];
/// Trackers and sources of one torrent.
const MOST_SOURCES: usize = 500;

/// Checks a link, or all that a magnet link or torrent names, and answers what may be handed on.
/// Addresses are looked at after names are resolved; those of a link are once more by whoever asks.
/// # Errors
/// `Rejected`, `Unsupported`, `BadTorrent`
pub async fn check(
    source: Source,
    rules: &AddressRules,
    own: &[(String, u16)],
) -> Result<Source, DownloaderError> {
    match &source {
        Source::Link(url) if url.scheme() == "magnet" => {
            let magnet = Magnet::read(url, &Without::default())?;
            let without = check_sources(&magnet.sources, rules).await?;
            return Ok(Source::Link(Magnet::read(url, &without)?.link));
        }
        Source::Link(url) => check_link(url, rules, own).await?,
        Source::Torrent(bytes) => {
            let torrent = Torrent::read(bytes, &Without::default())?;
            let without = check_sources(&torrent.sources, rules).await?;
            return Ok(Source::Torrent(Torrent::read(bytes, &without)?.bytes));
        }
    }
    Ok(source)
}

/// Looks at what a link says itself, without asking anybody: a magnet link has to name a torrent.
/// # Errors
/// `Unsupported`
pub fn check_magnet(link: &str) -> Result<(), DownloaderError> {
    match Url::parse(link) {
        Ok(url) if url.scheme() == "magnet" => Magnet::read(&url, &Without::default()).map(drop),
        // What else it is shows when its task begins.
        _ => Ok(()),
    }
}

async fn check_link(
    url: &Url,
    rules: &AddressRules,
    own: &[(String, u16)],
) -> Result<(), DownloaderError> {
    if !KNOWN.contains(&url.scheme()) {
        let why = format!("{} links cannot be downloaded", url.scheme());
        return Err(DownloaderError::Unsupported(why));
    }
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(0);
    if own.iter().any(|(own, at)| own == host && *at == port) {
        return Ok(());
    }
    rules.check_all(url).await.map_err(DownloaderError::of_link)
}

/// Looks where all of them lead. Answers the hosts that nobody is to ask: one that a name server says
/// is inside is usually blocked by it, and no reason to refuse the others.
async fn check_sources(sources: &[Url], rules: &AddressRules) -> Result<Without, DownloaderError> {
    if sources.len() > MOST_SOURCES {
        return Err(DownloaderError::BadTorrent("it names too many trackers"));
    }
    let mut without = Without::default();
    for source in sources {
        match rules.check_all(source).await {
            // Trackers come and go: one that is nowhere is asked by nobody.
            Ok(()) | Err(OutgoingError::NoSuchHost(_)) => {}
            Err(OutgoingError::Refused(_)) if is_name(source) => without.add(source),
            Err(error) => return Err(DownloaderError::of_link(error)),
        }
    }
    Ok(without)
}

/// Whether only a name server can say where it leads: what is written as an address is meant.
fn is_name(source: &Url) -> bool {
    source.domain().is_some_and(|name| !is_this_machine(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn checked(link: &str) -> Result<(), DownloaderError> {
        let source = Source::Link(Url::parse(link).unwrap());
        let own = [("127.0.0.1".to_owned(), 5212)];
        check(source, &AddressRules::default(), &own).await?;
        Ok(())
    }

    #[tokio::test]
    async fn links_lead_to_the_internet_alone_in_each_notation() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::7f00:1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
            "[fe80::1]",
            "[fd00::1]",
            "10.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.168.1.1",
            "224.0.0.1",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "①②⑦.0.0.1",
        ] {
            for scheme in ["http", "https", "ftp"] {
                let refused = checked(&format!("{scheme}://{host}/x")).await;
                assert!(
                    matches!(refused, Err(DownloaderError::Rejected(_))),
                    "{host}"
                );
            }
        }
        assert!(checked("http://8.8.8.8/").await.is_ok());
        assert!(checked("http://127.0.0.1:5212/own").await.is_ok());
        for link in ["file:///etc/passwd", "gopher://8.8.8.8/", "data:,x"] {
            let refused = checked(link).await;
            assert!(
                matches!(refused, Err(DownloaderError::Unsupported(_))),
                "{link}"
            );
        }
    }

    #[tokio::test]
    async fn what_a_magnet_names_is_looked_at() {
        let hash = "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
        assert!(checked(hash).await.is_ok());
        for more in [
            "&tr=http%3A%2F%2F8.8.8.8%2Fannounce",
            "&tr=udp%3A%2F%2Fnowhere.invalid%3A80",
            "&xs=urn:btih:x",
            "&dn=http%3A%2F%2F127.0.0.1",
        ] {
            assert!(checked(&format!("{hash}{more}")).await.is_ok(), "{more}");
        }
        for more in [
            "&tr=http%3A%2F%2F127.0.0.1%3A80%2Fannounce",
            "&tr.1=udp%3A%2F%2F0x7f.1%3A80",
            "&tr=udp://2130706433:80",
            "&ws=http%3A%2F%2F10.0.0.1%2Ffile",
            "&xs=https%3A%2F%2Flocalhost%2Fx.torrent",
            "&as=wss%3A%2F%2F[::1]%2Fx",
            "&x.pe=192.168.0.1:6881",
            "&X.PE=192.168.0.1:6881",
            "&TR=udp://127.0.0.1:80",
            "&Ws.2=http%3A%2F%2F10.0.0.1%2Ffile",
        ] {
            let refused = checked(&format!("{hash}{more}")).await;
            assert!(
                matches!(refused, Err(DownloaderError::Rejected(_))),
                "{more}"
            );
        }
    }

    #[test]
    fn magnets_name_a_torrent_and_nothing_else_has_to() {
        let v2 = format!("magnet:?xt=urn:btmh:1220{}", "0a".repeat(32));
        for link in [
            "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=a",
            "MAGNET:?dn=a&xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK",
            &v2,
            "https://8.8.8.8/?xt=urn:btih:zzz",
            "not a link",
        ] {
            assert!(check_magnet(link).is_ok(), "{link}");
        }
        for link in [
            "magnet:?xt=urn:btih:zzz",
            "magnet:?foo",
            "Magnet:",
            &v2[..80],
        ] {
            assert!(check_magnet(link).is_err(), "{link}");
        }
    }

    async fn torrent(bytes: &str) -> Result<(), DownloaderError> {
        let source = Source::Torrent(bytes.as_bytes().to_vec());
        check(source, &AddressRules::default(), &[]).await?;
        Ok(())
    }

    #[tokio::test]
    async fn what_a_torrent_names_is_looked_at() {
        let info = "4:infod6:lengthi1e4:name1:ae";
        assert!(
            torrent(&format!("d8:announce14:http://8.8.8.8{info}e"))
                .await
                .is_ok()
        );
        for (before, after) in [
            ("8:announce14:http://0x7f.1/", ""),
            ("13:announce-listll14:http://8.8.8.8el9:udp://0:1ee", ""),
            ("", "8:url-list11:http://[::]"),
            ("9:httpseedsl15:http://10.0.0.1e", ""),
            ("", "5:nodesll9:127.0.0.1i6881eee"),
            ("", "5:nodesll3:::1i6881eee"),
            ("8:announce14:UDP://0x7f.1/x", ""),
        ] {
            let refused = torrent(&format!("d{before}{info}{after}e")).await;
            assert!(
                matches!(refused, Err(DownloaderError::Rejected(_))),
                "{before}{after}: {refused:?}"
            );
        }
        for (bytes, word) in [
            ("d8:announce1:xe", "names no files"),
            (
                "d4:infod5:filesld6:lengthi1e4:pathl2:..1:aeee4:name1:aee",
                "leads out",
            ),
            ("d4:infod6:lengthi1e4:name3:a/bee", "leads out"),
            ("d4:infod9:file treed2:..dee4:name1:aee", "leads out"),
            ("d4:infod6:lengthi1e4:name11:/etc/passwdee", "leads out"),
            ("d4:infod6:lengthi1e4:name7:a\\..\\..ee", "leads out"),
            ("d4:infod6:lengthi1e4:name3:a\0bee", "leads out"),
            ("d4:infod6:lengthi1e4:name1:.ee", "leads out"),
            (
                "d4:infod5:filesld6:lengthi1e10:path.utf-8l4:C:\\aeee4:name1:aee",
                "leads out",
            ),
            ("<html>", "makes no sense"),
            (
                "d4:infod6:lengthi1e4:name1:ae4:infod6:lengthi2e4:name1:aee",
                "makes no sense",
            ),
        ] {
            let refused = torrent(bytes).await.unwrap_err().to_string();
            assert!(refused.contains(word), "{bytes}: {refused}");
        }
    }
}
