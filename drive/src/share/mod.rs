//! Shares: files and folders handed to others, who come in by a link.
//!
//! - A share is one more root of the tree (`tree::Navigator`): what visitors may do in it is decided
//!   by `access`, like everything else.
//! - Each request asks the database whether the share is still open, and so does each use of a
//!   link that was signed through it ([`LinkGrant`]): taking a share back holds at once,
//!   everywhere.
//! - Limits on downloads are one guarded `UPDATE`.
//! - Public ids encode a random number of 62 bits, so nobody finds a share by trying.

mod admitted;
mod downloads;
mod groups;
mod info;
mod link_grant;
pub(crate) mod open;
pub(crate) mod password;
mod permissions;
mod received;
mod shown;

use crate::context::Core;
use crate::error::FileError;
use crate::kept::location::location_of;
use entity::{FileId, Timestamp, file, share, user};
use rand::Rng;
use site::actor::Actor;
use std::sync::Arc;
use store::{Connection, direct_links, shares};
use wire::FileUri;

pub use crate::error::share::ShareError;
pub use info::InfoOptions;
pub use link_grant::LinkGrant;
pub use open::{OpenShare, ShareStamp};
pub use permissions::Permissions;
pub use received::{ReceivedPage, ReceivedShare};

pub(crate) use admitted::Admitted;
pub(crate) use downloads::{count_each, count_within};
pub(crate) use link_grant::is_active;
pub(crate) use shown::shown_name;

/// A share as somebody sees it.
#[derive(Clone, Debug)]
pub struct ShareInfo {
    pub row: share::Model,
    /// Of the shared file; of what is in the trash, the name it had.
    pub name: String,
    pub file: file::Model,
    pub owner: Arc<user::Model>,
    pub expired: bool,
    /// Who asks sees more than name and owner.
    pub unlocked: bool,
    pub is_owner: bool,
    /// Only for those to whom it is unlocked.
    pub password: Option<String>,
    /// The folder to edit it from; only where the owner asked for it.
    pub source_uri: Option<String>,
    /// Whom it is for; only for the owner.
    pub permissions: Option<Permissions>,
    /// What who asks may do, if the owner said whom it is for.
    pub rights: Option<wire::BitSet>,
}

/// The service behind shares.
#[derive(Clone, Debug)]
pub struct Shares {
    pub(crate) core: Arc<Core>,
}

impl Shares {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Comes in by a URI, as each call on it does. Its stamp tells whether kept answers still hold.
    /// # Errors
    /// Whatever forbids to come in
    pub async fn enter(&self, actor: &Actor, uri: &FileUri) -> Result<OpenShare, FileError> {
        OpenShare::enter(self.core.store.read(), &self.core, actor, uri).await
    }

    /// Whether who came in before to follow a folder may still see what happens in it: the folder
    /// is followed wherever it goes, and may have left what is shared.
    pub async fn may_follow(&self, actor: &Actor, uri: &FileUri, folder: FileId) -> bool {
        let db = self.core.store.read();
        let open = OpenShare::enter(db, &self.core, actor, uri).await;
        let Some(open) = open.ok().filter(OpenShare::can_read) else {
            return false;
        };
        let location = location_of(db, folder).await;
        location.is_ok_and(|location| {
            location.is_some_and(|location| location.chain.contains(&open.row.file_id))
        })
    }
}

/// What a link through a share to one of its files rests on.
pub(crate) fn via(open: &OpenShare, file: FileId) -> LinkGrant {
    LinkGrant::Share {
        number: open.row.public_number,
        revision: open.row.revision,
        file,
    }
}

/// A number that nobody guesses: 62 random bits. The highest bit tells it from the small ones of
/// an imported site.
pub(crate) fn random_number() -> i64 {
    const HIGHEST: i64 = 1 << 62;
    HIGHEST | rand::rng().random_range(0..HIGHEST)
}

/// When something ends that lasts `secs` from now; far beyond any life if that cannot be said.
pub(crate) fn ends_at(now: Timestamp, secs: i64) -> Timestamp {
    const LONGEST_SECS: i64 = 1_000 * 366 * 86_400;
    now.plus_secs(secs.min(LONGEST_SECS))
}

/// Removes what leads to files that go for good.
pub(crate) async fn forget_files(db: &Connection, ids: &[FileId]) -> Result<(), FileError> {
    shares::delete_of_files(db, ids).await?;
    Ok(direct_links::delete_of_files(db, ids).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{IdKind, PublicIds};

    #[test]
    fn new_numbers_are_large_and_make_long_ids() {
        let ids = PublicIds::new("salt");
        for _ in 0..1_000 {
            let number = random_number();
            assert!(number >= 1 << 62);
            let id = ids.encode(IdKind::Share, number);
            assert!(id.len() >= 13, "{id}");
            assert_eq!(ids.decode(IdKind::Share, &id), Some(number));
        }
    }
}
