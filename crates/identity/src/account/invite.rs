//! Accounts that an administrator makes for people.

use super::letters::{self, Occasion};
use super::register::Newcomer;
use super::sign_in::digest_of;
use super::{AccountError, Accounts};
use entity::{GroupId, UserId, UserStatus, user};
use site::access;
use site::actor::{Actor, Origin, let_administer};
use site::email::Email;
use site::task::queue;
use store::journal::{Entry, Op};
use store::{accounts as rows, journal};

/// Somebody whom an administrator wants to have an account.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub email: Email,
    /// `None`: what stands before the `@`.
    pub nick: Option<String>,
    pub language: String,
    /// `None`: the group of those who register.
    pub group: Option<GroupId>,
}

impl Accounts {
    /// Makes an account for somebody, who chooses a password by a link in a mail. Who was invited
    /// before and did not come gets a new link to the account as it is.
    /// # Errors
    /// `BadValue`, `NoSuchGroup`, `EmailTaken`.
    pub async fn invite(
        &self,
        actor: &Actor,
        invitation: Invitation,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let by = access::signed_in(actor)?.user.id;
        let default = GroupId(self.site.settings().settings.accounts.default_group);
        let group = invitation.group.unwrap_or(default);
        let nick = invitation.nick.as_deref();
        let nick = nick.unwrap_or_else(|| invitation.email.local_part());
        super::profile::check_name(nick)?;
        super::profile::check_language(&invitation.language)?;
        let db = self.site.store.read();
        let joined = rows::group(db, group).await?;
        let joined = joined.ok_or(AccountError::NoSuchGroup)?;
        // An app that administers the site does not make itself a person who does.
        if actor.scopes().is_some() && let_administer(&joined.permissions) {
            return Err(AccountError::BadValue(
                "Apps do not invite people who administer the site",
            ));
        }
        let secret = letters::new_secret(&self.site);
        if let Some(known) = rows::by_email(db, invitation.email.as_str()).await? {
            return self.invite_again(by, known.id, secret, origin).await;
        }
        let newcomer = Newcomer {
            nick,
            email: &invitation.email,
            digest: None,
            language: invitation.language.clone(),
            group,
            status: UserStatus::Inactive,
            invited_by: Some(by),
        };
        let letter = |user| Some(Occasion::Invitation { user, secret });
        self.write(newcomer, letter, origin).await
    }

    /// Sends another link, if the account still waits for its first password.
    async fn invite_again(
        &self,
        by: UserId,
        id: UserId,
        secret: String,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let waits =
            |user: &user::Model| user.status == UserStatus::Inactive && digest_of(user).is_none();
        let user = rows::locked(tx.db(), id).await?.filter(waits);
        let user = user.ok_or(AccountError::EmailTaken)?;
        queue(&mut tx, Occasion::Invitation { user: id, secret }.task(now)).await?;
        let mut entry = Entry::of_account(id, Op::Invite).detail(origin.to_json());
        entry.actor = Some(by);
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(user)
    }
}
