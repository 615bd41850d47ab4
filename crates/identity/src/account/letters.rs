//! The mails of accounts: what they say, and the links in them.
//!
//! Links are made of the site's own address in the settings. What a request claims about where it
//! was sent to never gets into a mail.

use super::AccountError;
use super::damage_letter::damage;
use super::letter_text::{letter, page};
use super::send_mail::{MailState, SendMail};
use super::sign_in::digest_of;
use super::task_letter::task_ended;
use entity::{TaskId, Timestamp, UserId, UserStatus, user};
use serde::{Deserialize, Serialize};
use site::Site;
use site::mail::Letter;
use site::secret::{Purpose, SignedText};
use site::settings::MailTemplates;
use site::settings::live::LiveSettings;
use site::task::{NewTask, system_task};
use store::journal::{Entry, Op};
use store::tickets::{self, NewTicket};
use store::{Connection, StoreResult, Tx, accounts as rows, identities, journal};
use wire::IdKind;

/// What the links of a mail are good for, and how long (V4 API, activation and reset).
const ACTIVATION_SECS: i64 = 86_400;
const RESET_SECS: i64 = 3_600;
const INVITATION_SECS: i64 = 7 * 86_400;

/// Kinds of tickets; both hold the hash of a secret.
pub(super) const RESET: &str = "password_reset";
pub(super) const INVITATION: &str = "invitation";
/// What the secrets are sealed and hashed for.
const SECRET: &str = "mail secret";

/// Why somebody gets a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Occasion {
    /// To confirm their address.
    Activation { user: UserId },
    /// Somebody said to have forgotten the password of this address, which may be nobody's.
    Reset {
        email: String,
        /// For accounts that chose no language.
        language: String,
        /// Sealed.
        secret: String,
        /// Who asked, for the journal: JSON text.
        origin: String,
    },
    /// An administrator made an account for them.
    Invitation {
        user: UserId,
        /// Sealed.
        secret: String,
    },
    /// Of an administrator: so many stored blobs are not what they were.
    Damage { user: UserId, found: u64 },
    /// A task of theirs that took long has ended, as they wished to be told.
    TaskEnded {
        user: UserId,
        task: TaskId,
        failed: bool,
    },
}

impl Occasion {
    /// As a task, to be queued with the change that it belongs to.
    pub fn task(self, now: Timestamp) -> NewTask {
        system_task::<SendMail>(&MailState::new(self, now), now)
    }
}

/// A new secret for a mail, sealed as it waits in the queue.
pub(super) fn new_secret(site: &Site) -> String {
    let secret = site::settings::random_alphanumeric(32, &mut rand::rng());
    site.sealer.seal(SECRET, &secret)
}

/// The id of an account's ticket of this kind.
pub(super) fn ticket_id(kind: &str, user: UserId) -> String {
    format!("{kind}:{user}")
}

/// What was sent to an account by mail opens nothing any more.
/// # Errors
/// Only the database's.
pub async fn forget(db: &Connection, user: UserId) -> StoreResult<()> {
    for kind in [RESET, INVITATION] {
        tickets::remove(db, &ticket_id(kind, user)).await?;
    }
    Ok(())
}

/// What is stored of a secret.
pub(super) fn hash_of(site: &Site, secret: &str) -> String {
    site.sealer.look_up_hash(SECRET, secret)
}

