//! One OpenID provider: its endpoints and keys, and what it says of a person.

use super::{Provider, SingleSignOn, SsoError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier,
    CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
};
use serde_json::{Map, Value};
use site::outgoing::Outgoing;
use site::settings::OpenIdSettings;
use std::sync::Arc;
use url::Url;

/// Signatures that are believed: by a key the provider publishes. Never `none`, and never one
/// made with the secret that both sides know.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// A provider that was found.
#[derive(Debug)]
pub(super) struct Discovered {
    metadata: CoreProviderMetadata,
    outgoing: Outgoing,
}

/// Where to send the browser, and what to remember meanwhile.
pub(super) struct Redirect {
    pub url: String,
    pub nonce: String,
    pub verifier: String,
}

/// What came back, and what was remembered.
pub(super) struct Returned<'a> {
    pub code: &'a str,
    pub nonce: &'a str,
    pub verifier: &'a str,
    pub redirect_uri: &'a str,
}

fn unusable(error: impl std::fmt::Display) -> SsoError {
    SsoError::Provider(error.to_string())
}

pub(super) fn unconfirmed(error: impl std::fmt::Display) -> SsoError {
    SsoError::NotConfirmed(error.to_string())
}

impl Discovered {
    /// Asks the provider for its endpoints and keys (OpenID Connect Discovery §4). It may be near;
    /// where it points to elsewhere must be public.
    async fn find(settings: &OpenIdSettings) -> Result<Self, SsoError> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(unusable)?;
        let host = issuer.url().host_str().unwrap_or_default().to_owned();
        let outgoing = Outgoing::trusting([host])?;
        let http = |request| {
            let outgoing = outgoing.clone();
            async move { outgoing.send(request).await }
        };
        let metadata = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(|error| unusable(chain(&error)))?;
        let page = metadata.authorization_endpoint().url().scheme();
        if !matches!(page, "http" | "https") {
            return Err(unusable("its sign-in page is not on the web"));
        }
        Ok(Self { metadata, outgoing })
    }

    /// Begins: where the browser goes.
    pub(super) fn redirect(
        &self,
        settings: &OpenIdSettings,
        redirect_uri: &str,
        state: &str,
        hint: &str,
    ) -> Result<Redirect, SsoError> {
        let client = CoreClient::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            None,
        );
        let address = RedirectUrl::new(redirect_uri.to_owned()).map_err(unusable)?;
        let client = client.set_redirect_uri(address);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = state.to_owned();
        let mut request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(state),
            Nonce::new_random,
        );
        let more = settings.scopes.iter().map(String::as_str);
        for scope in ["profile", "email"].into_iter().chain(more) {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        if !hint.is_empty() {
            request = request.add_extra_param("login_hint", hint.to_owned());
        }
        let (url, _, nonce) = request.set_pkce_challenge(challenge).url();
        Ok(Redirect {
            url: url.into(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// Ends: trades the code and reads who it is. The claims are verified; those of the user info
    /// endpoint, if the token lacks an address, are of the same subject.
    pub(super) async fn claims(
        &self,
        settings: &OpenIdSettings,
        returned: &Returned<'_>,
    ) -> Result<Claims, SsoError> {
        let secret = Some(settings.client_secret.expose());
        let secret = secret.filter(|secret| !secret.is_empty());
        let client = CoreClient::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.to_owned())),
        );
        let address = RedirectUrl::new(returned.redirect_uri.to_owned()).map_err(unusable)?;
        let client = client
            .set_redirect_uri(address)
            .set_auth_type(self.auth_type());
        let http = |request| {
            let outgoing = self.outgoing.clone();
            async move { outgoing.send(request).await }
        };
        let tokens = client
            .exchange_code(AuthorizationCode::new(returned.code.to_owned()))
            .map_err(unusable)?
            .set_pkce_verifier(PkceCodeVerifier::new(returned.verifier.to_owned()))
            .request_async(&http)
            .await
            .map_err(|error| match error {
                // It said no; else it said nothing that is understood.
                RequestTokenError::ServerResponse(_) => unconfirmed(chain(&error)),
                _ => unusable(chain(&error)),
            })?;
        let token = tokens
            .id_token()
            .ok_or_else(|| unconfirmed("it sent no identity token"))?;
        let keys_changed = self.verify(settings, token, returned.nonce).await?;
        let mut claims = payload(token).ok_or_else(|| unconfirmed("a garbled token"))?;
        if !claims.contains_key("email") {
            let access = tokens.access_token().secret();
            self.add_user_info(&mut claims, access).await;
        }
        Ok(Claims {
            claims,
            keys_changed,
        })
    }

    /// Checks signature, issuer, audience, times and nonce. Keys that were published since we last
    /// looked are looked up once; answers whether that was needed.
    async fn verify(
        &self,
        settings: &OpenIdSettings,
        token: &CoreIdToken,
        nonce: &str,
    ) -> Result<bool, SsoError> {
        let nonce = Nonce::new(nonce.to_owned());
        let verifier = |keys| {
            let client = ClientId::new(settings.client_id.clone());
            let issuer = self.metadata.issuer().clone();
            CoreIdTokenVerifier::new_public_client(client, issuer, keys)
                .set_allowed_algs(ALGORITHMS)
        };
        let known = verifier(self.metadata.jwks().clone());
        match token.claims(&known, &nonce) {
            Ok(_) => return Ok(false),
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {}
            Err(other) => return Err(unconfirmed(chain(&other))),
        }
        let http = |request| {
            let outgoing = self.outgoing.clone();
            async move { outgoing.send(request).await }
        };
        let keys = CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &http)
            .await
            .map_err(|error| unusable(chain(&error)))?;
        token
            .claims(&verifier(keys), &nonce)
            .map_err(|error| unconfirmed(chain(&error)))?;
        Ok(true)
    }

    /// Many providers send addresses and groups only here (OpenID Connect Site §5.3). Nothing it
    /// says replaces what the token says.
    async fn add_user_info(&self, claims: &mut Map<String, Value>, access_token: &str) {
        let Some(endpoint) = self.metadata.userinfo_endpoint() else {
            return;
        };
        let request = http::Request::get(endpoint.as_str())
            .header(
                http::header::AUTHORIZATION,
                format!("Bearer {access_token}"),
            )
            .header(http::header::ACCEPT, "application/json")
            .body(Vec::new());
        let answer = match request {
            Ok(request) => self.outgoing.send(request).await,
            Err(error) => Err(error.into()),
        };
        let more = match answer {
            Ok(answer) => serde_json::from_slice::<Map<String, Value>>(answer.body()).ok(),
            Err(error) => {
                tracing::warn!(%error, "a provider's user info endpoint does not answer");
                None
            }
        };
        // A subject of its own would mean that the tokens were mixed up (OpenID Site §5.3.2).
        let more = more.filter(|more| more.get("sub") == claims.get("sub"));
        for (name, value) in more.into_iter().flatten() {
            claims.entry(name).or_insert(value);
        }
    }

    /// HTTP Basic, unless the provider says that it wants the body.
    fn auth_type(&self) -> AuthType {
        let offered = self.metadata.token_endpoint_auth_methods_supported();
        match offered {
            Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => {
                AuthType::RequestBody
            }
            _ => AuthType::BasicAuth,
        }
    }
}

