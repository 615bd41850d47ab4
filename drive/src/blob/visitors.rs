//! Bounds on uploads that are open: they hold space back before a byte has come, and visitors of
//! shares need no account to open them.

use super::UploadError;
use crate::error::FileError;
use crate::tree::{Change, ResolvedPath};
use entity::{ShareId, Timestamp, upload_session};
use site::actor::Actor;
use site::at_once::{AtOnce, UnderWay};
use site::limiter::network;
use site::limits::{
    OPEN_UPLOADS, SHARE_UPLOADS, VISITOR_RESERVED_BYTES, VISITOR_UPLOAD_SECS, VISITOR_UPLOADS,
};
use store::{Connection, uploads};

/// A line on which people still wait for an upload, in bytes a second.
const SLOW_BYTES_PER_SEC: i64 = 16 << 10;

/// Somebody who uploads into another's drive.
pub(super) struct Visit {
    share: Option<ShareId>,
    address: Option<String>,
}

impl Visit {
    pub fn of(actor: &Actor, resolved: &ResolvedPath) -> Self {
        Self {
            share: resolved.navigator.share.as_ref().map(|share| share.row.id),
            address: actor.address.map(|address| network(address).to_string()),
        }
    }

    /// The session is a visitor's, who has to go on with it. Nothing is heard of bytes that go to a
    /// vendor before all of them are there.
    pub fn mark(self, session: &mut upload_session::Model, goes_elsewhere: bool) {
        session.share_id = self.share;
        session.visitor_address = self.address;
        session.expires_at = session.expires_at.min(if goes_elsewhere {
            after(session.size_bytes, session.created_at)
        } else {
            until(session, session.created_at)
        });
    }
}

/// An hour of silence, and the time that one piece takes on a bad line: nothing is heard of it
/// before it is whole.
fn until(session: &upload_session::Model, now: Timestamp) -> Timestamp {
    let piece = match session.chunk_bytes {
        0 => session.size_bytes,
        bytes => bytes,
    };
    after(piece, now)
}

fn after(bytes: i64, now: Timestamp) -> Timestamp {
    now.plus_secs(VISITOR_UPLOAD_SECS + bytes / SLOW_BYTES_PER_SEC)
}

/// Content that visitors send in one request: nothing is held back for it and no row tells of it,
/// but its bytes are on the disk until they are whole or given up.
#[derive(Clone, Debug, Default)]
pub(super) struct Visitors {
    of_share: AtOnce<ShareId>,
    of_address: AtOnce<(ShareId, String)>,
}

/// What one of them has under way.
#[derive(Debug)]
pub(super) struct Sending {
    _of_share: UnderWay<ShareId>,
    _of_address: Option<UnderWay<(ShareId, String)>>,
}

impl Visitors {
    /// Counts one more request.
    pub fn begin(&self, visit: Visit) -> Result<Option<Sending>, FileError> {
        let Some(share) = visit.share else {
            return Ok(None);
        };
        let of_share = self
            .of_share
            .begin(share, SHARE_UPLOADS)
            .ok_or(UploadError::TooManyAtOnce)?;
        let of_address = match visit.address {
            Some(address) => {
                let same = self.of_address.begin((share, address), VISITOR_UPLOADS);
                Some(same.ok_or(UploadError::TooManyAtOnce)?)
            }
            None => None,
        };
        Ok(Some(Sending {
            _of_share: of_share,
            _of_address: of_address,
        }))
    }
}

/// Fails if who asks may open no more uploads, or hold no more back. `left`: what the owner may
/// still store.
pub(super) async fn check_room(
    change: &Change<'_>,
    visit: Option<&Visit>,
    size_bytes: i64,
    left: i64,
) -> Result<(), FileError> {
    let Some(visit) = visit else {
        let open = uploads::count_of(change.db(), change.owner).await?;
        return if open < OPEN_UPLOADS {
            Ok(())
        } else {
            Err(UploadError::TooManyAtOnce.into())
        };
    };
    if let Some(share) = visit.share {
        let address = visit.address.as_deref();
        let (all, same) = uploads::count_through(change.db(), share, address).await?;
        if all >= SHARE_UPLOADS || (address.is_some() && same >= VISITOR_UPLOADS) {
            return Err(UploadError::TooManyAtOnce.into());
        }
    }
    let reserved = uploads::reserved_through_shares(change.db(), change.owner).await?;
    let free = left.saturating_add(reserved);
    let most = (free - free / 4).max(VISITOR_RESERVED_BYTES);
    if reserved.saturating_add(size_bytes) > most {
        return Err(FileError::QuotaExceeded);
    }
    Ok(())
}

/// A visitor's session lasts as long as chunks come. Answers whether it goes on: one that ended or
/// ran out meanwhile stays so.
pub(super) async fn go_on(
    db: &Connection,
    session: &upload_session::Model,
    now: Timestamp,
) -> Result<bool, FileError> {
    if session.share_id.is_none() {
        return Ok(true);
    }
    Ok(uploads::extend(db, session, now, until(session, now)).await?)
}
