//! Giving a storage a blob that it lacks, or has damaged, from one that has it.

use std::io;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::{BlobKey, ByteRange, ByteStream, Driver, DriverError};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    Copied,
    /// It had it, and not a bit was wrong.
    WasThere,
}

/// What is stored under a key, as it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed {
    pub size_bytes: u64,
    pub blake3: [u8; 32],
}

/// Reads a whole blob for its hash.
/// # Errors
/// `NotFound`, and whatever reading fails with.
pub async fn hash_of(driver: &dyn Driver, key: &BlobKey) -> Result<Hashed, DriverError> {
    let mut body = driver.read(key, ByteRange::ALL).await?;
    let mut hasher = blake3::Hasher::new();
    while let Some(piece) = body.try_next().await? {
        hasher.update(&piece);
    }
    Ok(Hashed {
        size_bytes: hasher.count(),
        blake3: *hasher.finalize().as_bytes(),
    })
}

/// Makes `to` have the blob with this hash, which `from` has. Whatever else lies there under its key
/// goes; nothing goes before the hash of it was seen to be wrong. Repeatable.
/// # Errors
/// `Body` if `from` has not got it, or has it damaged: then nothing was written or removed.
pub async fn restore(
    key: &BlobKey,
    blake3: [u8; 32],
    from: &dyn Driver,
    to: &dyn Driver,
) -> Result<Restored, DriverError> {
    replace((key, blake3, None), from, to).await
}

/// The same of a blob whose hash nobody knows. `from` is believed if what it has is as long as the blob;
/// what is as long at `to` and reads otherwise may be the right one of the two, and stays.
/// # Errors
/// `Body` as of `restore`, and where `from` has another length; `AlreadyExists` if they differ
pub async fn restore_unproven(
    key: &BlobKey,
    size_bytes: u64,
    from: &dyn Driver,
    to: &dyn Driver,
) -> Result<Restored, DriverError> {
    match hash_of(from, key).await {
        Ok(found) if found.size_bytes == size_bytes => {
            replace((key, found.blake3, Some(size_bytes)), from, to).await
        }
        Ok(_) => Err(DriverError::Body(damaged())),
        Err(error) => Err(DriverError::Body(io::Error::other(error))),
    }
}

/// `spared`: nothing of this length goes.
async fn replace(
    (key, blake3, spared): (&BlobKey, [u8; 32], Option<u64>),
    from: &dyn Driver,
    to: &dyn Driver,
) -> Result<Restored, DriverError> {
    match look((key, blake3, spared), to).await? {
        Found::Right => return Ok(Restored::WasThere),
        Found::Spared => return Err(DriverError::AlreadyExists(key.clone())),
        Found::Nothing => return copy(key, blake3, from, to).await,
        Found::Wrong => {}
    }
    // What is there may be all that is left.
    match hash_of(from, key).await {
        Ok(found) if found.blake3 == blake3 => {}
        Ok(_) => return Err(DriverError::Body(damaged())),
        Err(error) => return Err(DriverError::Body(io::Error::other(error))),
    }
    // Somebody else may have given it meanwhile, for that took long.
    match look((key, blake3, spared), to).await {
        Ok(Found::Right) => return Ok(Restored::WasThere),
        Ok(Found::Spared) => return Err(DriverError::AlreadyExists(key.clone())),
        _ => {}
    }
    tracing::warn!(%key, "what a member of a mirror has in the place of a blob is replaced");
    if !to.delete(std::slice::from_ref(key)).await?.is_empty() {
        return Err(io::Error::other("a damaged blob cannot be removed").into());
    }
    copy(key, blake3, from, to).await
}

/// What lies where a blob is to be.
enum Found {
    Right,
    Wrong,
    /// It may be the right one.
    Spared,
    Nothing,
}

async fn look(
    (key, blake3, spared): (&BlobKey, [u8; 32], Option<u64>),
    at: &dyn Driver,
) -> Result<Found, DriverError> {
    match hash_of(at, key).await {
        Ok(found) if found.blake3 == blake3 => Ok(Found::Right),
        Ok(found) if Some(found.size_bytes) == spared => Ok(Found::Spared),
        Ok(_) => Ok(Found::Wrong),
        // The disk is there, and has lost it.
        Err(DriverError::Io(error)) if is_lost(&error) && spared.is_none() => Ok(Found::Wrong),
        Err(DriverError::NotFound(_)) => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

/// The same for a blob that is new: what lies there already, and is something else, is somebody else's.
/// # Errors
/// `AlreadyExists`; `Body` as of `restore`
pub async fn supply(
    key: &BlobKey,
    blake3: [u8; 32],
    from: &dyn Driver,
    to: &dyn Driver,
) -> Result<Restored, DriverError> {
    match hash_of(to, key).await {
        Ok(found) if found.blake3 == blake3 => Ok(Restored::WasThere),
        Ok(_) => Err(DriverError::AlreadyExists(key.clone())),
        Err(DriverError::NotFound(_)) => copy(key, blake3, from, to).await,
        Err(error) => Err(error),
    }
}

async fn copy(
    key: &BlobKey,
    blake3: [u8; 32],
    from: &dyn Driver,
    to: &dyn Driver,
) -> Result<Restored, DriverError> {
    let size_bytes = match from.stat(key).await {
        Ok(stat) => stat.size_bytes,
        Err(error) => return Err(DriverError::Body(io::Error::other(error))),
    };
    let body = match from.read(key, ByteRange::ALL).await {
        Ok(body) => proven(body, blake3),
        Err(error) => return Err(DriverError::Body(io::Error::other(error))),
    };
    to.write(key, body, Some(size_bytes)).await?;
    Ok(Restored::Copied)
}

/// Whether a disk cannot read some of a file that it has.
pub fn is_lost(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

/// A body that fails at its end unless it has this hash.
fn proven(body: ByteStream, blake3: [u8; 32]) -> ByteStream {
    let begun = Some((body, blake3::Hasher::new()));
    let pieces = stream::try_unfold(begun, move |state| async move {
        let Some((mut body, mut hasher)) = state else {
            return Ok(None);
        };
        if let Some(piece) = body.try_next().await? {
            hasher.update(&piece);
            return Ok(Some((piece, Some((body, hasher)))));
        }
        if *hasher.finalize().as_bytes() == blake3 {
            return Ok(None);
        }
        Err(damaged())
    });
    pieces.fuse().boxed()
}

fn damaged() -> io::Error {
    io::Error::other("what was to be copied is damaged")
}
