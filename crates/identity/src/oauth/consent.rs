//! Somebody lets an app in.

use super::builtin::BuiltIn;
use super::{OAuth, OAuthError};
use entity::ClientId;
use entity::oauth_client::{Model, Texts};
use serde::{Deserialize, Serialize};
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::secret::{Scope, ScopeSet};
use site::settings::random_alphanumeric;
use store::journal::{Entry, Op};
use store::tickets::{self, NewTicket};
use store::{apps as rows, journal, oauth_codes};
use url::{Host, Url};

/// Tickets of codes that nobody has used yet.
pub(super) const CODE: &str = oauth_codes::UNUSED;
/// What codes are hashed for.
const PURPOSE: &str = "oauth code";
/// Length and life of a code (V4 API, OAuth 2 provider).
const CODE_CHARS: usize = 128;
const CODE_TTL_SECS: i64 = 600;
/// Longest challenge and nonce, characters.
use site::limits::CHALLENGE_CHARS as MAX_CHALLENGE_CHARS;
use site::limits::NONCE_CHARS as MAX_NONCE_CHARS;

/// What an app wants, as the person saw it.
#[derive(Clone, Debug)]
pub struct ConsentRequest {
    pub client_id: String,
    pub redirect_uri: String,
    /// Names separated by single spaces.
    pub scope: String,
    /// Empty: none.
    pub code_challenge: String,
    /// `S256`, or empty, which means the same.
    pub code_challenge_method: String,
    /// Comes back in the identity token; empty: none.
    pub nonce: String,
}

/// What a code stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code {
    pub client: ClientId,
    pub redirect_uri: String,
    pub challenge: String,
    pub scopes: ScopeSet,
    pub nonce: String,
    /// When the person consented, unix seconds.
    pub consented_unix: i64,
}

impl ConsentRequest {
    fn check(&self, app: &Model) -> Result<ScopeSet, OAuthError> {
        // Byte by byte: any kinship between addresses has been an attack somewhere (RFC 9700).
        if !app.redirect_uris.0.contains(&self.redirect_uri) {
            return Err(OAuthError::BadRedirect);
        }
        if !matches!(self.code_challenge_method.as_str(), "" | "S256") {
            return Err(OAuthError::BadChallenge);
        }
        let is_url_safe = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if self.code_challenge.len() > MAX_CHALLENGE_CHARS
            || !self.code_challenge.chars().all(is_url_safe)
        {
            return Err(OAuthError::BadChallenge);
        }
        if self.code_challenge.is_empty() && !may_do_without_challenge(app, &self.redirect_uri) {
            return Err(OAuthError::ChallengeMissing);
        }
        if self.nonce.chars().count() > MAX_NONCE_CHARS {
            return Err(OAuthError::BadValue("Nonce too long"));
        }
        let mut scopes = ScopeSet::EMPTY;
        for name in self.scope.split(' ') {
            if !app.scopes.0.iter().any(|offered| offered == name) {
                return Err(OAuthError::BadScope);
            }
            let scope: Scope = name.parse().map_err(|_| OAuthError::BadScope)?;
            scopes = scopes.with(scope);
        }
        if !scopes.allows(Scope::OpenId) {
            return Err(OAuthError::BadScope);
        }
        Ok(scopes)
    }
}

/// Whether whoever gets hold of a code still lacks something: the app's secret, unless everybody
/// knows that, or the address that the code was sent to, if it belongs to a program on the
/// person's own machine (RFC 8252 §7).
fn may_do_without_challenge(app: &Model, redirect_uri: &str) -> bool {
    !BuiltIn::is_one(&app.guid) || is_of_a_program(redirect_uri)
}

/// A loopback address, or a scheme of a program's own.
fn is_of_a_program(redirect_uri: &str) -> bool {
    let Ok(url) = Url::parse(redirect_uri) else {
        return false;
    };
    match (url.scheme(), url.host()) {
        ("http" | "https", Some(Host::Ipv4(ip))) => ip.is_loopback(),
        ("http" | "https", Some(Host::Ipv6(ip))) => ip.is_loopback(),
        ("http" | "https", _) => false,
        _ => true,
    }
}

impl OAuth {
    /// Lets an app do what it asks for, and no longer what it was let do before. Answers the code
    /// to hand to it.
    /// # Errors
    /// `AppUnknown`, `BadRedirect`, `BadScope`, `BadChallenge`, `ChallengeMissing`, `BadValue`.
    pub async fn consent(
        &self,
        actor: &Actor,
        request: ConsentRequest,
        origin: &Origin,
    ) -> Result<String, OAuthError> {
        let user = access::signed_in(actor)?.user.id;
        let app = self.app(&request.client_id).await?;
        let scopes = request.check(&app)?;
        let now = self.site.now();
        let code = random_alphanumeric(CODE_CHARS, &mut rand::rng());
        let stands_for = Code {
            client: app.id,
            redirect_uri: request.redirect_uri,
            challenge: request.code_challenge,
            scopes,
            nonce: request.nonce,
            consented_unix: now.unix_secs(),
        };
        let ticket = NewTicket {
            id: self.code_id(&code),
            kind: CODE,
            user: Some(user),
            value: serde_json::to_string(&stands_for).expect("texts and numbers are JSON"),
            expires_at: now.plus_secs(CODE_TTL_SECS),
        };
        let names = Texts(scopes.iter().map(|scope| scope.to_string()).collect());
        let detail = origin.with(&[("app", &app.guid)]);
        let entry = Entry::of_account(user, Op::GrantApp).detail(detail);
        let mut tx = self.site.store.begin().await?;
        rows::put_grant(tx.db(), user, app.id, names, now).await?;
        tickets::put(tx.db(), ticket).await?;
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(code)
    }

    /// Codes are stored as hashes, so that a copy of the database opens nothing.
    pub(super) fn code_id(&self, code: &str) -> String {
        self.site.sealer.look_up_hash(PURPOSE, code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_on_the_machine_is_of_a_program() {
        for own in [
            "http://127.0.0.1:9000/cb",
            "http://[::1]/cb",
            "com.example.app:/callback",
            "cloud://callback",
        ] {
            assert!(is_of_a_program(own), "{own}");
        }
        for other in [
            "/callback/desktop",
            "https://app.example/cb",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "",
        ] {
            assert!(!is_of_a_program(other), "{other}");
        }
    }
}
