//! How Kodo is shown that a request is its customer's: one HMAC-SHA1, over one text or another.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use std::fmt::{self, Debug};

/// Bodies of this type are part of what is signed.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// Those of this type are not, where all others are.
const BYTES: &str = "application/octet-stream";
/// What headers begin with that are part of it.
const OWN_HEADERS: &str = "x-qiniu-";

/// Who has the keys.
#[derive(Clone)]
pub(super) struct Keys {
    pub access: String,
    pub secret: String,
}

impl Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// What a signed request is, whoever sends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub method: &'a str,
    pub host: &'a str,
    /// As it is sent, with its query.
    pub path: &'a str,
    /// Empty: none.
    pub content_type: &'a str,
    /// Names in small letters.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl Asked<'_> {
    /// What a signature of the first version is over.
    pub fn first_text(&self) -> Vec<u8> {
        let mut text = format!("{}\n", self.path).into_bytes();
        if self.content_type == FORM {
            text.extend_from_slice(self.body);
        }
        text
    }

    /// The same of the second, which has all of it.
    pub fn second_text(&self) -> Vec<u8> {
        let mut lines = format!("{} {}\nHost: {}", self.method, self.path, self.host);
        if !self.content_type.is_empty() {
            lines.push_str("\nContent-Type: ");
            lines.push_str(self.content_type);
        }
        let own = self.headers.iter();
        let own = own.filter(|(name, _)| name.len() > OWN_HEADERS.len());
        let mut own: Vec<String> = own
            .filter(|(name, _)| name.starts_with(OWN_HEADERS))
            .map(|(name, value)| format!("\n{}: {value}", canonical(name)))
            .collect();
        own.sort_unstable();
        let mut text = format!("{lines}{}\n\n", own.concat()).into_bytes();
        if !self.content_type.is_empty() && self.content_type != BYTES {
            text.extend_from_slice(self.body);
        }
        text
    }
}

/// A header's name with capitals, as it stands in what is signed.
fn canonical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect::<Vec<_>>().join("-")
}

/// Texts as they stand in tokens and addresses.
pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE.encode(bytes)
}

impl Keys {
    fn mac(&self, text: &[u8]) -> Hmac<Sha1> {
        let mac = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes());
        mac.expect("any length will do").chain_update(text)
    }

    /// Whose key it is, and what it signs a text with.
    pub fn token(&self, text: impl AsRef<[u8]>) -> String {
        let signature = base64(self.mac(text.as_ref()).finalize().into_bytes());
        format!("{}:{signature}", self.access)
    }

    /// The same with the text, for whoever is to show it.
    pub fn token_with(&self, text: impl AsRef<[u8]>) -> String {
        let text = base64(text);
        format!("{}:{text}", self.token(&text))
    }

    /// Whether it is this key that signed a text so.
    pub fn has_signed(&self, text: &[u8], signature: &str) -> bool {
        let signature = BASE64_URL_SAFE.decode(signature);
        signature.is_ok_and(|signature| self.mac(text).verify_slice(&signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn keys() -> Keys {
        Keys {
            access: "AKFIXTURE".to_owned(),
            secret: "SKFIXTURE".to_owned(),
        }
    }

    fn asked<'a>(path: &'a str, content_type: &'a str, body: &'a [u8]) -> Asked<'a> {
        Asked {
            method: "POST",
            host: "rs-z0.qiniuapi.com",
            path,
            content_type,
            headers: &[],
            body,
        }
    }

    // Computed by the vendor's own library (qiniu 7.18.0).
    #[test]
    fn tokens_are_those_of_the_vendor() {
        assert_eq!(
            keys().token("text"),
            "AKFIXTURE:OM3T8ZIG5gGVSNgJbiEHYdbdGzU="
        );
        assert_eq!(
            keys().token_with(r#"{"scope":"files:a b","deadline":1700000000}"#),
            "AKFIXTURE:awSQCVg0OMbjk_mfzFt7L5ufCyE=:eyJzY29wZSI6ImZpbGVzOmEgYiIsImRlYWRsaW5lIjoxNzAwMDAwMDAwfQ=="
        );
        let first = asked("/batch?x=1", FORM, b"op=/delete/a").first_text();
        assert_eq!(
            keys().token(first),
            "AKFIXTURE:jIlXkl9tSxh1QiWqtGENMkYOrJ8="
        );
        let json = asked("/callback", "application/json", b"{}").first_text();
        assert_eq!(json, b"/callback\n");
        let headers = [("x-qiniu-date".to_owned(), "20260101T000000Z".to_owned())];
        let second = Asked {
            headers: &headers,
            ..asked("/batch", FORM, b"op=/delete/a")
        };
        assert_eq!(
            keys().token(second.second_text()),
            "AKFIXTURE:TUZBromDbK3tAVhZOd6alPQA5h8="
        );
        let bytes = asked("/a", BYTES, b"a").second_text();
        assert!(bytes.ends_with(b"\n\n"));
    }

    #[test]
    fn a_signature_is_good_for_its_text_and_key_alone() {
        let token = keys().token("text");
        let (_, signature) = token.split_once(':').unwrap();
        assert!(keys().has_signed(b"text", signature));
        assert!(!keys().has_signed(b"texts", signature));
        assert!(!keys().has_signed(b"text", &signature[1..]));
        assert!(!keys().has_signed(b"text", ""));
        let other = Keys {
            secret: "another".to_owned(),
            ..keys()
        };
        assert!(!other.has_signed(b"text", signature));
    }
}
