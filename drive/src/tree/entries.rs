//! Rows as somebody sees them.

use super::{FileEntry, ResolvedPath, Tree};
use crate::share::shown_name;
use site::actor::Actor;
use store::listing::Listed;
use store::metadata;
use wire::metadata_key::{SHARED_REDIRECT, UPLOAD_SESSION_ID};
use wire::uri::write_segment;
use wire::{FileSystem, FileUri, IdKind};

impl Tree {
    /// Rows as the actor sees them at this path.
    pub(super) fn entries(
        &self,
        actor: &Actor,
        resolved: &ResolvedPath,
        rows: Vec<Listed>,
    ) -> Vec<FileEntry> {
        let prefix = resolved.uri.child_prefix();
        let capability = resolved.navigator.capability();
        let settings = self.core.settings();
        let by_id = resolved.navigator.fs == FileSystem::SharedWithMe;
        rows.into_iter()
            .map(|row| {
                let file = row.file;
                let owned = actor.user_id() == Some(file.owner_id);
                let metadata = if owned {
                    row.metadata
                } else {
                    for_visitors(row.metadata)
                };
                let mut uri = String::with_capacity(prefix.len() + file.name.len() + 8);
                uri.push_str(&prefix);
                if by_id {
                    uri.push_str(&settings.ids.encode(IdKind::File, file.id.0));
                } else {
                    write_segment(&mut uri, &file.name);
                }
                FileEntry {
                    name: shown_name(&file, &metadata),
                    uri,
                    owned,
                    metadata: Some(metadata),
                    capability,
                    shared: row.is_shared,
                    has_subfolders: None,
                    file,
                }
            })
            .collect()
    }
}

/// Metadata as visitors of a share may see it: without what opens other doors.
pub(super) fn for_visitors(mut metadata: metadata::Metadata) -> metadata::Metadata {
    // That an upload runs is no secret, but by its session it could be disturbed.
    if let Some(session) = metadata.get_mut(UPLOAD_SESSION_ID) {
        session.clear();
    }
    // A shortcut to somebody else's share carries that share's password.
    if let Some(redirect) = metadata.get_mut(SHARED_REDIRECT) {
        *redirect = FileUri::parse(redirect)
            .map(|uri| uri.without_password().to_string())
            .unwrap_or_default();
    }
    metadata
}
