//! What owners do with their shares: making, changing, listing them and taking them back.
//!
//! Above the tree, in whose transactions they change; how visitors come in is in [`crate::share`].

mod edit;
mod list;
mod take_back;

pub use edit::{EditShare, ShareLink};
pub use list::{ShareListRequest, SharePage};
