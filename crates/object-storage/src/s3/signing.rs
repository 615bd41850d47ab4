//! URLs that carry their right with them.

use super::client::Bucket;
use crate::disposition::disposition;
use crate::driver::path_of;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use reqwest::Method;
use reqwest::header::HeaderMap;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, DownloadRequest, DriverError};
use url::Url;

/// No signature lives longer (S3, presigned URLs).
const LONGEST: Duration = Duration::from_hours(7 * 24);

impl Bucket {
    pub async fn sign(
        &self,
        method: Method,
        path: &Path,
        query: &[(&str, &str)],
        headers: &HeaderMap,
        life: Duration,
    ) -> object_store::Result<Url> {
        let options = SignedUrlOptions::new().with_query(query.iter().copied());
        let options = headers.iter().fold(options, |options, (name, value)| {
            options.with_signed_header(name.clone(), value.clone())
        });
        let life = life.clamp(Duration::from_secs(1), LONGEST);
        self.store
            .signed_url_opts(method, path, life, &options)
            .await
    }

    /// The same without headers, until a time.
    pub async fn sign_until(
        &self,
        method: Method,
        key: &BlobKey,
        query: &[(&str, &str)],
        until: SystemTime,
    ) -> Result<String, DriverError> {
        let life = until.duration_since(SystemTime::now()).unwrap_or_default();
        let path = path_of(key)?;
        let none = HeaderMap::new();
        let signed = self.sign(method, &path, query, &none, life);
        Ok(signed.await.map_err(crate::refusal::of_library)?.into())
    }

    pub async fn signed_download(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        let disposition = disposition(request);
        let query = [("response-content-disposition", &*disposition)];
        let path = path_of(key)?;
        let none = HeaderMap::new();
        let signed = self.sign(Method::GET, &path, &query, &none, request.lifetime);
        let mut url = signed.await.map_err(crate::refusal::of_library)?;
        if !self.options.is_private {
            // Whoever has no signature cannot ask for another name either.
            url.set_query(None);
        }
        Ok(url.into())
    }
}
