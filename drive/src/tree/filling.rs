//! Folders that tasks of people fill with files.

use super::create::make_path;
use super::{Change, ResolvedPath, Tree, TreeError, bounds, ensure_root};
use crate::error::FileError;
use entity::FileKind;
use site::access::Right;
use site::actor::Actor;
use wire::FileUri;

impl Tree {
    /// A folder that is there and into which somebody may bring new files.
    /// # Errors
    /// `NotFound`, `SymbolicFolder`, `NotAllowed`, `OwnerOnly`
    pub async fn fillable(&self, actor: &Actor, uri: &FileUri) -> Result<ResolvedPath, FileError> {
        ensure_root(&self.core, actor).await?;
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        resolved.navigator.require(actor, Right::Upload)?;
        resolved.folder()?;
        Ok(resolved)
    }

    /// Makes folders below one, with those on the way to them, all in one change; those that are
    /// there stay. Answers for each why it cannot be.
    /// # Errors
    /// `NotFound` without the folder that they come into; those of the database. Then none was made.
    pub async fn make_folders(
        &self,
        actor: &Actor,
        below: &FileUri,
        paths: &[Vec<String>],
    ) -> Result<Vec<Result<(), FileError>>, FileError> {
        let mut change = Change::on(&self.core, actor, below).await?;
        let top = change.resolve(below).await?;
        top.folder()?;
        let mut made = Vec::with_capacity(paths.len());
        for names in paths {
            let uri = names.iter().fold(below.clone(), |uri, name| uri.join(name));
            made.push(match make_folder(&mut change, actor, &uri).await {
                Err(error @ (FileError::Store(_) | FileError::Internal(_))) => return Err(error),
                made => made,
            });
        }
        change.commit().await?;
        Ok(made)
    }
}

async fn make_folder(
    change: &mut Change<'_>,
    actor: &Actor,
    uri: &FileUri,
) -> Result<(), FileError> {
    let resolved = change.resolve(uri).await?;
    if let Some(there) = resolved.node() {
        if there.kind == FileKind::Folder && !there.is_symbolic {
            return Ok(());
        }
        return Err(TreeError::NameTaken(there.name.clone()).into());
    }
    resolved.navigator.require(actor, Right::Create)?;
    bounds::check_new(&resolved.drive_path(), FileKind::Folder)?;
    change.check_locks(&[resolved.arrival()]).await?;
    make_path(change, &resolved, FileKind::Folder, false).await?;
    Ok(())
}
