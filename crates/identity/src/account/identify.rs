//! Whom a token speaks for. Every request comes through here, so it costs one small query.

use super::{AccountError, Accounts};
use entity::{Timestamp, UserId, UserStatus, group};
use site::actor::ANONYMOUS_GROUP;
use site::actor::{Account, Actor, TokenClaims};
use site::secret::{OAuthClaims, ScopeSet, TokenError};
use std::sync::Arc;
use store::accounts::{self as rows, AccountStamp};
use store::apps;
use uuid::Uuid;
use wire::IdKind;

impl Accounts {
    /// Who an access token speaks for. A token that is garbled, expired or signed by somebody
    /// else counts as none (V4 API, tokens), and so does one whose session was ended.
    /// # Errors
    /// `CredentialInvalid` for a refresh token and for an app that was shut out, `SubjectUnknown` for a good token that names
    /// nobody, `AccountGone` if the account is missing or not active.
    pub async fn actor_of(&self, token: &str) -> Result<Actor, AccountError> {
        let live = self.site.settings();
        let claims = match live.tokens.read_access(token, self.site.now().unix_secs()) {
            Ok(claims) => claims,
            Err(TokenError::WrongType) => return Err(AccountError::CredentialInvalid),
            Err(TokenError::Expired | TokenError::NotYetValid | TokenError::Invalid) => {
                return self.nobody().await;
            }
        };
        let id = live.ids.decode(IdKind::User, &claims.subject);
        let id = id.map(UserId).ok_or(AccountError::SubjectUnknown)?;
        let actor = self.actor_through(id, claims.session_id).await?;
        let app = claims.oauth.as_ref();
        let actor = actor.with_token(Some(TokenClaims {
            expires: Timestamp::from_unix_secs(claims.expires_unix),
            app: app.map(|app| app.client_id.as_str().into()),
        }));
        let Some(oauth) = claims.oauth else {
            return Ok(actor);
        };
        let scopes = self.app_scopes(id, &oauth, claims.session_id).await?;
        Ok(actor.with_scopes(Some(Arc::new(scopes))))
    }

    /// What an app's token still allows: what it was issued for, the account grants now, and the
    /// app may ask for now.
    async fn app_scopes(
        &self,
        user: UserId,
        token: &OAuthClaims,
        session_id: Option<Uuid>,
    ) -> Result<ScopeSet, AccountError> {
        let session_id = session_id
            .ok_or(AccountError::CredentialInvalid)?
            .to_string();
        let grant =
            apps::living_grant(&self.site.store, user, &token.client_id, &session_id).await?;
        let (granted, offered) = grant.ok_or(AccountError::CredentialInvalid)?;
        let granted = token.scopes.within(ScopeSet::known(&granted.0));
        Ok(granted.within(ScopeSet::known(&offered.0)))
    }

    /// An active account as an actor with every scope.
    /// # Errors
    /// `AccountGone`
    pub async fn actor(&self, id: UserId) -> Result<Actor, AccountError> {
        self.actor_through(id, None).await
    }

    /// The same, where the stamp was read a moment ago.
    /// # Errors
    /// `AccountGone`
    pub async fn living(&self, id: UserId, stamp: &AccountStamp) -> Result<Actor, AccountError> {
        if stamp.status != UserStatus::Active {
            return Err(AccountError::AccountGone);
        }
        let account = self.account(id, stamp).await?;
        Ok(Actor::account(account, stamp.tree_version))
    }

    /// The same, through a session; somebody whose session was ended is nobody.
    async fn actor_through(
        &self,
        id: UserId,
        session_id: Option<Uuid>,
    ) -> Result<Actor, AccountError> {
        let stamp = rows::stamp(&self.site.store, id, session_id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        if stamp.status == UserStatus::Active && stamp.session_ended.is_some() {
            return self.nobody().await;
        }
        Ok(self.living(id, &stamp).await?.with_session(session_id))
    }

    /// A visitor without an account.
    /// # Errors
    /// `GroupMissing`
    pub async fn nobody(&self) -> Result<Actor, AccountError> {
        Ok(Actor::nobody(self.anonymous_group().await?))
    }

    /// The account with its group, as of now, whatever its status.
    /// # Errors
    /// `NotFound`
    pub async fn find(&self, id: UserId) -> Result<Arc<Account>, AccountError> {
        let stamp = rows::stamp(&self.site.store, id, None)
            .await?
            .filter(|stamp| stamp.status != UserStatus::Deleting)
            .ok_or(AccountError::NotFound)?;
        self.account(id, &stamp).await
    }

    async fn account(
        &self,
        id: UserId,
        stamp: &AccountStamp,
    ) -> Result<Arc<Account>, AccountError> {
        if let Some(account) = self
            .remembered
            .get(&(id, stamp.user_updated, stamp.group_updated))
        {
            return Ok(account);
        }
        let db = self.site.store.read();
        let user = rows::by_id(db, id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        let group = rows::group(db, user.group_id).await?;
        let group = group.ok_or(AccountError::GroupMissing(user.group_id.0))?;
        // Under the stamps of what was read, which may be newer than the stamp.
        let key = (id, user.updated_at, group.updated_at);
        let account = Arc::new(Account::new(user, group));
        self.remembered.insert(key, Arc::clone(&account));
        Ok(account)
    }

    async fn anonymous_group(&self) -> Result<Arc<group::Model>, AccountError> {
        let missing = || AccountError::GroupMissing(ANONYMOUS_GROUP.0);
        let query = rows::group_updated(&self.site.store, ANONYMOUS_GROUP);
        let updated = self.anonymous_updated.ask(query).await?;
        let updated = updated.ok_or_else(missing)?;
        if let Some(group) = self.anonymous.get(&updated) {
            return Ok(group);
        }
        let group = rows::group(self.site.store.read(), ANONYMOUS_GROUP).await?;
        let group = Arc::new(group.ok_or_else(missing)?);
        self.anonymous.insert(group.updated_at, Arc::clone(&group));
        Ok(group)
    }
}
