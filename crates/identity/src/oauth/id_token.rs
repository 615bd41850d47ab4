//! Identity tokens (OpenID Connect Site §2).

use super::consent::Code;
use super::keys::{RS256, SigningKey};
use super::{Claims, OAuthError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Timestamp;
use serde::Serialize;
use site::secret::Scope;
use site::settings::live::LiveSettings;
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

/// What an identity token is to say.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    pub person: &'a Claims,
    /// Names of the person's groups.
    pub groups: Vec<String>,
    /// The app.
    pub audience: &'a str,
    pub code: &'a Code,
    /// Where the app reached the drive.
    pub site: &'a Url,
    pub now: Timestamp,
}

impl SigningKey {
    /// Tells an app, signed, who let it in.
    pub(super) fn id_token(
        &self,
        identity: Identity<'_>,
        live: &LiveSettings,
    ) -> Result<String, OAuthError> {
        let ttl = i64::try_from(live.settings.tokens.access_ttl.as_secs()).unwrap_or(i64::MAX);
        let now_unix = identity.now.unix_secs();
        let shows_groups = identity.code.scopes.allows(Scope::Profile);
        let payload = Payload {
            iss: issuer(identity.site),
            aud: identity.audience,
            iat: now_unix,
            exp: now_unix.saturating_add(ttl),
            auth_time: identity.code.consented_unix,
            nonce: &identity.code.nonce,
            groups: if shows_groups {
                identity.groups
            } else {
                Vec::new()
            },
            person: identity.person,
        };
        let header = Header {
            alg: RS256,
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
