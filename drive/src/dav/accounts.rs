//! WebDAV accounts: generated passwords, each opening one folder, with options.
//!
//! Passwords are sealed, so that their owner can see them again, and looked up by a keyed hash:
//! a request costs two small queries and no slow hashing, which their 165 random bits do not
//! need. Rows are read with each request, so a change holds at once on every replica.

use crate::access;
use crate::account::{Accounts, Email};
use crate::actor::{Account, Actor};
use crate::context::Core;
use crate::error::FileError;
use crate::limiter::{Door, Limiter, TooManyTries};
use crate::store::dav_accounts as rows;
use crate::wire::{BitSet, DavOption, FileSystem, FileUri, GroupPermission, page_token};
use entity::{DavAccountId, Timestamp, UserId, dav_account};
use moka::sync::Cache;
use rand::{CryptoRng, Rng};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What sealed passwords are bound to. Never change it.
const PURPOSE: &str = "dav password";
/// Length of a password (V4 API).
const PASSWORD_CHARS: usize = 32;
/// Longest name, bytes (V4 API).
const MAX_NAME_BYTES: usize = 255;
/// How long a pair of address and password that was right is let past the limiter, so that
/// somebody else's guessing does not lock a mounted disk out.
const KNOWN_FOR: Duration = Duration::from_mins(15);
const MOST_KNOWN: u64 = 10_000;

/// An account as its owner sees it.
#[derive(Clone, Debug)]
pub struct DavAccount {
    pub id: DavAccountId,
    pub created_at: Timestamp,
    pub name: String,
    pub uri: String,
    pub password: String,
    /// Bits of [`DavOption`].
    pub options: BitSet,
}

/// What an owner says about an account.
#[derive(Clone, Debug)]
pub struct DavAccountChange {
    pub name: String,
    pub uri: String,
    pub read_only: bool,
    /// Ignored unless the group may have it.
    pub proxy: bool,
    pub block_system_files: bool,
}

/// Some accounts, and where the next ones begin.
#[derive(Clone, Debug)]
pub struct DavAccountPage {
    pub accounts: Vec<DavAccount>,
    pub next_token: Option<String>,
}

/// What a password opens.
#[derive(Clone, Debug)]
pub struct Entrance {
    pub owner: UserId,
    /// The folder that is the client's root.
    pub root: FileUri,
    pub options: BitSet,
}

/// The service of WebDAV accounts.
#[derive(Debug)]
pub struct DavAccounts {
    core: Arc<Core>,
    limiter: Arc<Limiter>,
    known: Cache<String, ()>,
}

impl DavAccounts {
    pub fn new(core: Arc<Core>, limiter: Arc<Limiter>) -> Self {
        let known = Cache::builder()
            .max_capacity(MOST_KNOWN)
            .time_to_idle(KNOWN_FOR)
            .build();
        Self {
            core,
            limiter,
            known,
        }
    }

    /// The owner's accounts, newest first.
    /// # Errors
    /// `LoginRequired`, `BadPageToken`
    pub async fn list(
        &self,
        actor: &Actor,
        page_size: u64,
        token: Option<&str>,
    ) -> Result<DavAccountPage, FileError> {
        let owner = access::signed_in(actor)?.user.id;
        let before = token
            .map(page_token::decode::<DavAccountId>)
            .transpose()
            .map_err(|_| FileError::BadPageToken)?;
        let db = self.core.store.read();
        let mut found = rows::page(db, owner, before, page_size + 1).await?;
        let more = found.len() as u64 > page_size;
        found.truncate(page_size as usize);
        let next_token = found
            .last()
            .filter(|_| more)
            .map(|last| page_token::encode(&last.id));
        let accounts = found.into_iter().map(|row| self.view(row));
        Ok(DavAccountPage {
            accounts: accounts.collect::<Result<_, _>>()?,
            next_token,
        })
    }

    /// Makes an account with a new password.
    /// # Errors
    /// `GroupNotAllowed`, `BadParameter`, `BadUri`
    pub async fn create(
        &self,
        actor: &Actor,
        change: &DavAccountChange,
    ) -> Result<DavAccount, FileError> {
        let account = allowed(actor)?;
        let (uri, options) = checked(account, change)?;
        let password = new_password(&mut rand::rng());
        let now = self.core.now();
        let mut row = dav_account::Model {
            id: DavAccountId(0),
            owner_id: account.user.id,
            name: change.name.clone(),
            uri,
            password_hash: self.core.sealer.look_up_hash(PURPOSE, &password),
            password_sealed: self.core.sealer.seal(PURPOSE, &password),
            options,
            created_at: now,
            updated_at: now,
        };
        let tx = self.core.store.begin().await?;
        row.id = rows::insert(tx.db(), row.clone()).await?;
        tx.commit().await?;
        self.view(row)
    }

    /// Replaces everything but the password. `None`: the owner has no such account.
    /// # Errors
    /// As [`Self::create`]
    pub async fn update(
        &self,
        actor: &Actor,
        id: DavAccountId,
        change: &DavAccountChange,
    ) -> Result<Option<DavAccount>, FileError> {
        let account = allowed(actor)?;
        let (uri, options) = checked(account, change)?;
        let tx = self.core.store.begin().await?;
        let Some(row) = rows::of_owner(tx.db(), account.user.id, id).await? else {
            return Ok(None);
        };
        let new = (change.name.as_str(), uri.as_str(), options);
        rows::update(tx.db(), id, new, self.core.now()).await?;
        tx.commit().await?;
        let row = dav_account::Model {
            name: change.name.clone(),
            uri,
            options,
            ..row
        };
        self.view(row).map(Some)
    }

