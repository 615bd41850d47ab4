//! Accounts.

use crate::{FileId, GroupId, Timestamp, UserId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// Whether somebody may use their account. A word in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub enum UserStatus {
    /// May be signed in.
    Active,
    /// Waits for a click in a mail.
    Inactive,
    /// Blocked by an administrator.
    ManualBanned,
    /// Blocked by the site itself.
    SysBanned,
    /// Gone for everybody; what it had is being removed.
    Deleting,
}

impl UserStatus {
    /// The word of the V4 API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::ManualBanned => "manual_banned",
            Self::SysBanned => "sys_banned",
            // The API has no word for it: see `shown`.
            Self::Deleting => "deleting",
        }
    }

    /// The word for clients, who know nothing of what is going.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Deleting => Self::SysBanned.as_str(),
            status => status.as_str(),
        }
    }
}

/// One account. Its row is also the mutex and the version stamp of its drive.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UserId,
    /// Lower case, unique.
    pub email: String,
    pub nick: String,
    /// PHC string, or an imported older form; `None`: no password sign-in.
    pub password: Option<String>,
    pub status: UserStatus,
    /// `""` (none), `file` or `gravatar`.
    pub avatar: String,
    pub group_id: GroupId,
    /// Root folder of the drive; `None` until first use.
    pub root_id: Option<FileId>,
    /// What the account holds and has reserved; guarded against the quota in SQL.
    pub used_bytes: i64,
    /// At least the bytes of metadata on the account's files: grows with what is written, and is
    /// counted anew when it reaches the limit.
    pub fact_bytes: i64,
    /// Grows with every change below the account's drive: caches key on it.
    pub tree_version: i64,
    pub two_factor_secret: Option<String>,
    pub settings: Settings,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What an account chose for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Settings {
    pub preferred_theme: String,
    pub version_retention: bool,
    /// Extensions that keep versions; empty = all.
    pub version_retention_ext: Vec<String>,
    /// Versions kept a file; 0 = unlimited.
    pub version_retention_max: i64,
    /// Folders pinned to the side bar.
    pub pined: Vec<Pin>,
    /// Language of mails, e.g. `en-US`.
    pub email_language: String,
    pub disable_view_sync: bool,
    /// A letter when a task that took long has ended.
    pub task_mail: bool,
    /// Views of roots that are no folder rows (`trash`, `shared_with_me`), as JSON text.
    pub fs_view_map: std::collections::BTreeMap<String, String>,
    /// `""`, `all_share` or `hide_share`.
    pub share_links_in_profile: String,
    /// What this version does not know: kept for the one that wrote it.
    #[serde(flatten)]
    pub other: std::collections::BTreeMap<String, Json>,
}

/// One pinned folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    pub uri: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sea_orm::Iterable as _;

    #[test]
    fn a_status_is_stored_as_the_word_it_is_shown_as() {
        for status in UserStatus::iter() {
            assert_eq!(status.to_value(), status.as_str());
        }
        assert!(UserStatus::try_from_value(&"gone".to_owned()).is_err());
    }

    #[test]
    fn what_this_version_does_not_know_is_written_back() {
        let text = r#"{"pined":[],"later":{"a":[1]}}"#;
        let mut settings: Settings = serde_json::from_str(text).unwrap();
        settings.disable_view_sync = true;
        let written = serde_json::to_value(settings).unwrap();
        assert_eq!(written["later"]["a"][0], 1);
        let text = r#"{"max_walked_files":3,"later":2}"#;
        let limits: crate::group::Settings = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(limits).unwrap()["later"], 2);
    }
}
