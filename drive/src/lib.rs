//! The domain: what a cloud drive *is*. No HTTP, no vendor.
//!
//! Every call of a service names who acts. Rights are decided in `access`, changes go through
//! one transaction that also writes the journal, and bytes are durable before the row that
//! points at them is committed.

pub mod blob;
pub mod context;
pub mod dav;
pub mod direct_link;
pub mod doctor;
pub mod error;
pub mod events;
pub mod import;
mod kept;
pub mod lock;
pub mod lock_release;
pub mod parsers;
pub mod policy;
pub mod proof;
pub mod relocation;
pub mod share;
pub mod sharing;
mod tasks;
pub mod thumbnail;
pub mod tree;
pub mod upkeep;