    /// Removes an account. Answers whether the owner had it.
    /// # Errors
    /// `LoginRequired`
    pub async fn delete(&self, actor: &Actor, id: DavAccountId) -> Result<bool, FileError> {
        let owner = access::signed_in(actor)?.user.id;
        let tx = self.core.store.begin().await?;
        let was_there = rows::remove(tx.db(), owner, id).await?;
        tx.commit().await?;
        Ok(was_there)
    }

    /// What an address and a password open; `None`: nothing. Whether the owner may still sign in
    /// is for [`Accounts::actor`] to say.
    /// # Errors
    /// [`TooManyTries`] inside `Ok`; `Store`
    pub async fn enter(
        &self,
        email: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<Result<Option<Entrance>, TooManyTries>, FileError> {
        let Ok(email) = Email::parse(email) else {
            // Counted under one name: what is no address cannot be somebody's.
            return Ok(self
                .limiter
                .attempt(Door::WebDav, "", from)
                .map(|_wrong| None));
        };
        let hash = self.core.sealer.look_up_hash(PURPOSE, password);
        let pair = format!("{hash} {}", email.as_str());
        let attempt = if self.known.contains_key(&pair) {
            None
        } else {
            match self.limiter.attempt(Door::WebDav, email.as_str(), from) {
                Ok(attempt) => Some(attempt),
                Err(refused) => return Ok(Err(refused)),
            }
        };
        let db = self.core.store.read();
        let Some(row) = rows::by_password(db, email.as_str(), &hash).await? else {
            self.known.invalidate(&pair);
            tracing::info!(ip = ?from, "WebDAV sign-in with a wrong password");
            return Ok(Ok(None));
        };
        if let Some(attempt) = attempt {
            attempt.succeeded();
        }
        self.known.insert(pair, ());
        Ok(Ok(Some(Entrance {
            owner: row.owner_id,
            root: FileUri::parse(&row.uri)?.without_query(),
            options: options_of(&row),
        })))
    }

    fn view(&self, row: dav_account::Model) -> Result<DavAccount, FileError> {
        let opened = self.core.sealer.open(PURPOSE, &row.password_sealed);
        let password = opened.map_err(|error| {
            tracing::error!(%error, account = %row.id, "cannot open a WebDAV password");
            FileError::Internal("a sealed password cannot be opened")
        })?;
        Ok(DavAccount {
            id: row.id,
            created_at: row.created_at,
            options: options_of(&row),
            name: row.name,
            uri: row.uri,
            password,
        })
    }
}

/// Whether the accounts service still lets the owner of an entrance in is asked here, so that the
/// two are not used apart.
impl Entrance {
    /// The owner as an actor, `None` if the account is not active.
    /// # Errors
    /// `Store` and what else the account service fails with
    pub async fn actor(
        &self,
        accounts: &Accounts,
    ) -> Result<Option<Actor>, crate::account::AccountError> {
        match accounts.actor(self.owner).await {
            Ok(actor) => Ok(Some(actor)),
            Err(crate::account::AccountError::AccountGone) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn allowed(actor: &Actor) -> Result<&Account, FileError> {
    let account = access::signed_in(actor)?;
    if account.may(GroupPermission::WebDav) {
        Ok(account)
    } else {
        Err(FileError::GroupNotAllowed)
    }
}

/// The canonical URI and the option bits of a change.
fn checked(account: &Account, change: &DavAccountChange) -> Result<(String, i64), FileError> {
    if change.name.is_empty() || change.name.len() > MAX_NAME_BYTES {
        return Err(FileError::BadParameter("Name must have 1 to 255 bytes"));
    }
    if change.name.contains('\0') {
        return Err(FileError::BadParameter("Name contains NUL"));
    }
    let uri = FileUri::parse(&change.uri)
        .map_err(|_| FileError::BadParameter("Not a URI of a folder"))?;
    if !matches!(uri.fs(), FileSystem::My | FileSystem::Share) || !uri.query().is_empty() {
        return Err(FileError::BadParameter(
            "Only folders of your own or of shares can be mounted",
        ));
    }
    let proxy = change.proxy && account.may(GroupPermission::WebDavProxy);
    let options = BitSet::EMPTY
        .with(DavOption::ReadOnly, change.read_only)
        .with(DavOption::Proxy, proxy)
        .with(DavOption::BlockSystemFiles, change.block_system_files);
    let bits = options.flags().fold(0, |bits, flag| bits | 1 << flag);
    Ok((uri.to_string(), bits))
}

fn options_of(row: &dav_account::Model) -> BitSet {
    BitSet::from_bytes(&row.options.to_le_bytes()).unwrap_or(BitSet::EMPTY)
}

/// Lower-case letters and digits (V4 API).
fn new_password<R: CryptoRng + ?Sized>(rng: &mut R) -> String {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..PASSWORD_CHARS)
        .map(|_| char::from(SIGNS[rng.random_range(0..SIGNS.len())]))
        .collect()
}
