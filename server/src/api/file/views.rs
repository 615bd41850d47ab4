//! Files as clients see them (V4 API, file object).

use crate::api::share::ShareView;
use crate::api::time::wire;
use chrono::{DateTime, Utc};
use drive::policy::Policy;
use drive::settings::live::LiveSettings;
use drive::tree::{Extended, FileEntry, FileInfo, Summary, View};
use drive::wire::IdKind;
use drive::wire::uri::write_segment;
use entity::{blob, direct_link, user};
use poem_openapi::Object;
use serde::Serialize;
use std::collections::BTreeMap;

/// A file or folder.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct FileView {
    /// 0 file, 1 folder.
    pub r#type: i16,
    pub id: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Bytes of the current version; 0 for folders.
    pub size: i64,
    /// `null` where it was not loaded.
    #[oai(skip_serializing_if_is_none = false)]
    pub metadata: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Base64 bit set of what can be done here.
    pub capability: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned: Option<bool>,
    /// It has a share; told to the owner only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// The current version; the id of 0 where there is none.
    pub primary_entity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder_summary: Option<SummaryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_info: Option<ExtendedView>,
}

impl FileView {
    /// An entry as it is.
    pub fn of(entry: FileEntry, settings: &LiveSettings) -> Self {
        let ids = &settings.ids;
        let file = entry.file;
        Self {
            r#type: file.kind,
            id: ids.encode(IdKind::File, file.id.0),
            name: entry.name,
            created_at: wire(file.created_at),
            updated_at: wire(file.updated_at),
            size: file.size_bytes,
            metadata: entry.metadata,
            path: entry.uri,
            capability: entry.capability.to_base64(),
            owned: entry.owned.then_some(true),
            shared: entry.shared.then_some(true),
            primary_entity: ids.encode(IdKind::Blob, file.current_blob_id.map_or(0, |id| id.0)),
            folder_summary: None,
            extended_info: None,
        }
    }

    /// An entry with its inside; links in it are below `site`.
    pub fn of_info(info: FileInfo, settings: &LiveSettings, site: &str) -> Self {
        let summary = info.summary.map(SummaryView::of);
        let extended = info
            .extended
            .map(|extended| ExtendedView::of(extended, settings, site));
        Self {
            folder_summary: summary,
            extended_info: extended,
            ..Self::of(info.entry, settings)
        }
    }
}

/// What lies below a folder.
#[derive(Clone, Debug, Object, Serialize)]
pub struct SummaryView {
    pub size: i64,
    pub files: i64,
    pub folders: i64,
    pub completed: bool,
    pub calculated_at: DateTime<Utc>,
}

impl SummaryView {
    fn of(summary: Summary) -> Self {
        Self {
            size: summary.size_bytes,
            files: summary.files,
            folders: summary.folders,
            completed: summary.completed,
            calculated_at: wire(summary.calculated_at),
        }
    }
}

/// The inside of a file.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ExtendedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_policy: Option<PolicyView>,
    /// All versions together, bytes.
    pub storage_used: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<EntityView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<ViewBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub direct_links: Vec<DirectLinkView>,
}

impl ExtendedView {
    fn of(extended: Extended, settings: &LiveSettings, site: &str) -> Self {
        let entities = extended
            .blobs
            .iter()
            .map(|blob| {
                let policy = extended.policies.get(&blob.policy_id);
                let creator = blob.created_by.and_then(|id| extended.creators.get(&id));
                EntityView::of(blob, policy.map(AsRef::as_ref), creator, settings)
            })
            .collect();
        Self {
            storage_policy: extended
                .policy
                .as_deref()
                .map(|p| PolicyView::of(p, settings)),
            storage_used: extended.storage_used,
            entities,
            view: extended.view.map(ViewBody::of),
            shares: extended
                .shares
                .into_iter()
                .map(|share| ShareView::of(share, settings, site))
                .collect(),
            direct_links: extended
                .direct_links
                .into_iter()
                .map(|link| DirectLinkView::of(link, settings, site))
                .collect(),
        }
    }
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
            r#type: blob.kind,
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

/// A storage policy as uploaders need it.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct PolicyView {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_suffix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_suffix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_name_regexp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_name_regexp: Option<String>,
    pub r#type: String,
    /// Largest file, bytes; 0 = no limit.
    pub max_size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_concurrency: Option<i64>,
}

impl PolicyView {
    /// A policy row.
    pub fn of(policy: &Policy, settings: &LiveSettings) -> Self {
        let row = &policy.row;
        let options = &row.settings;
        let list = options.file_type.clone().filter(|list| !list.is_empty());
        let (allowed, denied) = if options.is_file_type_deny_list {
            (None, list)
        } else {
            (list, None)
        };
        let pattern = Some(options.file_regexp.clone()).filter(|pattern| !pattern.is_empty());
        let (allowed_name, denied_name) = if options.is_name_regexp_deny_list {
            (None, pattern)
        } else {
            (pattern, None)
        };
        Self {
            id: settings.ids.encode(IdKind::Policy, row.id.0),
            name: row.name.clone(),
            allowed_suffix: allowed,
            denied_suffix: denied,
            allowed_name_regexp: allowed_name,
            denied_name_regexp: denied_name,
            r#type: row.kind.clone(),
            max_size: row.max_size,
            relay: options.relay.then_some(true),
            chunk_concurrency: Some(options.chunk_concurrency).filter(|n| *n > 0),
        }
    }
}

/// How a folder wants to be seen.
#[derive(Clone, Debug, Default, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ViewBody {
    #[oai(default)]
    pub page_size: u32,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_direction: Option<String>,
    /// `list`, `grid` or `gallery`.
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<bool>,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gallery_width: Option<u32>,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<ColumnBody>>,
}

/// A column of the list view.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ColumnBody {
    pub r#type: i64,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub props: Option<ColumnPropsBody>,
}

/// What a column of metadata shows.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ColumnPropsBody {
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_key: Option<String>,
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_props_id: Option<String>,
}

impl ViewBody {
    /// For answers.
    pub fn of(view: View) -> Self {
        let columns: Vec<ColumnBody> = view.columns.into_iter().map(ColumnBody::of).collect();
        Self {
            page_size: view.page_size,
            order: view.order,
            order_direction: view.order_direction,
            view: view.view,
            thumbnail: view.thumbnail,
            gallery_width: view.gallery_width,
            columns: Some(columns).filter(|columns| !columns.is_empty()),
        }
    }

    /// From requests.
    pub fn into_view(self) -> View {
        View {
            page_size: self.page_size,
            order: self.order,
            order_direction: self.order_direction,
            view: self.view,
            thumbnail: self.thumbnail,
            gallery_width: self.gallery_width,
            columns: self
                .columns
                .unwrap_or_default()
                .into_iter()
                .map(ColumnBody::into)
                .collect(),
        }
    }
}

impl ColumnBody {
    fn of(column: drive::tree::Column) -> Self {
        Self {
            r#type: column.r#type,
            width: column.width,
            props: column.props.map(|props| ColumnPropsBody {
                metadata_key: props.metadata_key,
                custom_props_id: props.custom_props_id,
            }),
        }
    }

    fn into(self) -> drive::tree::Column {
        drive::tree::Column {
            r#type: self.r#type,
            width: self.width,
            props: self.props.map(|props| drive::tree::ColumnProps {
                metadata_key: props.metadata_key,
                custom_props_id: props.custom_props_id,
            }),
        }
    }
}
