//! What can go wrong with who people are: one enum for each way, below all of them.

mod account;
mod sso;

pub use account::AccountError;
pub use sso::SsoError;
