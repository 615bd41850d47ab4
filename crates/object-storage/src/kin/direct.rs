//! Addresses for clients: of parts and of their joining, and of downloads.

use super::Vendors;
use super::callback::callback_parameter;
use super::client::Bucket;
use super::dialect::Asked;
use crate::disposition::disposition;
use reqwest::Method;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, DirectRoute, DownloadRequest, UploadPlan};

/// What clients send parts as (V4 API); it is part of signatures.
const PART_TYPE: &str = "application/octet-stream";
/// Slowest and fastest that vendors hold downloads to, bits per second.
const SPEEDS: (u64, u64) = (819_200, 838_860_800);

impl Bucket {
    /// Where the parts of an upload go, and where it is asked to join them: just as clients of the V4 API
    /// send them.
    pub(super) fn route(&self, plan: &UploadPlan, upload: &str) -> DirectRoute {
        let life = plan.expires_at.duration_since(SystemTime::now());
        let life = life.unwrap_or_default();
        let parts = (0..plan.part_count()).map(|index| {
            let part = Asked::of(Method::PUT, &plan.key)
                .with("partNumber", (index + 1).to_string())
                .with("uploadId", upload)
                .header("content-type", PART_TYPE);
            let size = plan.part(index).map_or(0, |part| part.size_bytes);
            let part = match self.options.vendor {
                Vendors::Cos => part.header("content-length", size.to_string()),
                _ => part,
            };
            self.presigned(&part, life)
        });
        DirectRoute {
            upload_id: upload.to_owned(),
            part_urls: parts.collect(),
            complete_url: Some(self.completion(plan, upload, life)),
            ..DirectRoute::default()
        }
    }

    fn completion(&self, plan: &UploadPlan, upload: &str, life: Duration) -> String {
        let asked = Asked::of(Method::POST, &plan.key).with("uploadId", upload);
        let vendor = self.options.vendor;
        let told = plan.callback_url.as_deref();
        let told = told.and_then(|url| callback_parameter(vendor, url));
        let asked = match told {
            Some((name, text)) => asked.with(name, text),
            None => asked,
        };
        let asked = match vendor {
            // Clients do not name the parts: those that are there are joined.
            Vendors::Oss => self
                .guarded(asked)
                .header("content-type", PART_TYPE)
                .header("x-oss-complete-all", "yes"),
            Vendors::Cos => self.guarded(asked),
            Vendors::Obs | Vendors::Ks3 => asked.header("content-type", PART_TYPE),
        };
        self.presigned(&asked, life)
    }

    pub(super) fn download(&self, key: &BlobKey, request: &DownloadRequest) -> String {
        let mut asked = Asked::of(Method::GET, key);
        if !self.options.is_private || self.options.is_signed_by_cdn {
            // Whoever has no signature cannot ask for another name either.
            return self.unsigned(&asked);
        }
        asked = asked.with("response-content-disposition", disposition(request));
        let traffic = self.dialect.words().traffic.zip(request.speed_bytes);
        if let Some((name, bytes)) = traffic {
            let bits = bytes.saturating_mul(8).clamp(SPEEDS.0, SPEEDS.1);
            asked = asked.with(name, bits.to_string());
        }
        self.presigned(&asked, request.lifetime)
    }
}
