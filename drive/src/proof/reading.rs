//! Reading a blob, and each copy of it where there are several.

use super::Speed;
use crate::policy::Policy;
use entity::{Damage, PolicyId, blob};
use futures_util::TryStreamExt as _;
use object_storage::Comparison;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use storage::{BlobKey, ByteRange, Driver, DriverError, is_lost};
use store::priority;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Read at once.
const PIECE: usize = 1 << 20;

/// How a copy of a blob reads.
#[derive(Debug)]
pub(crate) enum Copy {
    Whole,
    /// As long as it should be, with this hash; there is none to compare it with.
    Unhashed([u8; 32]),
    Damaged(Damage),
    /// It cannot be said now.
    Unknown(DriverError),
}

/// Reads a blob wherever it is kept; by member where a mirror keeps it.
pub(crate) async fn examine(
    policy: &Policy,
    row: &blob::Model,
    speed: &Speed,
) -> Vec<(Option<PolicyId>, Copy)> {
    let Ok(key) = BlobKey::parse(row.key.clone()) else {
        return vec![(None, Copy::Damaged(Damage::Missing))];
    };
    let driver = &*policy.driver;
    if driver.members().is_empty() {
        return vec![(None, read(driver, &key, row, speed).await)];
    }
    let mut copies = Vec::with_capacity(driver.members().len());
    for member in driver.members() {
        let copy = read(&*member.driver, &key, row, speed).await;
        copies.push((Some(PolicyId(member.id)), copy));
    }
    copies
}

async fn read(driver: &dyn Driver, key: &BlobKey, row: &blob::Model, speed: &Speed) -> Copy {
    let expected = u64::try_from(row.size_bytes).unwrap_or(0);
    let read = match driver.open(key).await {
        Ok(Some(file)) => match of_file(file, expected, speed.clone()).await {
            // The disk is there, and has lost it.
            Err(DriverError::Io(error)) if is_lost(&error) => {
                return Copy::Damaged(Damage::Content);
            }
            read => read,
        },
        Ok(None) => match of_stream(driver, key, row, speed).await {
            Ok((_, false)) => return Copy::Damaged(Damage::Content),
            Ok((hasher, true)) => Ok(hasher),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let hasher = match read {
        Ok(hasher) => hasher,
        Err(DriverError::NotFound(_)) => return Copy::Damaged(Damage::Missing),
        Err(error) => return Copy::Unknown(error),
    };
    if hasher.count() != expected {
        return Copy::Damaged(Damage::Length);
    }
    let hash = *hasher.finalize().as_bytes();
    match row.blake3.as_deref() {
        None => Copy::Unhashed(hash),
        Some(known) if known == hash => Copy::Whole,
        Some(_) => Copy::Damaged(Damage::Content),
    }
}

/// One byte more than expected is enough to know. Of what has no hash yet the vendor may know a
/// checksum from when it came: answers whether it is still right.
async fn of_stream(
    driver: &dyn Driver,
    key: &BlobKey,
    row: &blob::Model,
    speed: &Speed,
) -> Result<(blake3::Hasher, bool), DriverError> {
    let mut told = None;
    if row.blake3.is_none() && driver.capabilities().checksums {
        told = driver.checksum(key).await?.map(Comparison::with);
    }
    let expected = u64::try_from(row.size_bytes).unwrap_or(0);
    let range = ByteRange::new(0, expected.saturating_add(1));
    let mut body = driver.read(key, range).await?;
    let mut hasher = blake3::Hasher::new();
    while let Some(piece) = body.try_next().await? {
        hasher.update(&piece);
        if let Some(told) = &mut told {
            told.update(&piece);
        }
        speed.pass(piece.len()).await;
    }
    let is_as_long = hasher.count() == expected;
    let agrees = told.is_none_or(|told| !is_as_long || told.agrees());
    Ok((hasher, agrees))
}

/// The same of a file, on a thread that leaves the processor to others.
async fn of_file(file: File, expected: u64, speed: Speed) -> Result<blake3::Hasher, DriverError> {
    let (answer, answered) = oneshot::channel();
    let dropped = CancellationToken::new();
    let guard = dropped.clone().drop_guard();
    let here = Handle::current();
    let thread = std::thread::Builder::new().name("scrub".to_owned());
    thread.spawn(move || {
        priority::step_back();
        // Nobody waits any more where it cannot be sent.
        let _ = answer.send(hash_file(&file, expected, (&here, &speed, &dropped)));
    })?;
    let hashed = answered.await.map_err(io::Error::other)?;
    drop(guard);
    Ok(hashed?)
}

fn hash_file(
    file: &File,
    expected: u64,
    (here, speed, dropped): (&Handle, &Speed, &CancellationToken),
) -> io::Result<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    let wanted = usize::try_from(expected.saturating_add(1)).unwrap_or(usize::MAX);
    let mut piece = vec![0; PIECE.min(wanted)];
    while !dropped.is_cancelled() && hasher.count() <= expected {
        let got = read_uncached(file, &mut piece, hasher.count())?;
        if got == 0 {
            break;
        }
        hasher.update(&piece[..got]);
        here.block_on(speed.pass(got));
    }
    Ok(hasher)
}

/// Leaves in memory what was there, and nothing else: what people read is not pushed out by it. Where
/// the system or the disk knows no such reading it is read as usual.
#[cfg(target_os = "linux")]
fn read_uncached(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    /// `RWF_DONTCACHE`, of Linux 6.14.
    const UNCACHED: u32 = 0x80;
    let flags = ReadWriteFlags::from_bits_retain(UNCACHED);
    match preadv2(file, &mut [io::IoSliceMut::new(piece)], at, flags) {
        Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => file.read_at(piece, at),
        read => Ok(read?),
    }
}

#[cfg(not(target_os = "linux"))]
fn read_uncached(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    file.read_at(piece, at)
}
