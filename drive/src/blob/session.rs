//! Opening an upload: everything is checked and reserved before the first byte moves.

use super::route::check_way_back;
use super::upload::Uploads;
use super::visitors::{self, Visit};
use super::{UploadError, VersionError};
use crate::error::FileError;
use crate::policy::choice::Wanted;
use crate::policy::{Policy, rules};
use crate::tree::create::make_path;
use crate::tree::{Change, ResolvedPath, TreeError, metadata_bounds};
use entity::{BlobId, BlobKind, FileKind, PolicyId, Timestamp, file, group, upload_session};
use site::access::Right;
use site::actor::Actor;
use site::limits::MEDIA_TYPE_BYTES;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{BlobKey, NameContext, NameRules, Route, UploadPlan};
use store::blobs::{self, NewBlob};
use store::locks::NewLock;
use store::quota::quota_bytes;
use store::{Connection, locks, metadata, uploads};
use uuid::Uuid;
use wire::metadata_key::UPLOAD_SESSION_ID;
use wire::{FileName, FileUri, IdKind};

/// What a client wants to upload.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    pub uri: FileUri,
    pub size_bytes: i64,
    pub last_modified: Option<Timestamp>,
    pub mime_type: Option<String>,
    pub metadata: BTreeMap<String, String>,
    /// `version` overwrites, `live_photo` attaches, anything else makes a new file.
    pub entity_type: Option<String>,
    /// The version the client knows as current, for overwriting.
    pub previous: Option<String>,
    /// The policy that the client saw, where several may take the bytes.
    pub policy: Option<PolicyId>,
    /// No chunk is to be larger than this.
    pub most_chunk_bytes: Option<i64>,
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct OpenedUpload {
    pub session: upload_session::Model,
    pub policy: Arc<Policy>,
    /// Where the client sends its bytes.
    pub route: Route,
}

/// Sums of sizes must stay within 64 bits.
pub(super) use site::limits::FILE_BYTES as MAX_FILE_BYTES;

impl Uploads {
    /// Opens a session: a placeholder appears, its space is reserved, its path locked.
    /// # Errors
    /// In this order: `NotAllowed`, `NameTaken`, `NotFound`, `LockError::Conflict`, `BadName`,
    /// `Refused`, `QuotaExceeded`, `VersionError::Stale`; `MediaTypeTooLong`, `SizeOutOfRange`
    /// beyond a limit; `Storage` if the driver has no room
    pub async fn open(
        &self,
        actor: &Actor,
        request: UploadRequest,
    ) -> Result<OpenedUpload, FileError> {
        if !(0..=MAX_FILE_BYTES).contains(&request.size_bytes) {
            return Err(UploadError::SizeOutOfRange.into());
        }
        let media_type = request.mime_type.as_deref().unwrap_or_default();
        if media_type.len() > MEDIA_TYPE_BYTES {
            return Err(UploadError::MediaTypeTooLong.into());
        }
        crate::tree::ensure_root(&self.core, actor).await?;
        self.end_expired(actor, &request.uri).await?;
        let opened = self.reserve(actor, request).await?;
        self.begin(actor, opened).await
    }

    /// Tells the storage driver; if it cannot take the upload, everything is undone.
    async fn begin(&self, actor: &Actor, opened: OpenedUpload) -> Result<OpenedUpload, FileError> {
        let plan = self.plan_for(&opened.session, &opened.policy).await?;
        match opened.policy.driver.begin_upload(&plan).await {
            Ok(target) => {
                self.core.steps.reached("upload: begun").await;
                self.begun(opened, &plan, target).await
            }
            Err(error) => {
                let size = Some(plan.size_bytes);
                self.core.policies.note(&opened.policy, &error, size).await;
                let error = self.spare_if_taken(opened.session.blob_id, error).await?;
                self.discard(actor, &opened.session).await?;
                Err(error.into())
            }
        }
    }

