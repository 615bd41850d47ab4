//! Mail addresses, the names of accounts.

use std::fmt;

/// Longest address accepted, in characters (V4 API, users table).
use crate::limits::EMAIL_CHARS as MAX_CHARS;
/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// A mail address in lower case: addresses that differ in case are one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is no mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Email format error")]
pub struct BadEmail;

impl Email {
    /// Parses the common form `local@domain`; comments, quoted parts and address literals are
    /// refused.
    /// # Errors
    /// [`BadEmail`]
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let (local, domain) = text.rsplit_once('@').ok_or(BadEmail)?;
        let fits = text.chars().count() <= MAX_CHARS && local.len() <= MAX_LOCAL_BYTES;
        if !fits || !is_dotted(local, is_atom_char) || !is_dotted(domain, is_domain_char) {
            return Err(BadEmail);
        }
        if domain
            .split('.')
            .any(|label| label.starts_with('-') || label.ends_with('-'))
        {
            return Err(BadEmail);
        }
        Ok(Self(text.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`: the nickname of a new account.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dot-separated parts, none empty, all of accepted characters.
fn is_dotted(text: &str, accepts: fn(char) -> bool) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.chars().all(accepts))
}

/// RFC 5322 §3.2.3 `atext`, and what RFC 6532 adds.
fn is_atom_char(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_domain_char(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_the_same_in_any_case() {
        let email = Email::parse("Carol.Ünger+x@Example.COM").unwrap();
        assert_eq!(email.as_str(), "carol.ünger+x@example.com");
        assert_eq!(email.local_part(), "carol.ünger+x");
        assert_eq!(Email::parse("root@localhost").unwrap().local_part(), "root");
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("a@{}.com", "x".repeat(100));
        for text in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "a b@example.com",
            "a@b@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a@example..com",
            "a@-x.com",
            "a@x-.com",
            "a@exa mple.com",
            "a@example.com\n",
            "<a@example.com>",
            "\"a\"@example.com",
            "a@[127.0.0.1]",
            &long,
        ] {
            assert_eq!(Email::parse(text), Err(BadEmail), "{text:?}");
        }
    }
}
