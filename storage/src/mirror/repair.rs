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
    let found = match hash_of(to, key).await {
        // The disk is there, and has lost it.
        Err(DriverError::Io(error)) if is_lost(&error) => Ok(None),
        found => found.map(Some),
    };
    match found {
        Ok(Some(found)) if found.blake3 == blake3 => return Ok(Restored::WasThere),
        Ok(_) => {
            // What is there may be all that is left.
            match hash_of(from, key).await {
                Ok(found) if found.blake3 == blake3 => {}
                Ok(_) => return Err(DriverError::Body(damaged())),
                Err(error) => return Err(DriverError::Body(io::Error::other(error))),
            }
            // Somebody else may have given it meanwhile, for that took long.
            if hash_of(to, key).await.is_ok_and(|now| now.blake3 == blake3) {
                return Ok(Restored::WasThere);
            }
            if !to.delete(std::slice::from_ref(key)).await?.is_empty() {
                return Err(io::Error::other("a damaged blob cannot be removed").into());
            }
        }
        Err(DriverError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    copy(key, blake3, from, to).await
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
