//! Thumbnails that cannot be kept where they would come to.

#![allow(clippy::unwrap_used)]

use super::keep::keep;
use crate::blob::remove_bytes;
use crate::error::FileError;
use crate::policy::{Policy, WatchedDriver};
use crate::upkeep::tests::bench::Bench;
use async_trait::async_trait;
use entity::{BlobId, BlobKind, Timestamp, blob};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use site::picture::{Encoding, Picture};
use std::sync::Arc;
use storage::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, ListedBlob,
    MemoryDriver, PartWritten, Staged, UploadPlan, UploadTarget, Written,
};
use store::{blobs, files, recycling};

/// A storage where others have every key.
#[derive(Debug, Default)]
struct Taken(MemoryDriver);

#[async_trait]
impl Driver for Taken {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        self.0.read(key, range).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.0.open(key).await
    }

    async fn write(
        &self,
        key: &BlobKey,
        _body: ByteStream,
        _expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        Err(DriverError::AlreadyExists(key.clone()))
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.0.stat(key).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.0.delete(keys).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        self.0.list(prefix, after, limit).await
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        Err(DriverError::AlreadyExists(plan.key.clone()))
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        _offset: u64,
        _size_bytes: u64,
        _body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        Err(DriverError::UploadGone(plan.id))
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        _parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        Err(DriverError::UploadGone(plan.id))
    }

    async fn resume_completion(&self, _plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        Ok(None)
    }

    async fn abort_upload(&self, _plan: &UploadPlan) -> Result<(), DriverError> {
        Ok(())
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        Ok(Vec::new())
    }

    async fn discard_staging(&self, _staged: &Staged) -> Result<(), DriverError> {
        Ok(())
    }
}

#[tokio::test]
async fn what_lies_where_a_thumbnail_would_come_to_stays() {
    let bench = Bench::new().await;
    let (file, content) = bench.add_file("a.png", b"picture").await;
    let db = bench.store().read();
    let file = files::by_id(db, file).await.unwrap().unwrap();
    let content = blobs::by_id(db, content).await.unwrap().unwrap();
    let own = bench.core.policies.get(bench.policy).await.unwrap();
    let policy = Policy {
        row: own.row.clone(),
        driver: WatchedDriver::new(Arc::new(Taken::default())),
        can: own.can,
        callback: None,
    };
    let picture = Picture {
        bytes: b"small".to_vec(),
        width: 1,
        height: 1,
    };
    let kept = keep(
        &bench.core,
        &file,
        &content,
        &policy,
        (picture, Encoding::Png),
    )
    .await;
    let is_taken = matches!(kept, Err(FileError::Storage(DriverError::AlreadyExists(_))));
    assert!(is_taken);
    let row = blob::Entity::find()
        .filter(blob::Column::Kind.eq(BlobKind::Thumbnail))
        .one(db);
    let key = row.await.unwrap().unwrap().key;
    bench.write(&key, b"somebody else's").await;
    let all = (Timestamp(0), BlobId(0));
    let claim = recycling::claim(bench.store(), bench.now(), all, 10).await;
    let removed = remove_bytes(&bench.core, claim.unwrap().blobs).await;
    assert_eq!((removed.gone.len(), removed.left.len()), (1, 0));
    assert!(bench.has_bytes(&key).await);
}
