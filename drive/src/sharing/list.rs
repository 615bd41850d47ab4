//! Lists of shares: one's own, and what somebody shows in their profile.

use crate::error::FileError;
use crate::share::{ShareError, ShareInfo, Shares, is_active};
use entity::UserId;
use serde::{Deserialize, Serialize};
use site::access;
use site::actor::Actor;
use store::accounts;
use store::shares::{self, OrderBy, SharePosition, Shown, Sort};
use wire::page_token;

/// Which page of a list is asked for.
#[derive(Clone, Debug)]
pub struct ShareListRequest {
    /// 10–100.
    pub page_size: u32,
    pub order_by: Option<String>,
    pub order_direction: Option<String>,
    pub token: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct SharePage {
    pub shares: Vec<ShareInfo>,
    pub next_token: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ShareListStart {
    sort: Sort,
    after: SharePosition,
}

impl Shares {
    /// One's own shares, with all that their owner may see, those that are over among them.
    /// # Errors
    /// `LoginRequired`, `BadPageToken`
    pub async fn mine(
        &self,
        actor: &Actor,
        request: &ShareListRequest,
    ) -> Result<SharePage, FileError> {
        let me = access::signed_in(actor)?.user.id;
        self.page(actor, me, Shown::All, request).await
    }

    /// What somebody shows in their profile, as strangers see it.
    /// # Errors
    /// `NoSuchAccount`; `ProfileHidden` if they hide it; `BadPageToken`
    pub async fn of_user(
        &self,
        actor: &Actor,
        user: UserId,
        request: &ShareListRequest,
    ) -> Result<SharePage, FileError> {
        let db = self.core.store.read();
        if !is_active(&self.core, user).await? {
            return Err(ShareError::NoSuchAccount.into());
        }
        let owner = accounts::by_id(db, user).await?;
        let owner = owner.ok_or(ShareError::NoSuchAccount)?;
        let shown = match owner.settings.share_links_in_profile.as_str() {
            "all_share" => Shown::ForAnybody,
            "hide_share" => {
                return Err(ShareError::ProfileHidden.into());
            }
            // The setting may be any text.
            _ => Shown::Open,
        };
        self.page(actor, user, shown, request).await
    }

    async fn page(
        &self,
        actor: &Actor,
        owner: UserId,
        shown: Shown,
        request: &ShareListRequest,
    ) -> Result<SharePage, FileError> {
        let sort = sort_of(request);
        let after = match &request.token {
            None => None,
            Some(token) => {
                let start: ShareListStart =
                    page_token::decode(token).map_err(|_| FileError::BadPageToken)?;
                if start.sort != sort {
                    return Err(FileError::BadPageToken);
                }
                Some(start.after)
            }
        };
        let db = self.core.store.read();
        let wanted = u64::from(request.page_size) + 1;
        let mut rows = shares::page(db, owner, shown, sort, after, wanted).await?;
        let more = rows.len() as u64 == wanted;
        rows.truncate(request.page_size as usize);
        let next_token = rows.last().filter(|_| more).map(|last| {
            page_token::encode(&ShareListStart {
                sort,
                after: SharePosition::of(last, sort),
            })
        });
        let shares = self.shown(actor, rows, shown == Shown::All).await?;
        Ok(SharePage { shares, next_token })
    }
}

/// The order asked for, else by id. Unknown words mean the default.
fn sort_of(request: &ShareListRequest) -> Sort {
    Sort {
        by: match request.order_by.as_deref() {
            Some("views") => OrderBy::Views,
            Some("downloads") => OrderBy::Downloads,
            Some("remain_downloads") => OrderBy::Remaining,
            _ => OrderBy::Id,
        },
        descending: request.order_direction.as_deref() == Some("desc"),
    }
}
