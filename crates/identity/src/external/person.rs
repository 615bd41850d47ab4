//! Somebody as a provider describes them.

use site::email::Email;
use store::identities::Known;

/// Who vouches for people (V4 API, external sign-in).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Logto,
    OpenId,
    /// LDAP; not in the V4 API.
    Directory,
}

impl Provider {
    /// As it travels and is stored.
    pub const fn number(self) -> i16 {
        match self {
            Self::Logto => 0,
            Self::OpenId => 2,
            Self::Directory => 3,
        }
    }

    /// The providers one signs in at, by number. 1 would be QQ, which speaks a protocol of its
    /// own.
    pub const fn at(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Logto),
            2 => Some(Self::OpenId),
            _ => None,
        }
    }

    /// Any that an account can be linked to.
    pub const fn linked(number: i64) -> Option<Self> {
        match number {
            3 => Some(Self::Directory),
            _ => Self::at(number),
        }
    }
}

/// Somebody who proved who they are.
#[derive(Clone, Debug)]
pub struct Person {
    pub provider: Provider,
    pub issuer: String,
    pub subject: String,
    /// Only if the provider confirms it, or is trusted to.
    pub email: Option<Email>,
    /// To be shown; empty if unknown.
    pub name: String,
    pub groups: Vec<String>,
}

impl Person {
    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            provider: self.provider.number(),
            issuer: &self.issuer,
            subject: &self.subject,
        }
    }
}

/// As stored: an issuer that is too long is known by its start and a hash.
pub(crate) fn issuer_key(issuer: &str) -> String {
    const LONGEST: usize = 190;
    if issuer.chars().count() <= LONGEST {
        return issuer.to_owned();
    }
    let start: String = issuer.chars().take(100).collect();
    format!("{start}#{}", blake3::hash(issuer.as_bytes()).to_hex())
}
