//! How a request that wrote an object is known again. Its answer may be lost; the same request sent
//! again is told then that something has the key, which is its own. So each write says a name of its
//! own with the bytes, which the store keeps beside them: tags are digests of the bytes at some stores
//! only, and not where those encrypt them.

use crate::answer::Answer;
use reqwest::header::{AsHeaderName, ETAG};
use uuid::Uuid;

/// The name of one write.
#[derive(Debug)]
pub(crate) struct Write {
    pub name: String,
    /// MD5 of its bytes, for stores that keep no names.
    md5: [u8; 16],
}

impl Write {
    pub fn of(md5: impl Into<[u8; 16]>) -> Self {
        Self {
            name: Uuid::now_v7().simple().to_string(),
            md5: md5.into(),
        }
    }

    /// Whether an object came of it, by what is told of that; `header` is where its name is.
    pub fn has_made(&self, found: &Answer, header: impl AsHeaderName) -> bool {
        match found.header(header) {
            Some(name) => name == self.name,
            None => found.header(ETAG).and_then(digest_of) == Some(self.md5),
        }
    }
}

/// The digest that a tag is, of some objects that came in one request.
fn digest_of(tag: &str) -> Option<[u8; 16]> {
    let hex = tag.trim_matches('"');
    let digest = u128::from_str_radix(hex, 16)
        .ok()
        .filter(|_| hex.len() == 32)?;
    Some(digest.to_be_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::HeaderName;

    fn told(headers: &[(&'static str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        Answer {
            status: StatusCode::OK,
            headers: headers.collect(),
            body: Bytes::new(),
        }
    }

    #[test]
    fn a_name_counts_for_more_than_the_same_bytes() {
        let write = Write::of([0x1f; 16]);
        let digest = format!("\"{}\"", "1F".repeat(16));
        let made = |headers: &[_]| write.has_made(&told(headers), "x-name");
        assert!(made(&[("x-name", &write.name)]));
        assert!(made(&[("x-name", &write.name), ("etag", "\"other\"")]));
        assert!(!made(&[("x-name", "other"), ("etag", &digest)]));
        assert!(made(&[("etag", &digest)]));
        let joined = format!("\"{}-2\"", "1f".repeat(16));
        for tag in ["\"\"", "\"1f\"", &joined] {
            assert!(!made(&[("etag", tag)]), "{tag}");
        }
        assert!(!made(&[]));
        assert_ne!(write.name, Write::of([0x1f; 16]).name);
    }
}
