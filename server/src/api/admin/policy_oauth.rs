//! `/admin/policy/oauth`: letting the site into a drive at Microsoft.

use super::group::path_id;
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::wire;
use crate::api::{ApiError, ApiResult, NoData, Nullable, Tag, done, ok};
use crate::services::Services;
use chrono::{DateTime, Utc};
use entity::PolicyId;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/policy/oauth`
#[derive(Debug)]
pub struct PolicyOAuthApi {
    pub(in crate::api) services: Arc<Services>,
}

/// The app as which the site is registered at Microsoft.
#[derive(Object)]
struct PolicySignIn {
    /// Of the policy.
    id: i64,
    secret: String,
    app_id: String,
}

/// What Microsoft sent an administrator back with.
#[derive(Object)]
struct PolicyCallback {
    code: String,
    /// Id of the policy, as text.
    state: String,
}

/// Whether a policy is let in.
#[derive(Debug, Object, Serialize)]
struct PolicySignInStatus {
    valid: bool,
    /// `null`: never.
    last_refresh_time: Nullable<DateTime<Utc>>,
}

#[OpenApi(tag = "Tag::Admin")]
impl PolicyOAuthApi {
    /// Where administrators come back to from Microsoft, which wants to know it beforehand.
    #[oai(
        path = "/admin/policy/oauth/redirect",
        method = "get",
        operation_id = "getPolicySignInRedirect"
    )]
    #[expect(clippy::unused_async, reason = "handlers are async")]
    async fn redirect(&self, actor: Needs<AdminRead>) -> ApiResult<String> {
        ok(self.services.admin.policies.sign_in_redirect(&actor)?)
    }

    /// Keeps an app with a policy of OneDrive. Answers the page where somebody who has a drive lets
    /// it in.
    #[oai(
        path = "/admin/policy/oauth/signin",
        method = "post",
        operation_id = "beginPolicySignIn"
    )]
    async fn begin(&self, actor: Needs<AdminWrite>, body: Json<PolicySignIn>) -> ApiResult<String> {
        let (id, app) = (PolicyId(body.id), (&*body.app_id, &*body.secret));
        let policies = &self.services.admin.policies;
        ok(policies.begin_sign_in(&actor, id, app).await?)
    }

    /// Ends what `signin` began: what the code is exchanged for is kept and tried.
    #[oai(
        path = "/admin/policy/oauth/callback",
        method = "post",
        operation_id = "finishPolicySignIn"
    )]
    async fn finish(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<PolicyCallback>,
    ) -> ApiResult<NoData> {
        let id = body.state.parse().map(PolicyId);
        let id = id.map_err(|_| ApiError::binding("The state is not the id of a policy"))?;
        let policies = &self.services.admin.policies;
        policies.finish_sign_in(&actor, id, &body.code).await?;
        done()
    }

    /// Whether a policy of OneDrive is let in.
    #[oai(
        path = "/admin/policy/oauth/status/:id",
        method = "get",
        operation_id = "getPolicySignIn"
    )]
    async fn status(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
    ) -> ApiResult<PolicySignInStatus> {
        let id = PolicyId(path_id(*id)?);
        let policies = &self.services.admin.policies;
        let (valid, renewed) = policies.sign_in_status(&actor, id).await?;
        ok(PolicySignInStatus {
            valid,
            last_refresh_time: Nullable(renewed.map(wire)),
        })
    }

    /// The drive of a SharePoint site, as the options of a policy name it: `sites/{id}/drive`.
    #[oai(
        path = "/admin/policy/oauth/root/:id",
        method = "get",
        operation_id = "findSharePointDrive"
    )]
    async fn root(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        /// Address of the site.
        url: Query<String>,
    ) -> ApiResult<String> {
        let id = PolicyId(path_id(*id)?);
        let policies = &self.services.admin.policies;
        ok(policies.drive_of_site(&actor, id, &url).await?)
    }
}
