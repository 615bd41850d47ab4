//! Shares as lists show them.

use super::open::{is_row_over, permissions_of};
use super::password::password_of;
use super::{ShareError, ShareInfo, Shares, is_active};
use crate::error::FileError;
use crate::kept::location::locations;
use entity::{FileId, file, share};
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::{accounts, files, metadata};
use wire::FileUri;
use wire::metadata_key::RESTORE_URI;

impl Shares {
    /// Shares of one owner in a list; `unlocked` as the owner sees them.
    pub(crate) async fn shown(
        &self,
        actor: &Actor,
        rows: Vec<share::Model>,
        unlocked: bool,
    ) -> Result<Vec<ShareInfo>, FileError> {
        let Some(first) = rows.first() else {
            return Ok(Vec::new());
        };
        let core = &self.core;
        let db = core.store.read();
        let owner = accounts::by_id(db, first.owner_id).await?;
        let owner = Arc::new(owner.ok_or(ShareError::NoSuchAccount)?);
        let ids: Vec<FileId> = rows.iter().map(|row| row.file_id).collect();
        let files = files::by_ids(db, &ids).await?;
        let files: HashMap<FileId, file::Model> =
            files.into_iter().map(|file| (file.id, file)).collect();
        let trashed: Vec<FileId> = files
            .values()
            .filter(|file| file.trashed_at.is_some())
            .map(|file| file.id)
            .collect();
        let metadata = metadata::public_of(db, &trashed).await?;
        let none = metadata::Metadata::default();
        let locations = locations(db, &ids).await?;
        let now = core.now();
        let is_owner = actor.user_id() == Some(owner.id);
        let owner_is_active = is_active(core, owner.id).await?;
        let infos = rows.into_iter().filter_map(|row| {
            let file = files.get(&row.file_id)?.clone();
            let over = is_row_over(&row, now) || !owner_is_active;
            let permissions = permissions_of(&row).filter(|_| is_owner && unlocked);
            Some(ShareInfo {
                name: shown_name(&file, metadata.get(&file.id).unwrap_or(&none)),
                owner: Arc::clone(&owner),
                expired: over || !locations.contains_key(&file.id),
                unlocked,
                is_owner,
                password: password_of(core, &row).filter(|_| unlocked),
                source_uri: None,
                permissions,
                rights: None,
                file,
                row,
            })
        });
        Ok(infos.collect())
    }
}

/// In the trash the row's name is a random one; what people know is in the metadata.
pub(crate) fn shown_name(file: &file::Model, metadata: &metadata::Metadata) -> String {
    if file.trashed_at.is_some()
        && let Some(origin) = metadata
            .get(RESTORE_URI)
            .and_then(|uri| FileUri::parse(uri).ok())
        && let Some(name) = origin.name()
    {
        return name.to_owned();
    }
    file.name.clone()
}
