//! A blob written in one go.

use bytes::Bytes;

use super::folder::Root;
use super::pump::{Sink, pump, write_at};
use super::staging::{Temporary, seal};
use super::writeback::Writeback;
use super::{LocalDriver, LocalOptions, is_taken};
use crate::{BlobKey, ByteStream, DriverError, Written};

#[derive(Debug)]
struct WholeSink {
    temporary: Temporary,
    offset: u64,
    hasher: blake3::Hasher,
    writeback: Writeback,
}

impl Sink for WholeSink {
    fn absorb(&mut self, batch: &[Bytes]) -> Result<(), DriverError> {
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
    let wanted = key.clone();
    let temporary = driver
        .on_disk(move |root, _| {
            // Only to spare the sender a hopeless transfer: the rename decides.
            if is_taken(root, &wanted)? {
                return Err(DriverError::AlreadyExists(wanted));
            }
            Ok(Temporary::create(root.staging()?)?)
        })
        .await?;
    let writeback = Writeback::starting_at(0);
    let sink = WholeSink {
        temporary,
        offset: 0,
        hasher: blake3::Hasher::new(),
        writeback,
    };
    let (sink, size_bytes) = pump(body, expected_bytes, sink).await?;
    let blake3 = Some(*sink.hasher.finalize().as_bytes());
    let key = key.clone();
    driver
        .on_disk(move |root, options| place(root, options, sink.temporary, &key))
        .await?;
    Ok(Written { size_bytes, blake3 })
}

fn place(
    root: &Root,
    options: LocalOptions,
    mut temporary: Temporary,
    key: &BlobKey,
) -> Result<(), DriverError> {
    seal(temporary.file())?;
    if options.fsync {
        temporary.file().sync_data()?;
    }
    let placed = root.place_in(key, |folder| temporary.place(folder, key.name()));
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
