//! Files of everybody.

use crate::audit;
use crate::error::AdminError;
use crate::page::{Page, PageRequest, Totals};
use drive::blob::{ContentLink, SignedLink, content_link};
use drive::context::Core;
use drive::tree::{Amendment, Tree};
use entity::{DirectLinkId, FileId, PolicyId, UserId, blob, direct_link, file, metadata, share};
use entity::{storage_policy, user};
use serde_json::json;
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::file_pages::{self as pages, FileFilter, FileOrder};
use store::journal::{self, Op};

/// How long a link to what somebody stored works, seconds (V4 API).
pub(crate) const LINK_SECS: i64 = 3_600;

/// A file as administrators see it.
#[derive(Clone, Debug)]
pub struct FileRow {
    pub file: file::Model,
    pub owner: Option<Arc<user::Model>>,
    /// Newest first.
    pub blobs: Vec<blob::Model>,
    pub metadata: Vec<metadata::Model>,
    pub shares: Vec<share::Model>,
    pub direct_links: Vec<direct_link::Model>,
    /// Who brought its blobs, and where they are; only of one file.
    pub creators: HashMap<UserId, Arc<user::Model>>,
    pub policies: HashMap<PolicyId, Arc<storage_policy::Model>>,
}

/// Versions, shares and links that are told of one file, and of each file in a list: the newest.
const OF_ONE: u32 = 1_000;
const OF_EACH: u32 = 20;

/// What a file is to be.
#[derive(Clone, Debug)]
pub struct FileEdit {
    pub name: String,
    /// Where its content is said to be, if it is: it cannot be moved here.
    pub policy: Option<PolicyId>,
    /// Metadata that stays; all of it if nothing is said of it.
    pub metadata: Option<Vec<(String, String)>>,
    /// Direct links that stay; all of them if nothing is said of them.
    pub direct_links: Option<Vec<DirectLinkId>>,
}

/// The id of an entry of metadata, which has none of its own: the same as long as its name is.
/// Scripts read numbers of 53 bits.
pub fn metadata_id(name: &str) -> i64 {
    let hash = blake3::hash(name.as_bytes());
    let mut number = [0; 8];
    number.copy_from_slice(&hash.as_bytes()[..8]);
    (u64::from_le_bytes(number) >> 11).max(1).cast_signed()
}

/// The service behind the pages of files.
#[derive(Clone, Debug)]
pub struct Files {
    core: Arc<Core>,
    tree: Tree,
    totals: Totals,
}

impl Files {
    pub(crate) fn new(core: Arc<Core>, totals: Totals) -> Self {
        Self {
            tree: Tree::new(Arc::clone(&core)),
            core,
            totals,
        }
    }

    /// A page of the files of all accounts.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &FileFilter,
    ) -> Result<Page<FileRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let order = match request.order_by.as_str() {
            "name" => FileOrder::Name,
            "size" => FileOrder::Size,
            "created_at" => FileOrder::Created,
            "updated_at" => FileOrder::Updated,
            _ => FileOrder::Id,
        };
        let files = pages::page(db, filter, order, request.slice()).await?;
        Ok(Page {
            rows: self.rows(files, false).await?,
            total: self.totals.of(filter, pages::count(db, filter)).await?,
        })
    }

    /// One file with all there is to it.
    /// # Errors
    /// `NotFound`
    pub async fn get(&self, actor: &Actor, id: FileId) -> Result<FileRow, AdminError> {
        crate::administrator(actor)?;
        let file = store::files::by_id(self.core.store.read(), id).await?;
        let file = file.ok_or(AdminError::NotFound("File"))?;
        let row = self.rows(vec![file], true).await?.pop();
        row.ok_or(AdminError::NotFound("File"))
    }

    /// Renames a file; takes metadata and direct links away that are not named.
    /// # Errors
    /// `NotFound`, `BadValue`, `File`
    pub async fn edit(
        &self,
        actor: &Actor,
        id: FileId,
        edit: FileEdit,
    ) -> Result<FileRow, AdminError> {
        crate::administrator(actor)?;
        let now = self.get(actor, id).await?;
        let is_there = |policy| now.blobs.iter().any(|blob| blob.policy_id == policy);
        if edit.policy.is_some_and(|policy| !is_there(policy)) {
            return Err(AdminError::bad(
                "Content is not moved to another policy here",
            ));
        }
        let amendment = Amendment {
            name: edit.name,
            metadata: edit.metadata,
            direct_links: edit.direct_links,
        };
        self.tree.amend(actor, id, &amendment).await?;
        self.get(actor, id).await
    }

    /// A link under which a browser shows the content of a file.
    /// # Errors
    /// `NotFound`, also for a file that has none
    pub async fn link(&self, actor: &Actor, id: FileId) -> Result<SignedLink, AdminError> {
        let by = crate::administrator(actor)?;
        let (file, blob) = self.tree.content_of_anybody(actor, id).await?;
        let blob = blob.ok_or(AdminError::NotFound("Content"))?;
        let link = ContentLink {
            blob: Some(blob.id),
            speed: 0,
            name: &file.name,
            download: false,
            via: None,
        };
        let now = self.core.now();
        let expires = now.plus_secs(LINK_SECS);
        let mut entry = audit::entry(by, Op::FileViewed, json!({ "name": file.name }), Vec::new());
        (entry.owner, entry.file) = (file.owner_id, Some(file.id));
        let mut tx = self.core.store.begin().await?;
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(content_link(&self.core, &link, expires.unix_secs()))
    }

    /// Deletes files for good.
    /// # Errors
    /// `File`
    pub async fn delete(&self, actor: &Actor, ids: &[FileId]) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        self.tree.delete_of_anybody(actor, ids).await?;
        Ok(())
    }

    async fn rows(
        &self,
        files: Vec<file::Model>,
        is_detail: bool,
    ) -> Result<Vec<FileRow>, AdminError> {
        let db = self.core.store.read();
        let ids: Vec<FileId> = files.iter().map(|file| file.id).collect();
        let most = if is_detail { OF_ONE } else { OF_EACH };
        let mut all = pages::belongings(db, &ids, most).await?;
        let creators = all.blobs.values().flatten().filter(|_| is_detail);
        let creators: Vec<UserId> = creators.filter_map(|blob| blob.created_by).collect();
        let people = files.iter().map(|file| file.owner_id).chain(creators);
        let people: HashMap<UserId, Arc<user::Model>> = pages::accounts(db, people)
            .await?
            .into_iter()
            .map(|(id, row)| (id, Arc::new(row)))
            .collect();
        let policies = if is_detail {
            store::policies::all(db).await?
        } else {
            Vec::new()
        };
        let policies: HashMap<PolicyId, Arc<storage_policy::Model>> = policies
            .into_iter()
            .map(|row| (row.id, Arc::new(row)))
            .collect();
        let rows = files.into_iter().map(|file| FileRow {
            owner: people.get(&file.owner_id).cloned(),
            blobs: all.blobs.remove(&file.id).unwrap_or_default(),
            metadata: all.metadata.remove(&file.id).unwrap_or_default(),
            shares: all.shares.remove(&file.id).unwrap_or_default(),
            direct_links: all.direct_links.remove(&file.id).unwrap_or_default(),
            creators: if is_detail {
                people.clone()
            } else {
                HashMap::new()
            },
            policies: policies.clone(),
            file,
        });
        Ok(rows.collect())
    }
}
