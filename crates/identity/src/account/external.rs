//! People whom somebody else vouches for: their accounts, and what links them.

use super::register::Newcomer;
use super::{AccountError, Accounts, SignedIn};
use crate::error::SsoError;
use crate::external::{Person, Provider};
use entity::{GroupId, Timestamp, UserId, UserStatus, external_identity, user};
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::email::Email;
use site::settings::JoiningSettings;
use store::journal::{Entry, Op};
use store::{StoreError, Tx, accounts as rows, identities, journal, passkeys};

/// The first account stays where it is: it must not lose the site to a provider's group.
const FIRST_ACCOUNT: UserId = UserId(1);

impl Accounts {
    /// Signs somebody in whom a provider vouches for. Their own second factor is the provider's
    /// business.
    /// # Errors
    /// `NotLinked`; `Account` with `Banned`, `NotActivated`, `EmailTaken`.
    pub async fn sign_in_as(
        &self,
        person: &Person,
        joining: &JoiningSettings,
        origin: &Origin,
    ) -> Result<SignedIn, SsoError> {
        let user = self.admit(person, joining, origin).await?;
        self.check_status(&user, origin).await?;
        let tx = self.site.store.begin().await?;
        let user = self.still_same(&tx, &user, None).await?;
        Ok(self.finish(tx, user, "provider", origin).await?)
    }

    /// The account of a person: the linked one, one with the same address, or a new one, as far
    /// as the settings go.
    pub(super) async fn admit(
        &self,
        person: &Person,
        joining: &JoiningSettings,
        origin: &Origin,
    ) -> Result<user::Model, SsoError> {
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let id = match identities::owner(tx.db(), person.known()).await? {
            Some(id) => id,
            None => self.join(&mut tx, person, joining, origin, now).await?,
        };
        let user = rows::locked(tx.db(), id).await?;
        let mut user = user.ok_or(AccountError::AccountGone)?;
        if joining.sync_groups
            && let Some(group) = self.mapped(&tx, person, joining).await?
            && group != user.group_id
            && id != FIRST_ACCOUNT
        {
            let change = rows::Change {
                group: Some(group),
                ..rows::Change::default()
            };
            rows::update(tx.db(), &user, change, now).await?;
            user.group_id = group;
        }
        tx.commit().await?;
        Ok(user)
    }

    /// Finds or makes the account of somebody who comes for the first time, and links it.
    async fn join(
        &self,
        tx: &mut Tx,
        person: &Person,
        joining: &JoiningSettings,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<UserId, SsoError> {
        let email = person.email.as_ref().ok_or(SsoError::NotLinked)?;
        let id = match rows::by_email(tx.db(), email.as_str()).await? {
            Some(user) if joining.link_by_email => user.id,
            None if joining.create_accounts => {
                self.make(tx, person, email, joining, origin, now).await?
            }
            _ => return Err(SsoError::NotLinked),
        };
        insert_link(tx, id, person, origin, now).await?;
        Ok(id)
    }

    async fn make(
        &self,
        tx: &mut Tx,
        person: &Person,
        email: &Email,
        joining: &JoiningSettings,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<UserId, SsoError> {
        let mapped = self.mapped(tx, person, joining).await?;
        let group = match mapped {
            Some(group) => group,
            None => self.group_of_newcomers(tx.db()).await?,
        };
        let nick: String = person.name.chars().take(255).collect();
        let newcomer = Newcomer {
            email,
            nick: if nick.is_empty() {
                email.local_part()
            } else {
                &nick
            },
            digest: None,
            language: String::new(),
            group,
            status: UserStatus::Active,
            invited_by: None,
        };
        Ok(self.add(tx, newcomer, origin, now).await?)
    }

    /// The group the settings map a person to, if it exists.
    async fn mapped(
        &self,
        tx: &Tx,
        person: &Person,
        joining: &JoiningSettings,
    ) -> Result<Option<GroupId>, StoreError> {
        let Some(group) = joining.group_of(&person.groups).map(GroupId) else {
            return Ok(None);
        };
        if rows::group(tx.db(), group).await?.is_none() {
            tracing::warn!(%group, "groups are mapped to one that does not exist");
            return Ok(None);
        }
        Ok(Some(group))
    }

    /// Links an identity to an account that is signed in.
    /// # Errors
    /// `LinkedElsewhere`, `AlreadyLinked`.
    pub(crate) async fn link(
        &self,
        user: UserId,
        person: &Person,
        origin: &Origin,
    ) -> Result<(), SsoError> {
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        insert_link(&mut tx, user, person, origin, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets who somebody is elsewhere.
    /// # Errors
    /// `NothingLinked`; `LastWayIn` if nobody could sign in to the account any more.
    pub async fn unlink(
        &self,
        actor: &Actor,
        provider: Provider,
        origin: &Origin,
    ) -> Result<(), SsoError> {
        let user = access::signed_in(actor)?.user.id;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let account = rows::locked(tx.db(), user).await?;
        let account = account.ok_or(AccountError::AccountGone)?;
        let linked = identities::of(tx.db(), user).await?;
        if !linked.iter().any(|one| one.provider == provider.number()) {
            return Err(SsoError::NothingLinked);
        }
        let has_password = account.password.is_some_and(|digest| !digest.is_empty());
        let passkeys = self.require_passkeys().is_ok();
        let has_passkey = passkeys && passkeys::has_any(tx.db(), user).await?;
        if !has_password && !has_passkey && linked.len() == 1 {
            return Err(SsoError::LastWayIn);
        }
        identities::remove(tx.db(), user, provider.number()).await?;
        let detail = origin.with(&[("provider", &provider.number().to_string())]);
        let entry = Entry::of_account(user, Op::UnlinkIdentity).detail(detail);
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }

    /// Who an account is elsewhere.
    /// # Errors
    /// Only the database's.
    pub async fn identities(
        &self,
        actor: &Actor,
    ) -> Result<Vec<external_identity::Model>, SsoError> {
        let user = access::signed_in(actor)?.user.id;
        Ok(identities::of(self.site.store.read(), user).await?)
    }
}

async fn insert_link(
    tx: &mut Tx,
    user: UserId,
    person: &Person,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), SsoError> {
    match identities::owner(tx.db(), person.known()).await? {
        Some(owner) if owner != user => return Err(SsoError::LinkedElsewhere),
        Some(_) => return Err(SsoError::AlreadyLinked),
        None => {}
    }
    let provider = person.provider.number();
    let linked = identities::of(tx.db(), user).await?;
    if linked.iter().any(|one| one.provider == provider) {
        return Err(SsoError::AlreadyLinked);
    }
    let inserted = identities::insert(tx.db(), user, person.known(), now).await;
    inserted.map_err(|error| {
        if error.is_duplicate() {
            SsoError::LinkedElsewhere
        } else {
            error.into()
        }
    })?;
    let detail = origin.with(&[("provider", &provider.to_string())]);
    let entry = Entry::of_account(user, Op::LinkIdentity).detail(detail);
    journal::append(tx, now, vec![entry]);
    Ok(())
}