    async fn reserve(
        &self,
        actor: &Actor,
        request: UploadRequest,
    ) -> Result<OpenedUpload, FileError> {
        let core = &self.core;
        let mut change = Change::on(core, actor, &request.uri).await?;
        let resolved = change.resolve(&request.uri).await?;
        resolved.navigator.require(actor, Right::Upload)?;
        let target = Existing::check(&resolved, &request)?;
        if matches!(target, Existing::File(_)) {
            // Who may bring new files may not replace those that are there.
            resolved.navigator.require(actor, Right::Overwrite)?;
        }
        let is_visitor = actor.user_id() != Some(resolved.navigator.owner);
        if is_visitor && request.metadata.keys().any(|key| key.starts_with("sys:")) {
            return Err(UploadError::NotForVisitors.into());
        }
        metadata_bounds::check(core, &request.metadata, is_visitor)?;
        let visit = is_visitor.then(|| Visit::of(actor, &resolved));
        let (user, group) = change.account().await?;
        // Where bytes go is for whose drive it is to choose: visitors get what a listing would show
        // them, whatever they name.
        let policy = request.policy.filter(|_| !is_visitor);
        let place = Wanted {
            folder: resolved.nearest_folder(),
            named: policy,
            seen: policy,
            size_bytes: request.size_bytes as u64,
        };
        let policy = self.policy_of(change.db(), &group, place).await?;
        let name = resolved.uri.name().unwrap_or_default();
        let name = FileName::new(name)?;
        let path = resolved.drive_path();
        change.check_locks(&[resolved.arrival()]).await?;
        rules::check_name(&policy.row, &name)?;
        rules::check_size(&policy.row, request.size_bytes)?;
        rules::check_parts(policy.can.parts, request.size_bytes)?;
        check_way_back(&policy, core.settings().site.primary_url())?;
        let left = quota_bytes(&user, &group).saturating_sub(user.used_bytes);
        visitors::check_room(&change, visit.as_ref(), request.size_bytes, left).await?;
        change.reserve(request.size_bytes).await?;
        self.check_previous(&target, request.previous.as_deref())?;
        if let Existing::File(file) = &target {
            metadata_bounds::check_more(&change, file.id, &request.metadata).await?;
        }
        metadata_bounds::take_room(&change, metadata_bounds::size(&request.metadata)).await?;

        let (file, made_file) = match target {
            Existing::File(file) => (file, false),
            Existing::Nothing => (
                make_path(&mut change, &resolved, FileKind::File, false).await?,
                true,
            ),
        };
        let id = Uuid::new_v4();
        let kind = if request.entity_type.as_deref() == Some("live_photo") {
            BlobKind::LivePhoto
        } else {
            BlobKind::Version
        };
        let new = NewBlob {
            kind,
            policy: policy.row.id,
            key: self.key(&policy, &resolved, actor).as_str().to_owned(),
            size_bytes: request.size_bytes,
            session: id.to_string(),
            created_by: actor.user_id(),
            at: change.now,
        };
        let blob = blobs::insert(change.db(), file.id, new).await?;
        let mut session = self.session(&change, &request, &policy, (&file, made_file), blob, id);
        if let Some(visit) = visit {
            visit.mark(
                &mut session,
                policy.can.browser_upload && !policy.row.settings.relay,
            );
        }
        metadata::set(
            change.db(),
            file.id,
            [(UPLOAD_SESSION_ID.to_owned(), session.id.clone())],
        )
        .await?;
        locks::insert(change.db(), lock_of(&session, &change, path)).await?;
        uploads::insert(change.db(), session.clone()).await?;
        change.commit().await?;
        let route = Route::Here;
        Ok(OpenedUpload {
            session,
            policy,
            route,
        })
    }

    /// The policy that new bytes of a group go to, in a folder.
    pub(super) async fn policy_of(
        &self,
        db: &Connection,
        group: &group::Model,
        place: Wanted,
    ) -> Result<Arc<Policy>, FileError> {
        let policies = &self.core.policies;
        let chosen = policies.for_folder(db, &group.policies(), place).await?;
        let chosen = chosen.ok_or(UploadError::RouteNotAllowed)?;
        Ok(chosen.policy)
    }

    fn check_previous(&self, target: &Existing, previous: Option<&str>) -> Result<(), FileError> {
        let Some(previous) = previous.filter(|previous| !previous.is_empty()) else {
            return Ok(());
        };
        let current = match target {
            Existing::File(file) => file.current_blob_id,
            Existing::Nothing => None,
        };
        let known = self.core.settings().ids.decode(IdKind::Blob, previous);
        // 0 stands for "no version yet".
        if known == Some(current.map_or(0, |id| id.0)) {
            Ok(())
        } else {
            Err(VersionError::Stale.into())
        }
    }

    pub(super) fn key(&self, policy: &Policy, resolved: &ResolvedPath, actor: &Actor) -> BlobKey {
        let root = self.core.data.join("uploads");
        let root = root.to_string_lossy();
        let rules = NameRules {
            dir_rule: storage::strip_root(&policy.row.dir_name_rule, &root).to_owned(),
            file_rule: policy.row.file_name_rule.clone(),
        };
        let folder = resolved
            .uri
            .parent()
            .map(|parent| parent.path_string())
            .unwrap_or_default();
        let context = NameContext {
            user_id: actor.user_id().map_or(0, |id| id.0),
            folder_path: &folder,
            file_name: resolved.uri.name().unwrap_or_default(),
            now: chrono::Local::now().fixed_offset(),
            source: None,
        };
        rules.key(&context, &mut rand::rng())
    }

