//! Accounts.

use crate::{FileId, GroupId, Timestamp, UserId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

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
    /// `active`, `inactive`, `manual_banned` or `sys_banned`.
    pub status: String,
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
