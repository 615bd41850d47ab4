//! How a folder wants to be seen.

use super::BadView;
use super::list::DIRECTIONS;
use crate::error::FileError;
use crate::lock::Target;
use crate::share::OpenShare;
use crate::tree::{Change, ResolvedPath, Tree};
use serde::{Deserialize, Serialize};
use site::access::{self, Right};
use site::actor::Actor;
use site::limits::{VIEW_BYTES, VIEW_COLUMNS};
use store::journal::Op;
use store::listing::{OrderBy, Sort};
use store::{accounts, files};
use wire::{FileSystem, FileUri};

/// A view; column types are numbers of the client's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub page_size: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_direction: Option<String>,
    /// `list`, `grid` or `gallery`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gallery_width: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
}

/// A column of the list view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub r#type: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub props: Option<ColumnProps>,
}

/// What a column of metadata shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnProps {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_props_id: Option<String>,
}

/// A new view for a folder; `None` drops the stored one.
#[derive(Clone, Debug)]
pub struct ViewPatch {
    pub uri: FileUri,
    pub view: Option<View>,
}

impl View {
    pub(super) const DEFAULT_PAGE_SIZE: u32 = 100;

    fn default_of(fs: FileSystem) -> Self {
        let column = |r#type| Column {
            r#type,
            width: None,
            props: None,
        };
        let is_trash = fs == FileSystem::Trash;
        Self {
            page_size: Self::DEFAULT_PAGE_SIZE,
            order: None,
            order_direction: None,
            view: Some(if is_trash { "list" } else { "grid" }.to_owned()),
            thumbnail: (!is_trash).then_some(true),
            gallery_width: None,
            // Name, size, origin, expiry, as the stock client numbers them.
            columns: if is_trash {
                [0, 2, 8, 7].map(column).into()
            } else {
                Vec::new()
            },
        }
    }

    /// The view of the nearest folder upward that has one, else the default. `None` when the
    /// account keeps its views to itself.
    pub(super) fn of(resolved: &ResolvedPath, actor: &Actor) -> Option<Self> {
        if let Some(share) = &resolved.navigator.share {
            return Self::in_share(resolved, actor, share);
        }
        let settings = &actor.signed_in()?.user.settings;
        if settings.disable_view_sync {
            return None;
        }
        let stored = if resolved.navigator.fs == FileSystem::My {
            resolved.chain.iter().rev().find_map(|row| row.view.clone())
        } else {
            settings
                .fs_view_map
                .get(resolved.navigator.fs.as_str())
                .cloned()
        };
        let stored = stored.and_then(|text| serde_json::from_str(&text).ok());
        Some(stored.unwrap_or_else(|| Self::default_of(resolved.navigator.fs)))
    }

    /// Visitors see a share as its owner does, if the owner wants that.
    fn in_share(resolved: &ResolvedPath, actor: &Actor, share: &OpenShare) -> Option<Self> {
        let keeps_own = actor
            .signed_in()
            .is_some_and(|account| account.user.settings.disable_view_sync);
        if keeps_own || !(share.row.share_view || share.is_owner) {
            return None;
        }
        let stored = resolved.chain.iter().rev().find_map(|row| row.view.clone());
        let stored = stored.and_then(|text| serde_json::from_str(&text).ok());
        Some(stored.unwrap_or_else(|| Self::default_of(FileSystem::Share)))
    }

    /// With what this listing really used.
    pub(super) fn effective(mut self, page_size: u32, sort: Sort) -> Self {
        self.page_size = page_size;
        let order = match sort.by {
            OrderBy::Id => None,
            OrderBy::Name => Some("name"),
            OrderBy::Size => Some("size"),
            OrderBy::UpdatedAt => Some("updated_at"),
            OrderBy::CreatedAt => Some("created_at"),
        };
        if order.is_some() {
            let direction = if sort.descending { "desc" } else { "asc" };
            self.order = order.map(str::to_owned);
            self.order_direction = Some(direction.to_owned());
        }
        self
    }

    fn check(mut self) -> Result<Self, FileError> {
        let empty_is_unset = |text: Option<String>| text.filter(|text| !text.is_empty());
        self.order = empty_is_unset(self.order);
        self.order_direction = empty_is_unset(self.order_direction);
        self.view = empty_is_unset(self.view);
        self.gallery_width = self.gallery_width.filter(|width| *width > 0);
        if self.page_size < 50 {
            return Err(BadView::PageSize.into());
        }
        if self.order.as_ref().is_some_and(|order| order.len() > 255) {
            return Err(BadView::Order.into());
        }
        if self
            .order_direction
            .as_deref()
            .is_some_and(|d| !DIRECTIONS.contains(&d))
        {
            return Err(BadView::OrderDirection.into());
        }
        if self
            .view
            .as_deref()
            .is_some_and(|v| !["list", "grid", "gallery"].contains(&v))
        {
            return Err(BadView::View.into());
        }
        if self
            .gallery_width
            .is_some_and(|width| !(50..=500).contains(&width))
        {
            return Err(BadView::GalleryWidth.into());
        }
        if self.columns.len() > VIEW_COLUMNS {
            return Err(BadView::Columns.into());
        }
        Ok(self)
    }
}

impl Tree {
    /// Stores or drops the view of a folder.
    /// # Errors
    /// `BadView`, `NotFound`, `OwnerOnly`, `NotAllowed`
    pub async fn set_view(&self, actor: &Actor, patch: ViewPatch) -> Result<(), FileError> {
        let view = patch.view.map(View::check).transpose()?;
        let text = view.map(|view| {
            serde_json::to_string(&view).expect("views are plain structs of text and numbers")
        });
        if text.as_ref().is_some_and(|text| text.len() > VIEW_BYTES) {
            return Err(BadView::TooLarge.into());
        }
        if matches!(patch.uri.fs(), FileSystem::Trash | FileSystem::SharedWithMe) {
            return self.set_root_view(actor, patch.uri.fs(), text).await;
        }
        let mut change = Change::on(&self.core, actor, &patch.uri).await?;
        let resolved = change.resolve(&patch.uri).await?;
        resolved.navigator.require(actor, Right::View)?;
        let folder = resolved.folder()?.clone();
        change
            .check_locks(&[Target::shallow(resolved.drive_path())])
            .await?;
        files::set_view(change.db(), folder.id, text, change.now).await?;
        change.log(actor.entry(Op::Describe, &folder));
        change.commit().await
    }

    /// The view of a root that is no folder row.
    async fn set_root_view(
        &self,
        actor: &Actor,
        fs: FileSystem,
        text: Option<String>,
    ) -> Result<(), FileError> {
        let owner = access::signed_in(actor)?.user.id;
        let change = Change::of_drive(&self.core, actor, owner).await?;
        let (user, _) = change.account().await?;
        let mut settings = user.settings.clone();
        match text {
            Some(text) => settings.fs_view_map.insert(fs.as_str().to_owned(), text),
            None => settings.fs_view_map.remove(fs.as_str()),
        };
        let new = accounts::Change {
            settings: Some(settings),
            ..accounts::Change::default()
        };
        accounts::update(change.db(), &user, new, change.now).await?;
        change.commit().await
    }
}
