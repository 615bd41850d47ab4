//! What a server remembers of what it was asked for lately. Each says why it is never stale, or for
//! how long.

pub mod blob;
pub mod location;
pub mod visitors;

pub use blob::{Delivery, KeptOpen, OpenBlob};
pub use location::KeptLocations;
pub use visitors::KnownVisitors;
