//! What a share shows of itself.

use super::open::{is_over, not_for, number_of, opens, permissions_of, rights_of};
use super::password::password_of;
use super::{ShareError, ShareInfo, Shares};
use crate::error::FileError;
use crate::kept::location::{Location, location_of};
use entity::{FileId, FileKind, share};
use site::actor::Actor;
use std::sync::Arc;
use store::{accounts, files, shares};
use wire::{FileUri, IdKind};

/// How somebody looks at a share.
#[derive(Clone, Copy, Debug, Default)]
pub struct InfoOptions<'a> {
    pub password: Option<&'a str>,
    /// It was opened, not only looked up.
    pub count_view: bool,
    /// With where it is edited; for the owner.
    pub with_source: bool,
}

impl Shares {
    /// One share: as much of it as who asks may see.
    /// # Errors
    /// `BadId`, `ShareError::Gone`, `AnonymousDenied`, `TooManyTries`
    pub async fn info(
        &self,
        actor: &Actor,
        id: &str,
        options: InfoOptions<'_>,
    ) -> Result<ShareInfo, FileError> {
        let core = &self.core;
        let number = number_of(core, id)?;
        let db = core.store.read();
        let found = shares::find(db, number).await?;
        let found = found.ok_or(ShareError::NotFound)?;
        let rights = rights_of(actor, &found);
        if rights.is_empty() {
            // To accounts that are not named it is a share that never was.
            return Err(match not_for(actor) {
                ShareError::Gone => ShareError::NotFound.into(),
                other => other.into(),
            });
        }
        if is_over(&found, core.now()) {
            return Err(ShareError::Expired.into());
        }
        let row = found.share;
        let location = location_of(db, row.file_id).await?;
        let location = location.ok_or(ShareError::Expired)?;
        let file = files::by_id(db, row.file_id).await?;
        let file = file
            .filter(|file| file.owner_id == row.owner_id)
            .ok_or(ShareError::NotFound)?;
        let owner = accounts::by_id(db, row.owner_id).await?;
        let owner = owner.ok_or(ShareError::NotFound)?;
        let is_owner = actor.user_id() == Some(row.owner_id);
        let unlocked = is_owner || opens(core, actor, &row, options.password).await?;
        if options.count_view {
            let tx = core.store.begin().await?;
            shares::count_view(tx.db(), row.id).await?;
            tx.commit().await?;
        }
        let source_uri = (is_owner && options.with_source).then(|| self.source(&row, &location));
        let permissions = permissions_of(&row);
        Ok(ShareInfo {
            name: file.name.clone(),
            owner: Arc::new(owner),
            expired: false,
            unlocked,
            is_owner,
            password: password_of(core, &row).filter(|_| unlocked),
            source_uri,
            rights: permissions.as_ref().map(|_| rights),
            permissions: permissions.filter(|_| is_owner),
            file,
            row,
        })
    }

    /// The owner's URI of a shared folder, or of the folder a shared file is in.
    fn source(&self, row: &share::Model, location: &Location) -> String {
        let ids = &self.core.settings().ids;
        let root = FileUri::drive_of(ids.encode(IdKind::User, row.owner_id.0));
        let names = if location.kind == FileKind::Folder {
            &location.names[..]
        } else {
            location
                .names
                .split_last()
                .map_or(&[][..], |(_, above)| above)
        };
        let uri = names.iter().fold(root, |uri, name| uri.join(name));
        uri.to_string()
    }

    /// Every share of a file, as its owner sees them, newest first.
    /// # Errors
    /// `Store`
    pub async fn of_file(&self, actor: &Actor, file: FileId) -> Result<Vec<ShareInfo>, FileError> {
        let rows = shares::of_file(self.core.store.read(), file).await?;
        self.shown(actor, rows, true).await
    }
}
