//! Blobs, whichever files hold them.

use crate::audit::{self, Changed};
use crate::error::AdminError;
use crate::files::LINK_SECS;
use crate::page::{Page, PageRequest, Totals};
use drive::blob::{ContentLink, SignedLink, Uploads, content_link};
use drive::context::Core;
use entity::{BlobId, PolicyId, UserId, blob, file, storage_policy, user};
use serde_json::json;
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::blob_pages::{self as pages, BlobFilter, BlobOrder};
use store::journal::{self, Op};
use store::{file_pages, policies};

/// Files named of one blob.
const HOLDERS: u64 = 1_000;
/// Blobs that the journal names of those removed at once.
const TOLD: usize = 100;

/// A blob as administrators see it.
#[derive(Clone, Debug)]
pub struct BlobRow {
    pub blob: blob::Model,
    pub creator: Option<Arc<user::Model>>,
    pub policy: Option<Arc<storage_policy::Model>>,
    /// Files that hold it, with their owners; only of one blob.
    pub holders: Vec<(file::Model, Option<Arc<user::Model>>)>,
}

/// The service behind the pages of blobs.
#[derive(Clone, Debug)]
pub struct Blobs {
    core: Arc<Core>,
    uploads: Uploads,
    totals: Totals,
}

impl Blobs {
    pub(crate) fn new(core: Arc<Core>, totals: Totals) -> Self {
        Self {
            uploads: Uploads::new(Arc::clone(&core)),
            core,
            totals,
        }
    }

    /// A page of the blobs.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &BlobFilter,
    ) -> Result<Page<BlobRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let order = match request.order_by.as_str() {
            "size" => BlobOrder::Size,
            "updated_at" => BlobOrder::Updated,
            "reference_count" => BlobOrder::References,
            _ => BlobOrder::Id,
        };
        let blobs = pages::page(db, filter, order, request.slice()).await?;
        Ok(Page {
            rows: self.rows(blobs).await?,
            total: self.totals.of(filter, pages::count(db, filter)).await?,
        })
    }

    /// One blob, with the files that hold it.
    /// # Errors
    /// `NotFound`
    pub async fn get(&self, actor: &Actor, id: BlobId) -> Result<BlobRow, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let blob = store::blobs::by_id(db, id).await?;
        let blob = blob.ok_or(AdminError::NotFound("Blob"))?;
        let row = self.rows(vec![blob]).await?.pop();
        let mut row = row.ok_or(AdminError::NotFound("Blob"))?;
        let files = pages::holders(db, id, HOLDERS).await?;
        let owners = people(db, files.iter().map(|file| file.owner_id)).await?;
        let with_owner = |file: file::Model| {
            let owner = owners.get(&file.owner_id).cloned();
            (file, owner)
        };
        row.holders = files.into_iter().map(with_owner).collect();
        Ok(row)
    }

    /// A link under which a blob is saved.
    /// # Errors
    /// `NotFound`
    pub async fn link(&self, actor: &Actor, id: BlobId) -> Result<SignedLink, AdminError> {
        let by = crate::administrator(actor)?;
        let blob = store::blobs::by_id(self.core.store.read(), id).await?;
        let blob = blob.ok_or(AdminError::NotFound("Blob"))?;
        let name = blob.key.rsplit('/').next().unwrap_or_default();
        let link = ContentLink {
            blob: Some(blob.id),
            speed: 0,
            name,
            download: true,
            via: None,
        };
        let now = self.core.now();
        let expires = now.plus_secs(LINK_SECS);
        let about = json!({ "blob": id.0, "name": name });
        let entry = audit::entry(by, Op::FileViewed, about, Vec::new());
        let mut tx = self.core.store.begin().await?;
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(content_link(&self.core, &link, expires.unix_secs()))
    }

    /// Removes blobs whoever holds them. With `force` it does not matter whether the bytes went.
    /// # Errors
    /// `Partly` by id; `File`
    pub async fn delete(
        &self,
        actor: &Actor,
        ids: &[BlobId],
        force: bool,
    ) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        // Written before they go: they may go one after the other for long.
        let some: Vec<i64> = ids.iter().map(|id| id.0).take(TOLD).collect();
        let about = json!({ "blobs": some, "force": force });
        let changed = vec![Changed::new("removed", 0, ids.len())];
        let mut tx = self.core.store.begin().await?;
        let entry = audit::entry(by, Op::BlobsRemoved, about, changed);
        journal::append(&mut tx, self.core.now(), vec![entry]);
        tx.commit().await?;
        let left = self.uploads.remove_of_anybody(actor, ids, force).await?;
        let failed = left.into_iter();
        let failed = failed.map(|(id, why)| (id.to_string(), AdminError::Failed(why)));
        AdminError::of_batch(failed.collect())
    }

    async fn rows(&self, blobs: Vec<blob::Model>) -> Result<Vec<BlobRow>, AdminError> {
        let db = self.core.store.read();
        let creators = people(db, blobs.iter().filter_map(|blob| blob.created_by)).await?;
        let policies = policies::all(db).await?.into_iter();
        let policies: HashMap<PolicyId, Arc<storage_policy::Model>> =
            policies.map(|row| (row.id, Arc::new(row))).collect();
        let rows = blobs.into_iter().map(|blob| BlobRow {
            creator: blob.created_by.and_then(|id| creators.get(&id).cloned()),
            policy: policies.get(&blob.policy_id).cloned(),
            holders: Vec::new(),
            blob,
        });
        Ok(rows.collect())
    }
}

pub(crate) async fn people(
    db: &store::Connection,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<HashMap<UserId, Arc<user::Model>>, AdminError> {
    let found = file_pages::accounts(db, ids).await?.into_iter();
    Ok(found.map(|(id, row)| (id, Arc::new(row))).collect())
}
