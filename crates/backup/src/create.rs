//! Making a backup, or bringing one up to date.

use crate::copying::{Content, copy, files_below, remove_drafts, sync};
use crate::database::Source;
use crate::error::{BackupError, blocking};
use crate::list::{self, Known, ListWriter, Listed};
use crate::manifest::{LOCK, MANIFEST, Manifest, Part};
use chrono::Utc;
use entity::BlobId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::BlobKey;
use store::moment::{KeptBlob, Moment};

/// Blobs that are looked up at a time, and copied at a time.
const PAGE: u64 = 1_000;
const AT_ONCE: usize = 4;
/// Moments that are tried: bytes may be deleted for good between a moment and their copying.
const TRIES: usize = 5;
/// What is named like the rows but for their kind.
const DATABASE: &str = "database";
const LIST: &str = "files";
/// The folder of local storage, and that of pictures of people.
const UPLOADS: &str = "uploads";
const AVATARS: &str = "avatar";
/// Which folder it is.
const FOLDER_ID: &str = "folder.id";

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    pub manifest: Manifest,
    /// Blobs that the backup did not have before.
    pub copied: u64,
    pub copied_bytes: u64,
    /// Files that were removed, of what is no longer there.
    pub pruned: u64,
}

/// Makes `folder` a backup of a data folder and its database, or brings the backup there up to date.
/// `prunes`: what the backup no longer needs goes.
/// # Errors
/// [`BackupError`]; what was a backup is still the same one.
pub async fn create(
    data: &Path,
    source: &Source,
    folder: &Path,
    prunes: bool,
) -> Result<Created, BackupError> {
    let (data, before, _lock) = {
        let (data, folder) = (data.to_owned(), folder.to_owned());
        blocking(move || prepare(&data, &folder)).await?
    };
    let folder = folder.canonicalize().map_err(BackupError::io(folder))?;
    let mut making = Making {
        known: known(&folder, before.as_ref())?,
        stamp: format!("{}", Utc::now().format("%Y%m%dT%H%M%S%3fZ")),
        data: data.into(),
        folder: folder.into(),
        spared: Vec::new(),
        copied: 0,
        copied_bytes: 0,
    };
    // Most of the bytes, so that few are left to be copied after the moment.
    let live = source.connect().await?;
    making.pass(&live, None).await?;
    let manifest = making.catch(source, &live).await?;
    live.close().await?;
    let (folder, is_before) = (Arc::clone(&making.folder), before.is_some());
    let spared = (prunes && is_before).then(|| std::mem::take(&mut making.spared));
    let pruned = blocking(move || finish(&folder, manifest, spared)).await?;
    Ok(Created {
        manifest: pruned.0,
        pruned: pruned.1,
        copied: making.copied,
        copied_bytes: making.copied_bytes,
    })
}

/// Takes the folder for this backup. Answers the data folder, what the backup was before, and what
/// holds it.
fn prepare(data: &Path, folder: &Path) -> Result<(PathBuf, Option<Manifest>, File), BackupError> {
    let data = data.canonicalize().map_err(BackupError::io(data))?;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(BackupError::io(folder))?;
    let folder = folder.canonicalize().map_err(BackupError::io(folder))?;
    if folder.starts_with(&data) || data.starts_with(&folder) {
        return Err(BackupError::Inside(folder));
    }
    let lock = folder.join(LOCK);
    let mut entries = fs::read_dir(&folder).map_err(BackupError::io(&folder))?;
    if entries.next().is_some() && !folder.join(MANIFEST).exists() && !lock.exists() {
        return Err(BackupError::NotEmpty(folder));
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock);
    let file = file.map_err(BackupError::io(&lock))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(BackupError::InUse(folder)),
        Err(TryLockError::Error(error)) => return Err(BackupError::io(&lock)(error)),
    }
    remove_drafts(&folder)?;
    let is_backup = folder.join(MANIFEST).exists();
    let before = is_backup.then(|| Manifest::read(&folder)).transpose()?;
    if before
        .as_ref()
        .is_some_and(|before| before.folder_id != folder_id(&data))
    {
        return Err(BackupError::Foreign(folder));
    }
    Ok((data, before, file))
}

