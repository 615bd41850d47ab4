//! Making and changing shares.

use crate::error::FileError;
use crate::share::open::{number_of, permissions_of};
use crate::share::password::{chosen, hash_of, password_of, seal};
use crate::share::{Permissions, ShareError, Shares, ends_at, random_number};
use crate::tree::{Change, ResolvedPath};
use entity::{ShareId, Timestamp, file};
use site::access::Right;
use site::actor::Actor;
use site::limits::SHARES;
use store::bus::Topic;
use store::journal::Op;
use store::{recipients, shares};
use wire::{FileUri, GroupPermission};

/// What a share is to be.
#[derive(Clone, Debug)]
pub struct EditShare {
    pub uri: FileUri,
    /// Only for new shares.
    pub is_private: bool,
    /// Only for new private shares; empty: one is drawn.
    pub password: String,
    /// Above 0: downloads left. Otherwise unlimited.
    pub downloads: i64,
    /// Above 0: seconds from now. Otherwise for ever.
    pub expire_secs: i64,
    pub share_view: bool,
    pub show_readme: bool,
    /// `None`: as they are; `Some(None)`: whoever has the link.
    pub permissions: Option<Option<Permissions>>,
}

/// What leads to a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    pub public_number: i64,
    pub password: Option<String>,
}

impl Shares {
    /// Shares a file or folder of one's own drive.
    /// # Errors
    /// `GroupNotAllowed`, `PasswordForm`, `NotFound`, `NotAllowed`, `TooMany`
    pub async fn create(&self, actor: &Actor, mut new: EditShare) -> Result<ShareLink, FileError> {
        if !actor.may(GroupPermission::CreateShare) {
            return Err(FileError::GroupNotAllowed);
        }
        let password = chosen(new.is_private, &new.password)?;
        let (mut change, resolved, file) = self.shareable(actor, &new.uri).await?;
        if shares::count_of(change.db(), change.owner).await? >= SHARES {
            return Err(ShareError::TooMany.into());
        }
        let number = random_number();
        let link = ShareLink {
            public_number: number,
            password,
        };
        let permissions = self
            .checked(&change, new.permissions.take().flatten())
            .await?;
        let sealed = |password: &String| seal(&self.core, password);
        let hash = |password: &String| hash_of(&self.core, number, password);
        let row = shares::NewShare {
            public_number: number,
            owner: file.owner_id,
            file: file.id,
            password_sealed: link.password.as_ref().map(sealed),
            password_hash: link.password.as_ref().map(hash),
            terms: terms_of(&new, permissions.as_ref(), change.now),
        };
        let id = shares::insert(change.db(), row, change.now).await?;
        tell(&mut change, id, permissions.as_ref()).await?;
        log(
            &mut change,
            Op::Share,
            &file,
            number,
            &resolved.drive_path(),
        );
        change.commit().await?;
        Ok(link)
    }

    /// Changes a share; limits that are not named are lifted, the password stays.
    /// # Errors
    /// `GroupNotAllowed`, `PasswordForm`, `ShareError::Gone` (also for others' shares, and for
    /// another file's), `NotAllowed`
    pub async fn edit(
        &self,
        actor: &Actor,
        id: &str,
        mut edit: EditShare,
    ) -> Result<ShareLink, FileError> {
        if !actor.may(GroupPermission::CreateShare) {
            // It would open again what is over. Taking back needs no right.
            return Err(FileError::GroupNotAllowed);
        }
        let number = number_of(&self.core, id)?;
        let (mut change, resolved, file) = self.shareable(actor, &edit.uri).await?;
        let found = shares::find(change.db(), number).await?;
        let row = found.map(|found| found.share);
        let row = row
            .filter(|row| row.owner_id == change.owner && row.file_id == file.id)
            .ok_or(ShareError::NotFound)?;
        let permissions = match edit.permissions.take() {
            None => permissions_of(&row),
            Some(given) => self.checked(&change, given).await?,
        };
        let may_narrow = permissions != permissions_of(&row);
        let terms = terms_of(&edit, permissions.as_ref(), change.now);
        let revision = row.revision + i64::from(may_narrow);
        // Strictly growing even if the clock steps back: kept answers go by it.
        let at = change.now.max(Timestamp(row.updated_at.0 + 1));
        shares::update(change.db(), row.id, terms, revision, at).await?;
        if may_narrow {
            tell(&mut change, row.id, permissions.as_ref()).await?;
        }
        log(
            &mut change,
            Op::ShareEdit,
            &file,
            number,
            &resolved.drive_path(),
        );
        change.commit().await?;
        Ok(ShareLink {
            public_number: number,
            password: password_of(&self.core, &row),
        })
    }

    /// The drive, taken, and what a URI names in it, if that can be shared.
    async fn shareable<'a>(
        &'a self,
        actor: &'a Actor,
        uri: &FileUri,
    ) -> Result<(Change<'a>, ResolvedPath, file::Model), FileError> {
        let change = Change::on(&self.core, actor, uri).await?;
        let resolved = change.resolve(uri).await?;
        resolved.navigator.require(actor, Right::Share)?;
        if resolved.is_root() {
            return Err(ShareError::WholeDrive.into());
        }
        let file = resolved.existing()?.clone();
        if file.is_symbolic {
            return Err(ShareError::Shortcut.into());
        }
        Ok((change, resolved, file))
    }

    /// Permissions of which every account and group exists.
    async fn checked(
        &self,
        change: &Change<'_>,
        permissions: Option<Permissions>,
    ) -> Result<Option<Permissions>, FileError> {
        let Some(permissions) = permissions else {
            return Ok(None);
        };
        let permissions = permissions.checked().ok_or(ShareError::TooManyNamed)?;
        let users: Vec<i64> = permissions.user_explicit.keys().copied().collect();
        let groups: Vec<i64> = permissions.group_explicit.keys().copied().collect();
        if !store::accounts::all_exist(change.db(), &users, &groups).await? {
            return Err(ShareError::UnknownNamed.into());
        }
        Ok(Some(permissions))
    }
}

/// Notes whom a share names: they find it among what they received.
async fn tell(
    change: &mut Change<'_>,
    share: ShareId,
    permissions: Option<&Permissions>,
) -> Result<(), FileError> {
    let named = permissions.map(Permissions::named).unwrap_or_default();
    if recipients::replace(change.db(), share, &named, change.now).await? {
        change.tx().tells(Topic::Recipients);
    }
    Ok(())
}

fn terms_of(edit: &EditShare, permissions: Option<&Permissions>, now: Timestamp) -> shares::Terms {
    shares::Terms {
        remaining_downloads: (edit.downloads > 0).then_some(edit.downloads),
        expires_at: (edit.expire_secs > 0).then(|| ends_at(now, edit.expire_secs)),
        share_view: edit.share_view,
        show_readme: edit.show_readme,
        permissions: permissions.map(text),
    }
}

fn text(permissions: &Permissions) -> String {
    serde_json::to_string(permissions).expect("numbers and bit sets are JSON")
}

pub(super) fn detail(public_number: i64) -> String {
    serde_json::json!({ "share": public_number }).to_string()
}

fn log(change: &mut Change<'_>, op: Op, file: &file::Model, number: i64, path: &str) {
    let entry = change.actor.entry(op, file);
    change.log(entry.after(path).detail(detail(number)));
}
