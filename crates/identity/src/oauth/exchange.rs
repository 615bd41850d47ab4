//! An app turns a code, or a refresh token, into tokens.

use super::apps::knows_secret;
use super::builtin::BuiltIn;
use super::consent::{CODE, Code};
use super::id_token::Identity;
use super::{Claims, OAuth, OAuthError};
use crate::account::{AppSession, NOBODY, Tokens, new_app_session, note_refused};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{Timestamp, UserId, UserStatus, oauth_client, user};
use sha2::{Digest as _, Sha256};
use site::actor::Origin;
use site::limiter::{Attempt, RateLimit};
use site::secret::{Scope, ScopeSet};
use store::journal::{Entry, Op};
use store::oauth_codes::{self, FoundCode, Redeemed, Redemption};
use store::{StoreResult, Tx, journal, sessions, tickets};
use subtle::ConstantTimeEq as _;
use url::Url;

/// Tickets of codes that were used: they remember which session came of it.
const USED: &str = "oauth_code_used";
/// How long a second use of a code is noticed, seconds.
const USED_TTL_SECS: i64 = 86_400;

/// So much of what an app calls itself is journalled.
use site::limits::APP_ID_CHARS as MAX_CLIENT_CHARS;

/// Who an app says to be.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    pub client_id: &'a str,
    pub client_secret: &'a str,
}

/// A code and what must come with it.
#[derive(Clone, Copy, Debug)]
pub struct CodeExchange<'a> {
    pub credentials: Credentials<'a>,
    pub code: &'a str,
    /// Empty: none.
    pub verifier: &'a str,
    /// Empty: not said; otherwise it must be the one of the consent.
    pub redirect_uri: &'a str,
}

/// What an app gets.
#[derive(Clone, Debug)]
pub struct AppTokens {
    pub access: String,
    /// Seconds.
    pub expires_in: i64,
    /// Only with `offline_access`.
    pub refresh: Option<String>,
    /// Seconds.
    pub refresh_expires_in: i64,
    pub scopes: ScopeSet,
    /// Who the person is, signed; not when refreshing.
    pub id_token: Option<String>,
}

/// A code that passed every check.
struct Passed {
    user: user::Model,
    /// Name of their group.
    group: Option<String>,
    app: oauth_client::Model,
    code: Code,
}

impl OAuth {
    /// Turns a code into tokens. The code is used up, whatever comes out. `site` is where the app
    /// reached the drive.
    /// # Errors
    /// `CodeRefused`, `AppUnknown`, `SecretWrong`, `AccountGone`; `Account` with `TooManyTries`.
    pub async fn exchange(
        &self,
        given: CodeExchange<'_>,
        site: &Url,
        origin: &Origin,
    ) -> Result<AppTokens, OAuthError> {
        let key = self.keys.current().await?;
        let live = self.site.settings();
        let now = self.site.now();
        let id = self.code_id(given.code);
        // Read outside the transaction, which everybody who writes waits for.
        let client = given.credentials.client_id;
        let found = oauth_codes::find(self.site.store.read(), (CODE, &id), client, now).await?;
        let Some(found) = found else {
            return Err(self.second_use(&id, now, given.credentials, origin).await?);
        };
        let owner = found.ticket.user_id;
        let attempt = self.attempt(client, origin).await?;
        let checked = judged(attempt, check(found, given)).await?;
        let Passed {
            user,
            group,
            app,
            code,
        } = match checked {
            Ok(passed) => passed,
            Err(error) => {
                let tx = self.site.store.begin().await?;
                use_up(&tx, &id, "", now).await?;
                tx.commit().await?;
                self.note_refused(owner, client, &error, origin);
                return Err(error);
            }
        };
        let session = AppSession::of(&app, code.scopes, &live);
        let expires_at = now.plus_secs(session.refresh_ttl_secs);
        let (session_id, row) = new_app_session(user.id, app.id, origin, now, expires_at);
        let detail = origin.with(&[("method", "app"), ("app", &app.guid)]);
        let redemption = Redemption {
            kinds: (CODE, USED),
            id: id.clone(),
            remembered_until: now.plus_secs(USED_TTL_SECS),
            app: app.id,
            session: row,
            entry: Entry::of_account(user.id, Op::SignIn).detail(detail),
        };
        let store = self.site.store.clone();
        let redeem = move |all| oauth_codes::redeem(store.clone(), all);
        match self.redeeming.write(redemption, redeem).await? {
            Redeemed::Begun => {}
            Redeemed::Used => {
                return Err(self.second_use(&id, now, given.credentials, origin).await?);
            }
            Redeemed::Withdrawn => {
                let refused = OAuthError::CodeRefused;
                self.note_refused(Some(user.id), &app.guid, &refused, origin);
                return Err(refused);
            }
        }

        let claims = Claims::of(&user, &live, site, code.scopes);
        let identity = Identity {
            person: &claims,
            groups: group.into_iter().collect(),
            audience: &app.guid,
            code: &code,
            site,
            now,
        };
        let id_token = key.id_token(identity, &live)?;
        let tokens = Tokens::issue_to_app(&live, &user, session_id, now, &session);
        Ok(AppTokens::of(tokens, code.scopes, now, Some(id_token)))
    }

