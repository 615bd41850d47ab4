//! Which storage policies people may choose from, and which they chose for a folder.

use super::parse_uri;
use super::views::PolicyView;
use crate::api::Tag;
use crate::api::authority::{FilesWrite, Needs, UserInfoRead};
use crate::api::envelope::{ApiResult, ok};
use crate::api::error::ApiError;
use crate::services::Services;
use entity::PolicyId;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::IdKind;

/// `/user/setting/policies` and `/file/policy`
pub struct FilePolicyApi {
    pub services: Arc<Services>,
}

/// A choice for a folder.
#[derive(Debug, Object)]
struct ChoosePolicy {
    uri: String,
    /// Empty: what holds for the folder above.
    #[oai(default)]
    policy_id: String,
}

#[OpenApi(tag = "Tag::File")]
impl FilePolicyApi {
    /// What one may choose from for one's folders: first what they have without a choice.
    #[oai(
        path = "/user/setting/policies",
        method = "get",
        operation_id = "listOfferedPolicies"
    )]
    async fn offered(&self, actor: Needs<UserInfoRead>) -> ApiResult<Vec<PolicyView>> {
        let offered = self.services.tree.offered_policies(&actor).await?;
        let settings = self.services.core.settings();
        let views = offered.iter();
        ok(views
            .filter_map(|policy| PolicyView::of_offered(policy, &settings))
            .collect())
    }

    /// Chooses where new bytes of a folder go, and of those below it without a choice of their own.
    /// Answers the policy that holds from now on, and then those that it is spread over, if it is.
    #[oai(path = "/file/policy", method = "patch", operation_id = "choosePolicy")]
    async fn choose(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<ChoosePolicy>,
    ) -> ApiResult<Vec<PolicyView>> {
        let settings = self.services.core.settings();
        let policy = if body.policy_id.is_empty() {
            None
        } else {
            let id = settings.ids.decode(IdKind::Policy, &body.policy_id);
            Some(PolicyId(id.ok_or(ApiError::BadId)?))
        };
        let uri = parse_uri(&body.uri)?;
        let chosen = self.services.tree.choose_policy(&actor, &uri, policy);
        let Some(chosen) = chosen.await? else {
            return ok(Vec::new());
        };
        let mut views: Vec<PolicyView> = PolicyView::of_offered(&chosen, &settings)
            .into_iter()
            .collect();
        // One that keeps bytes itself is not spread over anything.
        let children = chosen
            .takers
            .iter()
            .filter(|taker| taker.row.id != chosen.id);
        views.extend(children.map(|taker| PolicyView::of(taker, &settings)));
        ok(views)
    }
}
