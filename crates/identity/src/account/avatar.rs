//! Faces: small square pictures.

use super::{AccountError, Accounts};
use bytes::Bytes;
use entity::UserId;
use site::Site;
use site::access;
use site::actor::Actor;
use site::picture::{Encoding, PictureError, Shape};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use store::journal::{Entry, Op};
use store::{accounts as rows, journal};

/// Values of `users.avatar`.
pub const FILE: &str = "file";
pub const GRAVATAR: &str = "gravatar";

/// Where somebody's face is.
#[derive(Debug)]
pub enum Avatar {
    None,
    /// A PNG that Gravatar had.
    Gravatar(Bytes),
    /// A PNG here; `version` changes with the picture.
    File {
        file: File,
        size_bytes: u64,
        version: String,
    },
}

impl Accounts {
    /// Makes a picture the face of an account, cropped to its middle and resized. What kind of
    /// picture it is, its bytes say.
    /// # Errors
    /// `BadPicture`, `PictureTooLarge`, `Avatar`.
    pub async fn set_avatar(&self, actor: &Actor, picture: Bytes) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let live = self.site.settings();
        let limit_bytes = live.settings.accounts.avatar.max_upload_bytes;
        if picture.len() as u64 > limit_bytes {
            return Err(AccountError::PictureTooLarge { limit_bytes });
        }
        let width = live.settings.accounts.avatar.width;
        let path = self.avatar_path(id);
        let square = Shape::Square(width.max(1));
        let pictures = &self.site.pictures;
        let made = pictures.small_of(picture, square, Encoding::Png).await;
        let made = made.map_err(|error| match error {
            PictureError::Unreadable(error) => AccountError::Avatar(error),
            _ => AccountError::BadPicture,
        })?;
        let stored = tokio::task::spawn_blocking(move || replace(&path, &made.bytes));
        stored
            .await
            .map_err(AccountError::Interrupted)?
            .map_err(AccountError::Avatar)?;
        self.change_avatar(id, FILE).await
    }

    /// Shows the face that Gravatar has for the account's address.
    /// # Errors
    /// `AccountGone`
    pub async fn use_gravatar(&self, actor: &Actor) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        self.change_avatar(id, GRAVATAR).await
    }

    /// The face of an account, whatever its status.
    /// # Errors
    /// `NotFound`
    pub async fn avatar(&self, id: UserId) -> Result<Avatar, AccountError> {
        let account = self.find(id).await?;
        match account.user.avatar.as_str() {
            GRAVATAR => {
                let face = self.gravatar(&account.user).await;
                Ok(face.map_or(Avatar::None, Avatar::Gravatar))
            }
            FILE => {
                let path = self.avatar_path(id);
                let opened = tokio::task::spawn_blocking(move || {
                    let file = File::open(path)?;
                    let size_bytes = file.metadata()?.len();
                    Ok((file, size_bytes))
                });
                match opened
                    .await
                    .map_err(io::Error::other)
                    .and_then(|opened| opened)
                {
                    Ok((file, size_bytes)) => {
                        let version = format!("{}-{}", id.0, account.user.updated_at.0);
                        Ok(Avatar::File {
                            file,
                            size_bytes,
                            version,
                        })
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Avatar::None),
                    Err(error) => Err(AccountError::Avatar(error)),
                }
            }
            _ => Ok(Avatar::None),
        }
    }

    async fn change_avatar(&self, id: UserId, avatar: &str) -> Result<(), AccountError> {
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        let change = rows::Change {
            avatar: Some(avatar.to_owned()),
            ..rows::Change::default()
        };
        rows::update(tx.db(), &user, change, now).await?;
        journal::append(&mut tx, now, vec![Entry::of_account(id, Op::Profile)]);
        tx.commit().await?;
        Ok(())
    }

    fn avatar_path(&self, id: UserId) -> PathBuf {
        path_of(&self.site, id)
    }
}

/// Removes the picture of an account that is deleted.
/// # Errors
/// The disk's.
pub async fn forget_avatar(site: &Site, id: UserId) -> io::Result<()> {
    let path = path_of(site, id);
    let removed = tokio::task::spawn_blocking(move || match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    });
    removed.await.map_err(io::Error::other)?
}

/// In the setting's folder below the data folder; one that would lead out of it does not count.
fn path_of(site: &Site, id: UserId) -> PathBuf {
    let live = site.settings();
    let folder = Path::new(&live.settings.accounts.avatar.path);
    let inside = folder.components().all(|part| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    let folder = if inside { folder } else { Path::new("avatar") };
    site.data.join(folder).join(format!("avatar_{}.png", id.0))
}

/// Puts a file in place whole: readers see the old or the new one, also after a crash.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().expect("an avatar lies in a folder");
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{:016x}", rand::random::<u64>()));
    let written = File::create_new(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn replacing_leaves_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("avatar/avatar_1.png");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
