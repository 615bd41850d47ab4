//! Signing in with a passkey instead of a password.

use super::failures::{NOBODY, note_refused};
use super::passkeys::{TTL_SECS, json, read, refused, stored};
use super::{AccountError, Accounts, SignedIn};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::{UserId, UserStatus};
use serde_json::Value;
use site::actor::Origin;
use site::limiter::RateLimit;
use store::tickets::{self, NewTicket};
use store::{accounts as rows, passkeys};
use url::Url;
use uuid::Uuid;
use webauthn_rs_core::proto::{
    AuthenticationState, Credential, PublicKeyCredential, UserVerificationPolicy,
};
use wire::IdKind;

/// Kind of tickets.
const SIGN_IN: &str = "passkey_sign_in";

/// A sign-in that waits for a passkey.
#[derive(Clone, Debug)]
pub struct BegunSignIn {
    pub session: String,
    /// What the browser's `navigator.credentials.get` takes.
    pub options: Value,
}

impl Accounts {
    /// Begins a sign-in with whatever passkey the visitor has for this site.
    /// # Errors
    /// `FeatureOff`, `PasskeySite`, `PasskeyBegin`.
    pub async fn begin_passkey_sign_in(&self, site: &Url) -> Result<BegunSignIn, AccountError> {
        self.require_passkeys()?;
        let webauthn = self.webauthn(site)?;
        let (options, state) = webauthn
            .new_challenge_authenticate_builder(Vec::new(), Some(UserVerificationPolicy::Preferred))
            .and_then(|builder| webauthn.generate_challenge_authenticate(builder))
            .map_err(|error| AccountError::PasskeyBegin(error.to_string()))?;
        let session = Uuid::new_v4().to_string();
        let ticket = NewTicket {
            id: session.clone(),
            kind: SIGN_IN,
            user: None,
            value: json(&state)?.to_string(),
            expires_at: self.site.now().plus_secs(TTL_SECS),
        };
        let tx = self.site.store.begin().await?;
        tickets::put(tx.db(), ticket).await?;
        tx.commit().await?;
        let mut options = json(&options)?;
        // Any passkey will do; an empty list would mean none to some browsers.
        if let Some(options) = options["publicKey"].as_object_mut() {
            options.remove("allowCredentials");
        }
        Ok(BegunSignIn { session, options })
    }

    /// Signs in with the answer of a passkey (JSON text). No second factor is asked for.
    /// # Errors
    /// `FeatureOff`, `BadValue` if the answer is unreadable, `CeremonyGone`, `TooManyTries`,
    /// `PasskeyRefused`.
    pub async fn sign_in_with_passkey(
        &self,
        session: &str,
        response: &str,
        site: &Url,
        origin: &Origin,
    ) -> Result<SignedIn, AccountError> {
        self.require_passkeys()?;
        let given: PublicKeyCredential = read(response)?;
        let tx = self.site.store.begin().await?;
        let state = self.take_ceremony(tx, SIGN_IN, session).await;
        let state = state.inspect_err(|error| {
            if matches!(error, AccountError::CeremonyGone) {
                // Whose passkey it says to be is nowhere near proven.
                self.note_stray_passkey(NOBODY, "no such sign-in with a passkey", origin);
            }
        })?;
        let state: AuthenticationState = stored(&state)?;
        let Some(id) = self.owner_of(&given) else {
            self.note_stray_passkey(NOBODY, "passkey of nobody", origin);
            return Err(AccountError::PasskeyRefused);
        };
        let attempt = self
            .limiter
            .attempt(RateLimit::Passkey, &id.to_string(), origin.ip)
            .await?;
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id).await?;
        let known = passkeys::find(tx.db(), id, &STANDARD.encode(&given.raw_id)).await?;
        let (Some(user), Some(known)) =
            (user.filter(|user| user.status == UserStatus::Active), known)
        else {
            let why = "unknown passkey, or account not active";
            self.append_failure(&mut tx, id, why, origin);
            tx.commit().await?;
            attempt.failed().await?;
            return Err(AccountError::PasskeyRefused);
        };
        let credential: Credential = stored(&known.credential)?;
        match self.verified(site, &given, &state, credential) {
            Ok(credential) => {
                let credential = json(&credential)?.to_string();
                if !passkeys::used(tx.db(), &known, credential, self.site.now()).await? {
                    self.note_stray_passkey(id, "passkey used twice at once", origin);
                    return Err(AccountError::PasskeyRefused);
                }
                attempt.succeeded_in(tx.db()).await?;
                self.finish(tx, user, "passkey", origin).await
            }
            Err(error) => {
                self.append_failure(&mut tx, id, "wrong passkey", origin);
                tx.commit().await?;
                attempt.failed().await?;
                Err(error)
            }
        }
    }

    /// Journals an answer that no try of the limiter stands for.
    fn note_stray_passkey(&self, user: UserId, why: &str, origin: &Origin) {
        note_refused(
            &self.site,
            user,
            &[("method", "passkey"), ("why", why)],
            origin,
        );
    }

    /// The credential as it is after this use.
    fn verified(
        &self,
        site: &Url,
        given: &PublicKeyCredential,
        state: &AuthenticationState,
        mut credential: Credential,
    ) -> Result<Credential, AccountError> {
        let verified = self
            .webauthn(site)?
            .authenticate_single_credential(given, state, &credential)
            .map_err(refused)?;
        credential.counter = credential.counter.max(verified.counter());
        credential.backup_state = verified.backup_state();
        Ok(credential)
    }

    /// Whose passkey it says to be.
    fn owner_of(&self, given: &PublicKeyCredential) -> Option<UserId> {
        let handle = std::str::from_utf8(given.get_user_unique_id()?).ok()?;
        let id = self.site.settings().ids.decode(IdKind::User, handle)?;
        Some(UserId(id))
    }
}
