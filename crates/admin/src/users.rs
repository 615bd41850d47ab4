//! Accounts of others.

use crate::By;
use crate::audit::{self, Changed};
use crate::deletion;
use crate::error::AdminError;
use crate::first::{FIRST, no_way_around};
use crate::page::{Page, PageRequest, Totals};
use drive::context::Core;
use entity::{GroupId, Timestamp, UserId, UserStatus, group, passkey, user};
use identity::account::{forget_letters, new_settings};
use serde_json::json;
use site::actor::{Account, Actor};
use site::email::Email;
use site::limits::PROFILE_TEXT_CHARS;
use std::sync::Arc;
use store::account_pages::{self as pages, AccountFilter, AccountOrder};
use store::journal::{self, Op};
use store::quota::quota_bytes;
use store::{StoreError, Tx, accounts as rows, drives, integrity, recovery_codes, sessions};
use wire::GroupPermission;

/// An account as administrators see it.
#[derive(Clone, Debug)]
pub struct UserRow {
    pub user: user::Model,
    pub group: group::Model,
    pub passkeys: Vec<passkey::Model>,
    /// How much it may hold, bytes.
    pub quota: i64,
}

/// What an account is to be.
#[derive(Clone, Debug)]
pub struct AccountEdit {
    pub email: Email,
    pub nick: String,
    /// `""`, `file` or `gravatar`.
    pub avatar: String,
    pub status: UserStatus,
    pub group: GroupId,
    /// Another password; length is the caller's to check.
    pub password: Option<String>,
    /// Without a second factor from now on.
    pub ends_second_factor: bool,
}

/// The service behind the pages of accounts.
#[derive(Clone, Debug)]
pub struct Users {
    core: Arc<Core>,
    totals: Totals,
}

impl Users {
    pub(crate) fn new(core: Arc<Core>, totals: Totals) -> Self {
        Self { core, totals }
    }

