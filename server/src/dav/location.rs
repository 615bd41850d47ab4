//! Paths below the mount: read once, strictly, and always written the same way.

use super::PREFIX;
use super::mount_point::MountPoint;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use poem::http::StatusCode;
use wire::FileUri;

/// Everything but unreserved characters (RFC 3986 §2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// Deepest path; together with the folder an account opens it stays within what URIs may have.
use site::limits::DAV_DEPTH as MAX_DEPTH;
/// Longest path, in bytes as sent. Encoded anew it may be three times as long, and must still fit
/// into a URI.
use site::limits::DAV_PATH_BYTES as MAX_BYTES;

/// A path below the account's root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    segments: Vec<String>,
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// Not below the mount.
    Outside,
    /// Bad percent-encoding, no UTF-8, a slash or NUL within a name, or dots that lead upwards.
    Malformed,
    TooLong,
}

impl BadPath {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Outside => StatusCode::NOT_FOUND,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLong => StatusCode::URI_TOO_LONG,
        }
    }
}

impl Location {
    /// From the path of a URL, percent-encoded, below whichever mount point. A slash at its end
    /// means nothing.
    pub fn parse(path: &str) -> Result<Self, BadPath> {
        if path.len() > MAX_BYTES {
            return Err(BadPath::TooLong);
        }
        let (_, below) = MountPoint::split(path)?;
        let mut segments = Vec::new();
        for raw in below.split('/') {
            let segment = decode(raw)?;
            match segment.as_str() {
                "" | "." => {}
                // Clients resolve these before they send; who does not means no good.
                ".." => return Err(BadPath::Malformed),
                _ if segment.contains(['/', '\0']) => return Err(BadPath::Malformed),
                _ if segments.len() == MAX_DEPTH => return Err(BadPath::TooLong),
                _ => segments.push(segment),
            }
        }
        Ok(Self { segments })
    }

    /// From a path that [`Self::href`] wrote and the library decoded.
    pub fn of_decoded(path: &[u8]) -> Option<Self> {
        let path = std::str::from_utf8(path).ok()?;
        let names = path.split('/').filter(|name| !name.is_empty());
        Some(Self {
            segments: names.map(str::to_owned).collect(),
        })
    }

    /// The URI in a drive, if the account opens `root`.
    pub fn uri(&self, root: &FileUri) -> FileUri {
        self.segments
            .iter()
            .fold(root.clone(), |uri, name| uri.join(name))
    }

    /// The path below [`PREFIX`], as the library knows it; a folder's ends in `/`.
    pub fn href(&self, is_folder: bool) -> String {
        self.href_below(PREFIX, is_folder)
    }

    /// The same below another address.
    pub fn href_below(&self, prefix: &str, is_folder: bool) -> String {
        let mut href = String::from(prefix);
        for segment in &self.segments {
            href.push('/');
            href.extend(utf8_percent_encode(segment, ENCODED));
        }
        if is_folder || self.segments.is_empty() {
            href.push('/');
        }
        href
    }

    /// The last name; none for the root.
    pub fn name(&self) -> Option<&str> {
        self.segments.last().map(String::as_str)
    }
}

/// Appends a name to a path for URLs.
pub fn push_encoded(href: &mut String, name: &str) {
    href.extend(utf8_percent_encode(name, ENCODED));
}

/// Undoes percent-encoding, once.
pub fn decode(raw: &str) -> Result<String, BadPath> {
    let mut rest = raw;
    while let Some((_, after)) = rest.split_once('%') {
        let is_code = after
            .get(..2)
            .is_some_and(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if !is_code {
            return Err(BadPath::Malformed);
        }
        rest = after;
    }
    let decoded = percent_decode_str(raw).decode_utf8();
    Ok(decoded.map_err(|_| BadPath::Malformed)?.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_lies_below_the_mount_is_a_place() {
        assert_eq!(Location::parse("/dav").unwrap(), Location::default());
        assert_eq!(Location::parse("/dav//./").unwrap(), Location::default());
        for path in ["/davx", "/", "/dave/x", "dav", "/DAV/x"] {
            assert_eq!(Location::parse(path), Err(BadPath::Outside), "{path}");
        }
    }

    #[test]
    fn no_spelling_of_dots_or_slashes_leads_out() {
        for path in [
            "/dav/..",
            "/dav/../x",
            "/dav/a/../../b",
            "/dav/%2e%2e/x",
            "/dav/.%2E/x",
            "/dav/a%2Fb",
            "/dav/%2e%2e%2f",
            "/dav/a%00b",
            "/dav/%c0%ae%c0%ae/x",
            "/dav/%ff",
            "/dav/100%",
            "/dav/%zz",
            "/dav/%+1",
        ] {
            assert_eq!(Location::parse(path), Err(BadPath::Malformed), "{path}");
        }
        let deep = format!("/dav{}", "/a".repeat(MAX_DEPTH + 1));
        assert_eq!(Location::parse(&deep), Err(BadPath::TooLong));
        let long = format!("/dav/{}", "!".repeat(MAX_BYTES - 5));
        let href = Location::parse(&long).unwrap().href(false);
        assert!(poem::http::Uri::try_from(href).is_ok());
        let long = format!("/dav/{}", "x".repeat(MAX_BYTES));
        assert_eq!(Location::parse(&long), Err(BadPath::TooLong));
    }

    #[test]
    fn percent_signs_are_decoded_once() {
        let location = Location::parse("/dav/%252e%252e").unwrap();
        assert_eq!(location.name(), Some("%2e%2e"));
        assert_eq!(location.href(false), "/dav/%252e%252e");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            names in proptest::collection::vec("[^/\0]{1,8}", 0..5), is_folder: bool
        ) {
            prop_assume!(!names.iter().any(|name| matches!(name.as_str(), "." | "..")));
            let location = Location { segments: names };
            let href = location.href(is_folder);
            prop_assert!(href.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(Location::parse(&href).unwrap(), location);
        }
    }
}
