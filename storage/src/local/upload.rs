//! An upload in parts, written into its file at their offsets.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use bytes::Bytes;
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use uuid::Uuid;

use super::floor::Floor;
use super::folder::{Folder, Root, is_absent};
use super::pump::{Sink, pump, write_at};
use super::staging::{Watch, alive, lock, place, seal, takes_bytes, upload_name};
use super::writeback::Writeback;
use super::{LocalDriver, LocalOptions, is_taken, read, stat};
use crate::tree_hash::{PartHasher, root_hash};
use crate::{ByteStream, DriverError, PartWritten, UploadPlan, Written, step};

pub(super) fn begin(
    root: &Root,
    options: LocalOptions,
    plan: &UploadPlan,
) -> Result<(), DriverError> {
    let taken = || DriverError::AlreadyExists(plan.key.clone());
    if is_taken(root, &plan.key)? {
        return Err(taken());
    }
    root.require_space(plan.size_bytes, options.least_free)?;
    let staging = root.staging()?;
    let name = upload_name(plan.id);
    let file = match staging.create(&name) {
        Err(Errno::EXIST) => return Err(taken()),
        result => result?,
    };
    let pre_allocate = options.pre_allocate && plan.reserves;
    let sized = reserve(&file, pre_allocate, plan.size_bytes);
    let synced = sized.and_then(|()| {
        if options.fsync {
            staging.sync()
        } else {
            Ok(())
        }
    });
    synced.map_err(|errno| {
        let _ = staging.unlink(&name);
        errno.into()
    })
}

/// Gives the file its final length, with or without the blocks for it.
fn reserve(file: &File, pre_allocate: bool, size_bytes: u64) -> rustix::io::Result<()> {
    if pre_allocate && size_bytes > 0 {
        match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, size_bytes) {
            // File systems that cannot reserve; copy-on-write ones would not profit.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {}
            result => return result,
        }
    }
    rustix::fs::ftruncate(file, size_bytes)
}

/// Bytes of a block, as they are counted (POSIX, `st_blocks`).
const BLOCK_BYTES: u64 = 512;

/// Whether a file has the room for so many bytes already.
fn is_reserved(file: &File, size_bytes: u64) -> io::Result<bool> {
    Ok(file.metadata()?.blocks().saturating_mul(BLOCK_BYTES) >= size_bytes)
}

#[derive(Debug)]
struct PartSink {
    upload: Uuid,
    file: File,
    offset: u64,
    hasher: PartHasher,
    writeback: Writeback,
    /// `None`: it takes no room that is free.
    floor: Option<Floor>,
    /// A job that starts after its sender is gone must not overwrite the retransmission.
    watch: Watch,
}

impl Sink for PartSink {
    fn absorb(&mut self, batch: &[Bytes]) -> Result<(), DriverError> {
        if let Some(floor) = &mut self.floor {
            floor.look(self.offset)?;
        }
        for piece in batch {
            self.hasher.update(piece);
        }
        let locked = lock(&self.file)?;
        if !self.watch.is_alive() || !takes_bytes(&self.file)? {
            return Err(DriverError::UploadGone(self.upload));
        }
        self.offset = write_at(&self.file, self.offset, batch)?;
        drop(locked);
        self.writeback.nudge(&self.file, self.offset);
        Ok(())
    }
}

pub(super) async fn write_part(
    driver: &LocalDriver,
    plan: &UploadPlan,
    offset: u64,
    size_bytes: u64,
    body: ByteStream,
) -> Result<PartWritten, DriverError> {
    plan.check_part(offset, size_bytes)?;
    let (upload, whole_bytes) = (plan.id, plan.size_bytes);
    let (file, is_reserved) = driver
        .on_disk(move |root, options| {
            let file = open_for_part(root, upload)?;
            // What was reserved is no longer free: not every file system does so when it is asked to.
            let is_reserved = is_reserved(&file, whole_bytes)?;
            if !is_reserved {
                root.require_space(size_bytes, options.least_free)?;
            }
            Ok((file, is_reserved))
        })
        .await?;
    let floor = (!is_reserved).then(|| Floor::below(driver, offset));
    let hasher = PartHasher::new(plan.size_bytes, offset, size_bytes);
    let (_alive, watch) = alive();
    let writeback = Writeback::starting_at(offset);
    let sink = PartSink {
        upload,
        file,
        offset,
        hasher,
        writeback,
        floor,
        watch,
    };
    let (sink, _) = pump(body, Some(size_bytes), sink).await?;
    let PartSink { file, hasher, .. } = sink;
    driver
        .on_disk(move |_, options| sync(&file, options))
        .await?;
    Ok(PartWritten {
        offset,
        size_bytes,
        digest: hasher.finish(),
    })
}

