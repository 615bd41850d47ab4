//! Bytes that came in a stream become the content of their file: those of many streams in one
//! transaction, where transactions wait for one another anyway.

use super::VersionError;
use super::current::{self, Content};
use super::retention::LetGo;
use super::stream::{StreamedContent, check_target};
use super::upload::Uploads;
use crate::error::FileError;
use crate::policy::mirror::check_members;
use crate::policy::{Policy, rules};
use crate::tree::create::make_file;
use crate::tree::{Change, FileEntry, ResolvedPath};
use entity::{BlobId, file};
use site::actor::Actor;
use std::sync::Arc;
use storage::Written;
use store::Tx;
use store::batch_writer::BatchWriter;
use store::blobs::{self, StoredBytes};
use store::cause::Cause;
use store::files::FirstContent;
use store::journal::Op;
use wire::FileSystem;

/// Stored bytes, and what they are for.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub actor: Actor,
    pub policy: Arc<Policy>,
    pub content: StreamedContent,
    pub blob: BlobId,
    pub key: String,
    pub written: Written,
    /// What is behind it. Others' may be placed on the way.
    pub cause: Option<Cause>,
}

impl Arrived {
    /// Whether nothing but the transaction is needed to place it: neither a share that must be
    /// entered before, nor a root folder that is not there yet.
    fn is_plain(&self) -> bool {
        let account = self.actor.signed_in();
        let has_root = account.is_some_and(|account| account.user.root_id.is_some());
        has_root && self.content.uri.fs() == FileSystem::My
    }
}

/// Those that wait for their turn.
pub(super) type Arrivals = BatchWriter<Arrived, FileEntry, FileError>;

impl Uploads {
    /// Makes stored bytes the content of their file; they survive a loss of power from then on.
    pub(super) async fn place(&self, arrived: Arrived) -> Result<FileEntry, FileError> {
        let store = &self.core.store;
        if !store.has_one_writer() || !arrived.is_plain() {
            let (change, entry) = self.place_in(&arrived, None).await?;
            change.commit_durably().await?;
            return Ok(entry);
        }
        let uploads = self.clone();
        let write = move |all| {
            let uploads = uploads.clone();
            async move { uploads.place_all(all).await }
        };
        let entry = self.arrivals.write(arrived, write).await?;
        // Out here, so that the next ones are placed meanwhile.
        store.sync().await?;
        Ok(entry)
    }

    async fn place_all(&self, all: Vec<Arrived>) -> Result<Vec<FileEntry>, FileError> {
        let mut tx: Option<Tx> = None;
        let mut entries = Vec::with_capacity(all.len());
        let count = all.len();
        for (n, arrived) in all.iter().enumerate() {
            let before = tx.take();
            let placed = async {
                let (change, entry) = self.place_in(arrived, before).await?;
                entries.push(entry);
                if n + 1 == count {
                    change.commit().await?;
                    return Ok(None);
                }
                change.hand_on().await.map(Some)
            };
            let placed: Result<_, FileError> = match arrived.cause {
                Some(cause) => cause.of(placed).await,
                None => placed.await,
            };
            tx = placed?;
        }
        Ok(entries)
    }

    async fn place_in<'a>(
        &'a self,
        arrived: &'a Arrived,
        before: Option<Tx>,
    ) -> Result<(Change<'a>, FileEntry), FileError> {
        let Arrived {
            actor,
            content,
            blob,
            written,
            ..
        } = arrived;
        let size = written.size_bytes as i64;
        let begun = Change::on_with_room(&self.core, actor, &content.uri, size, before).await?;
        let (mut change, has_room) = begun;
        let resolved = change.resolve(&content.uri).await?;
        check_again(&change, arrived, &resolved).await?;
        if !has_room {
            return Err(FileError::QuotaExceeded);
        }
        let now = change.now;
        check_members(change.tx(), &arrived.policy, &arrived.key, now).await?;
        let at = content.last_modified.unwrap_or(change.now);
        let content = Content {
            blob: *blob,
            size_bytes: size,
            at,
            is_hashed: written.blake3.is_some(),
            lets_go: LetGo::ExcessAndPictures,
        };
        let file = hold(&mut change, &resolved, content, written).await?;
        let entry = actor.entry(Op::Modify, &file).after(resolved.drive_path());
        change.log(entry);
        let file = file::Model {
            current_blob_id: Some(*blob),
            size_bytes: size,
            updated_at: at,
            ..file
        };
        Ok((change, resolved.entry(actor, file)))
    }
}

/// Decides once more what was decided before the first byte came.
async fn check_again(
    change: &Change<'_>,
    arrived: &Arrived,
    resolved: &ResolvedPath,
) -> Result<(), FileError> {
    let content = &arrived.content;
    check_target(&arrived.actor, resolved, content.make_folders)?;
    let target = [resolved.arrival()];
    change.check_locks_but(&target, &content.held).await?;
    let current = resolved.node().and_then(|file| file.current_blob_id);
    if content.only_over.is_some_and(|only| only.0 != current) {
        return Err(VersionError::Stale.into());
    }
    rules::check_size(&arrived.policy.row, arrived.written.size_bytes as i64)?;
    Ok(())
}

/// Gives the bytes to the file at a path, which is made if it is missing. Answers the file as it
/// was before.
async fn hold(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    content: Content,
    written: &Written,
) -> Result<file::Model, FileError> {
    let bytes = StoredBytes {
        blob: content.blob,
        size_bytes: content.size_bytes,
        blake3: written.blake3.map(|hash| hash.to_vec()),
    };
    let now = change.now;
    let Some(file) = resolved.node() else {
        let first = FirstContent {
            blob: content.blob,
            size_bytes: content.size_bytes,
            at: content.at,
        };
        let file = make_file(change, resolved, first).await?;
        blobs::link_at_last(change.tx(), file.id, bytes, now);
        current::follow(change, &file, content).await?;
        return Ok(file);
    };
    if !blobs::link_reserved(change.db(), file.id, bytes, now).await? {
        return Err(FileError::Internal("the bytes were given up meanwhile"));
    }
    current::make_current(change, file, content).await?;
    Ok(file.clone())
}
