//! Words and codes clients see: names, URIs, searches, public ids, bit sets,
//! metadata keys, page tokens and signatures.
//!
//! Text from outside is parsed here once; the types inside are then trusted.
//! Nothing in this crate touches the database or the network.

pub mod agent;
pub mod bits;
pub mod colour;
pub mod expiring;
mod file_system;
pub mod limits;
pub mod metadata_key;
pub mod name;
mod name_term;
pub mod page_token;
pub mod public_id;
pub mod query;
pub mod search;
pub mod uri;

pub use bits::{BitSet, Capability, DavOption, GroupPermission, NodeCapability, SharePermission};
pub use metadata_key::{BadMetadata, CustomProp, MetadataRules, is_namespace};
pub use name::{BadName, FileName};
pub use public_id::{IdKind, PublicIds};
pub use search::SearchQuery;
pub use uri::{BadUri, FileSystem, FileUri};
