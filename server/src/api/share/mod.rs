//! `/share`: handing files and folders to others; and the shares of a profile.

mod groups;
mod permissions;
mod view;

use super::address;
use super::authority::{Needs, Public, SharesRead, SharesWrite};
use super::file::parse_uri;
use super::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use drive::share::InfoOptions;
use drive::sharing::{EditShare, ShareLink, ShareListRequest};
use entity::UserId;
use permissions::PermissionsBody;
use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::IdKind;

pub use groups::GroupApi;
use view::SharesView;
pub use view::{ShareView, share_url};

/// Shares.
pub struct ShareApi {
    pub services: Arc<Services>,
}

/// What a share is to be. Editing replaces everything but privacy and password; what is left out
/// is unlimited, except for `permissions`, which stay.
#[derive(Debug, Object)]
struct ShareBody {
    /// The file or folder, in one's own drive.
    uri: String,
    /// It needs a password.
    #[oai(default)]
    is_private: bool,
    /// Letters and digits, at most 32; one is drawn for a private share without.
    #[oai(default)]
    password: String,
    /// Downloads left; 0 = unlimited.
    #[oai(default)]
    downloads: i64,
    /// Seconds until it ends; 0 = never.
    #[oai(default)]
    expire: i64,
    /// Visitors see folders as their owner does.
    #[oai(default)]
    share_view: bool,
    #[oai(default)]
    show_readme: bool,
    /// Whom it is for, and what they may do; without, whoever has the link may read.
    permissions: Option<PermissionsBody>,
}

#[derive(Debug, Object)]
struct DeleteShares {
    ids: Vec<String>,
}

/// A switch in a query.
fn is_on(text: Option<String>) -> bool {
    text.is_some_and(|text| matches!(text.as_str(), "true" | "1"))
}

#[OpenApi(tag = "Tag::Share")]
impl ShareApi {
    /// Shares a file or folder; answers the link.
    #[oai(path = "/share", method = "put", operation_id = "createShare")]
    async fn create(
        &self,
        actor: Needs<SharesWrite>,
        request: &Request,
        body: Json<ShareBody>,
    ) -> ApiResult<String> {
        let new = self.read(body.0)?;
        let link = self.services.shares.create(&actor, new).await?;
        ok(self.url(request, &link))
    }

    /// Changes a share; answers the link.
    #[oai(path = "/share/:id", method = "post", operation_id = "editShare")]
    async fn edit(
        &self,
        actor: Needs<SharesWrite>,
        request: &Request,
        id: Path<String>,
        body: Json<ShareBody>,
    ) -> ApiResult<String> {
        let edit = self.read(body.0)?;
        let link = self.services.shares.edit(&actor, &id, edit).await?;
        ok(self.url(request, &link))
    }

    /// One share, as much of it as who asks may see.
    #[oai(path = "/share/info/:id", method = "get", operation_id = "shareInfo")]
    async fn info(
        &self,
        actor: Needs<SharesRead>,
        request: &Request,
        id: Path<String>,
        password: Query<Option<String>>,
        /// It was opened, not only looked up.
        count_views: Query<Option<String>>,
        /// With where its owner edits it.
        owner_extended: Query<Option<String>>,
    ) -> ApiResult<ShareView> {
        let options = InfoOptions {
            password: password.0.as_deref(),
            count_view: is_on(count_views.0),
            with_source: is_on(owner_extended.0),
        };
        let info = self.services.shares.info(&actor, &id, options).await?;
        let settings = self.services.core.settings();
        let site = address::site(request, &settings);
        ok(ShareView::shown_to(&actor, info, &settings, &site))
    }

    /// One's own shares, those that are over among them.
    #[oai(path = "/share", method = "get", operation_id = "listShares")]
    async fn list(
        &self,
        actor: Needs<SharesRead>,
        request: &Request,
        #[oai(validator(minimum(value = "10"), maximum(value = "100")))] page_size: Query<u32>,
        /// `views`, `downloads` or `remain_downloads`; otherwise by age.
        order_by: Query<Option<String>>,
        order_direction: Query<Option<String>>,
        next_page_token: Query<Option<String>>,
    ) -> ApiResult<SharesView> {
        let wanted = wanted(
            page_size.0,
            order_by.0,
            order_direction.0,
            next_page_token.0,
        );
        let page = self.services.shares.mine(&actor, &wanted).await?;
        let settings = self.services.core.settings();
        let site = address::site(request, &settings);
        ok(SharesView::of(
            page,
            wanted.page_size,
            &actor,
            &settings,
            &site,
        ))
    }

