//! Policies that keep bytes on disks of this machine.

use super::BoxError;
use super::factory::{DriverContext, DriverKind, OpenedPolicy};
use async_trait::async_trait;
use entity::storage_policy::Model;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::{Driver, LeastFree, LocalDriver, LocalOptions, STAGING_FOLDER};

/// A setting that other clients send back without knowing it: so much of the disk stays free.
pub const MIN_FREE_BYTES: &str = "min_free_bytes";

/// Files below a folder of this machine: that of the data, or one of the policy's own.
#[derive(Debug)]
pub(super) struct Local;

#[async_trait]
impl DriverKind for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn open(
        &self,
        context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let settings = &policy.row.settings;
        let own = own_root(context, policy.row)?;
        let least_free = settings.other.get(MIN_FREE_BYTES).and_then(Value::as_u64);
        // Nothing said, and said by a form that was left empty.
        let least_free = least_free.filter(|bytes| *bytes > 0);
        let options = LocalOptions {
            pre_allocate: settings.pre_allocate,
            least_free: least_free.map_or(LeastFree::Usual, LeastFree::Bytes),
            is_prepared: own.is_some(),
            ..LocalOptions::default()
        };
        let root = own.unwrap_or_else(|| context.local_root.clone());
        Ok(Arc::new(LocalDriver::new(root, options)))
    }

    fn folder(&self, context: &DriverContext, row: &Model) -> Result<Option<PathBuf>, BoxError> {
        let root = match own_root(context, row) {
            Ok(Some(root)) => root,
            Ok(None) => context.local_root.clone(),
            // The disk may be away: then this is as near to it as anybody can tell.
            Err(_) => PathBuf::from(row.settings.root()),
        };
        Ok(Some(root.canonicalize().unwrap_or(root)))
    }

    async fn prepare(
        &self,
        context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<(), BoxError> {
        match own_root(context, policy.row)? {
            Some(root) => LocalDriver::prepare(&root).map_err(|error| {
                let staging = root.join(STAGING_FOLDER);
                let shown = staging.display();
                format!("the user that runs this server cannot make the folder {shown}: {error}")
                    .into()
            }),
            None => Ok(()),
        }
    }
}

/// What to do where the folder of a policy cannot be written to. It is known again by the hidden folder
/// in which uploads are kept until they are whole. Nothing, where that is not what is wrong.
pub(super) fn hint(root: &Path, row: &Model) -> Option<String> {
    let staging = root.join(STAGING_FOLDER);
    let shown = staging.display();
    if staging.is_dir() {
        return (!may_write(&staging)).then(|| {
            format!("The user that runs this server has no right to write to the folder {shown}")
        });
    }
    if !may_write(root) {
        return Some(format!(
            "The user that runs this server has no right to make the folder {shown}"
        ));
    }
    // That of the data is made with the first bytes.
    let is_own = !row.settings.root().is_empty();
    is_own.then(|| {
        format!(
            "There is no folder {shown}: the disk is not mounted, or another one is. If it is the right \
             one, make that folder"
        )
    })
}

fn may_write(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The folder that a policy names, if it names one: whoever runs the program has allowed it, and
/// nothing else of the program lies there.
fn own_root(context: &DriverContext, row: &Model) -> Result<Option<PathBuf>, BoxError> {
    let said = row.settings.root();
    if said.is_empty() {
        return Ok(None);
    }
    let found = Path::new(said).canonicalize();
    let root = found.map_err(|error| format!("the folder {said} cannot be used: {error}"))?;
    if !root.is_dir() {
        return Err(format!("{said} is no folder").into());
    }
    let allowed = context.storage_roots.iter();
    let mut allowed = allowed.filter_map(|allowed| allowed.canonicalize().ok());
    if !allowed.any(|allowed| root.starts_with(allowed)) {
        let why = format!("{said} is not below a folder that ALCOVE_STORAGE_ROOTS allows");
        return Err(why.into());
    }
    let data = context.local_root.parent().unwrap_or(&context.local_root);
    if let Ok(data) = data.canonicalize()
        && (root.starts_with(&data) || data.starts_with(&root))
    {
        return Err(format!("{said} holds the data folder, or lies in it").into());
    }
    Ok(Some(root))
}
