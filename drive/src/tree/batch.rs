//! Batches: what can be said of their items before a transaction begins.

use super::{Tree, check_batch};
use crate::error::FileError;
use crate::share::{Admitted, OpenShare, ShareError};
use site::actor::Actor;
use std::collections::HashSet;
use wire::{FileSystem, FileUri};

/// An item by what the client sent.
pub(super) type Item<'u> = (&'u String, FileUri);
/// Why items stay as they are.
type Failed = Vec<(String, FileError)>;

impl Tree {
    /// Those items of a batch that are in one's own drive, and why the others stay as they are:
    /// no share lets anybody delete, restore or describe what is in it, so none is even looked at.
    /// # Errors
    /// `NoUris`, `TooManyUris`, `BadUri`
    pub(super) fn own_items<'u>(
        &self,
        uris: &'u [String],
    ) -> Result<(Vec<Item<'u>>, Failed), FileError> {
        check_batch(&self.core, uris)?;
        let (mut own, mut failed) = (Vec::with_capacity(uris.len()), Vec::new());
        for text in uris {
            let uri = FileUri::parse(text)?;
            if uri.fs() == FileSystem::Share {
                let why = FileError::Unsupported;
                failed.push((text.clone(), why));
            } else {
                own.push((text, uri));
            }
        }
        Ok((own, failed))
    }

    /// Comes in through the shares of a batch. The first password that is wrong ends it, so that
    /// a batch is one guess.
    /// # Errors
    /// `Batch` of `WrongPassword` and `TooManyTries`; other reasons against an item are told when
    /// it is resolved
    pub(super) async fn enter_shares(
        &self,
        actor: &Actor,
        uris: &[String],
    ) -> Result<Admitted, FileError> {
        check_batch(&self.core, uris)?;
        let mut admitted = Admitted::default();
        let mut entered: HashSet<FileUri> = HashSet::new();
        for text in uris {
            let uri = FileUri::parse(text)?;
            if uri.fs() != FileSystem::Share || !entered.insert(uri.to_root()) {
                continue;
            }
            match OpenShare::enter(self.core.store.read(), &self.core, actor, &uri).await {
                Ok(open) => admitted.add(&open),
                Err(
                    error @ (FileError::Share(ShareError::WrongPassword)
                    | FileError::TooManyTries(_)),
                ) => {
                    return Err(FileError::Batch(vec![(text.clone(), error)]));
                }
                Err(error @ FileError::Store(_)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(admitted)
    }
}
