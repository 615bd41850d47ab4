//! A blob written in one go.

use bytes::Bytes;

use super::floor::Floor;
use super::folder::Root;
use super::pump::{Sink, is_last, next_batch, pump_rest, write_at};
use super::staging::{Temporary, seal};
use super::writeback::Writeback;
use super::{LocalDriver, LocalOptions, is_taken};
use crate::body::Length;
use crate::{BlobKey, ByteStream, DriverError, Written, step};

#[derive(Debug)]
struct WholeSink {
    temporary: Temporary,
    offset: u64,
    hasher: blake3::Hasher,
    writeback: Writeback,
    floor: Floor,
}

impl WholeSink {
    fn new(temporary: Temporary, floor: Floor) -> Self {
        Self {
            temporary,
            offset: 0,
            hasher: blake3::Hasher::new(),
            writeback: Writeback::starting_at(0),
            floor,
        }
    }
}

impl Sink for WholeSink {
    fn absorb(&mut self, batch: &[Bytes]) -> Result<(), DriverError> {
        self.floor.look(self.offset)?;
        for piece in batch {
            self.hasher.update(piece);
        }
        self.offset = write_at(self.temporary.file(), self.offset, batch)?;
        self.writeback.nudge(self.temporary.file(), self.offset);
        Ok(())
    }
}

pub(super) async fn write(
    driver: &LocalDriver,
    key: &BlobKey,
    body: ByteStream,
    expected_bytes: Option<u64>,
) -> Result<Written, DriverError> {
    let written = write_new(driver, key, body, expected_bytes).await;
    if !matches!(&written, Err(error) if error.has_placed_nothing()) {
        return written;
    }
    // Whoever cleans up has to know if what lies there is somebody else's.
    let wanted = key.clone();
    let taken = driver.on_disk(move |root, _| is_taken(root, &wanted)).await;
    if taken? {
        return Err(DriverError::AlreadyExists(key.clone()));
    }
    written
}

async fn write_new(
    driver: &LocalDriver,
    key: &BlobKey,
    mut body: ByteStream,
    expected_bytes: Option<u64>,
) -> Result<Written, DriverError> {
    let mut length = Length::of(expected_bytes);
    let first = next_batch(&mut body, &mut length).await?;
    if is_last(&first) {
        return write_short(driver, key, first, &length).await;
    }
    let wanted = key.clone();
    let temporary = driver
        .on_disk(move |root, options| {
            root.require_space(expected_bytes.unwrap_or(0), options.least_free)?;
            // Only to spare the sender a hopeless transfer: the rename decides.
            if is_taken(root, &wanted)? {
                return Err(DriverError::AlreadyExists(wanted));
            }
            Ok(Temporary::create(root.staging()?)?)
        })
        .await?;
    let sink = WholeSink::new(temporary, Floor::below(driver, 0));
    let (sink, size_bytes) = pump_rest(first, body, length, sink).await?;
    let blake3 = Some(*sink.hasher.finalize().as_bytes());
    let key = key.clone();
    driver
        .on_disk(move |root, options| place(root, options, sink.temporary, &key))
        .await?;
    Ok(Written { size_bytes, blake3 })
}

/// A body that came in one batch: one job from the first byte to the last sync.
async fn write_short(
    driver: &LocalDriver,
    key: &BlobKey,
    batch: Vec<Bytes>,
    length: &Length,
) -> Result<Written, DriverError> {
    let size_bytes = length.end()?;
    let (key, floor) = (key.clone(), Floor::below(driver, 0));
    let blake3 = driver
        .on_disk(move |root, options| {
            root.require_space(size_bytes, options.least_free)?;
            if is_taken(root, &key)? {
                return Err(DriverError::AlreadyExists(key));
            }
            let mut sink = WholeSink::new(Temporary::create(root.staging()?)?, floor);
            sink.absorb(&batch)?;
            place(root, options, sink.temporary, &key)?;
            Ok(*sink.hasher.finalize().as_bytes())
        })
        .await?;
    Ok(Written {
        size_bytes,
        blake3: Some(blake3),
    })
}

pub(super) fn place(
    root: &Root,
    options: LocalOptions,
    mut temporary: Temporary,
    key: &BlobKey,
) -> Result<(), DriverError> {
    seal(temporary.file())?;
    if options.fsync {
        temporary.file().sync_data()?;
    }
    step::reached("content: sealed");
    let placed = root.place_in(key, |folder| {
        temporary.place(folder, key.name())?;
        step::reached("content: placed");
        Ok(())
    });
    match placed {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(DriverError::AlreadyExists(key.clone()))
        }
        Err(error) => {
            if temporary.is_placed() {
                // Its folder could not be synced, so the blob may not last: it never was.
                super::delete(root, key);
            }
            Err(error.into())
        }
    }
}
