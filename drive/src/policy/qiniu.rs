//! Policies that keep bytes at Qiniu.

use super::BoxError;
use super::bucket::text;
use super::factory::{Callback, CallbackMethod, DriverContext, DriverKind, OpenedPolicy};
use object_storage::{QiniuDriver, QiniuOptions};
use std::sync::Arc;
use storage::Driver;

/// A bucket of Kodo. Its hosts are told by the vendor; its objects have a domain of their own, whether
/// that is a network that stands before it or not.
#[derive(Debug)]
pub(super) struct Qiniu;

impl DriverKind for Qiniu {
    fn name(&self) -> &'static str {
        "qiniu"
    }

    fn open(
        &self,
        context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let (row, keys) = (policy.row, policy.keys);
        let options = QiniuOptions {
            bucket: row.bucket_name.clone(),
            domain: text(&row.settings, "proxy_server"),
            access_key: keys.access_key,
            secret_key: keys.secret_key,
            is_private: row.is_private,
            is_accelerated: row.settings.is_on("qiniu_upload_cdn"),
            region_service: context.qiniu_regions.as_ref().map(ToString::to_string),
        };
        Ok(Arc::new(QiniuDriver::new(options)?))
    }

    fn callback(&self) -> Option<Callback> {
        Some(Callback {
            by: CallbackMethod::Post,
            fails_with_400: true,
            by_vendor: true,
        })
    }
}
