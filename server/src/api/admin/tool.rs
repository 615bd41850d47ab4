//! `/admin/tool`: trying things out before they are relied on.

use crate::api::authority::{AdminWrite, Needs};
use crate::api::{ApiResult, NoData, Tag, Text, done};
use crate::services::Services;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `/admin/tool`
#[derive(Debug)]
pub struct ToolsApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A letter to send.
#[derive(Object)]
struct TestMail {
    to: String,
    /// Settings that need not be saved; those that are missing are as they are.
    #[oai(default)]
    settings: BTreeMap<String, Text>,
}

#[OpenApi(tag = "Tag::Admin")]
impl ToolsApi {
    /// Sends a letter by settings that need not be saved. Answers when the mail server has taken it.
    #[oai(
        path = "/admin/tool/mail",
        method = "post",
        operation_id = "sendTestMail"
    )]
    async fn mail(&self, actor: Needs<AdminWrite>, body: Json<TestMail>) -> ApiResult<NoData> {
        let to = crate::api::session::email(&body.to)?;
        let values = body.0.settings.into_iter();
        let values = values.map(|(key, Text(value))| (key, value)).collect();
        let tools = &self.services.admin.tools;
        tools.send_test_mail(&actor, &to, values).await?;
        done()
    }
}
