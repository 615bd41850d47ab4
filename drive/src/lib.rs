//! The domain: what a cloud drive *is*. No HTTP, no vendor.
//!
//! Every call of a service names who acts. Rights are decided in `access`, changes go through
//! one transaction that also writes the journal, and bytes are durable before the row that
//! points at them is committed.

pub mod access;
pub mod account;
pub mod actor;
mod at_once;
pub mod blob;
pub mod captcha;
pub mod clock;
pub mod context;
pub mod dav;
pub mod direct_link;
pub mod doctor;
pub mod error;
pub mod events;
pub mod limiter;
pub mod limits;
pub mod lock;
pub mod mail;
pub mod oauth;
pub mod outgoing;
pub mod parsers;
pub mod picture;
pub mod policy;
pub mod secret;
pub mod seed;
pub mod settings;
pub mod share;
pub mod sso;
pub mod steps;
pub mod task;
pub mod thumbnail;
pub mod tree;

pub use store::{self, cause, journal};
pub use wire;