/// What a verified token says.
pub(super) struct Claims {
    pub claims: Map<String, Value>,
    /// The provider has other keys than when we last looked.
    pub keys_changed: bool,
}

/// The claims of a token whose signature was checked.
fn payload(token: &CoreIdToken) -> Option<Map<String, Value>> {
    let text = token.to_string();
    let bytes = URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// An error with its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

impl SingleSignOn {
    pub(super) async fn discovered(
        &self,
        settings: &OpenIdSettings,
    ) -> Result<Arc<Discovered>, SsoError> {
        let key = (settings.issuer.clone(), settings.client_id.clone());
        if let Some(found) = self.discovered.get(&key).await {
            return Ok(found);
        }
        let found = Arc::new(Discovered::find(settings).await?);
        self.discovered.insert(key, Arc::clone(&found)).await;
        Ok(found)
    }

    /// The next to ask looks again.
    pub(super) async fn forget(&self, settings: &OpenIdSettings) {
        let key = (settings.issuer.clone(), settings.client_id.clone());
        self.discovered.invalidate(&key).await;
    }
}

/// The callback address of a provider.
pub(super) fn redirect_uri(site: &Url, provider: Provider) -> String {
    let base = site.as_str().trim_end_matches('/');
    format!("{base}/callback/openid/{}", provider.number())
}

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
