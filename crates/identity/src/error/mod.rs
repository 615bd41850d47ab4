//! What can go wrong with who people are: one enum for each way, below all of them.

pub mod account;
pub mod sso;

pub use account::AccountError;
pub use sso::SsoError;
