//! Shares as clients see them (V4 API, share object).

use super::permissions::PermissionsBody;
use crate::api::file::views::type_number;
use crate::api::time::wire;
use crate::api::user::UserView;
use chrono::{DateTime, Utc};
use drive::share::{ReceivedPage, ShareInfo};
use drive::sharing::SharePage;
use entity::FileKind;
use poem_openapi::Object;
use serde::Serialize;
use site::actor::Actor;
use site::settings::live::LiveSettings;
use wire::uri::write_segment;
use wire::{IdKind, SharePermission};

/// A share, as much of it as who asks may see.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ShareView {
    pub id: String,
    pub name: String,
    /// How often it was opened.
    pub visited: i64,
    /// Everything below is known, not only name and owner.
    pub unlocked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_protected: Option<bool>,
    /// 0 file, 1 folder.
    pub source_type: i16,
    pub owner: UserView,
    pub created_at: DateTime<Utc>,
    pub expired: bool,
    pub url: String,
    /// Bytes of the file; 0 for folders and while locked.
    pub size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remain_downloads: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downloaded: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_readme: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Only for the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    /// Only for the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_view: Option<bool>,
    /// Where the owner edits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_uri: Option<String>,
    /// What who asks may do, if the owner said whom it is for: bit set in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// When it came to who asks; only in the list of what others shared with them by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<DateTime<Utc>>,
    /// Whom it is for; only for the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_setting: Option<PermissionsBody>,
}

impl ShareView {
    /// For whoever asks; mail addresses only where the site shows them to accounts.
    pub fn shown_to(actor: &Actor, info: ShareInfo, settings: &LiveSettings, site: &str) -> Self {
        if actor.signed_in().is_some() {
            Self::to_account(info, settings, site)
        } else {
            Self::of(info, settings, site)
        }
    }

    /// For somebody with an account.
    pub fn to_account(info: ShareInfo, settings: &LiveSettings, site: &str) -> Self {
        let shows_email = settings.accounts.expose_user_email;
        let email = shows_email.then(|| info.owner.email.clone());
        let mut view = Self::of(info, settings, site);
        view.owner.email = email;
        view
    }

    /// Without the owner's address.
    fn of(info: ShareInfo, settings: &LiveSettings, site: &str) -> Self {
        let (ids, row) = (&settings.ids, info.row);
        let id = ids.encode(IdKind::Share, row.public_number);
        let unlocked = info.unlocked;
        // Who may only bring something learns nothing about what is there.
        let reads = info.rights.is_none_or(|set| set.has(SharePermission::Read));
        let sees = unlocked && reads;
        let on = |flag: bool| flag.then_some(true);
        Self {
            url: share_url(site, &id, info.password.as_deref()),
            id,
            name: info.name,
            visited: row.views,
            unlocked,
            password_protected: on(row.password_hash.is_some()),
            source_type: type_number(info.file.kind),
            owner: UserView::for_strangers(&info.owner, None, ids),
            created_at: wire(row.created_at),
            expired: info.expired,
            size: if sees && info.file.kind == FileKind::File {
                info.file.size_bytes
            } else {
                0
            },
            remain_downloads: row.remaining_downloads.filter(|_| unlocked),
            downloaded: Some(row.downloads).filter(|count| sees && *count > 0),
            expires: row.expires_at.filter(|_| unlocked).map(wire),
            show_readme: on(row.show_readme && sees),
            password: info.password,
            is_private: on(info.is_owner && row.password_hash.is_some()),
            share_view: on(info.is_owner && row.share_view),
            source_uri: info.source_uri,
            permissions: info.rights.map(wire::BitSet::to_base64),
            received_at: None,
            permission_setting: info
                .permissions
                .map(|permissions| PermissionsBody::of(&permissions, ids)),
        }
    }
}

/// The link to a share.
pub fn share_url(site: &str, id: &str, password: Option<&str>) -> String {
    let mut url = format!("{site}/s/{id}");
    if let Some(password) = password {
        url.push('/');
        write_segment(&mut url, password);
    }
    url
}

/// One page of a list of shares.
#[derive(Debug, Object, Serialize)]
pub struct SharesView {
    shares: Vec<ShareView>,
    pagination: PageView,
}

/// Where the list goes on.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct PageView {
    page: u32,
    page_size: u32,
    is_cursor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl SharesView {
    /// What others shared with an account by name.
    pub fn received(
        page: ReceivedPage,
        page_size: u32,
        settings: &LiveSettings,
        site: &str,
    ) -> Self {
        let shares = page.shares.into_iter();
        Self {
            shares: shares
                .map(|share| ShareView {
                    received_at: Some(wire(share.at)),
                    ..ShareView::to_account(share.info, settings, site)
                })
                .collect(),
            pagination: PageView::after(page_size, page.next_token),
        }
    }

    pub fn of(
        page: SharePage,
        page_size: u32,
        actor: &Actor,
        settings: &LiveSettings,
        site: &str,
    ) -> Self {
        let shares = page.shares.into_iter();
        Self {
            shares: shares
                .map(|info| ShareView::shown_to(actor, info, settings, site))
                .collect(),
            pagination: PageView::after(page_size, page.next_token),
        }
    }
}

impl PageView {
    fn after(page_size: u32, next_token: Option<String>) -> Self {
        Self {
            page: 0,
            page_size,
            is_cursor: true,
            next_token,
        }
    }
}
