//! What a server remembers of what it was asked for lately. Each says why it is never stale, or for
//! how long.

pub(crate) mod blob;
pub(crate) mod location;
pub(crate) mod visitors;

pub use blob::{Delivery, KeptOpen, OpenBlob};
pub use location::KeptLocations;
pub use visitors::KnownVisitors;
