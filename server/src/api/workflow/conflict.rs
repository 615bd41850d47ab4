//! What happens to a file whose name is taken, as clients say it.

use poem_openapi::Enum;
use work::Conflict;

/// What happens to a file whose name is taken; `skip` where nothing is said.
#[derive(Clone, Copy, Debug, Default, Enum)]
#[oai(rename_all = "lowercase")]
pub(super) enum NameConflict {
    /// What is there stays.
    #[default]
    Skip,
    /// It gets a free name beside it.
    Rename,
    /// It becomes a new version of what is there.
    Overwrite,
}

impl From<NameConflict> for Conflict {
    fn from(conflict: NameConflict) -> Self {
        match conflict {
            NameConflict::Skip => Self::Skip,
            NameConflict::Rename => Self::Rename,
            NameConflict::Overwrite => Self::Overwrite,
        }
    }
}
