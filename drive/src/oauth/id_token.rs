//! Identity tokens (OpenID Connect Core §2).

use super::consent::Code;
use super::keys::SigningKey;
use super::{Claims, OAuthError};
use crate::secret::Scope;
use crate::settings::live::LiveSettings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Timestamp;
use serde::Serialize;
use url::Url;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    nonce: &'a str,
    /// Names of the person's groups, for software that maps them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    #[serde(flatten)]
    person: &'a Claims,
}

/// The issuer of a site: its address without a slash at the end.
pub(super) fn issuer(site: &Url) -> &str {
    site.as_str().trim_end_matches('/')
}

impl SigningKey {
    /// Tells an app, signed, who let it in.
    pub(super) fn id_token(
        &self,
        person: &Claims,
        groups: Vec<String>,
        audience: &str,
        code: &Code,
        site: &Url,
        now: Timestamp,
        live: &LiveSettings,
    ) -> Result<String, OAuthError> {
        let ttl = i64::try_from(live.settings.tokens.access_ttl.as_secs()).unwrap_or(i64::MAX);
        let shows_groups = code.scopes.allows(Scope::Profile);
        let payload = Payload {
            iss: issuer(site),
            aud: audience,
            iat: now.unix_secs(),
            exp: now.unix_secs().saturating_add(ttl),
            auth_time: code.consented_unix,
            nonce: &code.nonce,
            groups: if shows_groups { groups } else { Vec::new() },
            person,
        };
        let header = Header {
            alg: self.algorithm(),
            typ: "JWT",
            kid: &self.kid,
        };
        let signed = format!("{}.{}", part(&header), part(&payload));
        let signature = self.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("texts and numbers are JSON"))
}
