//! `/user/authn`: one's own passkeys.

use crate::api::authority::{AskedSite, From, Needs, UserSecurityWrite};
use crate::api::{ApiResult, NoData, Tag, done, ok, time};
use crate::services::Services;
use chrono::{DateTime, Utc};
use entity::passkey;
use identity::account::NewPasskeyAnswer;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// `/user/authn`
#[derive(Debug)]
pub struct PasskeyApi {
    pub(in crate::api) services: Arc<Services>,
}

/// One of one's passkeys.
#[derive(Debug, Object, Serialize)]
pub(super) struct PasskeyView {
    /// The credential's, in base64.
    id: String,
    name: String,
    /// Left out: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl PasskeyView {
    pub(super) fn of(passkey: passkey::Model) -> Self {
        Self {
            id: passkey.credential_id,
            name: passkey.name,
            used_at: passkey.used_at.map(time::wire),
            created_at: time::wire(passkey.created_at),
        }
    }
}

/// What `navigator.credentials.create` takes, with binary parts in base64url.
#[derive(Debug, Object, Serialize)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase")]
struct CreationView {
    public_key: Any<Value>,
}

/// A new passkey as the browser made it.
#[derive(Object)]
struct NewPasskey {
    /// JSON text.
    #[oai(validator(min_length = 1))]
    response: String,
    /// May name `{os}` and `{browser}`.
    #[oai(default, validator(max_length = 255))]
    name: String,
    /// The browser's user agent, to fill the name in.
    #[oai(default, validator(max_length = 1024))]
    ua: String,
}

#[OpenApi(prefix_path = "/user/authn", tag = "Tag::User")]
impl PasskeyApi {
    /// Begins to register a passkey, good for five minutes and one answer.
    #[oai(path = "/", method = "put", operation_id = "beginPasskey")]
    async fn begin(
        &self,
        actor: Needs<UserSecurityWrite>,
        AskedSite(site): AskedSite,
    ) -> ApiResult<CreationView> {
        let mut options = self.services.accounts.begin_passkey(&actor, &site).await?;
        ok(CreationView {
            public_key: Any(options["publicKey"].take()),
        })
    }

    /// Registers the passkey that the browser made.
    #[oai(path = "/", method = "post", operation_id = "finishPasskey")]
    async fn add(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        AskedSite(site): AskedSite,
        body: Json<NewPasskey>,
    ) -> ApiResult<PasskeyView> {
        let answer = NewPasskeyAnswer {
            response: &body.response,
            name: &body.name,
            user_agent: &body.ua,
        };
        let added = self
            .services
            .accounts
            .add_passkey(&actor, &site, answer, &origin)
            .await?;
        ok(PasskeyView::of(added))
    }

    /// Removes a passkey.
    #[oai(path = "/", method = "delete", operation_id = "deletePasskey")]
    async fn remove(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        #[oai(validator(min_length = 1, max_length = 1024))] id: Query<String>,
    ) -> ApiResult<NoData> {
        self.services
            .accounts
            .remove_passkey(&actor, &id, &origin)
            .await?;
        done()
    }
}
