//! Folders that tasks of people make for themselves, and take back if nothing came into them.

use super::create::make_path;
use super::delete::{PURGING, detach};
use super::{Change, Tree, TreeError, bounds};
use crate::error::FileError;
use crate::lock::Target;
use entity::{FileId, FileKind};
use site::access::Right;
use site::actor::Actor;
use store::files;
use wire::FileUri;
use wire::name::MAX_NAME_BYTES;

/// Names that are tried.
const NAMES: u32 = 200;

impl Tree {
    /// Makes a folder that was not there: with its own name, or the first one beside it that is free.
    /// # Errors
    /// `NotFound` without the folder that it comes into; `NotAllowed`, `PathTooLong`, `BadName`,
    /// `LockError::Conflict`; `NameTaken`: all are taken that are tried
    pub async fn make_free_folder(
        &self,
        actor: &Actor,
        wanted: &FileUri,
    ) -> Result<(FileUri, FileId), FileError> {
        let named = wanted.parent().zip(wanted.name());
        let (parent, name) = named.ok_or(TreeError::NotFound)?;
        let mut change = Change::on(&self.core, actor, wanted).await?;
        for number in 0..NAMES {
            let uri = parent.join(copy_name(name, number));
            let resolved = change.resolve(&uri).await?;
            if resolved.node().is_some() {
                continue;
            }
            resolved.navigator.require(actor, Right::Create)?;
            if resolved.navigator.is_upload_only() {
                // What comes into it could not be found there again.
                return Err(FileError::NotAllowed);
            }
            if resolved.missing().len() != 1 {
                return Err(TreeError::NotFound.into());
            }
            bounds::check_new(&resolved.drive_path(), FileKind::Folder)?;
            change.check_locks(&[resolved.arrival()]).await?;
            let made = make_path(&mut change, &resolved, FileKind::Folder, false).await?;
            change.commit().await?;
            return Ok((uri, made.id));
        }
        Err(TreeError::NameTaken(name.to_owned()).into())
    }

    /// Removes a folder for good in which there is nothing, if it is still this one: nobody misses it.
    /// Answers whether it went.
    /// # Errors
    /// `NotAllowed`, `LockError::Conflict`
    pub async fn remove_empty_folder(
        &self,
        actor: &Actor,
        uri: &FileUri,
        id: FileId,
    ) -> Result<bool, FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let resolved = change.resolve(uri).await?;
        let there = resolved.node().filter(|there| there.id == id).cloned();
        let Some(folder) = there else {
            return Ok(false);
        };
        resolved.navigator.require(actor, Right::Delete)?;
        if files::has_children(change.db(), id).await? {
            return Ok(false);
        }
        let locks = [Target::deep(resolved.drive_path()).as_member()];
        change.check_locks(&locks).await?;
        detach(&mut change, &resolved, &folder, PURGING).await?;
        change.commit().await?;
        self.purge_tree(id, false).await?;
        Ok(true)
    }
}

/// The name of the copy of a folder, 0 for its own: what looks like the end of a file's name is none.
fn copy_name(name: &str, number: u32) -> String {
    if number == 0 {
        return name.to_owned();
    }
    let number = format!(" ({number})");
    let room = MAX_NAME_BYTES - number.len();
    format!("{}{number}", &name[..name.floor_char_boundary(room)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_folders_have_their_number_at_the_end_and_fit() {
        assert_eq!(copy_name("v1.5", 0), "v1.5");
        assert_eq!(copy_name("v1.5", 2), "v1.5 (2)");
        let long = copy_name(&"\u{e4}".repeat(MAX_NAME_BYTES / 2), 10);
        assert!(
            long.len() <= MAX_NAME_BYTES && long.ends_with(" (10)"),
            "{long}"
        );
    }
}
