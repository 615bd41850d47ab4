//! Issuing, prolonging and ending tokens.

use super::failures::{NOBODY, note_refused};
use super::{AccountError, Accounts};
use entity::{ClientId, Timestamp, UserId, UserStatus, oauth_client, session, user};
use site::actor::{MAX_AGENT_CHARS, Origin};
use site::secret::token::state_hash;
use site::secret::{AccessClaims, OAuthClaims, RefreshClaims, Scope, ScopeSet};
use site::settings::live::LiveSettings;
use store::journal::{Entry, Op};
use store::{StoreResult, Tx, accounts as rows, apps, journal, sessions};
use uuid::Uuid;
use wire::IdKind;

/// What a client stores.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub access_expires: Timestamp,
    pub refresh_expires: Timestamp,
}

impl Tokens {
    /// Tokens of a session; `user` holds the digest that is stored now.
    pub(super) fn issue(
        live: &LiveSettings,
        user: &user::Model,
        session_id: Uuid,
        now: Timestamp,
    ) -> Self {
        Self::issue_as(live, user, session_id, now, None)
    }

    /// Tokens of an app's session.
    pub(crate) fn issue_to_app(
        live: &LiveSettings,
        user: &user::Model,
        session_id: Uuid,
        now: Timestamp,
        app: &AppSession,
    ) -> Self {
        Self::issue_as(live, user, session_id, now, Some(app))
    }

    fn issue_as(
        live: &LiveSettings,
        user: &user::Model,
        session_id: Uuid,
        now: Timestamp,
        app: Option<&AppSession>,
    ) -> Self {
        let refresh_ttl = app.map_or_else(
            || secs(live.settings.tokens.refresh_ttl),
            |app| app.refresh_ttl_secs,
        );
        let oauth = app.map(|app| app.claims.clone());
        let now_unix = now.unix_secs();
        let access_expires = now_unix.saturating_add(secs(live.settings.tokens.access_ttl));
        let refresh_expires = now_unix.saturating_add(refresh_ttl);
        let subject = live.ids.encode(IdKind::User, user.id.0);
        Self {
            access: live.tokens.issue_access(&AccessClaims {
                subject: subject.clone(),
                not_before_unix: now_unix,
                expires_unix: access_expires,
                oauth: oauth.clone(),
                session_id: Some(session_id),
            }),
            refresh: live.tokens.issue_refresh(&RefreshClaims {
                subject,
                not_before_unix: now_unix,
                expires_unix: refresh_expires,
                state_hash: state_of(live, user),
                root_token_id: session_id,
                oauth,
            }),
            access_expires: Timestamp::from_unix_secs(access_expires),
            refresh_expires: Timestamp::from_unix_secs(refresh_expires),
        }
    }
}

