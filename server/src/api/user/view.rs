//! Users and groups as clients see them.

use crate::api::time;
use chrono::{DateTime, Utc};
use entity::{group, user};
use poem_openapi::Object;
use serde::Serialize;
use site::actor::{Account, Actor};
use site::settings::live::LiveSettings;
use wire::{BitSet, IdKind, PublicIds};

/// Somebody, in as much detail as the viewer may see (V4 API, user and group objects).
#[derive(Clone, Debug, Object, Serialize)]
pub struct UserView {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub nickname: String,
    /// `active`, `inactive`, `manual_banned` or `sys_banned`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `file` or `gravatar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pined: Option<Vec<PinView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_view_sync: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_links_in_profile: Option<String>,
}

/// A group; strangers see its name only.
#[derive(Clone, Debug, Object, Serialize)]
pub struct GroupView {
    pub id: String,
    pub name: String,
    /// Bit set in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_link_batch_size: Option<i64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trash_retention: Option<i64>,
}

/// A folder pinned to the side bar.
#[derive(Clone, Debug, Object, Serialize)]
pub struct PinView {
    pub uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn positive(number: i64) -> Option<i64> {
    (number > 0).then_some(number)
}

impl UserView {
    /// Whoever asks, in full.
    pub fn of_actor(actor: &Actor, ids: &PublicIds) -> Self {
        match actor.signed_in() {
            Some(account) => Self::full(account, ids),
            None => Self::anonymous(actor.group(), ids),
        }
    }

    /// For oneself.
    pub fn full(account: &Account, ids: &PublicIds) -> Self {
        let group = GroupView::full(&account.group, ids);
        Self {
            group: Some(group),
            ..Self::without_group(&account.user, ids)
        }
    }

    /// For oneself, right after registering.
    pub fn without_group(user: &user::Model, ids: &PublicIds) -> Self {
        let settings = &user.settings;
        let pins = settings.pined.iter().map(|pin| PinView {
            uri: pin.uri.clone(),
            name: pin.name.clone(),
        });
        Self {
            email: Some(user.email.clone()),
            status: Some(user.status.as_str().to_owned()),
            preferred_theme: text(&settings.preferred_theme),
            pined: Some(pins.collect()).filter(|pins: &Vec<_>| !pins.is_empty()),
            language: text(&settings.email_language),
            disable_view_sync: settings.disable_view_sync.then_some(true),
            ..Self::for_strangers(user, None, ids)
        }
    }

    /// For others, who must be signed in to see an address, if the site shows any.
    pub fn redacted(account: &Account, viewer: &Actor, live: &LiveSettings) -> Self {
        let shown = viewer.signed_in().is_some() && live.settings.accounts.expose_user_email;
        Self {
            email: shown.then(|| account.user.email.clone()),
            ..Self::for_strangers(&account.user, Some(&account.group), &live.ids)
        }
    }

    /// For anybody.
    pub fn for_strangers(
        user: &user::Model,
        group: Option<&group::Model>,
        ids: &PublicIds,
    ) -> Self {
        Self {
            id: ids.encode(IdKind::User, user.id.0),
            email: None,
            nickname: user.nick.clone(),
            status: None,
            avatar: text(&user.avatar),
            created_at: time::wire(user.created_at),
            preferred_theme: None,
            anonymous: None,
            group: group.map(|group| GroupView::redacted(group, ids)),
            pined: None,
            language: None,
            disable_view_sync: None,
            share_links_in_profile: text(&user.settings.share_links_in_profile),
        }
    }

    /// A visitor without an account (V4 API, anonymous visitor).
    fn anonymous(group: &group::Model, ids: &PublicIds) -> Self {
        Self {
            id: ids.encode(IdKind::User, 0),
            email: None,
            nickname: String::new(),
            status: None,
            avatar: None,
            created_at: time::zero(),
            preferred_theme: None,
            anonymous: Some(true),
            group: Some(GroupView::full(group, ids)),
            pined: None,
            language: None,
            disable_view_sync: None,
            share_links_in_profile: None,
        }
    }
}

impl GroupView {
    /// For its members.
    pub fn full(group: &group::Model, ids: &PublicIds) -> Self {
        let permissions = BitSet::from_bytes(&group.permissions).unwrap_or(BitSet::EMPTY);
        Self {
            permission: Some(permissions.to_base64()),
            direct_link_batch_size: positive(group.settings.source_batch),
            trash_retention: positive(group.settings.trash_retention),
            ..Self::redacted(group, ids)
        }
    }

    /// For others.
    pub fn redacted(group: &group::Model, ids: &PublicIds) -> Self {
        Self {
            id: ids.encode(IdKind::Group, group.id.0),
            name: group.name.clone(),
            permission: None,
            direct_link_batch_size: None,
            trash_retention: None,
        }
    }
}
