//! Making, changing and taking back shares.

use super::open::{number_of, permissions_of};
use super::{PASSWORD, Permissions, Shares, ends_at, hash_of, password_of, random_number};
use crate::access::{self, Right};
use crate::actor::Actor;
use crate::error::FileError;
use crate::journal::{Entry, Op};
use crate::store::{files, shares};
use crate::tree::{Change, Place};
use crate::wire::{FileUri, GroupPermission};
use entity::{FileId, ShareId, UserId, file, share};
use rand::Rng;
use sea_orm::ActiveValue::{NotSet, Set};
use std::collections::BTreeMap;

/// Longest password, in characters (V4 API).
const MAX_PASSWORD: usize = 32;
/// What drawn passwords are made of.
const DRAWN: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const DRAWN_CHARS: usize = 8;
/// Shares deleted by one call.
const MOST_DELETED: usize = 3_000;

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
    /// `GroupNotAllowed`, `BadParameter`, `NotFound`, `Denied`
    pub async fn create(&self, actor: &Actor, new: EditShare) -> Result<ShareLink, FileError> {
        if !actor.may(GroupPermission::CreateShare) {
            return Err(FileError::GroupNotAllowed);
        }
        let password = password_for(&new)?;
        let (mut change, place, file) = self.shareable(actor, &new.uri).await?;
        let number = random_number();
        let link = ShareLink {
            public_number: number,
            password,
        };
        let permissions = self.checked(&change, new.permissions.flatten()).await?;
        let sealed = |password: &String| self.core.sealer.seal(PASSWORD, password);
        let hash = |password: &String| hash_of(&self.core, number, password);
        let row = share::ActiveModel {
            id: NotSet,
            public_number: Set(number),
            owner_id: Set(file.owner_id),
            file_id: Set(file.id),
            password_sealed: Set(link.password.as_ref().map(sealed)),
            password_hash: Set(link.password.as_ref().map(hash)),
            views: Set(0),
            downloads: Set(0),
            remaining_downloads: Set((new.downloads > 0).then_some(new.downloads)),
            expires_at: Set((new.expire_secs > 0).then(|| ends_at(change.now, new.expire_secs))),
            share_view: Set(new.share_view),
            show_readme: Set(new.show_readme),
            permissions: Set(permissions.as_ref().map(text)),
            revision: Set(1),
            created_at: Set(change.now),
            updated_at: Set(change.now),
        };
        shares::insert(change.db(), row).await?;
        log(&mut change, Op::Share, &file, number, &place.drive_path());
        change.commit().await?;
        Ok(link)
    }

    /// Changes a share; limits that are not named are lifted, the password stays.
    /// # Errors
    /// `BadParameter`, `ShareGone` (also for others' shares, and for another file's), `Denied`
    pub async fn edit(
        &self,
        actor: &Actor,
        id: &str,
        edit: EditShare,
    ) -> Result<ShareLink, FileError> {
        let number = number_of(&self.core, id)?;
        let (mut change, place, file) = self.shareable(actor, &edit.uri).await?;
        let found = shares::find(change.db(), number).await?;
        let row = found.map(|found| found.share);
        let row = row
            .filter(|row| row.owner_id == change.owner && row.file_id == file.id)
            .ok_or(NOT_FOUND)?;
        let permissions = match edit.permissions {
            None => permissions_of(&row),
            Some(given) => self.checked(&change, given).await?,
        };
        let may_narrow = permissions != permissions_of(&row);
        let new = share::ActiveModel {
            remaining_downloads: Set((edit.downloads > 0).then_some(edit.downloads)),
            expires_at: Set((edit.expire_secs > 0).then(|| ends_at(change.now, edit.expire_secs))),
            share_view: Set(edit.share_view),
            show_readme: Set(edit.show_readme),
            permissions: Set(permissions.as_ref().map(text)),
            revision: Set(row.revision + i64::from(may_narrow)),
            // Strictly growing even if the clock steps back: kept answers go by it.
            updated_at: Set(change.now.max(entity::Timestamp(row.updated_at.0 + 1))),
            ..share::ActiveModel::default()
        };
        shares::update(change.db(), row.id, new).await?;
        log(
            &mut change,
            Op::ShareEdit,
            &file,
            number,
            &place.drive_path(),
        );
        change.commit().await?;
        Ok(ShareLink {
            public_number: number,
            password: password_of(&self.core, &row),
        })
    }

    /// Takes a share back; administrators anybody's.
    /// # Errors
    /// `BadParameter`, `ShareGone`
    pub async fn delete(&self, actor: &Actor, id: &str) -> Result<(), FileError> {
        let me = access::signed_in(actor)?.user.id;
        let number = number_of(&self.core, id)?;
        let rows = shares::by_numbers(self.core.store.read(), &[number]).await?;
        let mine = rows
            .into_iter()
            .filter(|row| row.owner_id == me || actor.is_admin());
        let rows: Vec<share::Model> = mine.collect();
        if rows.is_empty() {
            return Err(NOT_FOUND);
        }
        self.take_back(actor, rows).await
    }

    /// Takes several of one's own shares back; ids of others' are skipped.
    /// # Errors
    /// `BadParameter` if an id is garbled or there are too many
    pub async fn delete_many(&self, actor: &Actor, ids: &[String]) -> Result<(), FileError> {
        let me = access::signed_in(actor)?.user.id;
        if ids.is_empty() || ids.len() > MOST_DELETED {
            return Err(FileError::BadParameter("Ids cannot be empty or too many"));
        }
        let numbers = ids
            .iter()
            .map(|id| number_of(&self.core, id))
            .collect::<Result<Vec<_>, _>>()
            // The V4 API has no number for this one.
            .map_err(|_| FileError::Unclassified("Failed to parse object ID"))?;
        let mut rows = shares::by_numbers(self.core.store.read(), &numbers).await?;
        rows.retain(|row| row.owner_id == me);
        self.take_back(actor, rows).await
    }

    async fn take_back(&self, actor: &Actor, rows: Vec<share::Model>) -> Result<(), FileError> {
        let mut by_owner: BTreeMap<UserId, Vec<share::Model>> = BTreeMap::new();
        for row in rows {
            by_owner.entry(row.owner_id).or_default().push(row);
        }
        for (owner, rows) in by_owner {
            let mut change = Change::of_drive(&self.core, actor, owner).await?;
            let ids: Vec<ShareId> = rows.iter().map(|row| row.id).collect();
            shares::delete(change.db(), &ids).await?;
            for row in rows {
                if let Some(file) = files::by_id(change.db(), row.file_id).await? {
                    let entry = Entry::of_file(actor, Op::ShareDelete, &file);
                    change.log(entry.detail(detail(row.public_number)));
                }
            }
            change.commit().await?;
        }
        Ok(())
    }

    /// The drive, taken, and what a URI names in it, if that can be shared.
    async fn shareable<'a>(
        &'a self,
        actor: &'a Actor,
        uri: &FileUri,
    ) -> Result<(Change<'a>, Place, file::Model), FileError> {
        let change = Change::on(&self.core, actor, uri).await?;
        let place = Place::resolve(change.db(), &self.core, actor, uri).await?;
        place.space.require(actor, Right::Share)?;
        if place.is_root() {
            return Err(FileError::Denied("A whole drive cannot be shared"));
        }
        let file = place.existing()?.clone();
        if file.is_symbolic {
            return Err(FileError::Denied("A shortcut cannot be shared"));
        }
        Ok((change, place, file))
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
        let permissions = permissions
            .checked()
            .ok_or(FileError::BadParameter("Permissions name too many"))?;
        let users: Vec<i64> = permissions.user_explicit.keys().copied().collect();
        let groups: Vec<i64> = permissions.group_explicit.keys().copied().collect();
        if !crate::store::accounts::all_exist(change.db(), &users, &groups).await? {
            return Err(FileError::BadParameter("Permissions name somebody unknown"));
        }
        Ok(Some(permissions))
    }
}

