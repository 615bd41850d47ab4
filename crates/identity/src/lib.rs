//! Who people are: accounts and how they sign in, apps that act for them, companies that vouch for
//! them.

pub mod account;
mod error;
mod external;
pub mod oauth;
pub mod sso;

pub use account::{MailState, SendMail};
