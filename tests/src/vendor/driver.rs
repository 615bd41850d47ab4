//! The driver: what it asks of its vendor it finds in memory.

use super::{PART_BYTES, Upload, Vendor};
use async_trait::async_trait;
use std::{collections::BTreeMap, io, sync::atomic::Ordering, time::SystemTime};
use storage::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, DirectRoute, DownloadRequest, Driver,
    DriverError, ListedBlob, PartBounds, PartWritten, Route, Staged, UploadPlan, UploadTarget,
    VendorChecksum, Written,
};

#[derive(Debug)]
pub(super) struct VendorDriver(pub Vendor);

impl VendorDriver {
    fn route(&self, plan: &UploadPlan, id: &str) -> Route {
        let until = plan.expires_at;
        let url = |n| self.0.sign(&format!("/part/{id}/{n}"), until);
        Route::Direct(DirectRoute {
            upload_id: id.to_owned(),
            part_urls: (1..=plan.part_count()).map(url).collect(),
            complete_url: Some(self.0.sign(&format!("/complete/{id}"), until)),
            ..DirectRoute::default()
        })
    }

    /// What is known of a blob whose bytes never passed the server.
    async fn completed(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        match self.0.0.blobs.stat(&plan.key).await {
            Ok(stat) => Ok(Some(Written {
                size_bytes: stat.size_bytes,
                blake3: None,
            })),
            Err(DriverError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The vendor's name of an upload; none of those that are relayed.
fn id_of(plan: &UploadPlan) -> Option<&str> {
    plan.vendor_state.as_deref()
}

#[async_trait]
impl Driver for VendorDriver {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            browser_upload: true,
            browser_download: true,
            list: true,
            abort_needed: true,
            checksums: true,
            parts: PartBounds {
                least_bytes: 1024,
                most_parts: 10_000,
                usual_bytes: PART_BYTES as u64,
                ..PartBounds::default()
            },
            ..Capabilities::default()
        }
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        if self.0.0.is_away.load(Ordering::SeqCst) {
            return Err(DriverError::Io(io::Error::other("nobody answers")));
        }
        if self.0.0.broken.lock().expect("no panic").as_ref() == Some(key) {
            return Err(DriverError::Io(io::Error::other("internal error")));
        }
        self.0.0.blobs.read(key, range).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.0.0.blobs.open(key).await
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        self.0.0.blobs.write(key, body, expected_bytes).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.0.0.blobs.stat(key).await
    }

    async fn checksum(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        self.0.0.blobs.stat(key).await?;
        Ok(*self.0.0.checksum.lock().expect("no panic"))
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.0.0.blobs.delete(keys).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        self.0.0.blobs.list(prefix, after, limit).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        let until = SystemTime::now() + request.lifetime;
        Ok(self.0.sign(&format!("/blob/{key}"), until))
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        if plan.relay {
            return self.0.0.blobs.begin_upload(plan).await;
        }
        if self.completed(plan).await?.is_some() {
            return Err(DriverError::AlreadyExists(plan.key.clone()));
        }
        let id = format!("at-the-vendor-{}", plan.id);
        let upload = Upload {
            key: plan.key.clone(),
            parts: BTreeMap::new(),
            begun: SystemTime::now(),
        };
        self.0.uploads().insert(id.clone(), upload);
        Ok(UploadTarget {
            route: self.route(plan, &id),
            vendor_state: Some(id),
        })
    }

    async fn route_of(&self, plan: &UploadPlan) -> Result<Route, DriverError> {
        match id_of(plan) {
            None => Ok(Route::Here),
            Some(id) if self.0.uploads().contains_key(id) => Ok(self.route(plan, id)),
            Some(_) => Err(DriverError::UploadGone(plan.id)),
        }
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        let blobs = &self.0.0.blobs;
        blobs.write_part(plan, offset, size_bytes, body).await
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        let Some(id) = id_of(plan) else {
            return self.0.0.blobs.complete_upload(plan, parts).await;
        };
        if let Some(written) = self.completed(plan).await? {
            return Ok(written);
        }
        match self.0.uploads().get(id) {
            Some(upload) => Err(DriverError::Incomplete {
                expected: plan.size_bytes,
                got: upload.parts.values().map(|part| part.len() as u64).sum(),
            }),
            None => Err(DriverError::UploadGone(plan.id)),
        }
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        if id_of(plan).is_none() {
            return self.0.0.blobs.resume_completion(plan).await;
        }
        self.completed(plan).await
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        let Some(id) = id_of(plan) else {
            return self.0.0.blobs.abort_upload(plan).await;
        };
        if self.0.0.is_deaf.load(Ordering::SeqCst) {
            return Err(DriverError::Io(io::Error::other("the vendor is deaf")));
        }
        self.0.uploads().remove(id);
        Ok(())
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        let mut all = self.0.0.blobs.list_staging().await?;
        all.extend(self.0.uploads().iter().map(|(name, upload)| {
            Staged {
                name: name.clone(),
                upload: name
                    .strip_prefix("at-the-vendor-")
                    .and_then(|id| id.parse().ok()),
                vendor_state: None,
                size_bytes: upload.parts.values().map(|part| part.len() as u64).sum(),
                modified: upload.begun,
            }
        }));
        Ok(all)
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        if self.0.uploads().remove(&staged.name).is_none() {
            self.0.0.blobs.discard_staging(staged).await?;
        }
        Ok(())
    }
}