fn folder_id(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join(FOLDER_ID)).ok()?;
    Some(text.trim().to_owned())
}

/// What the backup has, for sure.
fn known(folder: &Path, before: Option<&Manifest>) -> Result<Known, BackupError> {
    let mut known = Known::default();
    if let Some(before) = before {
        for listed in list::read(folder, &before.list)? {
            let listed = listed?;
            if listed.bytes.is_some() {
                known.add(&listed.path);
            }
        }
    }
    Ok(known)
}

/// A backup that is being made.
struct Making {
    data: Arc<Path>,
    folder: Arc<Path>,
    /// What need not be copied.
    known: Known,
    /// Keys that stay in the backup, whatever it lists.
    spared: Vec<String>,
    stamp: String,
    copied: u64,
    copied_bytes: u64,
}

/// What became of a blob.
enum Outcome {
    Kept(Listed, u64),
    Copied(Listed, Content),
    Missing(KeptBlob),
}

impl Making {
    /// Tries until a moment is caught of which all bytes are there.
    async fn catch(&mut self, source: &Source, live: &Moment) -> Result<Manifest, BackupError> {
        for number in 0..TRIES {
            let suffix = match source.kind() {
                crate::manifest::DatabaseKind::Sqlite => "db",
                crate::manifest::DatabaseKind::Postgres => "dump",
            };
            let name = format!("{DATABASE}-{}-{number}.{suffix}", self.stamp);
            let file = self.folder.join(&name);
            let created_at = Utc::now();
            let moment = source.copy_to(&file).await?;
            let elsewhere = moment.elsewhere().await?;
            let spared = moment.keys_on_other_disks().await?;
            let list = self
                .folder
                .join(format!("{LIST}-{}-{number}.jsonl", self.stamp));
            let mut list = ListWriter::create(list)?;
            let missing = self.pass(&moment, Some(&mut list)).await?;
            moment.close().await?;
            if missing.is_empty() {
                self.others(&mut list).await?;
                let (files, bytes) = (list.files, list.bytes);
                self.spared = spared;
                return Ok(Manifest {
                    format: Manifest::format(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    created_at: created_at.to_rfc3339(),
                    folder_id: folder_id(&self.data),
                    kind: source.kind(),
                    database: blocking(move || part(&file, name)).await?,
                    list: list.finish()?,
                    files,
                    bytes,
                    elsewhere,
                });
            }
            for blob in missing {
                if live.has(blob.id).await? {
                    return Err(BackupError::BytesMissing(blob.key));
                }
            }
        }
        Err(BackupError::TooBusy)
    }

    /// Copies what the backup does not have of all blobs of a moment. Answers which are not there
    /// to be copied, though a file holds them.
    async fn pass(
        &mut self,
        moment: &Moment,
        mut list: Option<&mut ListWriter>,
    ) -> Result<Vec<KeptBlob>, BackupError> {
        let (mut last, mut missing) = (BlobId(0), Vec::new());
        loop {
            let page = moment.blobs_after(last, PAGE).await?;
            let Some(end) = page.last().map(|blob| blob.id) else {
                return Ok(missing);
            };
            last = end;
            for outcome in self.page(page).await? {
                let (listed, bytes) = match outcome {
                    Outcome::Missing(blob) => {
                        missing.extend(blob.is_held.then_some(blob));
                        continue;
                    }
                    Outcome::Kept(listed, bytes) => (listed, bytes),
                    Outcome::Copied(listed, content) => {
                        self.known.add(&listed.path);
                        self.copied += 1;
                        self.copied_bytes += content.bytes;
                        (listed, content.bytes)
                    }
                };
                if let Some(list) = &mut list {
                    list.add(&listed, bytes)?;
                }
            }
        }
    }

    async fn page(&self, page: Vec<KeptBlob>) -> Result<Vec<Outcome>, BackupError> {
        let outcomes = page.into_iter().map(|blob| {
            let path = Path::new(UPLOADS).join(&blob.key);
            let is_known = self.known.has(&path);
            let (data, folder) = (Arc::clone(&self.data), Arc::clone(&self.folder));
            blocking(move || one(blob, path, is_known, &data, &folder))
        });
        stream::iter(outcomes).buffered(AT_ONCE).try_collect().await
    }

    /// What is not below a policy: pictures of people, and which folder it is.
    async fn others(&mut self, list: &mut ListWriter) -> Result<(), BackupError> {
        let (data, folder) = (Arc::clone(&self.data), Arc::clone(&self.folder));
        let copied = blocking(move || {
            let mut paths = files_below(&data, AVATARS)?;
            paths.push(FOLDER_ID.into());
            let mut copied = Vec::new();
            for path in paths {
                match copy(&data.join(&path), &folder, &path) {
                    Ok(content) => copied.push((path, content)),
                    // Somebody took the picture back, or the folder never had a name.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(BackupError::io(&data.join(&path))(error)),
                }
            }
            Ok(copied)
        });
        for (path, content) in copied.await? {
            // A picture may be another one before the next list is written.
            let is_fixed = path == Path::new(FOLDER_ID);
            let listed = Listed {
                path,
                bytes: is_fixed.then_some(content.bytes),
                blake3: is_fixed.then_some(content.blake3),
            };
            list.add(&listed, content.bytes)?;
        }
        Ok(())
    }
}

/// Copies a blob, unless the backup has it for sure.
fn one(
    blob: KeptBlob,
    path: PathBuf,
    is_known: bool,
    data: &Path,
    folder: &Path,
) -> Result<Outcome, BackupError> {
    if BlobKey::parse(blob.key.as_str()).is_err() {
        return Err(BackupError::BytesMissing(blob.key));
    }
    let bytes = u64::try_from(blob.size_bytes).unwrap_or_default();
    let hash = blob
        .blake3
        .as_deref()
        .and_then(|hash| blake3::Hash::from_slice(hash).ok());
    let hash = hash.map(|hash| hash.to_hex().to_string());
    let listed = |path, hash| Listed {
        path,
        bytes: Some(bytes),
        blake3: hash,
    };
    let is_there = || fs::metadata(folder.join(&path)).is_ok_and(|found| found.len() == bytes);
    if is_known && is_there() {
        return Ok(Outcome::Kept(listed(path, hash), bytes));
    }
    let from = data.join(&path);
    match copy(&from, folder, &path) {
        Ok(content) => {
            let is_it = hash.as_ref().is_none_or(|hash| *hash == content.blake3);
            if content.bytes != bytes || !is_it {
                return Err(BackupError::BytesMissing(blob.key));
            }
            let hash = Some(content.blake3.clone());
            Ok(Outcome::Copied(listed(path, hash), content))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Outcome::Missing(blob)),
        Err(error) => Err(BackupError::io(&from)(error)),
    }
}

fn part(file: &Path, name: String) -> Result<Part, BackupError> {
    let content = crate::copying::content(file)?;
    Ok(Part {
        name,
        bytes: content.bytes,
        blake3: content.blake3,
    })
}

/// Makes it the backup, and removes what the one before had and this one has not, but for these keys;
/// `None`: nothing of that.
fn finish(
    folder: &Path,
    manifest: Manifest,
    spared: Option<Vec<String>>,
) -> Result<(Manifest, u64), BackupError> {
    remove_drafts(folder)?;
    sync(folder)?;
    manifest.write(folder)?;
    let mut pruned = 0;
    let entries = fs::read_dir(folder).map_err(BackupError::io(folder))?;
    for entry in entries {
        let entry = entry.map_err(BackupError::io(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_part = [DATABASE, LIST]
            .iter()
            .any(|part| name.starts_with(&format!("{part}-")));
        if is_part && name != manifest.database.name && name != manifest.list.name {
            fs::remove_file(entry.path()).map_err(BackupError::io(&entry.path()))?;
        }
    }
    if let Some(spared) = spared {
        let mut listed = Known::default();
        for key in spared {
            listed.add(&Path::new(UPLOADS).join(key));
        }
        for one in list::read(folder, &manifest.list)? {
            listed.add(&one?.path);
        }
        for part in [UPLOADS, AVATARS] {
            for path in files_below(folder, part)? {
                if !listed.has(&path) {
                    let path = folder.join(path);
                    fs::remove_file(&path).map_err(BackupError::io(&path))?;
                    pruned += 1;
                }
            }
        }
    }
    Ok((manifest, pruned))
}
