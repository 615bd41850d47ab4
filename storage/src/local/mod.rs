//! Blobs as files below one folder.
//!
//! A key is a relative path. Unfinished bytes lie in `.staging` on the same file system and reach
//! their key by a rename that never replaces anything, after their data is on the disk. A placed
//! file is read-only. Links in the storage are not followed; the root itself may be one.

mod adopt;
mod floor;
mod folder;
mod list;
mod passed_over;
mod pump;
mod read;
mod single_flight;
mod staging;
mod upload;
mod write;
mod writeback;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use rustix::io::Errno;
use tokio::task::spawn_blocking;

use self::folder::{Root, is_absent, is_file};
use self::pump::joined;
pub use self::read::read_open_file;
use crate::key::STAGING_FOLDER;
use crate::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, FolderEntry,
    ListedBlob, PartWritten, PassedOver, Room, Route, Staged, UploadPlan, UploadTarget, Written,
};

/// How much of a disk stays free of blobs: a database beside them needs some, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeastFree {
    /// A twentieth of the disk, 256 MiB at most.
    #[default]
    Usual,
    Bytes(u64),
}

impl LeastFree {
    /// Bytes, on a disk of so many.
    #[must_use]
    pub fn of(self, disk_bytes: u64) -> u64 {
        match self {
            Self::Usual => (disk_bytes / 20).min(256 << 20),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// How a [`LocalDriver`] treats its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalOptions {
    /// Reserve an upload's full length when it begins, so that a full disk shows at once.
    pub pre_allocate: bool,
    /// Wait for the disk before calling anything finished. Only tests go without.
    pub fsync: bool,
    /// What is written leaves so much of the disk free.
    pub least_free: LeastFree,
    /// The root was made by [`prepare`](LocalDriver::prepare): where it is not found, its disk is
    /// not mounted, and nothing is written in its stead.
    pub is_prepared: bool,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self {
            pre_allocate: false,
            fsync: true,
            least_free: LeastFree::default(),
            is_prepared: false,
        }
    }
}

/// Blobs as files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LocalDriver {
    root: Arc<Root>,
    options: LocalOptions,
}

impl LocalDriver {
    /// A storage below `root`, which is made at the first write if it is missing.
    pub fn new(root: impl Into<PathBuf>, options: LocalOptions) -> Self {
        Self {
            root: Arc::new(Root::new(root.into(), options.fsync, options.is_prepared)),
            options,
        }
    }

    /// Marks a folder that is there as the root of a storage.
    /// # Errors
    /// There is no such folder, or nothing can be made in it.
    pub fn prepare(root: &Path) -> std::io::Result<()> {
        match std::fs::create_dir(root.join(STAGING_FOLDER)) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// The folder that keys are relative to.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Runs disk work on a blocking thread.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Root, LocalOptions) -> Result<T, DriverError> + Send + 'static,
    ) -> Result<T, DriverError> {
        let (root, options) = (Arc::clone(&self.root), self.options);
        joined(spawn_blocking(move || work(&root, options)).await)
    }
}

/// `NotFound` where the path leads nowhere.
fn missing(key: &BlobKey, errno: Errno) -> DriverError {
    if is_absent(errno) {
        DriverError::NotFound(key.clone())
    } else {
        errno.into()
    }
}

fn modified(stat: &rustix::fs::Stat) -> SystemTime {
    // Times before 1970 have no meaning for a blob.
    let secs = u64::try_from(stat.st_mtime).unwrap_or(0);
    UNIX_EPOCH + Duration::new(secs, u32::try_from(stat.st_mtime_nsec).unwrap_or(0))
}

fn stat(root: &Root, key: &BlobKey) -> Result<BlobStat, DriverError> {
    let stat = root
        .folder_of(key)
        .and_then(|folder| folder.stat(key.name()));
    let stat = stat.map_err(|errno| missing(key, errno))?;
    if !is_file(&stat) {
        return Err(DriverError::NotFound(key.clone()));
    }
    Ok(BlobStat {
        size_bytes: stat.st_size as u64,
        modified: modified(&stat),
    })
}

