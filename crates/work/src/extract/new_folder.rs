//! A folder of its own for what is in an archive. It comes with the first that comes into it, so that a
//! wrong password leaves none.

use super::kind::ExtractArchive;
use crate::conflict::NAMES;
use drive::error::FileError;
use drive::tree::{ResolvedPath, TreeError};
use serde::{Deserialize, Serialize};
use site::actor::Actor;
use wire::name::MAX_NAME_BYTES;
use wire::{FileName, FileUri};

/// Whether the folder that an archive is unpacked into is still to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewFolder {
    /// It is there.
    #[default]
    No,
    /// It is to get the name that was asked for, or one beside it that is free.
    Wanted,
    /// It has its name, and comes with what comes first.
    Named,
}

impl NewFolder {
    pub const fn of(is_wanted: bool) -> Self {
        if is_wanted { Self::Wanted } else { Self::No }
    }

    /// The folder that has to be there.
    /// # Errors
    /// `NotFound`: a root cannot be made; `BadName`
    pub fn into_which(self, target: &FileUri) -> Result<FileUri, FileError> {
        if self == Self::No {
            return Ok(target.clone());
        }
        let (parent, name) = split(target).ok_or(TreeError::NotFound)?;
        FileName::new(name)?;
        Ok(parent)
    }
}

/// Where a folder is, and its name.
pub(super) fn split(folder: &FileUri) -> Option<(FileUri, String)> {
    Some((folder.parent()?, folder.name()?.to_owned()))
}

/// The name of the copy of a folder: what looks like the end of a file's name is none.
fn copy_name(name: &str, number: u32) -> String {
    let number = format!(" ({number})");
    let room = MAX_NAME_BYTES - number.len();
    format!("{}{number}", &name[..name.floor_char_boundary(room)])
}

impl ExtractArchive {
    /// Whether files may come into the folder, or into the one that it is made in.
    /// # Errors
    /// Those of [`Tree::fillable`](drive::tree::Tree::fillable)
    pub(super) async fn fillable(
        &self,
        actor: &Actor,
        dst: &FileUri,
        new_folder: NewFolder,
    ) -> Result<(), FileError> {
        if new_folder != NewFolder::Wanted {
            match self.tree.fillable(actor, dst).await {
                Err(FileError::Tree(TreeError::NotFound)) if new_folder != NewFolder::No => {}
                fillable => return fillable.map(drop),
            }
        }
        let into = new_folder.into_which(dst)?;
        self.tree.fillable(actor, &into).await.map(drop)
    }

    /// The first name that nothing has.
    /// # Errors
    /// `NameTaken`: all are taken that are tried
    pub(super) async fn free_name(
        &self,
        actor: &Actor,
        wanted: &FileUri,
    ) -> Result<FileUri, FileError> {
        let db = self.core.store.read();
        let (parent, name) = split(wanted).ok_or(TreeError::NotFound)?;
        let mut uri = wanted.clone();
        for number in 1..=NAMES {
            let resolved = ResolvedPath::resolve(db, &self.core, actor, &uri).await?;
            if resolved.node().is_none() {
                return Ok(uri);
            }
            uri = parent.join(copy_name(&name, number));
        }
        Err(TreeError::NameTaken(name).into())
    }

    /// Makes the folder for an archive without anything in it.
    /// # Errors
    /// Those of [`Tree::make_folders`](drive::tree::Tree::make_folders)
    pub(super) async fn make_folder(&self, actor: &Actor, dst: &FileUri) -> Result<(), FileError> {
        let (parent, name) = split(dst).ok_or(TreeError::NotFound)?;
        let made = self
            .tree
            .make_folders(actor, &parent, &[vec![name]])
            .await?;
        made.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn copies_of_folders_have_their_number_at_the_end_and_fit() {
        assert_eq!(copy_name("v1.5", 2), "v1.5 (2)");
        let long = copy_name(&"\u{e4}".repeat(MAX_NAME_BYTES / 2), 10);
        assert!(
            long.len() <= MAX_NAME_BYTES && long.ends_with(" (10)"),
            "{long}"
        );
    }

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