    /// What others shared with one by name, or with one's group: what is still open, newest first.
    #[oai(
        path = "/share/received",
        method = "get",
        operation_id = "receivedShares"
    )]
    async fn received(
        &self,
        actor: Needs<SharesRead>,
        request: &Request,
        #[oai(validator(minimum(value = "10"), maximum(value = "100")))] page_size: Query<u32>,
        next_page_token: Query<Option<String>>,
    ) -> ApiResult<SharesView> {
        let token = next_page_token.0.filter(|token| !token.is_empty());
        let shares = &self.services.shares;
        let page = shares
            .received(&actor, page_size.0, token.as_deref())
            .await?;
        let settings = self.services.core.settings();
        let site = address::site(request, &settings);
        ok(SharesView::received(page, page_size.0, &settings, &site))
    }

    /// What somebody shows in their profile.
    #[oai(
        path = "/user/shares/:id",
        method = "get",
        operation_id = "profileShares"
    )]
    #[expect(clippy::too_many_arguments, reason = "one a query parameter")]
    async fn profile(
        &self,
        actor: Needs<Public>,
        request: &Request,
        id: Path<String>,
        #[oai(validator(minimum(value = "10"), maximum(value = "100")))] page_size: Query<u32>,
        order_by: Query<Option<String>>,
        order_direction: Query<Option<String>>,
        next_page_token: Query<Option<String>>,
    ) -> ApiResult<SharesView> {
        let wanted = wanted(
            page_size.0,
            order_by.0,
            order_direction.0,
            next_page_token.0,
        );
        let settings = self.services.core.settings();
        let user = settings.ids.decode(IdKind::User, &id);
        let user = user.map(UserId).ok_or(ApiError::BadId)?;
        let shares = &self.services.shares;
        let page = shares.of_user(&actor, user, &wanted).await?;
        let site = address::site(request, &settings);
        ok(SharesView::of(
            page,
            wanted.page_size,
            &actor,
            &settings,
            &site,
        ))
    }

    /// Takes a share back; administrators anybody's.
    #[oai(path = "/share/:id", method = "delete", operation_id = "deleteShare")]
    async fn delete(&self, actor: Needs<SharesWrite>, id: Path<String>) -> ApiResult<NoData> {
        self.services.shares.delete(&actor, &id).await?;
        done()
    }

    /// Takes several of one's own shares back.
    #[oai(path = "/share", method = "delete", operation_id = "deleteShares")]
    async fn delete_many(
        &self,
        actor: Needs<SharesWrite>,
        body: Json<DeleteShares>,
    ) -> ApiResult<NoData> {
        self.services.shares.delete_many(&actor, &body.ids).await?;
        done()
    }
}

impl ShareApi {
    fn read(&self, body: ShareBody) -> Result<EditShare, ApiError> {
        let ids = &self.services.core.settings().ids;
        let permissions = body.permissions.map(|body| body.read(ids)).transpose()?;
        Ok(EditShare {
            uri: parse_uri(&body.uri)?,
            is_private: body.is_private,
            password: body.password,
            downloads: body.downloads,
            expire_secs: body.expire,
            share_view: body.share_view,
            show_readme: body.show_readme,
            permissions,
        })
    }

    fn url(&self, request: &Request, link: &ShareLink) -> String {
        let settings = self.services.core.settings();
        let id = settings.ids.encode(IdKind::Share, link.public_number);
        let site = address::site(request, &settings);
        share_url(&site, &id, link.password.as_deref())
    }
}

fn wanted(
    page_size: u32,
    order_by: Option<String>,
    order_direction: Option<String>,
    token: Option<String>,
) -> ShareListRequest {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    ShareListRequest {
        page_size,
        order_by: filled(order_by),
        order_direction: filled(order_direction),
        token: filled(token),
    }
}