/// Whether anything at all, even a folder, stands at the key.
fn is_taken(root: &Root, key: &BlobKey) -> Result<bool, DriverError> {
    match root
        .folder_of(key)
        .and_then(|folder| folder.stat(key.name()))
    {
        Ok(_) => Ok(true),
        Err(errno) if is_absent(errno) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether the key is gone afterwards.
fn delete(root: &Root, key: &BlobKey) -> bool {
    let folder = match root.folder_of(key) {
        Ok(folder) => folder,
        Err(errno) => return is_absent(errno),
    };
    match folder.unlink(key.name()) {
        Ok(()) => {
            root.prune(key);
            true
        }
        // A folder has this name, so no blob has.
        Err(Errno::ISDIR) => true,
        Err(errno) if is_absent(errno) => true,
        Err(errno) => {
            tracing::warn!(%key, %errno, "a blob could not be deleted");
            false
        }
    }
}

#[async_trait]
impl Driver for LocalDriver {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            direct_file: true,
            relay_chunks: true,
            parallel_parts: true,
            list: true,
            list_folders: true,
            ..Capabilities::default()
        }
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        let key = key.clone();
        let (file, range) = self
            .on_disk(move |root, _| {
                let file = read::open(root, &key)?;
                let range = range.within(file.metadata()?.len());
                Ok((file, range))
            })
            .await?;
        Ok(read_open_file(Arc::new(file), range))
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        let key = key.clone();
        self.on_disk(move |root, _| read::open(root, &key).map(Some))
            .await
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        write::write(self, key, body, expected_bytes).await
    }

    async fn adopt(
        &self,
        key: &BlobKey,
        file: std::fs::File,
    ) -> Result<Option<Written>, DriverError> {
        let key = key.clone();
        self.on_disk(move |root, options| adopt::adopt(root, options, &key, &file))
            .await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        let key = key.clone();
        self.on_disk(move |root, _| stat(root, &key)).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let mut keys = keys.to_vec();
        self.on_disk(move |root, _| {
            keys.retain(|key| !delete(root, key));
            Ok(keys)
        })
        .await
    }

    async fn room(&self) -> Result<Option<Room>, DriverError> {
        self.on_disk(|root, options| root.room(options.least_free))
            .await
    }

    async fn list_folder(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        let (folder, after) = (folder.to_owned(), after.map(str::to_owned));
        self.on_disk(move |root, _| list::one_folder(root, &folder, after.as_deref(), limit))
            .await
    }

    async fn list_passed_over(
        &self,
        folder: &str,
        limit: usize,
    ) -> Result<PassedOver, DriverError> {
        let folder = folder.to_owned();
        self.on_disk(move |root, _| passed_over::in_folder(root, &folder, limit))
            .await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        self.on_disk(move |root, _| list::list(root, &prefix, after.as_ref(), limit))
            .await
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        let plan = plan.clone();
        self.on_disk(move |root, options| upload::begin(root, options, &plan))
            .await?;
        Ok(UploadTarget {
            vendor_state: None,
            route: Route::Here,
        })
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        upload::write_part(self, plan, offset, size_bytes, body).await
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        let (plan, parts) = (plan.clone(), parts.to_vec());
        self.on_disk(move |root, options| upload::complete(root, options, &plan, &parts))
            .await
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        let plan = plan.clone();
        self.on_disk(move |root, options| upload::resume(root, options, &plan))
            .await
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        let name = staging::upload_name(plan.id);
        self.on_disk(move |root, _| upload::discard(root, &name))
            .await
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        self.on_disk(|root, _| list::staging(root)).await
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        let name = staged.name.clone();
        self.on_disk(move |root, _| upload::discard(root, &name))
            .await
    }
}