    fn session(
        &self,
        change: &Change<'_>,
        request: &UploadRequest,
        policy: &Policy,
        (file, made_file): (&file::Model, bool),
        blob: BlobId,
        id: Uuid,
    ) -> upload_session::Model {
        let ttl = self.core.settings().files.upload_session_ttl.as_secs();
        let kind = if request.entity_type.as_deref() == Some("live_photo") {
            BlobKind::LivePhoto
        } else {
            BlobKind::Version
        };
        let relay = policy.row.settings.relay;
        upload_session::Model {
            id: id.to_string(),
            user_id: change.actor.user_id().unwrap_or(change.owner),
            file_id: file.id,
            blob_id: blob,
            policy_id: policy.row.id,
            // A share's password stays out of the database.
            uri: request.uri.without_password().to_string(),
            size_bytes: request.size_bytes,
            chunk_bytes: if relay {
                0
            } else {
                chunk_bytes(policy, request)
            },
            made_file,
            lock_token: format!("urn:uuid:{}", Uuid::new_v4()),
            callback_secret: site::settings::random_alphanumeric(32, &mut rand::rng()),
            share_id: None,
            visitor_address: None,
            details: upload_session::Details {
                last_modified: request.last_modified,
                mime_type: request.mime_type.clone(),
                metadata: request.metadata.clone(),
                blob_kind: kind,
                relay,
                is_direct: false,
                vendor_state: None,
            },
            expires_at: change.now.plus_secs(ttl as i64),
            created_at: change.now,
        }
    }

    /// What the storage driver needs to know about a session.
    pub(super) async fn plan_of(
        &self,
        session: &upload_session::Model,
    ) -> Result<UploadPlan, FileError> {
        let blob = blobs::by_id(self.core.store.read(), session.blob_id)
            .await?
            .ok_or(UploadError::SessionGone)?;
        let seconds = session.expires_at.unix_secs().max(0) as u64;
        Ok(UploadPlan {
            id: Uuid::parse_str(&session.id).map_err(|_| UploadError::SessionGone)?,
            key: BlobKey::parse(blob.key).map_err(|_| FileError::Internal("a bad blob key"))?,
            size_bytes: session.size_bytes as u64,
            chunk_bytes: session.chunk_bytes as u64,
            expires_at: std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds),
            reserves: session.share_id.is_none(),
            relay: session.details.relay,
            content_type: session.details.mime_type.clone(),
            callback_url: None,
            vendor_state: session.details.vendor_state.clone(),
        })
    }
}

/// Smaller chunks, and more of them, would cost more than what is sent again saves.
const LEAST_CHUNK_BYTES: i64 = 1 << 20;
const MOST_CHUNKS: i64 = 1000;

/// How large the chunks of an upload are: as the policy has it, or smaller if the client wants;
/// and in any case as the vendor takes them.
fn chunk_bytes(policy: &Policy, request: &UploadRequest) -> i64 {
    let parts = policy.can.parts;
    let usual = match policy.row.settings.chunk_size.max(0) {
        0 => parts.usual_bytes as i64,
        bytes => bytes,
    };
    let wished = wished_bytes(usual, request);
    parts.fit(wished as u64, request.size_bytes as u64) as i64
}

fn wished_bytes(policy: i64, request: &UploadRequest) -> i64 {
    let Some(most) = request.most_chunk_bytes.filter(|_| policy > 0) else {
        return policy;
    };
    // Whole mebibytes: chunks that fit the tree of the hash are not read again.
    let least = (request.size_bytes / MOST_CHUNKS).max(LEAST_CHUNK_BYTES);
    let mebibytes = most
        .min(policy)
        .max(least)
        .saturating_add(LEAST_CHUNK_BYTES - 1)
        / LEAST_CHUNK_BYTES;
    (mebibytes * LEAST_CHUNK_BYTES).min(policy)
}

/// What is at the target of an upload.
enum Existing {
    File(file::Model),
    Nothing,
}

impl Existing {
    fn check(resolved: &ResolvedPath, request: &UploadRequest) -> Result<Self, FileError> {
        if resolved.is_root() {
            return Err(TreeError::NameTaken(String::new()).into());
        }
        let kind = request.entity_type.as_deref().unwrap_or_default();
        let overwrites = matches!(kind, "version" | "live_photo");
        match resolved.node() {
            Some(node) if !overwrites || node.kind == FileKind::Folder || node.is_symbolic => {
                Err(TreeError::NameTaken(node.name.clone()).into())
            }
            Some(node) => Ok(Self::File(node.clone())),
            None if kind == "live_photo" => Err(TreeError::NotFound.into()),
            None => Ok(Self::Nothing),
        }
    }
}

fn lock_of(session: &upload_session::Model, change: &Change<'_>, path: String) -> NewLock {
    NewLock {
        token: session.lock_token.clone(),
        owner: change.owner,
        path,
        is_deep: true,
        is_folder: false,
        user: session.user_id,
        application: crate::lock::UPLOAD,
        detail: Some(session.id.clone()),
        expires_at: Some(session.expires_at),
        at: change.now,
    }
}
