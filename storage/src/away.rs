//! A storage that cannot be used now.

use std::io;

use async_trait::async_trait;

use crate::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, ListedBlob,
    PartWritten, Room, Staged, UploadPlan, UploadTarget, Written,
};

/// Stands where a storage is to be that cannot be opened. Everything fails, and says why.
#[derive(Clone, Debug)]
pub struct AwayDriver(pub String);

impl AwayDriver {
    fn why<T>(&self) -> Result<T, DriverError> {
        let why = io::Error::new(io::ErrorKind::NotConnected, self.0.clone());
        Err(DriverError::Io(why))
    }
}

#[async_trait]
impl Driver for AwayDriver {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            ..Capabilities::default()
        }
    }

    async fn read(&self, _key: &BlobKey, _range: ByteRange) -> Result<ByteStream, DriverError> {
        self.why()
    }

    async fn open(&self, _key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.why()
    }

    async fn write(
        &self,
        _key: &BlobKey,
        _body: ByteStream,
        _expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        self.why()
    }

    async fn stat(&self, _key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.why()
    }

    async fn delete(&self, _keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.why()
    }

    async fn list(
        &self,
        _prefix: &str,
        _after: Option<&BlobKey>,
        _limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        self.why()
    }

    async fn begin_upload(&self, _plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        self.why()
    }

    async fn write_part(
        &self,
        _plan: &UploadPlan,
        _offset: u64,
        _size_bytes: u64,
        _body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        self.why()
    }

    async fn complete_upload(
        &self,
        _plan: &UploadPlan,
        _parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        self.why()
    }

    async fn resume_completion(&self, _plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        self.why()
    }

    async fn abort_upload(&self, _plan: &UploadPlan) -> Result<(), DriverError> {
        self.why()
    }

    async fn room(&self) -> Result<Option<Room>, DriverError> {
        self.why()
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        self.why()
    }

    async fn discard_staging(&self, _staged: &Staged) -> Result<(), DriverError> {
        self.why()
    }
}
