//! Requests for `/path#fragment`, which are no requests at all (RFC 9112 §3.2).
//!
//! hyper cuts the fragment off without a word, and a client that forgot to encode a `#` would see
//! something else deleted than it named. So the socket looks at the first bytes of each head.
//! Which bytes those are is known after a request without a body and after a success, whose body
//! was read; after other requests nothing is looked at, and nothing refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const ELSEWHERE: u8 = 0;
/// The next bytes are the beginning of a head.
const BEFORE_HEAD: u8 = 1;
/// The head that was read last names a fragment.
const FOUND: u8 = 2;
/// As much of a request line is looked at.
const MAX_LINE: usize = 16 << 10;
/// Longest method looked at.
const MAX_METHOD: usize = 16;

/// What one connection's socket tells its service. HTTP/2, which begins otherwise, is left alone.
#[derive(Clone, Debug)]
pub(super) struct FragmentWatch(Arc<AtomicU8>);

impl Default for FragmentWatch {
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(BEFORE_HEAD)))
    }
}

impl FragmentWatch {
    /// The socket read these bytes. `line` is the socket's, to collect a request line in.
    pub(super) fn read(&self, bytes: &[u8], line: &mut Vec<u8>) {
        if bytes.is_empty() || self.0.load(Ordering::Relaxed) != BEFORE_HEAD {
            return;
        }
        let end = bytes.iter().position(|byte| *byte == b'\r');
        line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len()).min(MAX_LINE)]);
        if end.is_none() && line.len() < MAX_LINE {
            return;
        }
        let state = if names_fragment(line) {
            FOUND
        } else {
            ELSEWHERE
        };
        line.clear();
        self.0.store(state, Ordering::Relaxed);
    }

    /// Whether the request whose head was read last names a fragment.
    pub(super) fn found(&self) -> bool {
        let found = self.0.load(Ordering::Relaxed) == FOUND;
        if found {
            self.0.store(ELSEWHERE, Ordering::Relaxed);
        }
        found
    }

    /// What comes next is a head.
    pub(super) fn head_follows(&self) {
        self.0.store(BEFORE_HEAD, Ordering::Relaxed);
    }
}

/// Whether the target of a request line holds a `#`.
fn names_fragment(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return false;
    };
    method.len() <= MAX_METHOD
        && method.iter().all(u8::is_ascii_uppercase)
        && target.first() != Some(&b'*')
        && target.contains(&b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(watch: &FragmentWatch, pieces: &[&[u8]]) -> bool {
        let mut line = Vec::new();
        for piece in pieces {
            watch.read(piece, &mut line);
        }
        watch.found()
    }

    #[test]
    fn fragments_are_seen_in_the_request_line_only() {
        for (head, expected) in [
            (
                &b"DELETE /dav/frag/#ment HTTP/1.1\r\nHost: x\r\n\r\n"[..],
                true,
            ),
            (b"GET /a HTTP/1.1\r\nX: #\r\n\r\n", false),
            (b"some words with a #\r\n", false),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false),
        ] {
            assert_eq!(read(&FragmentWatch::default(), &[head]), expected);
            let (start, rest) = head.split_at(9);
            assert_eq!(read(&FragmentWatch::default(), &[start, rest]), expected);
        }
    }

    #[test]
    fn only_heads_are_looked_at() {
        let watch = FragmentWatch::default();
        assert!(!read(
            &watch,
            &[b"PUT /a HTTP/1.1\r\n", b"GET /a#b HTTP/1.1\r\n"]
        ));
        watch.head_follows();
        assert!(read(&watch, &[b"GET /a#b HTTP/1.1\r\n"]));
        assert!(!watch.found());
    }
}
