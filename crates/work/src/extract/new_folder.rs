//! A folder of its own for what is in an archive. It goes again if nothing comes of it, so that a wrong
//! password leaves none.

use super::kind::{ExtractArchive, NO_FOLDER, fail, of_target};
use super::state::Extracting;
use crate::secrets::told;
use drive::error::FileError;
use drive::tree::TreeError;
use entity::FileId;
use serde::{Deserialize, Serialize};
use site::actor::Actor;
use site::task::{Run, TaskError};
use wire::{FileName, FileUri};

/// Whether the folder that an archive is unpacked into is one of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewFolder {
    /// Others may have something there.
    #[default]
    No,
    /// It is to be made, with the name that was asked for or one beside it that is free.
    Wanted,
    /// It was made for this.
    Made(FileId),
}

impl NewFolder {
    pub const fn of(is_wanted: bool) -> Self {
        if is_wanted { Self::Wanted } else { Self::No }
    }

    /// The folder that has to be there.
    /// # Errors
    /// `NotFound`: a root cannot be made; `BadName`
    pub fn into_which(self, target: &FileUri) -> Result<FileUri, FileError> {
        if self != Self::Wanted {
            return Ok(target.clone());
        }
        let (parent, name) = target
            .parent()
            .zip(target.name())
            .ok_or(TreeError::NotFound)?;
        FileName::new(name)?;
        Ok(parent)
    }
}

impl ExtractArchive {
    /// Makes the folder that is wanted.
    pub(super) async fn make_folder(
        &self,
        actor: &Actor,
        state: &mut Extracting,
    ) -> Result<(), TaskError> {
        let wanted = self.folder_of(state).ok_or_else(|| fail(NO_FOLDER))?;
        let made = self.tree.make_free_folder(actor, &wanted).await;
        let (uri, id) = made.map_err(of_target)?;
        state.dst = told(&uri);
        state.new_folder = NewFolder::Made(id);
        Ok(())
    }

    /// Removes the folder that was made if nothing came into it. Whatever keeps it from going is no fault
    /// of what is unpacked: then it stays.
    pub(super) async fn take_folder_back(&self, run: &Run, state: &mut Extracting) {
        let NewFolder::Made(id) = state.new_folder else {
            return;
        };
        let (Ok(actor), Some(dst)) = (run.actor(), self.folder_of(state)) else {
            return;
        };
        match self.tree.remove_empty_folder(actor, &dst, id).await {
            Ok(true) => state.new_folder = NewFolder::Wanted,
            Ok(false) => {}
            Err(error) => tracing::debug!(task = run.id.0, %error, "an empty folder stays"),
        }
    }

    fn folder_of(&self, state: &Extracting) -> Option<FileUri> {
        state.secrets(&self.core.sealer)?.uri(&state.dst)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_has_to_be_there_is_the_folder_or_the_one_above() {
        let folder = FileUri::parse("cloudreve://my/a/b").unwrap();
        let above = FileUri::parse("cloudreve://my/a").unwrap();
        assert_eq!(NewFolder::of(false).into_which(&folder).unwrap(), folder);
        assert_eq!(NewFolder::of(true).into_which(&folder).unwrap(), above);
        let root = FileUri::parse("cloudreve://my").unwrap();
        assert!(NewFolder::of(true).into_which(&root).is_err());
    }
}