/// The letter for an occasion, as of now; `None` if nobody needs it any more. `first` is the first
/// try to send it.
/// # Errors
/// `Seal`, or the database's.
pub async fn write(
    site: &Site,
    occasion: &Occasion,
    first: bool,
) -> Result<Option<Letter>, AccountError> {
    match occasion {
        Occasion::Activation { user } => {
            let user = rows::by_id(site.store.read(), *user).await?;
            let user = user.filter(|user| user.status == UserStatus::Inactive);
            Ok(user.map(|user| activation(site, &user, "")))
        }
        Occasion::Reset {
            email,
            language,
            secret,
            origin,
        } => {
            let user = rows::by_email(site.store.read(), email).await?;
            let Some(user) = user else {
                return Ok(None);
            };
            let asked_by = first.then_some(origin);
            match user.status {
                // Only others vouch for them, and would have nothing to say any more.
                UserStatus::Active
                    if digest_of(&user).is_none() && is_vouched_for(site, &user).await? =>
                {
                    Ok(None)
                }
                UserStatus::Active => reset(site, user, RESET, language, secret, asked_by).await,
                // Choosing the first password confirms the address, too.
                UserStatus::Inactive if digest_of(&user).is_none() => {
                    reset(site, user, INVITATION, language, secret, asked_by).await
                }
                UserStatus::Inactive => Ok(Some(activation(site, &user, language))),
                UserStatus::ManualBanned | UserStatus::SysBanned | UserStatus::Deleting => Ok(None),
            }
        }
        Occasion::Invitation { user, secret } => {
            let user = rows::by_id(site.store.read(), *user).await?;
            let Some(user) = user.filter(|user| user.status == UserStatus::Inactive) else {
                return Ok(None);
            };
            let tx = site.store.begin().await?;
            let secret = site.sealer.open(SECRET, secret)?;
            if !prolong(
                site,
                &tx,
                INVITATION,
                user.id,
                &secret,
                INVITATION_SECS,
                first,
            )
            .await?
            {
                return Ok(None);
            }
            tx.commit().await?;
            let live = site.settings();
            let templates = &live.settings.mail.invitation;
            Ok(Some(secret_letter(&live, templates, &user, "", &secret)))
        }
        Occasion::Damage { user, found } => damage(site, *user, *found).await,
        Occasion::TaskEnded { user, task, failed } => task_ended(site, *user, *task, *failed).await,
    }
}

/// Whether somebody signs in through a provider or a directory.
async fn is_vouched_for(site: &Site, user: &user::Model) -> Result<bool, AccountError> {
    let linked = identities::of(site.store.read(), user.id).await?;
    Ok(!linked.is_empty())
}

async fn reset(
    site: &Site,
    user: user::Model,
    kind: &'static str,
    language: &str,
    sealed: &str,
    asked_by: Option<&String>,
) -> Result<Option<Letter>, AccountError> {
    let secret = site.sealer.open(SECRET, sealed)?;
    let mut tx = site.store.begin().await?;
    let first = asked_by.is_some();
    if !prolong(site, &tx, kind, user.id, &secret, RESET_SECS, first).await? {
        return Ok(None);
    }
    if let Some(origin) = asked_by {
        let mut entry = Entry::of_account(user.id, Op::ResetAsked).detail(origin.clone());
        entry.actor = None;
        journal::append(&mut tx, site.now(), vec![entry]);
    }
    tx.commit().await?;
    let live = site.settings();
    let templates = &live.settings.mail.reset;
    Ok(Some(secret_letter(
        &live, templates, &user, language, &secret,
    )))
}

/// Makes a secret good from now on. On later tries only if it has not been replaced by a newer
/// one since.
async fn prolong(
    site: &Site,
    tx: &Tx,
    kind: &'static str,
    user: UserId,
    secret: &str,
    ttl_secs: i64,
    first: bool,
) -> Result<bool, AccountError> {
    let now = site.now();
    let (id, hash) = (ticket_id(kind, user), hash_of(site, secret));
    if rows::locked(tx.db(), user).await?.is_none() {
        return Ok(false);
    }
    let known = tickets::find(tx.db(), kind, &id, now).await?;
    if !first && known.is_some_and(|known| known.value != hash) {
        return Ok(false);
    }
    let ticket = NewTicket {
        id,
        kind,
        user: Some(user),
        value: hash,
        expires_at: now.plus_secs(ttl_secs),
    };
    tickets::replace(tx.db(), ticket).await?;
    Ok(true)
}

/// What is signed of a link that confirms the address of an account.
pub(super) fn activation_text(public_id: &str) -> SignedText {
    SignedText::new(Purpose::Activation, [public_id])
}

fn activation(site: &Site, user: &user::Model, language: &str) -> Letter {
    let live = site.settings();
    let id = live.ids.encode(IdKind::User, user.id.0);
    let expires = site.now().plus_secs(ACTIVATION_SECS).unix_secs();
    let sign = live.signer.sign(&activation_text(&id), expires);
    let link = page(&live, "session/activate", &[("id", &id), ("sign", &sign)]);
    let templates = &live.settings.mail.activation;
    letter(&live, templates, user, language, &link, &[])
}

/// The letter whose link carries a secret to the page that sets a password.
fn secret_letter(
    live: &LiveSettings,
    templates: &MailTemplates,
    user: &user::Model,
    language: &str,
    secret: &str,
) -> Letter {
    let id = live.ids.encode(IdKind::User, user.id.0);
    let link = page(live, "session/reset", &[("id", &id), ("secret", secret)]);
    letter(live, templates, user, language, &link, &[])
}
