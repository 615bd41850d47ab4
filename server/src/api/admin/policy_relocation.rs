//! `/admin/policy/{id}/relocate`: what a policy keeps moves to another. Ours.

use super::group::path_id;
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::workflow::TaskView;
use crate::api::{ApiError, ApiResult, Tag, ok};
use crate::services::Services;
use drive::relocation::Kept;
use entity::{PolicyId, UserId};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/policy/{id}/relocate`
#[derive(Debug)]
pub struct PolicyRelocationApi {
    pub(in crate::api) services: Arc<Services>,
}

/// What moves, and where to.
#[derive(Object)]
struct PolicyRelocation {
    /// The policy that is to keep it.
    target: i64,
    /// Only what files of this account hold.
    user: Option<i64>,
}

/// How much that is.
#[derive(Debug, Object, Serialize)]
struct RelocatableAmount {
    blobs: i64,
    bytes: i64,
}

fn kept(policy: i64, user: Option<i64>) -> Result<Kept, ApiError> {
    Ok(Kept {
        policy: PolicyId(path_id(policy)?),
        owner: user.map(path_id).transpose()?.map(UserId),
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl PolicyRelocationApi {
    /// How much would move.
    #[oai(
        path = "/admin/policy/:id/relocate",
        method = "get",
        operation_id = "getRelocatable"
    )]
    async fn amount(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        /// Only what files of this account hold.
        user: Query<Option<i64>>,
    ) -> ApiResult<RelocatableAmount> {
        let kept = kept(*id, *user)?;
        let found = self.services.admin.policies.relocatable(&actor, kept);
        let found = found.await?;
        ok(RelocatableAmount {
            blobs: found.blobs,
            bytes: found.bytes,
        })
    }

    /// Begins to move it, for all who hold the same. The task is one's own.
    #[oai(
        path = "/admin/policy/:id/relocate",
        method = "post",
        operation_id = "relocatePolicy"
    )]
    async fn relocate(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        body: Json<PolicyRelocation>,
    ) -> ApiResult<TaskView> {
        let kept = kept(*id, body.user)?;
        let target = PolicyId(path_id(body.target)?);
        let policies = &self.services.admin.policies;
        let begun = policies.relocate(&actor, kept, target).await?;
        ok(TaskView::of(begun, &self.services.core.settings().ids))
    }
}
