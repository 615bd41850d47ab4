//! What an S3 server in this process keeps.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use md5::{Digest as _, Md5};
use s3s::dto::{ETag, StreamingBlob};
use s3s::{S3Result, s3_error};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

#[derive(Clone, Debug)]
pub struct Blob {
    pub bytes: Bytes,
    tag: String,
    pub modified: SystemTime,
}

#[derive(Debug)]
pub struct Upload {
    pub key: String,
    pub begun: SystemTime,
    pub parts: BTreeMap<i32, Blob>,
}

#[derive(Debug, Default)]
pub struct Kept {
    pub blobs: BTreeMap<String, Blob>,
    pub uploads: BTreeMap<String, Upload>,
}

/// Buckets by name; they come to be by being asked for.
#[derive(Debug, Default)]
pub struct Store(Mutex<BTreeMap<String, Kept>>);

impl Blob {
    pub fn new(bytes: Bytes, tag: String) -> Self {
        Self {
            bytes,
            tag,
            modified: SystemTime::now(),
        }
    }

    pub fn e_tag(&self) -> ETag {
        ETag::Strong(self.tag.clone())
    }

    pub fn size(&self) -> Option<i64> {
        i64::try_from(self.bytes.len()).ok()
    }
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().unwrap()
    }

    pub fn with<T>(&self, bucket: &str, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(self.lock().entry(bucket.to_owned()).or_default())
    }

    pub fn blob(&self, bucket: &str, key: &str) -> S3Result<Blob> {
        let blob = self.with(bucket, |kept| kept.blobs.get(key).cloned());
        blob.ok_or_else(|| s3_error!(NoSuchKey))
    }
}

/// A body, and what its tag is; compared with the digest that it was announced with.
pub async fn read(body: Option<StreamingBlob>, md5: Option<String>) -> S3Result<Blob> {
    let mut bytes = BytesMut::new();
    if let Some(mut body) = body {
        while let Some(piece) = body
            .try_next()
            .await
            .map_err(|_| s3_error!(IncompleteBody))?
        {
            bytes.extend_from_slice(&piece);
        }
    }
    let digest = Md5::digest(&bytes);
    let told = BASE64_STANDARD.encode(digest);
    if md5 != Some(told) {
        return Err(s3_error!(BadDigest));
    }
    let tag = uuid::Uuid::from_slice(&digest).unwrap().simple();
    Ok(Blob::new(bytes.freeze(), tag.to_string()))
}
