//! `/admin/tool`: trying things out before they are relied on.

use crate::api::authority::{AdminWrite, Needs};
use crate::api::{ApiError, ApiResult, NoData, Tag, Text, done, ok};
use crate::services::Services;
use admin::WopiApp;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::limits::TOOL_TEXT_BYTES;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

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

/// A program to try.
#[derive(Object)]
struct TriedProgram {
    /// `vips`, `ffmpeg`, `ffprobe`, `libreOffice` or `libraw`.
    name: String,
    /// Its path, or its name.
    executable: String,
}

/// What an office server opens.
#[derive(Debug, Object, Serialize)]
struct WopiViewers {
    viewers: Vec<WopiViewer>,
}

/// A program of an office server, as an entry of the setting `file_viewers`.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct WopiViewer {
    /// A new one.
    id: String,
    /// `wopi`
    r#type: String,
    display_name: String,
    icon: String,
    exts: Vec<String>,
    wopi_actions: BTreeMap<String, WopiUrls>,
}

/// Where files with an ending are opened.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct WopiUrls {
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<String>,
}

impl From<WopiApp> for WopiViewer {
    fn from(app: WopiApp) -> Self {
        let urls = app.actions.into_iter().map(|(ending, actions)| {
            let (view, edit) = (actions.view, actions.edit);
            (ending, WopiUrls { view, edit })
        });
        let wopi_actions: BTreeMap<_, _> = urls.collect();
        Self {
            id: Uuid::new_v4().to_string(),
            r#type: "wopi".to_owned(),
            display_name: app.name,
            icon: app.icon,
            exts: wopi_actions.keys().cloned().collect(),
            wopi_actions,
        }
    }
}

fn within<'a>(text: &'a str, name: &str) -> Result<&'a str, ApiError> {
    if text.is_empty() {
        return Err(ApiError::binding(format!("{name} cannot be empty")));
    }
    if text.len() > TOOL_TEXT_BYTES {
        return Err(ApiError::binding(format!("{name} too long")));
    }
    Ok(text)
}

#[OpenApi(tag = "Tag::Admin")]
impl ToolsApi {
    /// The programs of an office server, whose discovery is at an address.
    #[oai(
        path = "/admin/tool/wopi",
        method = "get",
        operation_id = "discoverWopi"
    )]
    async fn wopi(
        &self,
        actor: Needs<AdminWrite>,
        endpoint: Query<String>,
    ) -> ApiResult<WopiViewers> {
        let endpoint = within(&endpoint, "Endpoint")?;
        let tools = &self.services.admin.tools;
        let apps = tools.discover_wopi(&actor, endpoint).await?;
        let viewers = apps.into_iter().map(WopiViewer::from).collect();
        ok(WopiViewers { viewers })
    }

    /// Asks a program that makes small pictures what it is. It runs confined.
    #[oai(
        path = "/admin/tool/thumbExecutable",
        method = "post",
        operation_id = "tryThumbnailProgram"
    )]
    async fn program(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<TriedProgram>,
    ) -> ApiResult<String> {
        let executable = within(&body.executable, "Executable")?;
        let tools = &self.services.admin.tools;
        ok(tools.try_program(&actor, &body.name, executable).await?)
    }

    /// Forgets addresses of blobs. Each is made when it is asked for, so there is none to forget.
    #[oai(
        path = "/admin/tool/entityUrlCache",
        method = "delete",
        operation_id = "forgetBlobUrls"
    )]
    #[expect(clippy::unused_async, reason = "the macro awaits every handler")]
    async fn forget_urls(&self, _actor: Needs<AdminWrite>) -> ApiResult<NoData> {
        done()
    }

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
