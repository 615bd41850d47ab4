//! Listing and changing the tree.

use super::parse_uri;
use super::views::{FileView, PolicyView, ViewBody, put_rows};
use crate::answers::Question;
use crate::api::Tag;
use crate::api::address;
use crate::api::authority::{FilesRead, FilesWrite, Needs};
use crate::api::binding::Lenient;
use crate::api::envelope::{ApiResult, NoData, done, envelope, ok, ready};
use crate::api::error::ApiError;
use crate::services::Services;
use drive::error::FileError;
use drive::share::OpenShare;
use drive::tree::{DeleteOptions, InfoOptions, ListRequest, Listing, NewNode, WhenTaken};
use entity::{FileId, FileKind};
use poem::Request;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use site::actor::Actor;
use site::settings::live::LiveSettings;
use std::collections::BTreeMap;
use std::mem::take;
use std::sync::Arc;
use wire::{FileSystem, FileUri, IdKind};

/// The tree.
pub struct FileTreeApi {
    pub services: Arc<Services>,
}

/// One page of a folder.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct ListView {
    files: Vec<FileView>,
    parent: FileView,
    pagination: PaginationView,
    props: PropsView,
    /// May be sent back as `X-Cr-Context-Hint`.
    context_hint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recursion_limit_reached: Option<bool>,
    /// Folders and files are interleaved.
    mixed_type: bool,
    /// The page is a share of one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    single_file_view: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_policy: Option<PolicyView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<ViewBody>,
}

/// How a page stands among the others.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct PaginationView {
    page: u32,
    page_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_cursor: Option<bool>,
}

/// What can be done in a place.
#[derive(Debug, Object, Serialize)]
struct PropsView {
    capability: String,
    max_page_size: u32,
    order_by_options: Vec<String>,
    order_direction_options: Vec<String>,
}

/// Kind of a new node.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "lowercase")]
enum NewKind {
    File,
    Folder,
}

#[derive(Debug, Object)]
struct CreateFile {
    uri: String,
    r#type: NewKind,
    #[oai(default)]
    metadata: BTreeMap<String, String>,
    #[oai(default)]
    err_on_conflict: bool,
}

#[derive(Debug, Object)]
struct RenameFile {
    uri: String,
    new_name: String,
}

#[derive(Debug, Object)]
struct MoveFiles {
    uris: Vec<String>,
    dst: String,
    #[oai(default)]
    copy: bool,
    /// Items whose name is taken at the target get a free one, such as `plan (1).md`; without
    /// this, one taken name refuses the batch.
    #[oai(default)]
    keep_both: bool,
}

#[derive(Debug, Object)]
struct DeleteFiles {
    uris: Vec<String>,
    /// Leave stored bytes in place.
    #[oai(default)]
    unlink: bool,
    /// Delete for good.
    #[oai(default)]
    skip_soft_delete: bool,
}

