//! Passkeys (WebAuthn): registering and removing them, and what signing in with one shares with that.
//!
//! A ceremony is a ticket that is used up by the first answer, right or wrong. The authenticator
//! is asked to verify its user and need not (V4 API), so this uses the site of webauthn-rs, whose
//! outer layer insists on that and on user handles of its own form.

use super::{AccountError, Accounts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::{UserId, passkey};
use serde_json::Value;
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use std::time::Duration;
use store::journal::{Entry, Op};
use store::passkeys::{self, NewPasskey};
use store::tickets::{self, NewTicket};
use store::{Tx, journal};
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, COSEAlgorithm, RegisterPublicKeyCredential, RegistrationState,
    UserVerificationPolicy,
};
use wire::IdKind;
use wire::agent::Agent;

/// Kind of tickets.
const REGISTER: &str = "passkey_register";
/// How long a ceremony may take (V4 API, passkeys).
pub(super) const TTL_SECS: i64 = 300;
/// Passkeys of one account, and length of a credential id in base64.
use site::limits::PASSKEYS as MAX_PASSKEYS;
const MAX_ID_CHARS: usize = 700;
/// Longest answer of a browser and longest name.
use site::limits::PASSKEY_BYTES as MAX_ANSWER_BYTES;
use site::limits::PASSKEY_NAME_CHARS as MAX_NAME_CHARS;

/// A new passkey as the browser made it.
#[derive(Clone, Copy, Debug)]
pub struct NewPasskeyAnswer<'a> {
    /// JSON text.
    pub response: &'a str,
    /// May name `{os}` and `{browser}`, which are read from `user_agent`.
    pub name: &'a str,
    pub user_agent: &'a str,
}

impl Accounts {
    /// Begins to register a passkey, for pages of this site. Answers what the browser's
    /// `navigator.credentials.create` takes.
    /// # Errors
    /// `FeatureOff`, `PasskeySite`, `PasskeyBegin`.
    pub async fn begin_passkey(&self, actor: &Actor, site: &Url) -> Result<Value, AccountError> {
        let account = access::signed_in(actor)?;
        self.require_passkeys()?;
        let id = account.user.id;
        let known = passkeys::of_user(self.site.store.read(), id).await?;
        if known.len() >= MAX_PASSKEYS {
            return Err(AccountError::BadValue("There are too many passkeys"));
        }
        let known = known
            .iter()
            .filter_map(|passkey| STANDARD.decode(&passkey.credential_id).ok())
            .collect::<Vec<_>>();
        let handle = self.site.settings().ids.encode(IdKind::User, id.0);
        let webauthn = self.webauthn(site)?;
        let (options, state) = webauthn
            .new_challenge_register_builder(
                handle.as_bytes(),
                &account.user.email,
                &account.user.nick,
            )
            .map(|builder| {
                builder
                    .attestation(AttestationConveyancePreference::None)
                    .credential_algorithms(COSEAlgorithm::secure_algs())
                    .require_resident_key(true)
                    .user_verification_policy(UserVerificationPolicy::Preferred)
                    .reject_synchronised_authenticators(false)
                    .exclude_credentials((!known.is_empty()).then_some(known))
            })
            .and_then(|builder| webauthn.generate_challenge_register(builder))
            .map_err(|error| AccountError::PasskeyBegin(error.to_string()))?;
        let ticket = NewTicket {
            id: register_id(id),
            kind: REGISTER,
            user: Some(id),
            value: json(&state)?.to_string(),
            expires_at: self.site.now().plus_secs(TTL_SECS),
        };
        let tx = self.site.store.begin().await?;
        tickets::replace(tx.db(), ticket).await?;
        tx.commit().await?;
        json(&options)
    }

