//! Which policy new bytes of a folder go to, where a group offers more than one: what was asked for,
//! else what was chosen for the folder or one above it, else the group's own.

use super::{Policies, Policy, PolicyError, balance, if_usable};
use entity::{FileId, PolicyId};
use std::sync::Arc;
use store::{Connection, folder_policies};

/// Which bytes look for a place.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The folder that they come to.
    pub folder: FileId,
    /// A policy that was named, which counts if it is offered.
    pub named: Option<PolicyId>,
    /// The one that a client was shown: it counts among those that the policy is spread over.
    pub seen: Option<PolicyId>,
    /// 0 where that is not known.
    pub size_bytes: u64,
}

impl Wanted {
    /// Where bytes of the folder go if nobody says more.
    #[must_use]
    pub fn in_folder(folder: FileId) -> Self {
        Self {
            folder,
            named: None,
            seen: None,
            size_bytes: 0,
        }
    }

    /// Of so many bytes.
    #[must_use]
    pub fn of_size(self, size_bytes: u64) -> Self {
        Self { size_bytes, ..self }
    }
}

/// Where new bytes of a folder go.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What takes them.
    pub policy: Arc<Policy>,
    /// The folder that it was chosen for; `None`: it is the group's own.
    pub by: Option<FileId>,
}

/// A policy that people may choose.
#[derive(Clone, Debug)]
pub struct Offered {
    pub id: PolicyId,
    pub name: String,
    /// What takes their bytes: the policy, or those that it is spread over, heaviest first.
    pub takers: Vec<Arc<Policy>>,
}

impl Policies {
    /// Where new bytes of a folder go, of what a group offers; `None` if it offers nothing. Whoever is
    /// shown that and whoever brings bytes is told the same.
    /// # Errors
    /// [`PolicyError`]
    pub async fn for_folder(
        &self,
        db: &Connection,
        offered: &[PolicyId],
        wanted: Wanted,
    ) -> Result<Option<Chosen>, PolicyError> {
        let named = wanted.named.filter(|named| offered.contains(named));
        let chosen = match named {
            Some(named) => Some((named, None)),
            None => self.chosen_id(db, offered, wanted.folder).await?,
        };
        let (Some((id, by)), Some(own)) = (chosen, offered.first()) else {
            return Ok(None);
        };
        match self.taker(db, id, wanted).await {
            // It was taken away while groups still offered it.
            Err(PolicyError::Missing(gone)) if gone != *own => {
                let policy = self.taker(db, *own, wanted).await?;
                Ok(Some(Chosen { policy, by: None }))
            }
            found => Ok(Some(Chosen { policy: found?, by })),
        }
    }

    /// Which of the offered policies holds in a folder, and the folder that it was chosen for, if it was.
    /// # Errors
    /// Only the database's.
    pub async fn chosen_id(
        &self,
        db: &Connection,
        offered: &[PolicyId],
        folder: FileId,
    ) -> Result<Option<(PolicyId, Option<FileId>)>, PolicyError> {
        let (own, others) = match offered {
            [] => return Ok(None),
            [own, others @ ..] => (*own, others),
        };
        // Nobody has to look for a choice where there is none.
        if others.is_empty() {
            return Ok(Some((own, None)));
        }
        let choice = folder_policies::nearest(db, folder).await?;
        let choice = choice.filter(|choice| offered.contains(&choice.policy_id));
        Ok(Some(choice.map_or((own, None), |choice| {
            (choice.policy_id, Some(choice.folder_id))
        })))
    }

    /// The same as [`Self::for_folder`], but `None` for one that cannot be used: what is stored elsewhere is still shown.
    /// # Errors
    /// Only the database's.
    pub async fn for_folder_if_usable(
        &self,
        offered: &[PolicyId],
        folder: FileId,
    ) -> Result<Option<Chosen>, PolicyError> {
        let db = self.store.read();
        let found = self
            .for_folder(db, offered, Wanted::in_folder(folder))
            .await;
        Ok(if_usable(found)?.flatten())
    }

    /// What people may choose from, without what cannot be used.
    /// # Errors
    /// Only the database's.
    pub async fn offered(&self, ids: &[PolicyId]) -> Result<Vec<Offered>, PolicyError> {
        let db = self.store.read();
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            // Remembered by id, so this is no query each.
            if let Some(offered) = if_usable(self.offer(db, *id).await)?
                && !offered.takers.is_empty()
            {
                all.push(offered);
            }
        }
        Ok(all)
    }

    /// One policy as people choose it; nothing may be left of one that is spread over others.
    /// # Errors
    /// [`PolicyError`]
    pub(crate) async fn offer(
        &self,
        db: &Connection,
        id: PolicyId,
    ) -> Result<Offered, PolicyError> {
        let Some(spread) = self.spread(db, id).await? else {
            let policy = self.get_by(db, id).await?;
            let name = policy.row.name.clone();
            return Ok(Offered {
                id,
                name,
                takers: vec![policy],
            });
        };
        let mut takers = Vec::new();
        for child in balance::heaviest_first(&spread.over) {
            takers.extend(if_usable(self.get_by(db, child).await)?);
        }
        Ok(Offered {
            id,
            name: spread.name.clone(),
            takers,
        })
    }
}
