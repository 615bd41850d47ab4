//! What happens to a file whose name is taken.

use serde::{Deserialize, Serialize};

/// What happens to a file whose name is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// What is there stays.
    #[default]
    Skip,
    /// It gets a free name beside it.
    Rename,
    /// It becomes a new version of what is there.
    Overwrite,
}

/// Names that are tried for a file that gets a free one.
pub(crate) const NAMES: u32 = 200;
