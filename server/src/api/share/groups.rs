//! `/group`: whom a share can be limited to.

use crate::api::authority::{Needs, SharesWrite};
use crate::api::{ApiResult, Tag, ok};
use crate::services::Services;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use wire::IdKind;

/// `/group`
pub struct GroupApi {
    pub services: Arc<Services>,
}

/// A group as all may see it who share with it.
#[derive(Debug, Object, Serialize)]
struct GroupName {
    id: String,
    name: String,
}

#[OpenApi(prefix_path = "/group", tag = "Tag::Share")]
impl GroupApi {
    /// Names the groups that a share can be limited to; visitors without an account are none.
    #[oai(path = "/list", method = "get", operation_id = "listGroups")]
    async fn list(&self, actor: Needs<SharesWrite>) -> ApiResult<Vec<GroupName>> {
        let groups = self.services.shares.groups(&actor).await?;
        let ids = &self.services.core.settings().ids;
        ok(groups
            .into_iter()
            .map(|(id, name)| GroupName {
                id: ids.encode(IdKind::Group, id.0),
                name,
            })
            .collect())
    }
}
