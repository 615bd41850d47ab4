//! Shares that were entered before a transaction began.

use super::{OpenShare, ShareError};
use crate::error::FileError;
use entity::{ShareId, UserId};
use std::collections::BTreeSet;

/// Who came in through which shares, and by which passwords. Passwords are asked for out of
/// transactions, where wrong ones can be counted; what is resolved in one is held against this.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// With the hash of the password that was right.
    shares: Vec<(ShareId, Option<String>)>,
    owners: BTreeSet<UserId>,
}

impl Admitted {
    /// Somebody came in.
    pub fn add(&mut self, open: &OpenShare) {
        let (id, password) = (open.row.id, open.row.password_hash.clone());
        self.shares.push((id, password));
        self.owners.insert(open.row.owner_id);
    }

    /// Whose shares these are.
    pub fn owners(&self) -> impl Iterator<Item = UserId> {
        self.owners.iter().copied()
    }

    /// Whether who came in before may come in again.
    /// # Errors
    /// `WrongPassword` if nobody asked for its password, or it is another one by now
    pub fn check(&self, open: &OpenShare) -> Result<(), FileError> {
        let now = &open.row.password_hash;
        let mut admitted = self.shares.iter();
        let is_open = open.is_owner || now.is_none();
        if is_open || admitted.any(|(id, then)| *id == open.row.id && then == now) {
            Ok(())
        } else {
            Err(ShareError::WrongPassword.into())
        }
    }
}
