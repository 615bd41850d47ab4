//! What lies in a storage already becomes files, where it is: many in one folder, in one change.

use super::current::{self, Content};
use super::retention::LetGo;
use crate::error::FileError;
use crate::tree::Change;
use entity::{FileKind, PolicyId, TaskId, Timestamp, blob, file};
use storage::BlobKey;
use store::blobs::found::{self, FoundBytes};
use store::files::{self, FirstContent};
use store::journal::Op;
use wire::FileName;

/// A file as it lies there.
#[derive(Clone, Debug)]
pub(crate) struct FoundFile {
    pub name: FileName,
    pub key: BlobKey,
    pub size_bytes: i64,
    pub modified: Timestamp,
}

/// By whom files are taken over, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taking {
    pub policy: PolicyId,
    pub task: TaskId,
    /// The bytes go when nobody holds them any more.
    pub owned: bool,
}

/// Makes files in a folder, whose path in the drive is given. Their names are free there, no blob
/// has one of their keys, and the space for them is reserved.
/// # Errors
/// Only the database's; as duplicate if somebody else has one of the keys now.
pub(crate) async fn take_over(
    change: &mut Change<'_>,
    (folder, path): (&file::Model, &str),
    taking: Taking,
    all: Vec<FoundFile>,
) -> Result<(), FileError> {
    let rows = all.iter().map(|file| FoundBytes {
        policy: taking.policy,
        key: file.key.as_str().to_owned(),
        size_bytes: file.size_bytes,
        created_by: Some(change.owner),
        props: blob::Props {
            unlink_only: !taking.owned,
            import: Some(taking.task),
            ..blob::Props::default()
        },
        at: change.now,
    });
    let blobs = found::insert(change.db(), rows.collect()).await?;
    let mut made = Vec::with_capacity(all.len());
    for (file, blob) in all.into_iter().zip(blobs) {
        let content = FirstContent {
            blob,
            size_bytes: file.size_bytes,
            at: file.modified,
        };
        let new = files::NewFile {
            kind: FileKind::File,
            owner: change.owner,
            parent: Some(folder.id),
            name: file.name.into_string(),
            is_symbolic: false,
            content: Some(content),
            at: change.now,
        };
        let row = files::insert(change.db(), new).await?;
        let entry = change.entry(Op::Create, &row);
        change.log(entry.after(format!("{}/{}", path.trim_end_matches('/'), row.name)));
        made.push((row, content));
    }
    let links: Vec<_> = made
        .iter()
        .map(|(row, first)| (row.id, first.blob))
        .collect();
    found::hold(change.db(), &links).await?;
    for (row, first) in made {
        let content = Content {
            blob: first.blob,
            size_bytes: first.size_bytes,
            at: first.at,
            is_hashed: false,
            lets_go: LetGo::Pictures,
        };
        current::follow(change, &row, content).await?;
    }
    Ok(())
}
