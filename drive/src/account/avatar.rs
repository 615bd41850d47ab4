//! Faces: small square pictures.

use super::{AccountError, Accounts};
use crate::journal::{Entry, Op};
use crate::store::{accounts as rows, journal};
use entity::{UserId, user};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType};
use sea_orm::ActiveValue::Set;
use std::fs::{self, File};
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

/// Widest and highest picture that is decoded, in pixels, and most memory for it.
const MAX_SIDE: u32 = 12_000;
const MAX_DECODE_BYTES: u64 = 160 << 20;

/// Values of `users.avatar`.
pub const FILE: &str = "file";
pub const GRAVATAR: &str = "gravatar";

/// Where somebody's face is.
#[derive(Debug)]
pub enum Avatar {
    None,
    /// A URL elsewhere.
    Gravatar(String),
    /// A PNG here; `version` changes with the picture.
    File {
        file: File,
        size_bytes: u64,
        version: String,
    },
}

impl Accounts {
    /// Makes a picture the face of an account, cropped to its middle and resized. `kind` is the
    /// picture's content type; an unknown one counts as PNG (V4 API).
    /// # Errors
    /// `BadPicture`, `PictureTooLarge`, `Avatar`.
    pub async fn set_avatar(
        &self,
        id: UserId,
        picture: bytes::Bytes,
        kind: &str,
    ) -> Result<(), AccountError> {
        let live = self.core.settings();
        let limit_bytes = live.settings.accounts.avatar.max_upload_bytes;
        if picture.len() as u64 > limit_bytes {
            return Err(AccountError::PictureTooLarge { limit_bytes });
        }
        let width = live.settings.accounts.avatar.width;
        let format = format_of(kind);
        let path = self.avatar_path(id);
        let turn = self
            .decoding
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let stored = tokio::task::spawn_blocking(move || {
            let png = square_png(&picture, format, width).ok_or(AccountError::BadPicture)?;
            replace(&path, &png).map_err(AccountError::Avatar)
        });
        stored.await.map_err(AccountError::Interrupted)??;
        drop(turn);
        self.change_avatar(id, FILE).await
    }

    /// Shows the face that Gravatar has for the account's address.
    /// # Errors
    /// `AccountGone`
    pub async fn use_gravatar(&self, id: UserId) -> Result<(), AccountError> {
        self.change_avatar(id, GRAVATAR).await
    }

    /// The face of an account, whatever its status.
    /// # Errors
    /// `NotFound`
    pub async fn avatar(&self, id: UserId) -> Result<Avatar, AccountError> {
        let account = self.find(id).await?;
        match account.user.avatar.as_str() {
            GRAVATAR => {
                let live = self.core.settings();
                let url = live
                    .settings
                    .accounts
                    .avatar
                    .gravatar_url(&account.user.email);
                Ok(Avatar::Gravatar(url))
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
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let user = rows::locked(tx.db(), id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        let change = user::ActiveModel {
            avatar: Set(avatar.to_owned()),
            ..Default::default()
        };
        rows::update(tx.db(), &user, change, now).await?;
        journal::append(&mut tx, now, vec![Entry::of_account(id, Op::Profile)]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The setting's folder below the data folder; one that would lead out of it does not count.
    fn avatar_path(&self, id: UserId) -> PathBuf {
        let live = self.core.settings();
        let folder = Path::new(&live.settings.accounts.avatar.path);
        let inside = folder.components().all(|part| {
            matches!(
                part,
                std::path::Component::Normal(_) | std::path::Component::CurDir
            )
        });
        let folder = if inside { folder } else { Path::new("avatar") };
        self.core
            .data
            .join(folder)
            .join(format!("avatar_{}.png", id.0))
    }
}

fn format_of(content_type: &str) -> ImageFormat {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "image/jpeg" | "image/jpg" => ImageFormat::Jpeg,
        "image/gif" => ImageFormat::Gif,
        _ => ImageFormat::Png,
    }
}

/// The middle of a picture as a square PNG of `width` pixels; `None` if it cannot be decoded
/// within the limits.
fn square_png(picture: &[u8], format: ImageFormat, width: u32) -> Option<Vec<u8>> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(picture), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // The decoder's own limit does not count the picture that it fills.
    if decoder.total_bytes() > MAX_DECODE_BYTES {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    let square = image
        .resize_to_fill(width, width, FilterType::CatmullRom)
        .to_rgba8();
    let mut png = Vec::new();
    square
        .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
        .ok()?;
    Some(png)
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

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        bytes
    }

    #[test]
    fn any_shape_becomes_a_square() {
        for (width, height) in [(1, 1), (300, 20), (20, 300), (200, 200)] {
            let square = square_png(&png(width, height), ImageFormat::Png, 200).unwrap();
            let image = image::load_from_memory(&square).unwrap();
            assert_eq!((image.width(), image.height()), (200, 200));
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        assert!(square_png(b"not a picture", ImageFormat::Png, 200).is_none());
        assert!(square_png(&png(2, 2)[..30], ImageFormat::Png, 200).is_none());
        assert!(square_png(&png(2, 2), ImageFormat::Jpeg, 200).is_none());
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
        let mut bomb = png(1, 1);
        // Width in the header chunk (PNG 11.2.1); its checksum follows.
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(square_png(&bomb, ImageFormat::Png, 200).is_none());
    }

    /// CRC-32 as PNG has it (PNG annex D).
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                if crc & 1 == 1 {
                    0xedb8_8320 ^ (crc >> 1)
                } else {
                    crc >> 1
                }
            })
        })
    }

    #[test]
    fn a_picture_that_fills_too_much_memory_is_refused_whole() {
        // All zero: some 200 KB that would become 200 MB.
        let wide = png(9_000, 7_500);
        assert!(wide.len() < 1 << 20);
        assert!(square_png(&wide, ImageFormat::Png, 200).is_none());
    }

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
