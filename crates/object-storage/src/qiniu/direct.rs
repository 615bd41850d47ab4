//! What clients are told: where they bring parts, and where they fetch objects.

use super::client::Bucket;
use crate::disposition::encoded;
use storage::{BlobKey, DirectRoute, DownloadRequest, DriverError, UploadPlan};

/// Slowest and fastest that downloads are held to, bits per second.
const SPEEDS: (u64, u64) = (819_200, 838_860_800);

impl Bucket {
    /// One address takes all parts of an upload, and joins them.
    pub(super) async fn route(
        &self,
        plan: &UploadPlan,
        upload: &str,
    ) -> Result<DirectRoute, DriverError> {
        Ok(DirectRoute {
            upload_id: upload.to_owned(),
            part_urls: vec![self.upload(&plan.key, upload).await?],
            credential: Some(self.client_token(plan)),
            content_type: plan.content_type.clone(),
            ..DirectRoute::default()
        })
    }

    pub(super) fn download(&self, key: &BlobKey, request: &DownloadRequest) -> String {
        let mut more = Vec::new();
        if request.attachment {
            more.push(format!("attname={}", encoded(&request.file_name)));
        }
        if let Some(bytes) = request.speed_bytes {
            let bits = bytes.saturating_mul(8).clamp(SPEEDS.0, SPEEDS.1);
            more.push(format!("X-Qiniu-Traffic-Limit={bits}"));
        }
        self.address(key, &more, request.lifetime)
    }
}
