//! `/admin/settings`: every setting of the site.

use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::{ApiResult, Tag, Text, ok};
use crate::services::Services;
use admin::SettingsPatch;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use site::settings::{Description, Kind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `/admin/settings`
#[derive(Debug)]
pub struct SettingsApi {
    pub(in crate::api) services: Arc<Services>,
}

/// Which settings are wanted.
#[derive(Object)]
struct SettingsWanted {
    keys: Vec<String>,
}

/// Settings to change, all of them or none.
#[derive(Object)]
struct SettingsChange {
    settings: BTreeMap<String, Text>,
    /// What they are believed to be: if one of them is something else meanwhile, nothing changes.
    #[oai(default)]
    expected: BTreeMap<String, Text>,
}

/// What a value has to look like.
#[derive(Clone, Copy, Debug, Enum, Serialize)]
#[oai(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum SettingKind {
    /// `1` or `0`.
    Flag,
    Number,
    /// One of `choices`.
    Choice,
    /// Elements between commas.
    List,
    Json,
    Text,
    Secret,
}

/// One setting, for a page on which it can be set.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct SettingView {
    key: String,
    kind: SettingKind,
    /// What a new site starts with; empty for what is drawn.
    default: String,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    least: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<String>>,
    /// Nothing reads it yet: it is kept for clients that set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unused: Option<bool>,
}

impl SettingView {
    fn of(one: Description) -> Self {
        let (kind, least, choices) = match one.kind {
            Kind::Flag => (SettingKind::Flag, None, None),
            Kind::Number { least } => (SettingKind::Number, Some(least), None),
            Kind::Choice(choices) => (SettingKind::Choice, None, Some(choices)),
            Kind::List => (SettingKind::List, None, None),
            Kind::Json => (SettingKind::Json, None, None),
            Kind::Text => (SettingKind::Text, None, None),
            Kind::Secret => (SettingKind::Secret, None, None),
        };
        Self {
            key: one.key.to_owned(),
            unused: (!one.is_read).then_some(true),
            kind,
            default: one.default,
            least,
            choices: choices.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
        }
    }
}

fn texts(sent: BTreeMap<String, Text>) -> BTreeMap<String, String> {
    let all = sent.into_iter();
    all.map(|(key, Text(value))| (key, value)).collect()
}

#[OpenApi(tag = "Tag::Admin")]
impl SettingsApi {
    /// The values of settings, as far as they are stored; all of them are text.
    #[oai(
        path = "/admin/settings",
        method = "post",
        operation_id = "getSiteSettings"
    )]
    async fn get(
        &self,
        actor: Needs<AdminRead>,
        body: Json<SettingsWanted>,
    ) -> ApiResult<BTreeMap<String, String>> {
        let found = self.services.admin.settings.get(&actor, &body.keys).await;
        ok(found?)
    }

    /// Changes settings, which are in force at once. Answers them as they are stored.
    #[oai(
        path = "/admin/settings",
        method = "patch",
        operation_id = "changeSiteSettings"
    )]
    async fn change(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<SettingsChange>,
    ) -> ApiResult<BTreeMap<String, String>> {
        let patch = SettingsPatch {
            values: texts(body.0.settings),
            expected: texts(body.0.expected),
        };
        ok(self.services.admin.settings.patch(&actor, patch).await?)
    }

    /// What there is to set, and what values have to look like.
    #[oai(
        path = "/admin/settings/describe",
        method = "get",
        operation_id = "describeSiteSettings"
    )]
    #[expect(clippy::unused_async, reason = "the macro awaits every handler")]
    async fn describe(&self, actor: Needs<AdminRead>) -> ApiResult<Vec<SettingView>> {
        let all = self.services.admin.settings.describe(&actor)?.into_iter();
        ok(all.map(SettingView::of).collect::<Vec<_>>())
    }
}