    /// A page of accounts.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &AccountFilter,
    ) -> Result<Page<UserRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let order = match request.order_by.as_str() {
            "nick" => AccountOrder::Nick,
            "email" => AccountOrder::Email,
            "storage" => AccountOrder::UsedBytes,
            "updated_at" => AccountOrder::Updated,
            _ => AccountOrder::Id,
        };
        let (sort, part) = (
            (order, request.descending),
            (request.offset(), request.page_size),
        );
        let found = pages::page(db, filter, sort, part).await?;
        let ids: Vec<UserId> = found.iter().map(|(user, _)| user.id).collect();
        let mut passkeys = pages::passkeys(db, &ids).await?;
        let rows = found.into_iter().map(|(user, group)| UserRow {
            passkeys: passkeys.remove(&user.id).unwrap_or_default(),
            quota: quota_bytes(&user, &group),
            user,
            group,
        });
        Ok(Page {
            rows: rows.collect(),
            total: self.totals.of(filter, pages::count(db, filter)).await?,
        })
    }

    /// One account.
    /// # Errors
    /// `AccountNotFound`
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<UserRow, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let found = drives::owner(db, id).await?;
        let found = found.filter(|(user, _)| user.status != UserStatus::Deleting);
        let (user, group) = found.ok_or(AdminError::AccountNotFound)?;
        let passkeys = pages::passkeys(db, &[id]).await?.remove(&id);
        Ok(UserRow {
            quota: quota_bytes(&user, &group),
            passkeys: passkeys.unwrap_or_default(),
            user,
            group,
        })
    }

    /// Makes an account, which may sign in at once if it is active.
    /// # Errors
    /// `BadValue`, `EmailTaken`, `GroupNotFound`
    pub async fn create(&self, actor: &Actor, new: AccountEdit) -> Result<UserRow, AdminError> {
        let by = crate::administrator(actor)?;
        check(&new)?;
        let password = new.password.as_deref();
        let password = password.ok_or_else(|| AdminError::bad("Password cannot be empty"))?;
        let digest = self.core.passwords.hash(password).await?;
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        // It stays what it is until this is done.
        if !rows::lock_group(tx.db(), new.group).await? {
            return Err(AdminError::GroupNotFound);
        }
        let group = self.require_group(&tx, new.group).await?;
        no_way_around(actor, &[&group])?;
        let row = rows::NewAccount {
            email: new.email.as_str().to_owned(),
            nick: new.nick.clone(),
            password: Some(digest),
            status: new.status,
            group: new.group,
            settings: new_settings(String::new()),
        };
        let id = rows::insert(tx.db(), row, now).await.map_err(taken)?;
        let changed = changes(None, &new);
        self.write_down(&mut tx, by, Op::AccountCreated, id, changed);
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Changes an account. Who may not sign in any more, or has another password, is signed out.
    /// # Errors
    /// `BadValue`, `AccountNotFound`, `EmailTaken`, `GroupNotFound`, `ProtectedAccount`
    pub async fn edit(
        &self,
        actor: &Actor,
        (id, seen): (UserId, Option<Timestamp>),
        edit: AccountEdit,
    ) -> Result<UserRow, AdminError> {
        let by = crate::administrator(actor)?;
        check(&edit)?;
        let digest = match &edit.password {
            Some(password) => Some(self.core.passwords.hash(password).await?),
            None => None,
        };
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.filter(|old| old.status != UserStatus::Deleting);
        let old = old.ok_or(AdminError::AccountNotFound)?;
        crate::require_unchanged(seen, old.updated_at, &old.nick)?;
        let new_group = self.require_group(&tx, edit.group).await?;
        let old_group = self.require_group(&tx, old.group_id).await?;
        no_way_around(actor, &[&old_group, &new_group])?;
        self.protect(&tx, by, &old, (&edit, &new_group)).await?;
        let is_entered_otherwise = digest.is_some() || old.email != edit.email.as_str();
        let ends_sessions = digest.is_some() || edit.status != UserStatus::Active;
        let change = rows::Change {
            email: Some(edit.email.as_str().to_owned()),
            nick: Some(edit.nick.clone()),
            avatar: Some(edit.avatar.clone()),
            status: Some(edit.status),
            group: Some(edit.group),
            password: digest.map(Some),
            two_factor_secret: edit.ends_second_factor.then_some(None),
            settings: None,
        };
        rows::update(tx.db(), &old, change, now)
            .await
            .map_err(taken)?;
        if edit.ends_second_factor {
            recovery_codes::remove_all(tx.db(), id).await?;
        }
        if is_entered_otherwise {
            // Letters that went to where it was before open nothing any more.
            forget_letters(tx.db(), id).await?;
        }
        if ends_sessions {
            sessions::end_all(tx.db(), id, None, now).await?;
        }
        let changed = changes(Some(&old), &edit);
        self.write_down(&mut tx, by, Op::AccountChanged, id, changed);
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Deletes accounts with all they have: nobody sees or enters them from now on, and what they
    /// have is removed in the background. What fails for one leaves the others deleted.
    /// # Errors
    /// `Partly` by id: `ProtectedAccount`, `AccountNotFound`
    pub async fn delete(&self, actor: &Actor, ids: &[UserId]) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        let (mut going, mut failed) = (Vec::new(), Vec::new());
        for id in ids {
            match deletion::delete(&self.core, (Some(actor), Some(by)), *id).await {
                Ok(()) => going.push(*id),
                Err(error @ AdminError::Store(_)) => return Err(error),
                Err(error) => failed.push((id.to_string(), error)),
            }
        }
        deletion::wait(&self.core, &going).await?;
        AdminError::of_batch(failed)
    }

    /// Deletes an account for somebody with a shell on the server, which does the rest when it runs.
    /// # Errors
    /// `AccountNotFound`, `ProtectedAccount`
    pub async fn delete_by_operator(&self, email: &Email) -> Result<(), AdminError> {
        let row = rows::by_email(self.core.store.read(), email.as_str()).await?;
        let id = row.ok_or(AdminError::AccountNotFound)?.id;
        deletion::delete(&self.core, (None, None), id).await
    }

    /// An account with what it may hold, for somebody with a shell on the server.
    /// # Errors
    /// `AccountNotFound`
    pub async fn get_by_operator(&self, email: &Email) -> Result<UserRow, AdminError> {
        let db = self.core.store.read();
        let row = rows::by_email(db, email.as_str()).await?;
        let id = row.ok_or(AdminError::AccountNotFound)?.id;
        let (user, group) = drives::owner(db, id)
            .await?
            .ok_or(AdminError::AccountNotFound)?;
        Ok(UserRow {
            quota: quota_bytes(&user, &group),
            passkeys: Vec::new(),
            user,
            group,
        })
    }

    /// Counts anew what an account holds.
    /// # Errors
    /// `AccountNotFound`
    pub async fn calibrate(&self, actor: &Actor, id: UserId) -> Result<UserRow, AdminError> {
        let by = crate::administrator(actor)?;
        let mut tx = self.core.store.begin().await?;
        let usage = integrity::usage_now(&tx, id).await?;
        let usage = usage.ok_or(AdminError::AccountNotFound)?;
        if usage.used_bytes != usage.held_bytes {
            integrity::set_used(&tx, id, usage.held_bytes).await?;
        }
        let storage = Changed::new("storage", usage.used_bytes, usage.held_bytes);
        self.write_down(&mut tx, by, Op::AccountCalibrated, id, vec![storage]);
        tx.commit().await?;
        self.get(actor, id).await
    }

    async fn require_group(&self, tx: &Tx, id: GroupId) -> Result<group::Model, AdminError> {
        let group = rows::group(tx.db(), id).await?;
        group.ok_or(AdminError::GroupNotFound)
    }

    /// The first account, as long as it administers the site, and whoever asks keep their group
    /// and their right to sign in.
    async fn protect(
        &self,
        tx: &Tx,
        by: By<'_>,
        old: &user::Model,
        (edit, new_group): (&AccountEdit, &group::Model),
    ) -> Result<(), AdminError> {
        let administers = |group: group::Model| {
            let account = Account::new(old.clone(), group);
            account.may(GroupPermission::Admin)
        };
        let stays_active = edit.status == UserStatus::Active;
        if old.id == FIRST {
            let group = rows::group(tx.db(), old.group_id).await?;
            let stays = edit.group == old.group_id && stays_active;
            // Nobody else takes away how its owner signs in, either.
            let is_other = by.user.id != FIRST;
            let enters_otherwise = edit.password.is_some()
                || edit.ends_second_factor
                || edit.email.as_str() != old.email;
            let takes = !stays || (is_other && enters_otherwise);
            if takes && group.is_some_and(administers) {
                return Err(AdminError::ProtectedAccount);
            }
        }
        if old.id == by.user.id && !(stays_active && administers(new_group.clone())) {
            return Err(AdminError::ProtectedAccount);
        }
        Ok(())
    }

    fn write_down(&self, tx: &mut Tx, by: By<'_>, op: Op, id: UserId, changed: Vec<Changed>) {
        let mut entry = audit::entry(by, op, json!({ "user": id.0 }), changed);
        entry.owner = id;
        journal::append(tx, self.core.now(), vec![entry]);
    }
}