fn open_for_part(root: &Root, upload: Uuid) -> Result<File, DriverError> {
    let opened = root
        .open_staging()
        .and_then(|staging| staging.open_staged(&upload_name(upload)));
    match opened {
        Ok(file) if takes_bytes(&file)? => Ok(file),
        // ACCESS: sealed, and we are not root.
        Ok(_) | Err(Errno::ACCESS) => Err(DriverError::UploadGone(upload)),
        Err(errno) if is_absent(errno) => Err(DriverError::UploadGone(upload)),
        Err(errno) => Err(errno.into()),
    }
}

pub(super) fn complete(
    root: &Root,
    options: LocalOptions,
    plan: &UploadPlan,
    parts: &[PartWritten],
) -> Result<Written, DriverError> {
    let parts = plan.in_order(parts)?;
    let name = upload_name(plan.id);
    let opened = root.open_staging().and_then(|staging| {
        let file = open_to_finish(&staging, &name)?;
        Ok((staging, file))
    });
    let (staging, file) = match opened {
        Ok(opened) => opened,
        Err(errno) if is_absent(errno) => return completed(root, options, plan, &parts),
        Err(errno) => return Err(errno.into()),
    };
    {
        let _locked = lock(&file)?;
        seal(&file)?;
    }
    step::reached("upload: sealed");
    finish(root, options, plan, &parts, (&staging, &file))
}

/// The rest of a completion whose file is sealed.
fn finish(
    root: &Root,
    options: LocalOptions,
    plan: &UploadPlan,
    parts: &[&PartWritten],
    (staging, file): (&Folder, &File),
) -> Result<Written, DriverError> {
    let name = upload_name(plan.id);
    let written = written(file, plan, parts)?;
    sync(file, options)?;
    match root.place_in(&plan.key, |folder| {
        place(staging, &name, folder, plan.key.name())?;
        step::reached("upload: placed");
        Ok(())
    }) {
        Ok(()) => Ok(written),
        // Another completion of the same upload was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            completed(root, options, plan, parts)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(DriverError::AlreadyExists(plan.key.clone()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Goes on with a completion that was cut off: its file is sealed, or has its key already.
pub(super) fn resume(
    root: &Root,
    options: LocalOptions,
    plan: &UploadPlan,
) -> Result<Option<Written>, DriverError> {
    let opened = root.open_staging().and_then(|staging| {
        let file = open_to_finish(&staging, &upload_name(plan.id))?;
        Ok((staging, file))
    });
    // Only what was whole is ever sealed, so which parts it has need not be asked. Their hashes
    // are not known here: the file is read for its own.
    let resumed = match opened {
        Ok((_, file)) if takes_bytes(&file)? => return Ok(None),
        Ok((staging, file)) => finish(root, options, plan, &[], (&staging, &file)),
        Err(errno) if is_absent(errno) => completed(root, options, plan, &[]),
        Err(errno) => return Err(errno.into()),
    };
    match resumed {
        Err(DriverError::UploadGone(_)) => Ok(None),
        other => other.map(Some),
    }
}

fn sync(file: &File, options: LocalOptions) -> Result<(), DriverError> {
    if options.fsync {
        file.sync_data()?;
    }
    Ok(())
}

fn open_to_finish(staging: &Folder, name: &str) -> rustix::io::Result<File> {
    match staging.open_staged(name) {
        // Sealed by an earlier completion.
        Err(Errno::ACCESS) => staging.open(name),
        result => result,
    }
}

/// The answer when the upload's file is gone: either it is the blob by now, or it never was.
fn completed(
    root: &Root,
    options: LocalOptions,
    plan: &UploadPlan,
    parts: &[&PartWritten],
) -> Result<Written, DriverError> {
    match stat(root, &plan.key) {
        Ok(stat) if stat.size_bytes == plan.size_bytes => {}
        Ok(_) => return Err(DriverError::AlreadyExists(plan.key.clone())),
        Err(DriverError::NotFound(_)) => return Err(DriverError::UploadGone(plan.id)),
        Err(error) => return Err(error),
    }
    if options.fsync {
        // The earlier completion may have ended between the rename and this.
        root.folder_of(&plan.key)?.sync()?;
    }
    written(&read::open(root, &plan.key)?, plan, parts)
}

fn written(file: &File, plan: &UploadPlan, parts: &[&PartWritten]) -> Result<Written, DriverError> {
    let got = file.metadata()?.len();
    if got != plan.size_bytes {
        return Err(DriverError::Incomplete {
            expected: plan.size_bytes,
            got,
        });
    }
    let blake3 = match root_hash(plan.size_bytes, parts) {
        Some(hash) => hash,
        None => read::hash(file)?,
    };
    Ok(Written {
        size_bytes: plan.size_bytes,
        blake3: Some(blake3),
    })
}

/// Removes a staging file by its name; gone already is fine.
pub(super) fn discard(root: &Root, name: &str) -> Result<(), DriverError> {
    // The name comes back from a listing through the caller: it must stay in the folder.
    if name.contains('/') {
        return Ok(());
    }
    match root.open_staging().and_then(|staging| staging.unlink(name)) {
        Err(errno) if !is_absent(errno) => Err(errno.into()),
        _ => Ok(()),
    }
}
