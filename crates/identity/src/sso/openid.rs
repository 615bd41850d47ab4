//! Signing in at an OpenID provider, and linking one's account to it.

use super::claims::person;
use super::provider::{Returned, redirect_uri};
use super::{Provider, SingleSignOn, SsoError};
use crate::account::{AccountError, Accounts, NOBODY, SignedIn, note_refused};
use entity::UserId;
use serde::{Deserialize, Serialize};
use site::actor::Origin;
use site::settings::{OpenIdSettings, random_alphanumeric};
use store::tickets::{self, NewTicket};
use subtle::ConstantTimeEq as _;
use url::Url;
use uuid::Uuid;

const KIND: &str = "openid_session";
/// What session ids and browser marks are hashed for.
const PURPOSE: &str = "openid session";
const BROWSER: &str = "openid browser";
/// How long the provider may take, seconds.
const TTL_SECS: i64 = 600;
const BROWSER_CHARS: usize = 32;
/// Longest hint passed on, characters.
use site::limits::HINT_CHARS as MAX_HINT_CHARS;

/// Somebody wants to go to a provider.
#[derive(Clone, Debug)]
pub struct Begin<'a> {
    pub provider: Provider,
    /// Whom the provider should ask for; empty: nobody in particular.
    pub hint: &'a str,
    /// Whose account the identity is to be linked to; `None`: they want to sign in.
    pub linking: Option<UserId>,
    /// Where the browser reached the drive.
    pub site: &'a Url,
}

/// Where to go, and how to know the browser again.
#[derive(Clone, Debug)]
pub struct Begun {
    pub url: String,
    /// For a cookie: without it, nobody else's browser can be made to end this sign-in.
    pub browser: String,
    pub ttl_secs: i64,
}

/// Somebody comes back from a provider.
#[derive(Clone, Debug)]
pub struct Finish<'a> {
    pub provider: Provider,
    pub code: &'a str,
    /// The `state` that the provider sent back.
    pub session: &'a str,
    /// The mark of the browser; `None` if the client is none.
    pub browser: Option<&'a str>,
    /// Who is signed in.
    pub user: Option<UserId>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    SignedIn(SignedIn),
    Linked,
}

/// What is remembered while somebody is away.
#[derive(Serialize, Deserialize)]
struct Session {
    provider: i16,
    issuer: String,
    nonce: String,
    verifier: String,
    redirect_uri: String,
    browser: String,
}

impl SingleSignOn {
    fn settings(&self, provider: Provider) -> Result<OpenIdSettings, SsoError> {
        let live = self.site.settings();
        let all = &live.settings.single_sign_on;
        let settings = match provider {
            Provider::OpenId => &all.openid,
            Provider::Logto => &all.logto,
            Provider::Directory => &None,
        };
        settings.clone().ok_or(SsoError::ProviderOff)
    }

    /// Begins a sign-in, or linking.
    /// # Errors
    /// `ProviderOff`, `Provider`.
    pub async fn begin(&self, wanted: Begin<'_>) -> Result<Begun, SsoError> {
        let settings = self.settings(wanted.provider)?;
        let found = self.discovered(&settings).await?;
        let id = Uuid::new_v4().to_string();
        let hint: String = wanted.hint.chars().take(MAX_HINT_CHARS).collect();
        let back = redirect_uri(wanted.site, wanted.provider);
        let redirect = found.redirect(&settings, &back, &id, &hint)?;
        let browser = random_alphanumeric(BROWSER_CHARS, &mut rand::rng());
        let session = Session {
            provider: wanted.provider.number(),
            issuer: settings.issuer,
            nonce: redirect.nonce,
            verifier: redirect.verifier,
            redirect_uri: back,
            browser: self.site.sealer.look_up_hash(BROWSER, &browser),
        };
        let ticket = NewTicket {
            id: self.site.sealer.look_up_hash(PURPOSE, &id),
            kind: KIND,
            user: wanted.linking,
            value: serde_json::to_string(&session).expect("texts and numbers are JSON"),
            expires_at: self.site.now().plus_secs(TTL_SECS),
        };
        let tx = self.site.store.begin().await?;
        tickets::put(tx.db(), ticket).await?;
        tx.commit().await?;
        Ok(Begun {
            url: redirect.url,
            browser,
            ttl_secs: TTL_SECS,
        })
    }

    /// Ends what [`Self::begin`] began. The session is used up, whatever comes out.
    /// # Errors
    /// `SessionUnknown`, `ProviderOff`, `Provider`, `NotConfirmed`; then what `Accounts` says.
    pub async fn finish(
        &self,
        accounts: &Accounts,
        came: Finish<'_>,
        origin: &Origin,
    ) -> Result<Outcome, SsoError> {
        let (provider, user) = (came.provider.number().to_string(), came.user);
        let ended = self.end(accounts, came, origin).await;
        if let Err(error) = &ended
            && !matches!(
                error,
                // Journalled where it was found out.
                SsoError::Account(AccountError::Banned | AccountError::NotActivated)
            )
        {
            let why = error.to_string();
            let details = [
                ("method", "provider"),
                ("provider", provider.as_str()),
                ("why", why.as_str()),
            ];
            note_refused(&self.site, user.unwrap_or(NOBODY), &details, origin);
        }
        ended
    }

    async fn end(
        &self,
        accounts: &Accounts,
        came: Finish<'_>,
        origin: &Origin,
    ) -> Result<Outcome, SsoError> {
        let (session, linking) = self.take(&came).await?;
        let settings = self.settings(came.provider)?;
        // The operator chose another provider in between.
        if settings.issuer != session.issuer {
            return Err(SsoError::SessionUnknown);
        }
        let found = self.discovered(&settings).await?;
        let returned = Returned {
            code: came.code,
            nonce: &session.nonce,
            verifier: &session.verifier,
            redirect_uri: &session.redirect_uri,
        };
        let said = found.claims(&settings, &returned).await?;
        if said.keys_changed {
            self.forget(&settings).await;
        }
        let person = person(came.provider, &settings, &said.claims)?;
        if let Some(user) = linking {
            accounts.link(user, &person, origin).await?;
            return Ok(Outcome::Linked);
        }
        let joining = &settings.joining;
        let signed_in = accounts.sign_in_as(&person, joining, origin).await?;
        Ok(Outcome::SignedIn(signed_in))
    }

    async fn take(&self, came: &Finish<'_>) -> Result<(Session, Option<UserId>), SsoError> {
        let id = self.site.sealer.look_up_hash(PURPOSE, came.session);
        let tx = self.site.store.begin().await?;
        let ticket = tickets::take(tx.db(), KIND, &id, self.site.now()).await?;
        tx.commit().await?;
        let ticket = ticket.ok_or(SsoError::SessionUnknown)?;
        let session: Session =
            serde_json::from_str(&ticket.value).map_err(|_| SsoError::SessionUnknown)?;
        let same_provider = session.provider == came.provider.number();
        // Somebody else's linking must not end in this account (RFC 6749 §10.12).
        let same_user = ticket.user_id.is_none() || ticket.user_id == came.user;
        let same_browser = came.browser.is_none_or(|mark| {
            let mark = self.site.sealer.look_up_hash(BROWSER, mark);
            mark.as_bytes().ct_eq(session.browser.as_bytes()).into()
        });
        if !same_provider || !same_user || !same_browser {
            return Err(SsoError::SessionUnknown);
        }
        Ok((session, ticket.user_id))
    }
}