/// For the owner, and for everybody else who asks for what is not theirs.
const NOT_FOUND: FileError = FileError::ShareGone("Share not found");

fn password_for(new: &EditShare) -> Result<Option<String>, FileError> {
    let is_plain = new
        .password
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain || new.password.len() > MAX_PASSWORD {
        return Err(FileError::BadParameter(
            "A password has at most 32 letters and digits",
        ));
    }
    Ok(match (new.is_private, new.password.as_str()) {
        (false, _) => None,
        (true, "") => Some(drawn_password()),
        (true, given) => Some(given.to_owned()),
    })
}

fn drawn_password() -> String {
    let mut rng = rand::rng();
    (0..DRAWN_CHARS)
        .map(|_| char::from(DRAWN[rng.random_range(0..DRAWN.len())]))
        .collect()
}

fn text(permissions: &Permissions) -> String {
    serde_json::to_string(permissions).expect("numbers and bit sets are JSON")
}

fn detail(public_number: i64) -> String {
    serde_json::json!({ "share": public_number }).to_string()
}

fn log(change: &mut Change<'_>, op: Op, file: &file::Model, number: i64, path: &str) {
    let entry = Entry::of_file(change.actor, op, file);
    change.log(entry.after(path).detail(detail(number)));
}

/// Removes what leads to files that go for good.
pub(crate) async fn forget_files(
    db: &impl sea_orm::ConnectionTrait,
    ids: &[FileId],
) -> Result<(), FileError> {
    shares::delete_of_files(db, ids).await?;
    Ok(crate::store::direct_links::delete_of_files(db, ids).await?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn private(password: &str) -> EditShare {
        EditShare {
            uri: FileUri::parse("cloudreve://my/a").unwrap(),
            is_private: true,
            password: password.to_owned(),
            downloads: 0,
            expire_secs: 0,
            share_view: false,
            show_readme: false,
            permissions: None,
        }
    }

    #[test]
    fn a_private_share_always_has_a_password() {
        let drawn = password_for(&private("")).unwrap().unwrap();
        assert_eq!(drawn.len(), 8);
        assert!(drawn.bytes().all(|byte| DRAWN.contains(&byte)));
        assert_ne!(password_for(&private("")).unwrap().unwrap(), drawn);
        assert_eq!(password_for(&private("aB3")).unwrap().unwrap(), "aB3");
    }

    #[test]
    fn passwords_are_letters_and_digits_and_unused_without_private() {
        for bad in ["a b", "a/b", "ü", "a@b", &"x".repeat(33)] {
            assert!(password_for(&private(bad)).is_err(), "{bad}");
        }
        let open = EditShare {
            is_private: false,
            ..private("abc")
        };
        assert_eq!(password_for(&open).unwrap(), None);
    }
}
