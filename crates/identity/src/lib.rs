//! Who people are: accounts and how they sign in, apps that act for them, companies that vouch for
//! them.

pub mod account;
pub mod oauth;
mod send_mail;
pub mod sso;

pub use send_mail::{MailState, SendMail};