fn secs(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Changes with mail, password and site id: refresh tokens do not survive that.
fn state_of(live: &LiveSettings, user: &user::Model) -> String {
    state_hash(
        &user.email,
        user.password.as_deref().unwrap_or_default(),
        &live.settings.site.id,
    )
}

/// What distinguishes an app's tokens from a person's.
#[derive(Clone, Debug)]
pub(crate) struct AppSession {
    claims: OAuthClaims,
    /// How long the app may stay away.
    pub(crate) refresh_ttl_secs: i64,
}

impl AppSession {
    pub(crate) fn of(app: &oauth_client::Model, scopes: ScopeSet, live: &LiveSettings) -> Self {
        let own = Some(app.props.refresh_token_ttl).filter(|ttl| *ttl > 0);
        Self {
            claims: OAuthClaims {
                client_id: app.guid.clone(),
                scopes,
            },
            refresh_ttl_secs: own.unwrap_or_else(|| secs(live.settings.tokens.refresh_ttl)),
        }
    }
}

/// Writes the row of a new session, which lives as long as its newest refresh token.
pub(super) async fn begin_session(
    tx: &Tx,
    user: UserId,
    origin: &Origin,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<Uuid> {
    begin_session_of(tx, user, None, origin, now, expires_at).await
}

/// The same for an app that was let in.
pub(crate) fn new_app_session(
    user: UserId,
    app: ClientId,
    origin: &Origin,
    now: Timestamp,
    expires_at: Timestamp,
) -> (Uuid, session::Model) {
    new_session(user, Some(app), origin, now, expires_at)
}

async fn begin_session_of(
    tx: &Tx,
    user: UserId,
    app: Option<ClientId>,
    origin: &Origin,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<Uuid> {
    let (id, session) = new_session(user, app, origin, now, expires_at);
    sessions::insert(tx.db(), session).await?;
    Ok(id)
}

fn new_session(
    user: UserId,
    app: Option<ClientId>,
    origin: &Origin,
    now: Timestamp,
    expires_at: Timestamp,
) -> (Uuid, session::Model) {
    let id = Uuid::new_v4();
    let session = session::Model {
        id: id.to_string(),
        user_id: user,
        ip: origin.ip.map(|ip| ip.to_string()).unwrap_or_default(),
        user_agent: origin.user_agent.chars().take(MAX_AGENT_CHARS).collect(),
        created_at: now,
        last_used_at: now,
        expires_at,
        revoked_at: None,
        oauth_client_id: app,
    };
    (id, session)
}

/// The session of an app that still may do everything its refresh token says; notes its use.
async fn app_session(
    tx: &Tx,
    user: UserId,
    claims: &OAuthClaims,
    live: &LiveSettings,
    now: Timestamp,
) -> Result<AppSession, AccountError> {
    let refused = || AccountError::CredentialInvalid;
    let app = apps::by_guid(tx.db(), &claims.client_id).await?;
    let app = app.filter(|app| app.is_enabled).ok_or_else(refused)?;
    let grant = apps::grant(tx.db(), user, app.id)
        .await?
        .ok_or_else(refused)?;
    let granted = ScopeSet::known(&grant.scopes.0);
    if !claims.scopes.is_within(granted) || !claims.scopes.allows(Scope::OfflineAccess) {
        return Err(refused());
    }
    // What it may do else is asked at each request.
    if !ScopeSet::known(&app.scopes.0).allows(Scope::OfflineAccess) {
        return Err(refused());
    }
    if !apps::use_grant(tx.db(), user, app.id, now).await? {
        return Err(refused());
    }
    Ok(AppSession::of(&app, claims.scopes, live))
}

impl Accounts {
    /// For an app's refresh token: which app it is of, and what it may do. Nothing is checked but
    /// the token itself.
    /// # Errors
    /// `CredentialInvalid`
    pub fn app_of_refresh(&self, refresh_token: &str) -> Result<OAuthClaims, AccountError> {
        let claims = Self::read_refresh(&self.site.settings(), refresh_token, self.site.now())?;
        claims.oauth.ok_or(AccountError::CredentialInvalid)
    }

    /// New tokens of the same session. The old refresh token stays good until it expires: clients
    /// refresh several times at once with one token (V4 API).
    /// # Errors
    /// `CredentialInvalid`, whatever the reason.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        origin: &Origin,
    ) -> Result<Tokens, AccountError> {
        let live = self.site.settings();
        let now = self.site.now();
        let claims = match Self::read_refresh(&live, refresh_token, now) {
            Ok(claims) => claims,
            Err(error) => {
                let details = [("method", "refresh"), ("why", "no refresh token of ours")];
                note_refused(&self.site, NOBODY, &details, origin);
                return Err(error);
            }
        };
        let id = live.ids.decode(IdKind::User, &claims.subject).map(UserId);
        let app = claims.oauth.as_ref().map(|oauth| oauth.client_id.clone());
        let renewed = match id {
            Some(id) => self.renew(&live, id, claims, now).await,
            None => Err(AccountError::CredentialInvalid),
        };
        let mut details = vec![("method", "refresh")];
        details.extend(app.as_deref().map(|app| ("app", app)));
        match &renewed {
            Ok(_) => {
                let owner = id.unwrap_or(NOBODY);
                let entry = Entry::of_account(owner, Op::Refresh).detail(origin.with(&details));
                journal::note(&self.site.store, now, entry);
            }
            Err(AccountError::CredentialInvalid) => {
                details.push(("why", "the sign-in has ended, or its password changed"));
                note_refused(&self.site, id.unwrap_or(NOBODY), &details, origin);
            }
            Err(_) => {}
        }
        renewed
    }

    async fn renew(
        &self,
        live: &LiveSettings,
        id: UserId,
        claims: RefreshClaims,
        now: Timestamp,
    ) -> Result<Tokens, AccountError> {
        let user = rows::by_id(self.site.store.read(), id).await?;
        let user = user.filter(|user| user.status == UserStatus::Active);
        let user = user.ok_or(AccountError::CredentialInvalid)?;
        if claims.state_hash != state_of(live, &user) {
            return Err(AccountError::CredentialInvalid);
        }
        let session_id = claims.root_token_id.to_string();
        let tx = self.site.store.begin().await?;
        let app = match &claims.oauth {
            Some(oauth) => Some(app_session(&tx, id, oauth, live, now).await?),
            None => None,
        };
        let tokens = Tokens::issue_as(live, &user, claims.root_token_id, now, app.as_ref());
        if !sessions::prolong(tx.db(), &session_id, id, now, tokens.refresh_expires).await? {
            return Err(AccountError::CredentialInvalid);
        }
        tx.commit().await?;
        Ok(tokens)
    }

    /// Ends a session: none of its refresh tokens works any more. Doing it twice is fine.
    /// # Errors
    /// `CredentialInvalid` if this is no refresh token of ours.
    pub async fn sign_out(&self, refresh_token: &str, origin: &Origin) -> Result<(), AccountError> {
        let live = self.site.settings();
        let now = self.site.now();
        let claims = Self::read_refresh(&live, refresh_token, now)?;
        let id = live.ids.decode(IdKind::User, &claims.subject);
        let id = id.map(UserId).ok_or(AccountError::CredentialInvalid)?;
        let mut tx = self.site.store.begin().await?;
        if sessions::end(tx.db(), &claims.root_token_id.to_string(), now).await? {
            let entry = Entry::of_account(id, Op::SignOut).detail(origin.to_json());
            journal::append(&mut tx, now, vec![entry]);
        }
        tx.commit().await?;
        Ok(())
    }

    fn read_refresh(
        live: &LiveSettings,
        token: &str,
        now: Timestamp,
    ) -> Result<RefreshClaims, AccountError> {
        live.tokens
            .read_refresh(token, now.unix_secs())
            .map_err(|error| {
                tracing::debug!(%error, "refused a refresh token");
                AccountError::CredentialInvalid
            })
    }
}
