//! WebDAV accounts: generated passwords, each opening one folder, with options.
//!
//! Passwords are sealed, so that their owner can see them again, and looked up by a keyed hash
//! ([`super::entrance`]).

use super::DavAccountError;
use super::entrance::known_pairs;
use crate::context::Core;
use crate::error::FileError;
use entity::{DavAccountId, Timestamp, dav_account};
use moka::sync::Cache;
use rand::{CryptoRng, Rng};
use site::access;
use site::actor::{Account, Actor};
use site::limiter::Limiter;
use site::limits::{DAV_ACCOUNTS, KEPT_URI_BYTES};
use std::sync::Arc;
use store::dav_accounts as rows;
use wire::{BitSet, DavOption, FileSystem, FileUri, GroupPermission, page_token};

/// What sealed passwords are bound to. Never change it.
pub(super) const PURPOSE: &str = "dav password";
/// What sealed URIs are bound to. Never change it.
const URI_PURPOSE: &str = "dav uri";
/// With which every URI begins, and nothing that is sealed.
const SCHEME: &str = "cloudreve://";
/// Length of a password (V4 API).
const PASSWORD_CHARS: usize = 32;
/// Longest name, bytes (V4 API).
use site::limits::DAV_NAME_BYTES as MAX_NAME_BYTES;
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

/// The service of WebDAV accounts.
#[derive(Debug)]
pub struct DavAccounts {
    pub(super) core: Arc<Core>,
    pub(super) limiter: Arc<Limiter>,
    pub(super) known: Cache<String, ()>,
}

impl DavAccounts {
    pub fn new(core: Arc<Core>, limiter: Arc<Limiter>) -> Self {
        Self {
            core,
            limiter,
            known: known_pairs(),
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
            accounts: accounts.collect(),
            next_token,
        })
    }

    /// Makes an account with a new password.
    /// # Errors
    /// `GroupNotAllowed`, `DavAccountError`, `BadUri`
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
            uri: self.stored(&uri),
            password_hash: self.core.sealer.look_up_hash(PURPOSE, &password),
            password_sealed: self.core.sealer.seal(PURPOSE, &password),
            options,
            created_at: now,
            updated_at: now,
        };
        let tx = self.core.store.begin().await?;
        let all = rows::page(tx.db(), account.user.id, None, DAV_ACCOUNTS).await?;
        if all.len() as u64 >= DAV_ACCOUNTS {
            return Err(DavAccountError::TooMany.into());
        }
        row.id = rows::insert(tx.db(), row.clone()).await?;
        tx.commit().await?;
        Ok(self.view(row))
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
        let uri = self.stored(&uri);
        let new = (change.name.as_str(), uri.as_str(), options);
        rows::update(tx.db(), id, new, self.core.now()).await?;
        tx.commit().await?;
        let row = dav_account::Model {
            name: change.name.clone(),
            uri,
            options,
            ..row
        };
        Ok(Some(self.view(row)))
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

    /// A URI as it is kept: one that tells the password of a share is sealed.
    fn stored(&self, uri: &FileUri) -> String {
        let text = uri.to_string();
        match uri.password() {
            Some(_) => self.core.sealer.seal(URI_PURPOSE, &text),
            None => text,
        }
    }

    /// The URI of an account.
    pub(super) fn uri_of(&self, row: &dav_account::Model) -> Result<FileUri, FileError> {
        if row.uri.starts_with(SCHEME) {
            return Ok(FileUri::parse(&row.uri)?);
        }
        let opened = self.core.sealer.open(URI_PURPOSE, &row.uri);
        let opened = opened.map_err(|_| FileError::Internal("a sealed URI cannot be opened"))?;
        Ok(FileUri::parse(&opened)?)
    }

    /// What was sealed under another master key is lost, which the owner sees as empty: the
    /// account opens nothing, and can be removed.
    fn view(&self, row: dav_account::Model) -> DavAccount {
        let password = self.core.sealer.open(PURPOSE, &row.password_sealed);
        if let Err(error) = &password {
            tracing::error!(%error, account = %row.id, "cannot open a WebDAV password");
        }
        let uri = self.uri_of(&row).map(|uri| uri.to_string());
        DavAccount {
            id: row.id,
            created_at: row.created_at,
            options: options_of(&row),
            name: row.name,
            uri: uri.unwrap_or_default(),
            password: password.unwrap_or_default(),
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

/// The URI and the option bits of a change.
fn checked(account: &Account, change: &DavAccountChange) -> Result<(FileUri, i64), FileError> {
    if change.name.is_empty() || change.name.len() > MAX_NAME_BYTES {
        return Err(DavAccountError::NameLength.into());
    }
    if change.name.contains('\0') {
        return Err(DavAccountError::NameHasNul.into());
    }
    let uri = FileUri::parse(&change.uri).map_err(|_| DavAccountError::NotFolderUri)?;
    if !matches!(uri.fs(), FileSystem::My | FileSystem::Share) || !uri.query().is_empty() {
        return Err(DavAccountError::NotMountable.into());
    }
    if uri.to_string().len() > KEPT_URI_BYTES {
        return Err(DavAccountError::UriTooLong.into());
    }
    let proxy = change.proxy && account.may(GroupPermission::WebDavProxy);
    let options = BitSet::EMPTY
        .with(DavOption::ReadOnly, change.read_only)
        .with(DavOption::Proxy, proxy)
        .with(DavOption::BlockSystemFiles, change.block_system_files);
    let bits = options.flags().fold(0, |bits, flag| bits | 1 << flag);
    Ok((uri, bits))
}

pub(super) fn options_of(row: &dav_account::Model) -> BitSet {
    BitSet::from_bytes(&row.options.to_le_bytes()).unwrap_or(BitSet::EMPTY)
}

/// Lower-case letters and digits (V4 API).
fn new_password<R: CryptoRng + ?Sized>(rng: &mut R) -> String {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..PASSWORD_CHARS)
        .map(|_| char::from(SIGNS[rng.random_range(0..SIGNS.len())]))
        .collect()
}