/// A switch in a query: `true` and `1` mean on.
fn is_on(text: Option<String>) -> bool {
    text.is_some_and(|text| matches!(text.as_str(), "true" | "1" | "t" | "T" | "TRUE" | "True"))
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileTreeApi {
    /// Lists a folder, or searches below it.
    #[oai(path = "/", method = "get", operation_id = "listFiles")]
    #[expect(clippy::too_many_arguments, reason = "one a query parameter")]
    async fn list(
        &self,
        actor: Needs<FilesRead>,
        uri: Query<Option<String>>,
        /// Alias of `uri`.
        path: Query<Option<String>>,
        page: Query<Lenient<u32>>,
        page_size: Query<Lenient<u32>>,
        order_by: Query<Option<String>>,
        order_direction: Query<Option<String>>,
        next_page_token: Query<Option<String>>,
        /// Tell of each folder whether there are folders in it (`has_subfolders`).
        subfolders: Query<Option<bool>>,
    ) -> ApiResult<ListView> {
        let text = uri
            .0
            .or(path.0)
            .ok_or_else(|| ApiError::binding("Uri cannot be empty"))?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let request = ListRequest {
            uri: parse_uri(&text)?,
            page: page.0.0,
            page_size: page_size.0.0,
            order_by: filled(order_by.0),
            order_direction: filled(order_direction.0),
            token: filled(next_page_token.0),
            subfolders: subfolders.0.unwrap_or_default(),
        };
        let answers = &self.services.answers;
        let asked = format!(
            "list\n{text}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{}",
            request.page,
            request.page_size,
            request.order_by,
            request.order_direction,
            request.token,
            request.subfolders
        );
        let uri = Some(&request.uri);
        let (question, entered) = self.question(&actor, uri, asked).await?;
        if let Some(kept) = answers.get(&question) {
            return ready(kept);
        }
        let mut listing = self.services.tree.list(&actor, &request, entered).await?;
        let entries = take(&mut listing.entries);
        let settings = self.services.core.settings();
        let around = envelope(&list_view(listing, &settings));
        let bytes = put_rows(&around, &entries, &settings.ids);
        answers.keep(question, &bytes);
        ready(bytes)
    }

    /// Everything about one file or folder.
    #[oai(path = "/info", method = "get", operation_id = "fileInfo")]
    async fn info(
        &self,
        actor: Needs<FilesRead>,
        request: &Request,
        uri: Query<Option<String>>,
        id: Query<Option<String>>,
        extended: Query<Option<String>>,
        folder_summary: Query<Option<String>>,
    ) -> ApiResult<FileView> {
        let settings = self.services.core.settings();
        let options = InfoOptions {
            extended: is_on(extended.0),
            folder_summary: is_on(folder_summary.0),
        };
        let answers = &self.services.answers;
        let asked = format!("info\n{:?}\n{:?}\n{options:?}", uri.0, id.0);
        let uri = uri.0.filter(|uri| !uri.is_empty());
        let uri = uri.map(|uri| parse_uri(&uri)).transpose()?;
        let (question, _) = self.question(&actor, uri.as_ref(), asked).await?;
        if let Some(kept) = answers.get(&question) {
            return ready(kept);
        }
        let tree = &self.services.tree;
        let is_by_id = uri.is_none();
        let info = match (uri, id.0) {
            (Some(uri), _) => tree.info(&actor, &uri, options).await?,
            (None, Some(id)) => {
                let id = settings
                    .ids
                    .decode(IdKind::File, &id)
                    .ok_or(ApiError::BadId)?;
                tree.info_by_id(&actor, FileId(id), options).await?
            }
            (None, None) => return Err(ApiError::binding("Uri cannot be empty")),
        };
        // The stamp is of one's own drive.
        let foreign = !info.entry.owned && is_by_id;
        // Their counters move without the drive, and their addresses go by the request's.
        let handed_out = info.extended.as_ref().is_some_and(|extended| {
            !extended.shares.is_empty() || !extended.direct_links.is_empty()
        });
        let site = address::site(request, &settings);
        let bytes = envelope(&FileView::of_info(info, &settings, &site));
        if !handed_out && !foreign {
            answers.keep(question, &bytes);
        }
        ready(bytes)
    }

    /// Creates an empty file or a folder.
    #[oai(path = "/create", method = "post", operation_id = "createFile")]
    async fn create(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<CreateFile>,
    ) -> ApiResult<FileView> {
        let new = NewNode {
            uri: parse_uri(&body.uri)?,
            kind: match body.r#type {
                NewKind::File => FileKind::File,
                NewKind::Folder => FileKind::Folder,
            },
            metadata: body.0.metadata,
            err_on_conflict: body.0.err_on_conflict,
        };
        let entry = self.services.tree.create(&actor, new).await?;
        ok(FileView::of(entry, &self.services.core.settings()))
    }

    /// Renames a file or folder in place.
    #[oai(path = "/rename", method = "post", operation_id = "renameFile")]
    async fn rename(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<RenameFile>,
    ) -> ApiResult<FileView> {
        if body.new_name.is_empty() {
            return Err(ApiError::binding("NewName cannot be empty"));
        }
        let uri = parse_uri(&body.uri)?;
        let entry = self
            .services
            .tree
            .rename(&actor, &uri, &body.new_name)
            .await?;
        ok(FileView::of(entry, &self.services.core.settings()))
    }

    /// Moves or copies files and folders into a folder.
    #[oai(path = "/move", method = "post", operation_id = "moveFiles")]
    async fn r#move(&self, actor: Needs<FilesWrite>, body: Json<MoveFiles>) -> ApiResult<NoData> {
        let dst = parse_uri(&body.dst)?;
        let when_taken = if body.keep_both {
            WhenTaken::KeepBoth
        } else {
            WhenTaken::Refuse
        };
        let tree = &self.services.tree;
        if body.copy {
            tree.copy(&actor, &body.uris, &dst, when_taken).await?;
        } else {
            tree.r#move(&actor, &body.uris, &dst, when_taken).await?;
        }
        done()
    }

    /// Deletes files and folders, to the trash or for good.
    #[oai(path = "/", method = "delete", operation_id = "deleteFiles")]
    async fn delete(&self, actor: Needs<FilesWrite>, body: Json<DeleteFiles>) -> ApiResult<NoData> {
        let options = DeleteOptions {
            unlink_only: body.unlink,
            for_good: body.skip_soft_delete,
        };
        self.services
            .tree
            .delete(&actor, &body.uris, options)
            .await?;
        done()
    }

    /// Deletes the whole trash for good.
    #[oai(path = "/trash", method = "delete", operation_id = "emptyTrash")]
    async fn empty_trash(&self, actor: Needs<FilesWrite>) -> ApiResult<NoData> {
        self.services.tree.empty_trash(&actor).await?;
        done()
    }

    /// Puts items back where they were.
    #[oai(path = "/restore", method = "post", operation_id = "restoreFiles")]
    async fn restore(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<DeleteFiles>,
    ) -> ApiResult<NoData> {
        self.services.tree.restore(&actor, &body.uris).await?;
        done()
    }
}