    /// Registers the passkey that the browser made.
    /// # Errors
    /// `BadValue` if the answer is unreadable, `CeremonyGone`, `PasskeyRefused`.
    pub async fn add_passkey(
        &self,
        actor: &Actor,
        site: &Url,
        answer: NewPasskeyAnswer<'_>,
        origin: &Origin,
    ) -> Result<passkey::Model, AccountError> {
        let account = access::signed_in(actor)?;
        let id = account.user.id;
        let given: RegisterPublicKeyCredential = read(answer.response)?;
        let tx = self.site.store.begin().await?;
        let state = self.take_ceremony(tx, REGISTER, &register_id(id)).await?;
        let state: RegistrationState = stored(&state)?;
        let credential = self
            .webauthn(site)?
            .register_credential(&given, &state, None)
            .map_err(refused)?;
        let credential_id = STANDARD.encode(credential.cred_id.as_slice());
        if credential_id.len() > MAX_ID_CHARS {
            return Err(AccountError::PasskeyRefused);
        }
        let now = self.site.now();
        let new = NewPasskey {
            user: id,
            credential_id,
            name: name_of(answer.name, answer.user_agent),
            credential: json(&credential)?.to_string(),
        };
        let mut tx = self.site.store.begin().await?;
        let added = passkeys::insert(tx.db(), new, now).await;
        let added = added.map_err(|error| {
            if error.is_duplicate() {
                AccountError::PasskeyRefused
            } else {
                error.into()
            }
        })?;
        let entry = Entry::of_account(id, Op::Passkey);
        let entry = entry.detail(origin.with(&[("added", &added.name)]));
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(added)
    }

    /// Passkeys of an account, oldest first.
    /// # Errors
    /// Only the database's.
    pub async fn passkeys(&self, actor: &Actor) -> Result<Vec<passkey::Model>, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        Ok(passkeys::of_user(self.site.store.read(), id).await?)
    }

    /// Removes a passkey by its credential id, in base64.
    /// # Errors
    /// `PasskeyNotFound`
    pub async fn remove_passkey(
        &self,
        actor: &Actor,
        credential_id: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let found = passkeys::find(tx.db(), id, credential_id).await?;
        let found = found.ok_or(AccountError::PasskeyNotFound)?;
        if !passkeys::remove(tx.db(), id, found.id).await? {
            return Err(AccountError::PasskeyNotFound);
        }
        let entry = Entry::of_account(id, Op::Passkey);
        let entry = entry.detail(origin.with(&[("removed", &found.name)]));
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }

    /// Uses a ceremony up, for good, before its answer is looked at.
    pub(super) async fn take_ceremony(
        &self,
        tx: Tx,
        kind: &str,
        id: &str,
    ) -> Result<String, AccountError> {
        let ticket = tickets::take(tx.db(), kind, id, self.site.now()).await?;
        tx.commit().await?;
        Ok(ticket.ok_or(AccountError::CeremonyGone)?.value)
    }

    pub(super) fn require_passkeys(&self) -> Result<(), AccountError> {
        if self.site.settings().settings.accounts.authn_enabled {
            return Ok(());
        }
        Err(AccountError::FeatureOff("Signing in with a passkey"))
    }

    /// For pages of `site`; the answer may also come from another address of the settings that
    /// the browser takes for the same site.
    pub(super) fn webauthn(&self, site: &Url) -> Result<WebauthnCore, AccountError> {
        let live = self.site.settings();
        let domain = site.domain();
        let domain = domain.ok_or(AccountError::PasskeySite)?;
        let mut origins = live.settings.site.urls.clone();
        if !origins.contains(site) {
            origins.push(site.clone());
        }
        let timeout = Duration::from_secs(TTL_SECS.unsigned_abs());
        let name = &live.settings.site.name;
        Ok(WebauthnCore::new_unsafe_experts_only(
            name, domain, origins, timeout, None, None,
        ))
    }
}

fn register_id(id: UserId) -> String {
    format!("{REGISTER}:{id}")
}

/// What a browser sent.
pub(super) fn read<T: serde::de::DeserializeOwned>(response: &str) -> Result<T, AccountError> {
    let unreadable = AccountError::BadValue("The answer of the passkey cannot be read");
    if response.len() > MAX_ANSWER_BYTES {
        return Err(unreadable);
    }
    serde_json::from_str(response).map_err(|_| unreadable)
}

/// What this program stored.
pub(super) fn stored<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, AccountError> {
    serde_json::from_str(text).map_err(|error| AccountError::PasskeyBegin(error.to_string()))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<Value, AccountError> {
    serde_json::to_value(value).map_err(|error| AccountError::PasskeyBegin(error.to_string()))
}

pub(super) fn refused(error: webauthn_rs_core::error::WebauthnError) -> AccountError {
    tracing::info!(%error, "refused a passkey");
    AccountError::PasskeyRefused
}

fn name_of(template: &str, user_agent: &str) -> String {
    let agent = Agent::read(user_agent);
    let name = template
        .replace("{os}", agent.os)
        .replace("{browser}", agent.browser);
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME_CHARS)
        .collect();
    match name.trim() {
        "" => format!("{} on {}", agent.browser, agent.os),
        name => name.to_owned(),
    }
}
