//! `/session/authn`: signing in with a passkey.

use super::SignedInView;
use crate::api::authority::{AskedSite, From, Needs, Public};
use crate::api::{ApiResult, Tag, ok};
use crate::services::Services;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// `/session/authn`
#[derive(Debug)]
pub struct PasskeySignInApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A sign-in that waits for a passkey.
#[derive(Debug, Object, Serialize)]
struct BegunView {
    /// What `navigator.credentials.get` takes, with binary parts in base64url.
    options: Any<Value>,
    session_id: String,
}

/// What the browser got from the passkey.
#[derive(Object)]
struct PasskeyAnswer {
    /// JSON text.
    #[oai(validator(min_length = 1))]
    response: String,
    #[oai(validator(min_length = 1, max_length = 64))]
    session_id: String,
}

#[OpenApi(prefix_path = "/session/authn", tag = "Tag::Session")]
impl PasskeySignInApi {
    /// Begins a sign-in with a passkey, good for five minutes and one answer.
    #[oai(path = "/", method = "put", operation_id = "beginPasskeySignIn")]
    async fn begin(
        &self,
        _actor: Needs<Public>,
        AskedSite(site): AskedSite,
    ) -> ApiResult<BegunView> {
        let begun = self.services.accounts.begin_passkey_sign_in(&site).await?;
        ok(BegunView {
            options: Any(begun.options),
            session_id: begun.session,
        })
    }

    /// Signs in with the answer of a passkey.
    #[oai(path = "/", method = "post", operation_id = "finishPasskeySignIn")]
    async fn finish(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        AskedSite(site): AskedSite,
        body: Json<PasskeyAnswer>,
    ) -> ApiResult<SignedInView> {
        let signed_in = self
            .services
            .accounts
            .sign_in_with_passkey(&body.session_id, &body.response, &site, &origin)
            .await?;
        ok(SignedInView::of(&self.services, signed_in))
    }
}
