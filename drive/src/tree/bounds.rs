//! How long and deep paths may become. Whoever makes one longer is asked; what is there can always
//! be read, deleted, renamed shorter and moved up.

use super::{Change, TreeError};
use crate::error::FileError;
use entity::{FileId, FileKind, file};
use site::limits::{MOVED_FOLDERS, PATH_BYTES, PATH_DEPTH, allows_folder};
use store::files::{self, Counted, Extent};

/// Checks the path, from the root of the drive, of something new.
pub(crate) fn check_new(path: &str, kind: FileKind) -> Result<(), FileError> {
    let folder = match kind {
        FileKind::Folder => path,
        FileKind::File => path.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    if allows_folder(folder) {
        Ok(())
    } else {
        Err(TreeError::PathTooLong.into())
    }
}

/// Checks the paths below a folder that gets this one.
pub(crate) fn check_below(path: &str, below: &Extent) -> Result<(), FileError> {
    if path.len() + below.bytes > PATH_BYTES || depth(path) + below.depth > PATH_DEPTH {
        return Err(TreeError::PathTooLong.into());
    }
    Ok(())
}

/// Something that gets another path.
pub(crate) struct Moved<'a> {
    pub node: &'a file::Model,
    pub from: String,
    pub to: String,
}

impl Moved<'_> {
    fn grows(&self) -> bool {
        self.to.len() > self.from.len() || depth(&self.to) > depth(&self.from)
    }
}

/// Checks what gets another path, with all that is in it.
pub(crate) async fn check_moved(change: &Change<'_>, moved: &[Moved<'_>]) -> Result<(), FileError> {
    let mut folders: Vec<FileId> = Vec::new();
    for item in moved.iter().filter(|item| item.grows()) {
        check_new(&item.to, item.node.kind)?;
        if item.node.kind == FileKind::Folder && !item.node.is_symbolic {
            folders.push(item.node.id);
        }
    }
    if folders.is_empty() {
        return Ok(());
    }
    let most = MOVED_FOLDERS + 1;
    let below = files::extent(change.db(), &folders, Counted::Folders, most).await?;
    if below.nodes > MOVED_FOLDERS {
        return Err(TreeError::WalkLimit(MOVED_FOLDERS).into());
    }
    for item in moved.iter().filter(|item| folders.contains(&item.node.id)) {
        check_below(&item.to, &below)?;
    }
    Ok(())
}

fn depth(path: &str) -> usize {
    path.split('/').filter(|name| !name.is_empty()).count()
}