fn check(edit: &AccountEdit) -> Result<(), AdminError> {
    let length = edit.nick.trim().chars().count();
    if length == 0 || length > PROFILE_TEXT_CHARS || edit.nick.chars().any(char::is_control) {
        return Err(AdminError::bad("Nickname too short or too long"));
    }
    if !matches!(edit.avatar.as_str(), "" | "file" | "gravatar") {
        return Err(AdminError::bad("Avatar must be empty, file or gravatar"));
    }
    Ok(())
}

fn changes(old: Option<&user::Model>, new: &AccountEdit) -> Vec<Changed> {
    let text = |name: &str, old: Option<&str>, new: &str| Changed::new(name, old, new);
    let mut all = vec![
        text(
            "email",
            old.map(|old| old.email.as_str()),
            new.email.as_str(),
        ),
        text("nick", old.map(|old| old.nick.as_str()), &new.nick),
        text("avatar", old.map(|old| old.avatar.as_str()), &new.avatar),
        text(
            "status",
            old.map(|old| old.status.as_str()),
            new.status.as_str(),
        ),
        Changed::new("group", old.map(|old| old.group_id.0), new.group.0),
    ];
    if new.password.is_some() {
        all.push(Changed {
            is_secret: true,
            ..Changed::new("password", false, true)
        });
    }
    if new.ends_second_factor && old.is_some_and(|old| old.two_factor_secret.is_some()) {
        all.push(Changed::new("second_factor", true, false));
    }
    all
}

fn taken(error: StoreError) -> AdminError {
    if error.is_duplicate() {
        AdminError::EmailTaken
    } else {
        error.into()
    }
}
