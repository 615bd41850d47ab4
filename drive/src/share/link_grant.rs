//! By what right a signed link was handed out, where that right may be taken back before the
//! link expires.

use crate::context::Core;
use crate::error::FileError;
use crate::kept::location::location_of;
use entity::{BlobId, FileId, UserId, UserStatus};
use store::blobs::{self, parting};
use store::{accounts, direct_links, files, shares};
use wire::{IdKind, PublicIds};

/// What has to be still there when the link is used. The text of it is part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkGrant {
    /// A share, as of a revision, that the file is in.
    Share {
        number: i64,
        revision: i64,
        file: FileId,
    },
    /// A direct link to the file.
    DirectLink { number: i64, file: FileId },
    /// Only the file itself.
    File(FileId),
}

impl LinkGrant {
    /// As it stands in a link: letters, digits and `-`.
    pub fn write(self, ids: &PublicIds) -> String {
        let file = |id: FileId| ids.encode(IdKind::File, id.0);
        match self {
            Self::Share {
                number,
                revision,
                file: id,
            } => format!(
                "s-{}-{revision}-{}",
                ids.encode(IdKind::Share, number),
                file(id)
            ),
            Self::DirectLink { number, file: id } => {
                format!("d-{}-{}", ids.encode(IdKind::DirectLink, number), file(id))
            }
            Self::File(id) => format!("f-{}", file(id)),
        }
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(text: &str, ids: &PublicIds) -> Option<Self> {
        let file = |text: &str| ids.decode(IdKind::File, text).map(FileId);
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            ["s", share, revision, id] => Some(Self::Share {
                number: ids.decode(IdKind::Share, share)?,
                revision: revision.parse().ok()?,
                file: file(id)?,
            }),
            ["d", link, id] => Some(Self::DirectLink {
                number: ids.decode(IdKind::DirectLink, link)?,
                file: file(id)?,
            }),
            ["f", id] => Some(Self::File(file(id)?)),
            _ => None,
        }
    }

    fn file(self) -> FileId {
        match self {
            Self::Share { file, .. } | Self::DirectLink { file, .. } | Self::File(file) => file,
        }
    }

    /// Whether what the link rests on is still there: asked with every use of it. `blob`: the
    /// version it leads to, which the file must still have, or a copy of it that was made for the file
    /// when its bytes moved; another file may have it too, but that is another one.
    /// # Errors
    /// `Store`
    pub async fn holds(self, core: &Core, blob: Option<BlobId>) -> Result<bool, FileError> {
        if let Some(blob) = blob
            && !is_or_was_held(core, self.file(), blob).await?
        {
            return Ok(false);
        }
        match self {
            Self::Share {
                number,
                revision,
                file,
            } => holds_by_share(core, number, revision, file).await,
            Self::DirectLink { number, file } => {
                let link = direct_links::find(core.store.read(), number).await?;
                Ok(link.is_some_and(|link| link.file_id == file) && is_there(core, file).await?)
            }
            Self::File(file) => is_there(core, file).await,
        }
    }
}

async fn is_or_was_held(core: &Core, file: FileId, blob: BlobId) -> Result<bool, FileError> {
    let db = core.store.read();
    let is_held = blobs::is_held(db, file, blob).await?;
    Ok(is_held || parting::held_before(db, file, blob).await?)
}

async fn holds_by_share(
    core: &Core,
    number: i64,
    revision: i64,
    file: FileId,
) -> Result<bool, FileError> {
    let db = core.store.read();
    let Some(found) = shares::find(db, number).await? else {
        return Ok(false);
    };
    let row = found.share;
    // The last download may still be fetched, so what is left does not count here.
    let is_over = row.expires_at.is_some_and(|end| end <= core.now())
        || found.owner_status != UserStatus::Active
        || row.revision != revision;
    if is_over {
        return Ok(false);
    }
    let location = location_of(db, file).await?;
    Ok(location.is_some_and(|location| location.chain.contains(&row.file_id)))
}

/// Whether a file is in a drive whose owner is active, and not in the trash.
pub(crate) async fn is_there(core: &Core, file: FileId) -> Result<bool, FileError> {
    let db = core.store.read();
    if location_of(db, file).await?.is_none() {
        return Ok(false);
    }
    let Some(row) = files::by_id(db, file).await? else {
        return Ok(false);
    };
    is_active(core, row.owner_id).await
}

pub(crate) async fn is_active(core: &Core, user: UserId) -> Result<bool, FileError> {
    let stamp = accounts::stamp(&core.store, user, None).await?;
    Ok(stamp.is_some_and(|stamp| stamp.status == UserStatus::Active))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        let ids = PublicIds::new("salt");
        let number = (1 << 62) + 12_345;
        for via in [
            LinkGrant::Share {
                number,
                revision: 3,
                file: FileId(9),
            },
            LinkGrant::DirectLink {
                number,
                file: FileId(9),
            },
            LinkGrant::File(FileId(9)),
        ] {
            let text = via.write(&ids);
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
            assert_eq!(LinkGrant::read(&text, &ids), Some(via));
        }
        for text in ["", "s", "s-a-b-c", "f-", "x-1", "d-1-2-3"] {
            assert_eq!(LinkGrant::read(text, &ids), None, "{text}");
        }
    }
}
