//! Where an account is signed in, as its owner sees it and ends it.

use super::{AccountError, Accounts, Origin};
use crate::journal::{Entry, Op};
use crate::store::{journal, sign_ins};
use entity::{UserId, token_family};
use uuid::Uuid;

/// Most sign-ins listed.
const MAX_LISTED: u64 = 200;

impl Accounts {
    /// Sign-ins of an account that may still be used, the last used first; at most 200.
    /// # Errors
    /// Only the database's.
    pub async fn sign_ins(&self, id: UserId) -> Result<Vec<token_family::Model>, AccountError> {
        let now = self.core.now();
        Ok(sign_ins::living(&self.core.store, id, now, MAX_LISTED).await?)
    }

    /// Ends one of them: its tokens, access tokens included, open nothing from the next request
    /// on.
    /// # Errors
    /// `SignInNotFound`
    pub async fn end_sign_in(
        &self,
        id: UserId,
        sign_in: Uuid,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        if !sign_ins::end(tx.db(), id, &sign_in.to_string(), now).await? {
            return Err(AccountError::SignInNotFound);
        }
        let entry = Entry::of_account(id, Op::SignOutOthers).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of them, but the one given. Returns how many there were.
    /// # Errors
    /// Only the database's.
    pub async fn end_sign_ins(
        &self,
        id: UserId,
        except: Option<Uuid>,
        origin: &Origin,
    ) -> Result<u64, AccountError> {
        let now = self.core.now();
        let except = except.map(|sign_in| sign_in.to_string());
        let mut tx = self.core.store.begin().await?;
        let ended = sign_ins::end_all(tx.db(), id, except.as_deref(), now).await?;
        let entry = Entry::of_account(id, Op::SignOutOthers).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
