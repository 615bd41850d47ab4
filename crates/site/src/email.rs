//! Mail addresses, the names of accounts.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// Longest address accepted, in characters (V4 API, users table).
use crate::limits::EMAIL_CHARS as MAX_CHARS;
/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// A mail address in its one form: addresses that differ in case, in the width of letters, or in
/// the way their domain is written, reach one mailbox and are one account.
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
        // No form of a good one is longer, and composing takes time.
        if text.len() > 4 * MAX_CHARS {
            return Err(BadEmail);
        }
        let (local, domain) = text.rsplit_once(AT).ok_or(BadEmail)?;
        let (local, domain) = (folded(local), host_name(domain)?);
        let fits = local.len() <= MAX_LOCAL_BYTES && is_dotted(&local, is_atom_char);
        let address = format!("{local}@{domain}");
        if !fits || address.chars().count() > MAX_CHARS {
            return Err(BadEmail);
        }
        Ok(Self(address))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As protocols want it that know no other letters in domains: `bücher.example` is
    /// `xn--bcher-kva.example`.
    pub fn to_ascii_domain(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let ascii = idna::domain_to_ascii(domain);
        format!("{local}@{}", ascii.as_deref().unwrap_or(domain))
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

/// What separates the two parts, also as wide as a Chinese character.
const AT: [char; 2] = ['@', '\u{FF20}'];

/// Letters in one width, composed, in lower case: what PRECIS does to user names (RFC 8265 §3.3),
/// and compatible forms as well. Until nothing changes any more, since each step may give the
/// other something to do.
fn folded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..4 {
        let next: String = text.nfkc().collect::<String>().to_lowercase();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// A domain as people read it (IDNA, UTS #46): `xn--bcher-kva.example` is `bücher.example`.
fn host_name(text: &str) -> Result<String, BadEmail> {
    // Some registered names have hyphens where only encoded ones should.
    let ascii = Uts46::new()
        .to_ascii(
            text.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| BadEmail)?;
    let (unicode, read) = idna::domain_to_unicode(&ascii);
    let is_name = is_dotted(&ascii, |c| c.is_ascii_alphanumeric() || c == '-');
    (read.is_ok() && is_name).then_some(unicode).ok_or(BadEmail)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_the_same_in_any_case() {
        let email = Email::parse("Carol.Ünger+x@Example.COM").unwrap();
        assert_eq!(email.as_str(), "carol.ünger+x@example.com");
        assert_eq!(email.local_part(), "carol.ünger+x");
        assert_eq!(Email::parse("root@localhost").unwrap().local_part(), "root");
    }

    #[test]
    fn one_mailbox_is_one_address_however_it_is_written() {
        for (written, address) in [
            ("\u{FF41}lice@example.com", "alice@example.com"),
            ("\u{FF21}\u{FF2C}ICE@example.com", "alice@example.com"),
            ("alice\u{FF20}example.com", "alice@example.com"),
            ("alice@\u{FF45}xample.com", "alice@example.com"),
            ("alice@example\u{3002}com", "alice@example.com"),
            ("u\u{308}nger@example.com", "ünger@example.com"),
            ("\u{FB01}ona@example.com", "fiona@example.com"),
            ("a@XN--BCHER-KVA.example", "a@bücher.example"),
            ("a@BÜCHER.example", "a@bücher.example"),
            ("a@bu\u{308}cher.example", "a@bücher.example"),
            // Invisible in a domain.
            ("a@exam\u{AD}ple.com", "a@example.com"),
        ] {
            assert_eq!(
                Email::parse(written).unwrap().as_str(),
                address,
                "{written}"
            );
        }
        // Another letter is another letter.
        let cyrillic = Email::parse("\u{430}lice@example.com").unwrap();
        assert_ne!(cyrillic.as_str(), "alice@example.com");
    }

    #[test]
    fn protocols_get_domains_in_ascii() {
        for (written, ascii) in [
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("ünger@BÜCHER.example", "ünger@xn--bcher-kva.example"),
            ("a@example.com", "a@example.com"),
            ("root@localhost", "root@localhost"),
        ] {
            let email = Email::parse(written).unwrap();
            assert_eq!(email.to_ascii_domain(), ascii);
        }
    }

    proptest! {
        #[test]
        fn an_address_is_its_own_form(text in "\\PC{1,12}@[a-zA-Z0-9\u{FF41}-\u{FF5A}äß.-]{1,12}") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.as_str());
                prop_assert_eq!(again.as_ref(), Ok(&email));
            }
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,120}") {
            let _ = Email::parse(&text);
        }
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
