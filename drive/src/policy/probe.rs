//! Whether a storage works, tried with a few bytes before anybody relies on it.

use bytes::Bytes;
use futures_util::StreamExt as _;
use site::task::causes;
use storage::{BlobKey, ByteRange, Driver};
use uuid::Uuid;

/// What is written.
const SAMPLE: &[u8] = b"Alcove tries whether this storage works.";
/// It is read from here: whoever watches a film asks for parts of what is stored.
const FROM: usize = 7;
/// Nobody waits longer.
pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Told where that is over.
pub(super) const TOO_SLOW: &str = "it does not answer in time";

/// Writes a sample, reads it back and removes it; and looks what is there, which is asked for later by
/// what cleans up, imports, and tells of room.
/// # Errors
/// A sentence about what failed.
pub(super) async fn probe(driver: &dyn Driver) -> Result<(), String> {
    let tried = tokio::time::timeout(PATIENCE, try_out(driver)).await;
    tried.unwrap_or_else(|_| Err(TOO_SLOW.to_owned()))
}

/// Looks for uploads that nobody ended. Without that a storage works, and keeps what is left of them.
/// # Errors
/// Why they cannot be listed.
pub(super) async fn look_for_leftovers(driver: &dyn Driver) -> Result<(), String> {
    let listed = tokio::time::timeout(PATIENCE, driver.list_staging()).await;
    // So many that they take long are listed all the same.
    match listed {
        Ok(Err(error)) => Err(causes(&error)),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

/// Writes a sample and removes it. Whatever else may fail, bytes can be stored if that is answered.
/// # Errors
/// A sentence about what failed.
pub(super) async fn write_only(driver: &dyn Driver) -> Result<(), String> {
    let tried = tokio::time::timeout(PATIENCE, async {
        let key = write(driver).await?;
        // Stored it was.
        if let Err(error) = driver.delete(std::slice::from_ref(&key)).await {
            tracing::warn!(%key, "a sample stays: {}", causes(&error));
        }
        Ok(())
    });
    let tried = tried.await;
    tried.unwrap_or_else(|_| Err(TOO_SLOW.to_owned()))
}

async fn write(driver: &dyn Driver) -> Result<BlobKey, String> {
    let key = BlobKey::parse(format!("alcove-probe-{}", Uuid::new_v4()));
    let key = key.map_err(|error| causes(&error))?;
    let sample = Bytes::from_static(SAMPLE);
    let body = futures_util::stream::iter([Ok(sample)]).boxed();
    let length = Some(SAMPLE.len() as u64);
    let written = driver.write(&key, body, length).await;
    written.map_err(|error| format!("writing: {}", causes(&error)))?;
    Ok(key)
}

async fn try_out(driver: &dyn Driver) -> Result<(), String> {
    let key = write(driver).await?;
    let read = read(driver, &key).await;
    let left = driver.delete(std::slice::from_ref(&key)).await;
    let left = left.map_err(|error| format!("removing: {}", causes(&error)))?;
    if read? != SAMPLE[FROM..] {
        return Err("it answers other bytes than were written".to_owned());
    }
    if !left.is_empty() {
        return Err("what was written cannot be removed".to_owned());
    }
    look_around(driver).await
}

async fn look_around(driver: &dyn Driver) -> Result<(), String> {
    if driver.capabilities().list {
        let listed = driver.list("", None, 1).await;
        let why = "listing what is there, which cleaning up and importing need";
        listed.map_err(|error| format!("{why}: {}", causes(&error)))?;
    }
    let room = driver.room().await;
    let room = room.map_err(|error| format!("asking how much room there is: {}", causes(&error)));
    room.map(drop)
}

async fn read(driver: &dyn Driver, key: &BlobKey) -> Result<Vec<u8>, String> {
    let failed = |error: storage::DriverError| format!("reading: {}", causes(&error));
    let range = ByteRange::new(FROM as u64, SAMPLE.len() as u64);
    let mut stream = driver.read(key, range).await.map_err(failed)?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| format!("reading: {error}"))?);
        if bytes.len() > SAMPLE.len() {
            break;
        }
    }
    Ok(bytes)
}
