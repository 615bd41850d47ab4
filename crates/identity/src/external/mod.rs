//! People whom somebody else vouches for, and asking a directory whether it does.

mod ldap;
mod person;

pub(crate) use ldap::prove as prove_to_directory;
pub(crate) use person::issuer_key;
pub use person::{Person, Provider};
