//! What a task tells of blobs that stayed where they were.

use super::moving::DAMAGED;
use crate::context::Core;
use crate::error::FileError;
use crate::kept::location::location_of;
use crate::policy::PolicyError;
use entity::file;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::DriverError;
use wire::IdKind;

/// Failures that are told of; of all others only how many there are.
pub(super) const TOLD: usize = 100;
/// Longer paths lose their beginning.
const PATH_CHARS: usize = 500;

/// A blob that stayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    /// Of a file that holds it, in the drive of its owner.
    path: String,
    /// Public id of that account.
    owner: String,
    /// `damaged`, `missing`, `unreadable` or `refused`.
    reason: String,
}

impl Failure {
    pub async fn of(core: &Core, file: &file::Model, why: &FileError) -> Self {
        let place = location_of(core.store.read(), file.id).await;
        let path = place.ok().flatten().map(|place| place.path());
        Self {
            path: last_of(path.unwrap_or_else(|| file.name.clone())),
            owner: core.settings().ids.encode(IdKind::User, file.owner_id.0),
            reason: reason(why).to_owned(),
        }
    }

    pub fn told(&self) -> Value {
        json!({ "path": self.path, "owner": self.owner, "reason": self.reason })
    }
}

fn last_of(path: String) -> String {
    match path.chars().count().checked_sub(PATH_CHARS) {
        None | Some(0) => path,
        Some(more) => path.chars().skip(more).collect(),
    }
}

/// As a word that clients know: what a storage says may name places that are nobody's business.
fn reason(why: &FileError) -> &'static str {
    match why {
        FileError::Internal(DAMAGED)
        | FileError::Storage(DriverError::ShortBody { .. } | DriverError::LongBody { .. }) => {
            "damaged"
        }
        FileError::Storage(DriverError::NotFound(_)) => "missing",
        FileError::Storage(DriverError::Io(_) | DriverError::Body(_))
        | FileError::Policy(PolicyError::Driver(..) | PolicyError::Sealed(..)) => "unreadable",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_long_paths_the_end_is_told() {
        assert_eq!(last_of("/a/b".to_owned()), "/a/b");
        let long = format!("/{}/b.txt", "ä".repeat(2_000));
        let told = last_of(long);
        assert_eq!(told.chars().count(), PATH_CHARS);
        assert!(told.ends_with("ä/b.txt"));
    }
}
