//! Shares of everybody.

use crate::blobs::people;
use crate::error::AdminError;
use crate::page::{Page, PageRequest, Totals};
use drive::context::Core;
use drive::share::Shares as SharesOfPeople;
use entity::{FileId, ShareId, file, share, user};
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::file_pages;
use store::share_pages::{self as pages, ShareFilter, ShareOrder};

/// A share as administrators see it.
#[derive(Clone, Debug)]
pub struct ShareRow {
    pub share: share::Model,
    pub owner: Option<Arc<user::Model>>,
    pub file: Option<file::Model>,
    /// In clear, if there is one.
    pub password: Option<String>,
}

/// The service behind the pages of shares.
#[derive(Clone, Debug)]
pub struct Shares {
    core: Arc<Core>,
    of_people: SharesOfPeople,
    totals: Totals,
}

impl Shares {
    pub(crate) fn new(core: Arc<Core>, totals: Totals) -> Self {
        Self {
            of_people: SharesOfPeople::new(Arc::clone(&core)),
            core,
            totals,
        }
    }

    /// A page of the shares. Apps are not told passwords.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &ShareFilter,
    ) -> Result<Page<ShareRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let order = match request.order_by.as_str() {
            "views" => ShareOrder::Views,
            "downloads" => ShareOrder::Downloads,
            "remain_downloads" => ShareOrder::Remaining,
            _ => ShareOrder::Id,
        };
        let shares = pages::page(db, filter, order, request.slice()).await?;
        Ok(Page {
            rows: self.rows(actor, shares).await?,
            total: self.totals.of(filter, pages::count(db, filter)).await?,
        })
    }

    /// One share.
    /// # Errors
    /// `ShareNotFound`
    pub async fn get(&self, actor: &Actor, id: ShareId) -> Result<ShareRow, AdminError> {
        crate::administrator(actor)?;
        let found = pages::by_ids(self.core.store.read(), &[id]).await?;
        let row = self.rows(actor, found).await?.pop();
        row.ok_or(AdminError::ShareNotFound)
    }

    /// Takes shares back; those that are not there are passed over.
    /// # Errors
    /// `File`
    pub async fn delete(&self, actor: &Actor, ids: &[ShareId]) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        Ok(self.of_people.take_back_of_anybody(actor, ids).await?)
    }

    async fn rows(
        &self,
        actor: &Actor,
        shares: Vec<share::Model>,
    ) -> Result<Vec<ShareRow>, AdminError> {
        let db = self.core.store.read();
        let owners = people(db, shares.iter().map(|share| share.owner_id)).await?;
        let files: Vec<FileId> = shares.iter().map(|share| share.file_id).collect();
        let files = file_pages::by_ids(db, &files).await?.into_iter();
        let files: HashMap<FileId, file::Model> = files.map(|row| (row.id, row)).collect();
        let is_app = actor.scopes().is_some();
        let rows = shares.into_iter().map(|share| ShareRow {
            owner: owners.get(&share.owner_id).cloned(),
            file: files.get(&share.file_id).cloned(),
            password: if is_app {
                share.password_sealed.as_ref().map(|_| String::new())
            } else {
                self.of_people.password_for_administrator(&share)
            },
            share,
        });
        Ok(rows.collect())
    }
}