impl FileTreeApi {
    /// A question, to look up or to answer. Who asks about a share comes in first, and is in.
    async fn question(
        &self,
        actor: &Actor,
        uri: Option<&FileUri>,
        asked: String,
    ) -> Result<(Question, Option<OpenShare>), ApiError> {
        let (core, answers) = (&self.services.core, &self.services.answers);
        let settings = core.settings();
        // Listings name what takes new bytes, which is another one when that is full.
        let asked = format!("{asked} {}", core.policies.fullness());
        match uri.filter(|uri| uri.fs() == FileSystem::Share) {
            None => Ok((answers.question(actor, &settings, asked), None)),
            Some(uri) => {
                let open = self.services.shares.enter(actor, uri).await?;
                let question = answers.in_share(open.stamp(), actor, &settings, asked);
                Ok((question, Some(open)))
            }
        }
    }
}

/// A listing without its entries.
fn list_view(listing: Listing, settings: &LiveSettings) -> ListView {
    let texts = |options: &[&str]| options.iter().map(|o| (*o).to_owned()).collect();
    let paging = listing.paging;
    let capability = listing.parent.capability.to_base64();
    ListView {
        files: Vec::new(),
        parent: FileView::of(listing.parent, settings),
        pagination: PaginationView {
            page: paging.page,
            page_size: paging.page_size,
            total_items: paging.total_items.filter(|total| *total > 0),
            next_token: paging.next_token,
            is_cursor: paging.is_cursor.then_some(true),
        },
        props: PropsView {
            capability,
            max_page_size: settings.files.max_page_size,
            order_by_options: texts(listing.order_by_options),
            order_direction_options: texts(listing.order_direction_options),
        },
        context_hint: uuid::Uuid::new_v4().to_string(),
        recursion_limit_reached: listing.recursion_limit_reached.then_some(true),
        mixed_type: listing.mixed,
        single_file_view: listing.single_file.then_some(true),
        storage_policy: listing
            .policy
            .as_deref()
            .map(|policy| PolicyView::of(policy, settings)),
        view: listing.view.map(ViewBody::of),
    }
}

impl From<FileError> for ApiError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}
