//! From a URI to rows: what lies along its path.

use super::{Navigator, TreeError};
use crate::context::Core;
use crate::error::FileError;
use crate::lock::Target;
use crate::tree::FileEntry;
use entity::{FileId, FileKind, file};
use site::actor::Actor;
use store::{Connection, Readers};
use wire::FileUri;

/// Where a URI leads, as far as its path exists.
#[derive(Clone, Debug)]
pub struct ResolvedPath {
    pub navigator: Navigator,
    /// Canonical, without query.
    pub uri: FileUri,
    /// What was asked for, where something else came out ([`Navigator::is_upload_only`]).
    pub(super) asked: Option<FileUri>,
    /// From the navigator's root (where it has one) along the path.
    pub chain: Vec<file::Model>,
}

impl ResolvedPath {
    /// Resolves a URI. Not in a transaction ([`super::Change::resolve`]): the password of a
    /// share is asked for.
    pub async fn resolve(
        db: &Readers,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let navigator = Navigator::open(db, core, actor, uri).await?;
        Self::resolve_in(navigator, db, core, uri).await
    }

    /// Where a URI leads in a file system.
    pub(super) async fn resolve_in(
        navigator: Navigator,
        db: &Connection,
        core: &Core,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let resolved = navigator.find(db, uri).await?;
        if resolved.navigator.is_upload_only() {
            return resolved.rename_on_conflict(db, core.now()).await;
        }
        Ok(resolved)
    }

    fn wanted(&self) -> usize {
        self.uri.segments().len() + usize::from(self.navigator.root.is_some())
    }

    /// The node itself; `None` if the path does not exist or leads through a shortcut or file.
    pub fn node(&self) -> Option<&file::Model> {
        (self.chain.len() == self.wanted())
            .then(|| self.chain.last())
            .flatten()
    }

    /// The node itself.
    /// # Errors
    /// `NotFound`; `SymbolicFolder` if the path goes through a shortcut.
    pub fn existing(&self) -> Result<&file::Model, FileError> {
        if let Some(shortcut) = self.chain.iter().position(|row| row.is_symbolic)
            && shortcut + 1 < self.wanted()
        {
            return Err(TreeError::SymbolicFolder.into());
        }
        Ok(self.node().ok_or(TreeError::NotFound)?)
    }

    /// The node, which must be a folder that can be entered.
    /// # Errors
    /// `NotFound`, `SymbolicFolder`
    pub fn folder(&self) -> Result<&file::Model, FileError> {
        let node = self.existing()?;
        if node.is_symbolic {
            return Err(TreeError::SymbolicFolder.into());
        }
        if node.kind == FileKind::Folder {
            Ok(node)
        } else {
            Err(TreeError::NotFound.into())
        }
    }

    /// The folder that is there: the node, or the last one on the way to it. What comes in here, or
    /// below in folders that are made for it, is stored where its policy says.
    pub fn nearest_folder(&self) -> FileId {
        let mut rows = self.chain.iter().rev();
        let folder = rows.find(|row| row.kind == FileKind::Folder);
        let within = || self.chain.last().and_then(|row| row.parent_id);
        folder
            .map(|row| row.id)
            .or_else(within)
            .unwrap_or(FileId(0))
    }

    /// The names of the path that do not exist.
    pub fn missing(&self) -> &[String] {
        let found = self.chain.len() - usize::from(self.navigator.root.is_some());
        &self.uri.segments()[found.min(self.uri.segments().len())..]
    }

    /// Whether the path is the navigator's root.
    pub fn is_root(&self) -> bool {
        self.uri.is_root()
    }

    /// The path from the root of the owner's drive.
    pub fn drive_path(&self) -> String {
        drive_path(&self.navigator.prefix, self.uri.segments())
    }

    /// What it touches to put something here. If nothing is here yet, the folder changes that it, or
    /// the first folder made on the way to it, comes into.
    pub(crate) fn arrival(&self) -> Target {
        let there = self.uri.segments().len() - self.missing().len();
        let folder = || drive_path(&self.navigator.prefix, &self.uri.segments()[..there]);
        Target {
            changed_folder: (!self.missing().is_empty()).then(folder),
            ..Target::deep(self.drive_path())
        }
    }

    /// The node as `actor` sees it, metadata not loaded.
    pub fn entry(&self, actor: &Actor, file: file::Model) -> FileEntry {
        let shown = self.asked.as_ref().unwrap_or(&self.uri);
        let name = self.asked.as_ref().and_then(FileUri::name);
        FileEntry {
            name: name.unwrap_or(&file.name).to_owned(),
            owned: actor.user_id() == Some(file.owner_id),
            uri: shown.to_string(),
            metadata: None,
            capability: self.navigator.capability(),
            shared: false,
            has_subfolders: None,
            file,
        }
    }
}

/// A path from the root of a drive: `/a/b`; the root itself is `/`.
pub(crate) fn drive_path(prefix: &str, segments: &[String]) -> String {
    let mut path = String::from(prefix);
    for segment in segments {
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() {
        path.push('/');
    }
    path
}