    /// Whether an app is who it says to be.
    /// # Errors
    /// `AppUnknown`, `SecretWrong`; `Account` with `TooManyTries`.
    pub async fn authenticate(
        &self,
        given: Credentials<'_>,
        origin: &Origin,
    ) -> Result<(), OAuthError> {
        let attempt = self.attempt(given.client_id, origin).await?;
        let app = self.app(given.client_id).await;
        let known = app.and_then(|app| {
            let is_right = knows_secret(&app, given.client_secret);
            is_right.then_some(()).ok_or(OAuthError::SecretWrong)
        });
        judged(attempt, known)
            .await?
            .inspect_err(|error| self.note_refused(None, given.client_id, error, origin))
    }

    /// Begins a try at an app's secret; `None` where everybody knows it.
    async fn attempt(&self, client: &str, origin: &Origin) -> Result<Option<Attempt>, OAuthError> {
        if BuiltIn::is_one(client) {
            return Ok(None);
        }
        let limiter = &self.site.limiter;
        let attempt = limiter
            .attempt(RateLimit::AppSecret, client, origin.ip)
            .await?;
        Ok(Some(attempt))
    }

    /// Journals that an app got no tokens, for the person it would act for, if that is known.
    pub fn note_refused(
        &self,
        user: Option<UserId>,
        client: &str,
        error: &OAuthError,
        origin: &Origin,
    ) {
        let client: String = client.chars().take(MAX_CLIENT_CHARS).collect();
        let why = error.to_string();
        let details = [
            ("method", "app"),
            ("app", client.as_str()),
            ("why", why.as_str()),
        ];
        note_refused(&self.site, user.unwrap_or(NOBODY), &details, origin);
    }

    /// A code that comes twice is stolen, before or after its first use (RFC 6749 §4.1.2): what
    /// it opened is shut. Answers the refusal, also of a code that never was.
    async fn second_use(
        &self,
        id: &str,
        now: Timestamp,
        given: Credentials<'_>,
        origin: &Origin,
    ) -> Result<OAuthError, OAuthError> {
        let used = tickets::peek(&self.site.store, USED, id, now).await?;
        let used = used.and_then(|used| Some((used.value, used.user_id?)));
        let user = used.as_ref().map(|(_, user)| *user);
        self.note_refused(user, given.client_id, &OAuthError::CodeRefused, origin);
        let Some((used, user)) = used else {
            return Ok(OAuthError::CodeRefused);
        };
        tracing::warn!(%user, ip = origin.ip.map(display), "a code was used twice, its sign-in ends");
        let mut tx = self.site.store.begin().await?;
        if sessions::end(tx.db(), &used, now).await? {
            let mut entry = Entry::of_account(user, Op::SignOut);
            entry.actor = None;
            let entry = entry.detail(origin.with(&[("reason", "code used twice")]));
            journal::append(&mut tx, now, vec![entry]);
        }
        tx.commit().await?;
        Ok(OAuthError::CodeRefused)
    }
}

