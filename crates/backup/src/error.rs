//! Why there is no backup, or why it is not put back.

use std::io;
use std::path::{Path, PathBuf};
use store::StoreError;

/// What went wrong; to be shown to the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no database {}", .0.display())]
    NoDatabase(PathBuf),
    #[error(
        "{0} is not a database that can be backed up here: use its own tools, and copy the data folder"
    )]
    OtherDatabase(String),
    #[error("{} is not empty, and not a backup", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is a backup of another drive", .0.display())]
    Foreign(PathBuf),
    #[error("{} lies in the data folder, or the data folder in it", .0.display())]
    Inside(PathBuf),
    #[error("{} is being used by another backup", .0.display())]
    InUse(PathBuf),
    #[error("{folder} is not a backup: {why}", folder = .0.display(), why = .1)]
    NotABackup(PathBuf, String),
    #[error(
        "bytes that the database knows are missing, {0} among them: `alcove doctor` tells which"
    )]
    BytesMissing(String),
    #[error("so much was deleted meanwhile that no moment could be caught; try again")]
    TooBusy,
    #[error("{program} failed: {said}")]
    Program { program: &'static str, said: String },
    #[error("the backup is damaged: {0}; `alcove backup verify` tells all")]
    Damaged(String),
    #[error("{} is not empty: a backup is put back into an empty data folder", .0.display())]
    FolderInUse(PathBuf),
    #[error("the database is not empty: a backup is put back into an empty one")]
    DatabaseInUse,
    #[error("this is a backup of {0}: {1}")]
    OtherKind(&'static str, &'static str),
}

impl BackupError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Blocking work on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}
