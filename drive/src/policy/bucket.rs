//! Policies that keep bytes in buckets of object stores.

use super::BoxError;
use super::factory::{Callback, CallbackMethod, DriverContext, DriverKind, OpenedPolicy};
use entity::storage_policy::{self, Settings};
use object_storage::{AzureDriver, AzureOptions, GcsDriver, GcsOptions, S3Driver, S3Options};
use serde_json::Value;
use std::sync::Arc;
use storage::Driver;

/// S3, or what speaks it under a name of its own.
#[derive(Debug)]
pub(super) struct S3(pub &'static str);

impl DriverKind for S3 {
    fn name(&self) -> &'static str {
        self.0
    }

    fn open(
        &self,
        _context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let (row, keys) = (policy.row, policy.keys);
        let batch = number(&row.settings, "s3_delete_batch_size");
        let options = S3Options {
            endpoint: row.server.clone(),
            bucket: row.bucket_name.clone(),
            region: text(&row.settings, "region"),
            access_key: keys.access_key,
            secret_key: keys.secret_key,
            path_style: row.settings.is_on("s3_path_style"),
            is_private: row.is_private,
            delete_batch: usize::try_from(batch).unwrap_or(0),
            staging_prefix: own_prefix(&row.dir_name_rule),
        };
        Ok(Arc::new(S3Driver::new(options)?))
    }

    /// The client joins the parts and tells.
    fn callback(&self) -> Option<Callback> {
        Some(Callback {
            by: CallbackMethod::Get,
            fails_with_400: true,
            by_vendor: false,
        })
    }
}

/// A container of Azure Blob Storage, whose clients send bytes to this server.
#[derive(Debug)]
pub(super) struct Azure;

impl DriverKind for Azure {
    fn name(&self) -> &'static str {
        storage_policy::AZURE
    }

    fn open(
        &self,
        _context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let (row, keys) = (policy.row, policy.keys);
        let options = AzureOptions {
            endpoint: row.server.clone(),
            container: row.bucket_name.clone(),
            account: keys.access_key,
            key: keys.secret_key,
            is_private: row.is_private,
            staging_prefix: own_prefix(&row.dir_name_rule),
        };
        Ok(Arc::new(AzureDriver::new(options)?))
    }
}

/// A bucket of Google Cloud Storage, whose clients send bytes to this server.
#[derive(Debug)]
pub(super) struct Gcs;

impl DriverKind for Gcs {
    fn name(&self) -> &'static str {
        storage_policy::GCS
    }

    /// One key is enough: it says whose it is.
    fn open(
        &self,
        _context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let (row, keys) = (policy.row, policy.keys);
        let options = GcsOptions {
            endpoint: row.server.clone(),
            bucket: row.bucket_name.clone(),
            key: keys.secret_key,
            is_private: row.is_private,
            staging_prefix: own_prefix(&row.dir_name_rule),
        };
        Ok(Arc::new(GcsDriver::new(options)?))
    }
}

pub(super) fn text(settings: &Settings, key: &str) -> String {
    let value = settings.other.get(key).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

pub(super) fn number(settings: &Settings, key: &str) -> u64 {
    let value = settings.other.get(key).and_then(Value::as_u64);
    value.unwrap_or_default()
}

/// The folders in which everything of a policy lies, whatever the file: nothing else is there.
pub(super) fn own_prefix(rule: &str) -> String {
    let fixed = rule.split('{').next().unwrap_or_default();
    let fixed = fixed.trim_start_matches('/');
    match fixed.rsplit_once('/') {
        Some((folders, _)) if !folders.is_empty() => format!("{folders}/"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_before_the_first_variable_is_its_own() {
        assert_eq!(own_prefix("uploads/{uid}/{path}"), "uploads/");
        assert_eq!(own_prefix("/a/b{uid}"), "a/");
        assert_eq!(own_prefix("{uid}"), "");
        assert_eq!(own_prefix("drive"), "");
    }
}
