//! The token endpoint (RFC 6749 §3.2, V4 API): a form in, bare JSON out.

use crate::api::envelope::{JSON, described};
use crate::api::error::ApiError;
use crate::api::{Bare, oauth_error, site_url};
use crate::http::correlation::CorrelationId;
use crate::services::Services;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::oauth::{AppTokens, CodeExchange, Credentials, OAuthError};
use percent_encoding::percent_decode_str;
use poem::http::StatusCode;
use poem::http::header::AUTHORIZATION;
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use poem_openapi::{ApiResponse, Object};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use site::actor::Origin;
use std::borrow::Cow;

/// What an app sends. Unknown fields are ignored, repeated ones refused (RFC 6749 §3.2).
#[derive(Default, Deserialize, Object)]
#[serde(default)]
pub(super) struct TokenForm {
    #[oai(default)]
    client_id: String,
    #[oai(default)]
    client_secret: String,
    /// `authorization_code` or `refresh_token`.
    grant_type: GrantType,
    #[oai(default)]
    code: String,
    #[oai(default)]
    code_verifier: String,
    /// If sent, the one of the consent.
    #[oai(default)]
    redirect_uri: String,
    #[oai(default)]
    refresh_token: String,
}

/// How an app asks for tokens. Any text is read, because RFC 6749 has a name for those that are
/// unknown.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct GrantType(String);

impl Type for GrantType {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "GrantType".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            enum_items: vec!["authorization_code".into(), "refresh_token".into()],
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for GrantType {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        String::parse_from_json(value)
            .map(Self)
            .map_err(ParseError::propagate)
    }
}

impl ToJSON for GrantType {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone().into())
    }
}

/// What an app gets.
#[derive(Debug, Object, Serialize)]
pub(super) struct TokenView {
    access_token: String,
    /// `Bearer`.
    token_type: String,
    /// Seconds.
    expires_in: i64,
    /// Seconds.
    refresh_token_expires_in: i64,
    /// Only if `offline_access` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Separated by spaces.
    scope: String,
    /// Who let the app in, signed; not when refreshing.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl TokenView {
    fn of(tokens: AppTokens) -> Self {
        Self {
            access_token: tokens.access,
            token_type: "Bearer".to_owned(),
            expires_in: tokens.expires_in,
            refresh_token_expires_in: tokens.refresh_expires_in,
            refresh_token: tokens.refresh,
            scope: tokens.scopes.to_string(),
            id_token: tokens.id_token,
        }
    }
}

impl TokenForm {
    /// With the credentials of an HTTP Basic header, if there is one, and nothing missing.
    pub(super) fn complete(mut self, request: &Request) -> Result<Self, ApiError> {
        if let Some((id, secret)) = basic(request) {
            // Two ways at once are an error (RFC 6749 §2.3).
            let contradicts = !self.client_id.is_empty() && self.client_id != id;
            if contradicts || !self.client_secret.is_empty() {
                return Err(ApiError::binding("ClientId is given twice"));
            }
            (self.client_id, self.client_secret) = (id, secret);
        }
        let proof = match self.grant_type.0.as_str() {
            "refresh_token" => ("RefreshToken", &self.refresh_token),
            _ => ("Code", &self.code),
        };
        let required = [
            ("ClientId", &self.client_id),
            ("ClientSecret", &self.client_secret),
            ("GrantType", &self.grant_type.0),
            proof,
        ];
        let missing = required.iter().find(|(_, value)| value.as_str().is_empty());
        match missing.map(|(name, _)| *name) {
            Some(name) => Err(ApiError::binding(format!("{name} cannot be empty"))),
            None => Ok(self),
        }
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials {
            client_id: &self.client_id,
            client_secret: &self.client_secret,
        }
    }
}

/// Id and secret, each encoded as in a form (RFC 6749 §2.3.1).
fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, encoded) = request.header(AUTHORIZATION)?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    Some((decode(id), decode(secret)))
}

/// Does what a complete form asks for.
pub(super) async fn tokens(
    services: &Services,
    form: &TokenForm,
    request: &Request,
    origin: &Origin,
) -> Result<TokenView, OAuthError> {
    match form.grant_type.0.as_str() {
        "authorization_code" => {
            let given = CodeExchange {
                credentials: form.credentials(),
                code: &form.code,
                verifier: &form.code_verifier,
                redirect_uri: &form.redirect_uri,
            };
            let site = site_url(request, &services.core.settings());
            let tokens = services.oauth.exchange(given, &site, origin).await?;
            Ok(TokenView::of(tokens))
        }
        "refresh_token" => {
            let given = form.credentials();
            services.oauth.authenticate(given, origin).await?;
            let app = services.accounts.app_of_refresh(&form.refresh_token);
            let app = app.map_err(OAuthError::from);
            let app = app.and_then(|app| {
                let is_theirs = app.client_id == form.client_id;
                is_theirs.then_some(app).ok_or(OAuthError::CodeRefused)
            });
            let app = app.inspect_err(|error| {
                services
                    .oauth
                    .note_refused(None, given.client_id, error, origin);
            })?;
            let tokens = services
                .accounts
                .refresh(&form.refresh_token, origin)
                .await?;
            let now = services.core.now();
            Ok(TokenView::of(AppTokens::of(tokens, app.scopes, now, None)))
        }
        _ => Err(OAuthError::GrantTypeUnknown),
    }
}

/// HTTP 400 in the words of RFC 6749 §5.2, with the number of the V4 API beside them.
pub(super) fn refusal(error: OAuthError, correlation: CorrelationId) -> TokenAnswer {
    let name = oauth_error::name(&error);
    let error = ApiError::from(error);
    error.log();
    let envelope = error.envelope(Some(correlation));
    let body = RefusalView {
        error: name.to_owned(),
        error_description: envelope["msg"].as_str().unwrap_or_default().to_owned(),
        error_codes: vec![error.code().number()],
        correlation_id: correlation.0.to_string(),
    };
    TokenAnswer(Bare::with_status(StatusCode::BAD_REQUEST, &body))
}

/// Why an app gets no tokens (RFC 6749 §5.2).
#[derive(Debug, Object, Serialize)]
pub(super) struct RefusalView {
    error: String,
    error_description: String,
    /// The code of a failure.
    error_codes: Vec<i32>,
    correlation_id: String,
}

/// Tokens, or why there are none.
#[derive(Debug)]
pub(super) struct TokenAnswer(pub Bare<TokenView>);

impl IntoResponse for TokenAnswer {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl ApiResponse for TokenAnswer {
    fn meta() -> MetaResponses {
        let mut all = Bare::<TokenView>::meta();
        let refusal = vec![described::media(JSON, RefusalView::schema_ref())];
        let refusal = described::answer(400, "In the words of RFC 6749", refusal);
        all.responses.push(refusal);
        all
    }

    fn register(registry: &mut Registry) {
        Bare::<TokenView>::register(registry);
        RefusalView::register(registry);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn basic_of(pair: &str) -> Option<(String, String)> {
        let header = format!("Basic {}", STANDARD.encode(pair));
        basic(&Request::builder().header(AUTHORIZATION, header).finish())
    }

    #[test]
    fn basic_credentials_are_form_encoded() {
        let (id, secret) = basic_of("my%20app:a%3Ab+c").unwrap();
        assert_eq!((id.as_str(), secret.as_str()), ("my app", "a:b c"));
        assert_eq!(basic_of("nonsense"), None);
        let bearer = Request::builder()
            .header(AUTHORIZATION, "Bearer x")
            .finish();
        assert_eq!(basic(&bearer), None);
    }
}
