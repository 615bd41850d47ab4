//! Policies that keep bytes at vendors which are spoken to as S3 is, and sign in ways of their own.

use super::BoxError;
use super::bucket::{number, own_prefix, text};
use super::cdn;
use super::factory::{Callback, CallbackMethod, DriverContext, DriverKind, OpenedPolicy};
use object_storage::{KinDriver, KinOptions, Vendors};
use std::sync::Arc;
use storage::Driver;

/// One of them, by the name that clients know.
#[derive(Debug)]
pub(super) struct Kin(pub Vendors);

impl DriverKind for Kin {
    fn name(&self) -> &'static str {
        match self.0 {
            Vendors::Oss => "oss",
            Vendors::Cos => "cos",
            Vendors::Obs => "obs",
            Vendors::Ks3 => "ks3",
        }
    }

    fn open(
        &self,
        context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let (row, keys) = (policy.row, policy.keys);
        let settings = &row.settings;
        let batch = number(settings, "s3_delete_batch_size");
        let keys_of_callbacks = context.oss_callback_keys.as_ref();
        let options = KinOptions {
            vendor: self.0,
            endpoint: row.server.clone(),
            near_endpoint: text(settings, "server_side_endpoint"),
            bucket: row.bucket_name.clone(),
            region: text(settings, "region"),
            access_key: keys.access_key,
            secret_key: keys.secret_key,
            path_style: settings.is_on("s3_path_style"),
            is_own_domain: settings.is_on("use_cname"),
            is_private: row.is_private,
            is_signed_by_cdn: settings.is_on("source_auth") && cdn::of(settings).is_some(),
            delete_batch: usize::try_from(batch).unwrap_or(0),
            staging_prefix: own_prefix(&row.dir_name_rule),
            callback_keys: keys_of_callbacks.map(ToString::to_string),
        };
        Ok(Arc::new(KinDriver::new(options)?))
    }

    fn callback(&self) -> Option<Callback> {
        let by_vendor = matches!(self.0, Vendors::Oss | Vendors::Obs);
        Some(Callback {
            by: if by_vendor {
                CallbackMethod::Post
            } else {
                CallbackMethod::Get
            },
            fails_with_400: true,
            by_vendor,
        })
    }
}
