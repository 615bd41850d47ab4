//! What the links of mails do: confirm an address, set a password.

use super::letters::{self, INVITATION, Occasion, RESET};
use super::{AccountError, Accounts};
use entity::{UserId, UserStatus, user};
use site::actor::Origin;
use site::email::Email;
use site::limiter::RateLimit;
use site::task::queue;
use store::journal::{Entry, Op};
use store::{Connection, accounts as rows, journal, sessions, tickets};
use subtle::ConstantTimeEq as _;
use wire::IdKind;

impl Accounts {
    /// Confirms the address of an account by the signature of its mail's link. `public_id` is the
    /// account's, as in the link.
    /// # Errors
    /// `Signature`, `LinkedAccountGone`, `NotInactive`.
    pub async fn activate(
        &self,
        public_id: &str,
        sign: &str,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let live = self.site.settings();
        let now = self.site.now();
        let signed = letters::activation_text(public_id);
        live.signer.verify(&signed, sign, now.unix_secs())?;
        let id = live.ids.decode(IdKind::User, public_id).map(UserId);
        let id = id.ok_or(AccountError::LinkedAccountGone)?;
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id).await?;
        let user = user.ok_or(AccountError::LinkedAccountGone)?;
        if user.status != UserStatus::Inactive {
            return Err(AccountError::NotInactive);
        }
        let change = rows::Change {
            status: Some(UserStatus::Active),
            ..rows::Change::default()
        };
        rows::update(tx.db(), &user, change, now).await?;
        let entry = Entry::of_account(id, Op::Activate).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]);
        let user = rows::by_id(tx.db(), id).await?;
        let user = user.ok_or(AccountError::LinkedAccountGone)?;
        tx.commit().await?;
        Ok(user)
    }

    /// Sends a link that sets a new password, if the address is somebody's. The answer, and the
    /// time it takes, are the same for every address.
    /// # Errors
    /// `TooManyTries`
    pub async fn ask_reset(
        &self,
        email: &Email,
        language: String,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        // Each of these may send a mail.
        self.limiter
            .count(RateLimit::Mail, email.as_str(), origin.ip)
            .await?;
        let occasion = Occasion::Reset {
            email: email.as_str().to_owned(),
            language,
            secret: letters::new_secret(&self.site),
            origin: origin.to_json(),
        };
        let mut tx = self.site.store.begin().await?;
        queue(&mut tx, occasion.task(self.site.now())).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a password by the secret of a reset or an invitation; an invited account is active
    /// from then on. Everybody who was signed in to it is signed out.
    /// # Errors
    /// `TooManyTries`, `MailSecretWrong`, `LinkedAccountGone`.
    pub async fn reset_password(
        &self,
        id: UserId,
        secret: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let attempt = self
            .limiter
            .attempt(RateLimit::ResetSecret, &id.to_string(), origin.ip)
            .await?;
        let known = self.ticket_for(self.site.store.read(), id, secret).await?;
        if known.is_none() {
            attempt.failed().await?;
            self.note_wrong_proof(id, "wrong secret of a mail", origin);
            return Err(AccountError::MailSecretWrong);
        }
        attempt.succeeded().await?;
        let digest = self.site.passwords.hash(password).await?;

        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id).await?;
        let user = user.ok_or(AccountError::LinkedAccountGone)?;
        // Once more, now that nobody else can use it meanwhile.
        let ticket = self.ticket_for(tx.db(), id, secret).await?;
        let kind = ticket.ok_or(AccountError::MailSecretWrong)?;
        let expected = if kind == INVITATION {
            UserStatus::Inactive
        } else {
            UserStatus::Active
        };
        if user.status != expected {
            return Err(AccountError::LinkedAccountGone);
        }
        for kind in [RESET, INVITATION] {
            tickets::remove(tx.db(), &letters::ticket_id(kind, id)).await?;
        }
        let change = rows::Change {
            password: Some(Some(digest)),
            status: Some(UserStatus::Active),
            ..rows::Change::default()
        };
        rows::update(tx.db(), &user, change, now).await?;
        sessions::end_all(tx.db(), id, None, now).await?;
        let entry = Entry::of_account(id, Op::Password).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]);
        let user = rows::by_id(tx.db(), id).await?;
        let user = user.ok_or(AccountError::LinkedAccountGone)?;
        tx.commit().await?;
        Ok(user)
    }

    /// The kind of the ticket that this secret belongs to. A wrong secret uses nothing up, or
    /// strangers could take people's links away.
    async fn ticket_for(
        &self,
        db: &Connection,
        id: UserId,
        secret: &str,
    ) -> Result<Option<&'static str>, AccountError> {
        let hash = letters::hash_of(&self.site, secret);
        for kind in [RESET, INVITATION] {
            let ticket_id = letters::ticket_id(kind, id);
            let ticket = tickets::find(db, kind, &ticket_id, self.site.now()).await?;
            if ticket.is_some_and(|ticket| ticket.value.as_bytes().ct_eq(hash.as_bytes()).into()) {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }
}
