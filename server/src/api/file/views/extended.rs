//! The inside of a file: its versions, and how it is handed to others.

use super::{PolicyView, ViewBody};
use crate::api::share::ShareView;
use crate::api::time::wire;
use chrono::{DateTime, Utc};
use drive::policy::Policy;
use drive::tree::Extended;
use entity::{BlobKind, blob, direct_link, user};
use poem_openapi::Object;
use serde::Serialize;
use site::settings::live::LiveSettings;
use wire::IdKind;
use wire::uri::write_segment;

/// The inside of a file.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ExtendedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_policy: Option<PolicyView>,
    /// Whether new bytes of this folder go where those of the folder above do; told to owners who have
    /// a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_policy_inherited: Option<bool>,
    /// All versions together, bytes.
    pub storage_used: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities: Option<Vec<EntityView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<ViewBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<Vec<ShareView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_links: Option<Vec<DirectLinkView>>,
}

impl ExtendedView {
    pub(super) fn of(extended: Extended, settings: &LiveSettings, site: &str) -> Self {
        let entities = extended
            .blobs
            .iter()
            .map(|blob| {
                let policy = extended.policies.get(&blob.policy_id);
                let creator = blob.created_by.and_then(|id| extended.creators.get(&id));
                EntityView::of(blob, policy.map(AsRef::as_ref), creator, settings)
            })
            .collect();
        let shares = extended.shares.into_iter();
        let links = extended.direct_links.into_iter();
        let of_file = extended.policy.as_deref();
        let of_folder = extended.choice.as_ref();
        Self {
            storage_policy: of_folder
                .and_then(|choice| PolicyView::of_offered(&choice.policy, settings))
                .or(of_file.map(|policy| PolicyView::of(policy, settings))),
            storage_policy_inherited: of_folder.map(|choice| choice.inherited),
            storage_used: extended.storage_used,
            entities: filled(entities),
            view: extended.view.map(ViewBody::of),
            shares: filled(
                shares
                    .map(|share| ShareView::to_account(share, settings, site))
                    .collect(),
            ),
            direct_links: filled(
                links
                    .map(|link| DirectLinkView::of(link, settings, site))
                    .collect(),
            ),
        }
    }
}

/// A list that is left out when it is empty.
fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// A direct link to a file.
#[derive(Clone, Debug, Object, Serialize)]
pub struct DirectLinkView {
    pub id: String,
    pub url: String,
    pub downloaded: i64,
    pub created_at: DateTime<Utc>,
}

impl DirectLinkView {
    fn of(link: direct_link::Model, settings: &LiveSettings, site: &str) -> Self {
        Self {
            id: settings.ids.encode(IdKind::DirectLink, link.public_number),
            url: direct_link_url(&link, settings, site),
            downloaded: link.downloads,
            created_at: wire(link.created_at),
        }
    }
}

/// The address of a direct link.
pub fn direct_link_url(link: &direct_link::Model, settings: &LiveSettings, site: &str) -> String {
    let id = settings.ids.encode(IdKind::DirectLink, link.public_number);
    let mut url = format!("{site}/f/{id}/");
    write_segment(&mut url, &link.name);
    url
}

/// A version (or another blob) of a file.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct EntityView {
    pub id: String,
    pub size: i64,
    /// 0 version, 1 thumbnail, 2 live photo.
    pub r#type: i16,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_policy: Option<PolicyView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<CreatorView>,
}

const fn blob_number(kind: BlobKind) -> i16 {
    match kind {
        BlobKind::Version => 0,
        BlobKind::Thumbnail => 1,
        BlobKind::LivePhoto => 2,
    }
}

impl EntityView {
    fn of(
        blob: &blob::Model,
        policy: Option<&Policy>,
        creator: Option<&user::Model>,
        settings: &LiveSettings,
    ) -> Self {
        Self {
            id: settings.ids.encode(IdKind::Blob, blob.id.0),
            size: blob.size_bytes,
            r#type: blob_number(blob.kind),
            created_at: wire(blob.created_at),
            storage_policy: policy.map(|policy| PolicyView::of(policy, settings)),
            created_by: creator.map(|user| CreatorView::of(user, settings)),
        }
    }
}

/// Who made a version: as little as a name plate.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct CreatorView {
    pub id: String,
    pub nickname: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl CreatorView {
    fn of(user: &user::Model, settings: &LiveSettings) -> Self {
        Self {
            id: settings.ids.encode(IdKind::User, user.id.0),
            nickname: user.nick.clone(),
            avatar: Some(user.avatar.clone()).filter(|avatar| !avatar.is_empty()),
            created_at: wire(user.created_at),
        }
    }
}
