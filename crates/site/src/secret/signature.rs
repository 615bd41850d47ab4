//! URL signatures: who holds the URL may use it until it expires. What is signed is a [`SignedText`].

use std::fmt;

use wire::expiring::{SigningKey, Unsigned};

pub use wire::expiring::NEVER;

use super::SignedText;

/// Signs and verifies with one key.
#[derive(Clone)]
pub struct Signer(SigningKey);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("the signature or its expiry is missing")]
    Missing,
    #[error("the signature has expired")]
    Expired,
    #[error("the signature is wrong")]
    Wrong,
}

impl From<Unsigned> for BadSignature {
    fn from(why: Unsigned) -> Self {
        match why {
            Unsigned::Empty => Self::Missing,
            Unsigned::Expired => Self::Expired,
            Unsigned::Malformed | Unsigned::Wrong => Self::Wrong,
        }
    }
}

impl Signer {
    /// A signer with the bytes of a secret, such as setting `secret_key`.
    pub fn new(key: &[u8]) -> Self {
        Self(SigningKey::new(key))
    }

    /// Signs a text until `expires_unix`, or for ever with [`NEVER`].
    pub fn sign(&self, text: &SignedText, expires_unix: i64) -> String {
        self.sign_plain(text.as_str(), expires_unix)
    }

    fn sign_plain(&self, content: &str, expires_unix: i64) -> String {
        self.0.sign(content, expires_unix)
    }

    /// Checks what [`sign`](Self::sign) made; the last valid second is the
    /// expiry itself.
    ///
    /// # Errors
    /// `Missing` for an empty text or expiry, `Expired`, `Wrong` for everything
    /// that this key did not sign.
    pub fn verify(&self, text: &SignedText, sign: &str, now_unix: i64) -> Result<(), BadSignature> {
        self.verify_plain(text.as_str(), sign, now_unix)
    }

    /// Checks a signature without an end over a plain text, as links without an end had them
    /// that were made before there was [`SignedText`].
    ///
    /// # Errors
    /// As [`verify`](Self::verify); `Wrong` for one that expires.
    pub fn verify_endless(&self, content: &str, sign: &str) -> Result<(), BadSignature> {
        let is_endless = sign.rsplit_once(':').is_some_and(|(_, end)| end == "0");
        if !is_endless {
            return Err(BadSignature::Wrong);
        }
        self.verify_plain(content, sign, NEVER)
    }

    fn verify_plain(&self, content: &str, sign: &str, now_unix: i64) -> Result<(), BadSignature> {
        self.0.check(content, sign, now_unix)?;
        Ok(())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ACTIVATE: &str = "/api/v4/user/activate/abcd";
    const SIGNED: &str = "YsN5923cuBmzZrcGBw1yaPOQYEq2UwMCZBZb4QnkZPE=:1800000000";

    fn signer() -> Signer {
        Signer::new(b"unit-test-key-0001")
    }

    #[test]
    fn signatures_read_as_the_api_defines_them() {
        assert_eq!(signer().sign_plain(ACTIVATE, 1_800_000_000), SIGNED);
        let root = "Ia6M8QTn6kQIR9n6xs9ig0OAOYvHtWG95-n3UQDoU0I=:0";
        assert_eq!(signer().sign_plain("/", NEVER), root);
        assert_eq!(signer().verify_plain("/", root, i64::MAX), Ok(()));
    }

    #[test]
    fn a_signature_holds_until_its_last_second() {
        assert_eq!(
            signer().verify_plain(ACTIVATE, SIGNED, 1_800_000_000),
            Ok(())
        );
        let late = signer().verify_plain(ACTIVATE, SIGNED, 1_800_000_001);
        assert_eq!(late, Err(BadSignature::Expired));
    }

    #[test]
    fn damaged_signatures_say_how() {
        let code = &SIGNED[..44];
        for (sign, expected) in [
            (String::new(), BadSignature::Missing),
            (format!("{code}:"), BadSignature::Missing),
            (":1800000000".into(), BadSignature::Missing),
            (code.to_owned(), BadSignature::Wrong),
            (format!("{code}:1800000001"), BadSignature::Wrong),
            (format!("{code}:+1800000000"), BadSignature::Wrong),
            (format!("{code}:0"), BadSignature::Wrong),
            (format!("{code}:soon"), BadSignature::Wrong),
            (format!("{code}:1"), BadSignature::Expired),
            (SIGNED.replace("=:", ":"), BadSignature::Wrong),
            ("!".repeat(1 << 20), BadSignature::Wrong),
        ] {
            assert_eq!(
                signer().verify_plain(ACTIVATE, &sign, 1_700_000_000),
                Err(expected),
                "{sign}"
            );
        }
    }

    #[test]
    fn other_contents_and_keys_do_not_verify() {
        assert_eq!(
            signer().verify_plain("/api", SIGNED, 0),
            Err(BadSignature::Wrong)
        );
        let other = Signer::new(b"another-key");
        assert_eq!(
            other.verify_plain(ACTIVATE, SIGNED, 0),
            Err(BadSignature::Wrong)
        );
    }

    #[test]
    fn only_endless_signatures_count_over_plain_texts() {
        let endless = signer().sign_plain(ACTIVATE, NEVER);
        assert_eq!(signer().verify_endless(ACTIVATE, &endless), Ok(()));
        let expiring = signer().sign_plain(ACTIVATE, i64::MAX);
        for sign in [&expiring, "", ":0", &endless.replace(":0", ":00"), "x:0"] {
            assert!(signer().verify_endless(ACTIVATE, sign).is_err(), "{sign}");
        }
        assert!(signer().verify_endless("/api", &endless).is_err());
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_nothing_near_it(
            content in any::<String>(), expires in 1i64..=i64::MAX, position in 0usize..44
        ) {
            let sign = signer().sign_plain(&content, expires);
            prop_assert_eq!(signer().verify_plain(&content, &sign, expires), Ok(()));
            let mut damaged = sign.into_bytes();
            damaged[position] = if damaged[position] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8_lossy(&damaged);
            prop_assert_eq!(signer().verify_plain(&content, &damaged, 0), Err(BadSignature::Wrong));
        }
    }
}
