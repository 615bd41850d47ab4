//! Finding an upload again that its client no longer knows of: the page was closed before the
//! answer came, the browser crashed, or the same file was chosen on another computer.

use super::session::{OpenedUpload, UploadRequest};
use super::upload::Uploads;
use crate::error::FileError;
use crate::lock;
use crate::tree::{ResolvedPath, TreeError};
use entity::{BlobKind, upload_session};
use site::access::Right;
use site::actor::Actor;
use store::uploads;

/// A session that goes on.
#[derive(Clone, Debug)]
pub struct ResumedUpload {
    pub opened: OpenedUpload,
    /// Chunks that have arrived here, in order; of those that go to the vendor nothing is known.
    pub received: Vec<i64>,
}

impl Uploads {
    /// The session that this account opened for the same file: same path, size and time of its
    /// last change. Without a time nothing is known to be the same.
    /// # Errors
    /// Those of following the path; `NotAllowed`
    pub async fn resume(
        &self,
        actor: &Actor,
        request: &UploadRequest,
    ) -> Result<Option<ResumedUpload>, FileError> {
        if actor.user_id().is_none() || request.last_modified.is_none() {
            return Ok(None);
        }
        let db = self.core.store.read();
        let resolved = match ResolvedPath::resolve(db, &self.core, actor, &request.uri).await {
            Err(FileError::Tree(TreeError::NotFound)) => return Ok(None),
            other => other?,
        };
        resolved.navigator.require(actor, Right::Upload)?;
        let Some(file) = resolved
            .node()
            .filter(|_| !resolved.navigator.is_upload_only())
        else {
            return Ok(None);
        };
        let sessions = uploads::of_files(db, &[file.id]).await?;
        let now = self.core.now();
        let session = sessions.into_iter().find(|session| {
            session.expires_at > now && belongs(actor, session) && is_same(request, session)
        });
        let Some(session) = session else {
            return Ok(None);
        };
        if !lock::is_held(db, &self.core, &session.lock_token).await? {
            return Ok(None);
        }
        let policy = self.core.policies.get(session.policy_id).await?;
        let Some(route) = self.route_again(actor, &session, &policy).await? else {
            return Ok(None);
        };
        let parts = uploads::parts(db, &session.id).await?;
        let mut received: Vec<i64> = parts.iter().map(|part| part.part).collect();
        if received.len() as u64 >= self.plan_of(&session).await?.part_count() {
            // All came, yet it was cut off before it was a file: who sends one of them again
            // completes it.
            received.pop();
        }
        Ok(Some(ResumedUpload {
            received,
            opened: OpenedUpload {
                session,
                policy,
                route,
            },
        }))
    }
}

fn belongs(actor: &Actor, session: &upload_session::Model) -> bool {
    actor.user_id() == Some(session.user_id)
}

fn is_same(request: &UploadRequest, session: &upload_session::Model) -> bool {
    let kind = request.entity_type.as_deref().unwrap_or_default();
    // Who does not mean to overwrite gets only what is a new file still.
    let fits = match kind {
        "live_photo" => session.details.blob_kind == BlobKind::LivePhoto,
        "version" => session.details.blob_kind == BlobKind::Version,
        _ => session.details.blob_kind == BlobKind::Version && session.made_file,
    };
    fits && session.uri == request.uri.without_password().to_string()
        && session.size_bytes == request.size_bytes
        && session.details.last_modified == request.last_modified
}
