//! Blobs: stored versions of bytes.

use crate::{BlobId, PolicyId, TaskId, Timestamp, UserId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// What the bytes are to the file that holds them. A number in the database, and in the details
/// of an upload.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
#[serde(try_from = "i16", into = "i16")]
pub enum BlobKind {
    /// A version of a file's content.
    #[default]
    #[sea_orm(num_value = 0)]
    Version,
    /// A preview picture of another blob.
    #[sea_orm(num_value = 1)]
    Thumbnail,
    /// The moving part of a live photo.
    #[sea_orm(num_value = 2)]
    LivePhoto,
}

impl TryFrom<i16> for BlobKind {
    type Error = DbErr;

    fn try_from(number: i16) -> Result<Self, DbErr> {
        Self::try_from_value(&number)
    }
}

impl From<BlobKind> for i16 {
    fn from(kind: BlobKind) -> Self {
        kind.to_value()
    }
}

/// One stored version of bytes. Never overwritten; shared by copies.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blobs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: BlobId,
    pub kind: BlobKind,
    pub policy_id: PolicyId,
    /// Key in the policy's storage, unique there.
    pub key: String,
    pub size_bytes: i64,
    /// BLAKE3 of the bytes; `None` while uploading.
    pub blake3: Option<Vec<u8>>,
    /// Files that hold it; at 0 the recycle task removes the bytes.
    pub reference_count: i64,
    /// Set while its upload runs.
    pub upload_session_id: Option<String>,
    pub created_by: Option<UserId>,
    /// When the last file let go of it.
    pub unlinked_at: Option<Timestamp>,
    /// When all of its bytes were seen last, with this hash; `None`: it has no hash yet.
    pub verified_at: Option<Timestamp>,
    pub props: Props,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Properties that are never searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Props {
    /// Leave the bytes in place when the row goes ("unlink only").
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unlink_only: bool,
    /// Its bytes are not what they were, and nobody is given them; see `damaged_blob`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
    /// It stays until then though nobody holds it: links lead there that were handed out for files which
    /// have a copy of their own by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
    /// What the files that hold it held before it was copied for them: their links lead there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<BlobId>,
    /// What they held before that, while links may lead there still.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies_before: Vec<CopyBefore>,
    /// Of thumbnails: what kind of picture it is, as an extension without a dot.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub extension: String,
    /// The task that took over bytes which were there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<TaskId>,
    /// The task that made it: what it did before a crash is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_by: Option<TaskId>,
    /// Which entry of which archive it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpacked: Option<Unpacked>,
    /// Which file of which download it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downloaded: Option<Downloaded>,
}

/// What files held, and until when links that were handed out then may be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyBefore(pub BlobId, pub Timestamp);

/// What was downloaded: by this task, the file of this index of its downloader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downloaded(pub TaskId, pub i64);

/// What was unpacked: by this task, the entry of this number, of the archive with these bytes (not
/// known of what an earlier version unpacked).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked(pub TaskId, pub u64, #[serde(default)] pub Option<BlobId>);

impl ActiveModelBehavior for ActiveModel {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sea_orm::Iterable as _;

    #[test]
    fn kinds_are_written_as_their_numbers() {
        let kinds: Vec<BlobKind> = BlobKind::iter().collect();
        let text = serde_json::to_string(&kinds).unwrap();
        assert_eq!(text, "[0,1,2]");
        let read: Vec<BlobKind> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, kinds);
        assert!(serde_json::from_str::<BlobKind>("3").is_err());
    }

    #[test]
    fn marks_of_what_was_unpacked_are_read_in_both_forms() {
        let read = |text: &str| serde_json::from_str::<Props>(text).unwrap().unpacked;
        let old = Unpacked(TaskId(4), 5, None);
        assert_eq!(read(r#"{"unpacked":[4,5]}"#), Some(old));
        let mark = Unpacked(TaskId(4), 5, Some(BlobId(6)));
        let props = Props {
            unpacked: Some(mark),
            ..Props::default()
        };
        let text = serde_json::to_string(&props).unwrap();
        assert_eq!(text, r#"{"unpacked":[4,5,6]}"#);
        assert_eq!(read(&text), Some(mark));
        assert_eq!(read("{}"), None);
    }
}