/// What came of a try at an app's secret, once the try is counted. Other reasons to refuse say
/// nothing of the secret.
async fn judged<T>(
    attempt: Option<Attempt>,
    found: Result<T, OAuthError>,
) -> Result<Result<T, OAuthError>, OAuthError> {
    let Some(attempt) = attempt else {
        return Ok(found);
    };
    match found {
        Err(OAuthError::AppUnknown | OAuthError::SecretWrong) => attempt.failed().await?,
        Ok(_) | Err(_) => attempt.succeeded().await?,
    }
    Ok(found)
}

/// Uses a code up, remembering what came of it. Answers whether nobody was faster.
async fn use_up(tx: &Tx, id: &str, session_id: &str, now: Timestamp) -> StoreResult<bool> {
    let until = now.plus_secs(USED_TTL_SECS);
    tickets::turn(tx.db(), (CODE, USED), id, session_id, until).await
}

fn check(found: FoundCode, given: CodeExchange<'_>) -> Result<Passed, OAuthError> {
    let code: Code =
        serde_json::from_str(&found.ticket.value).map_err(|_| OAuthError::CodeRefused)?;
    let app = found.app.filter(|app| app.is_enabled);
    let app = app.ok_or(OAuthError::AppUnknown)?;
    if !knows_secret(&app, given.credentials.client_secret) {
        return Err(OAuthError::SecretWrong);
    }
    let same_place = given.redirect_uri.is_empty() || given.redirect_uri == code.redirect_uri;
    if app.id != code.client || !same_place || !proves(given.verifier, &code.challenge) {
        return Err(OAuthError::CodeRefused);
    }
    let user = found.user.filter(|user| user.status == UserStatus::Active);
    let user = user.ok_or(OAuthError::AccountGone)?;
    // Taken back, or narrowed, since the code was made.
    let granted = found.granted.map(|granted| ScopeSet::known(&granted.0));
    if !code.scopes.is_within(granted.unwrap_or_default()) {
        return Err(OAuthError::CodeRefused);
    }
    Ok(Passed {
        user,
        group: found.group,
        app,
        code,
    })
}

/// PKCE (RFC 7636 §4.6). A verifier without a challenge means that somebody took the challenge
/// away on its way (RFC 9700 §4.8.2).
fn proves(verifier: &str, challenge: &str) -> bool {
    if challenge.is_empty() || verifier.is_empty() {
        return challenge.is_empty() && verifier.is_empty();
    }
    let computed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    computed.as_bytes().ct_eq(challenge.as_bytes()).into()
}

impl AppTokens {
    /// What is told to the app of tokens just issued.
    pub fn of(tokens: Tokens, scopes: ScopeSet, now: Timestamp, id_token: Option<String>) -> Self {
        let until = |at: Timestamp| (at.unix_secs() - now.unix_secs()).max(0);
        Self {
            expires_in: until(tokens.access_expires),
            refresh_expires_in: until(tokens.refresh_expires),
            refresh: scopes
                .allows(Scope::OfflineAccess)
                .then_some(tokens.refresh),
            access: tokens.access,
            scopes,
            id_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_proves_its_challenge_and_nothing_else() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(proves(verifier, challenge));
        assert!(proves("", ""));
        for (verifier, challenge) in [
            (verifier, ""),
            ("", challenge),
            (challenge, challenge),
            (verifier, verifier),
            ("other", challenge),
        ] {
            assert!(!proves(verifier, challenge), "{verifier} {challenge}");
        }
    }
}
