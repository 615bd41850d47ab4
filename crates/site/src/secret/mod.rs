//! Proofs and secrets: signed URLs, passwords, tokens, OAuth scopes, and the
//! sealing of small secrets at rest.
//!
//! The clock is an argument everywhere, as unix seconds. Comparisons of secrets
//! take the same time whatever differs.

mod hashing;
mod master_key;
pub mod password;
pub mod scope;
pub mod seal;
pub mod signature;
mod signed_text;
pub mod token;

pub use password::{PasswordCost, PasswordError, PasswordHasher, Verdict};
pub use scope::{Scope, ScopeSet, UnknownScope};
pub use seal::{BadSeal, MasterKey, Sealer};
pub use signature::{BadSignature, Signer};
pub use signed_text::{Purpose, SignedText};
pub use token::{AccessClaims, OAuthClaims, RefreshClaims, TokenError, TokenKeys};
