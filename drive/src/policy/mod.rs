//! Storage policies: which driver keeps the bytes, and what a file must look like.

pub mod rules;
mod watched;

use crate::store::bus::Topic;
use crate::store::{Connection, Store, StoreError, policies};
use entity::{PolicyId, storage_policy};
use moka::sync::Cache;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use storage::{Driver, LocalDriver, LocalOptions};

pub use watched::WatchedDriver;

/// How long a policy row is trusted before it is read again; changes that no news came of show
/// within this time.
const TRUST: Duration = Duration::from_secs(10);

/// A policy row with its driver.
#[derive(Debug)]
pub struct Policy {
    pub row: storage_policy::Model,
    pub driver: WatchedDriver,
}

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("storage policy {0} does not exist")]
    Missing(PolicyId),
    #[error("storage policy {0} has no driver `{1}`")]
    UnknownDriver(PolicyId, String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every policy by id, with one driver for each.
#[derive(Debug)]
pub struct Policies {
    store: Store,
    local_root: PathBuf,
    rows: Cache<PolicyId, Arc<Policy>>,
    /// How often there was news of policies when the rows were last good.
    heard: AtomicU64,
    /// Drivers live as long as the process: the local one remembers what it already synced.
    drivers: Cache<PolicyId, (String, Arc<dyn Driver>)>,
}

impl Policies {
    /// `data` is the folder that local blobs are kept in.
    pub fn new(store: Store, data: &Path) -> Self {
        Self {
            store,
            local_root: data.to_owned(),
            rows: Cache::builder()
                .max_capacity(256)
                .time_to_live(TRUST)
                .build(),
            heard: AtomicU64::new(0),
            drivers: Cache::builder().max_capacity(256).build(),
        }
    }

    /// The policy with this id.
    /// # Errors
    /// [`PolicyError`]
    pub async fn get(&self, id: PolicyId) -> Result<Arc<Policy>, PolicyError> {
        self.get_by(self.store.read(), id).await
    }

    /// The same where a transaction is open. None changes policies, so what is read in one may be
    /// remembered.
    /// # Errors
    /// [`PolicyError`]
    pub async fn get_by(&self, db: &Connection, id: PolicyId) -> Result<Arc<Policy>, PolicyError> {
        self.look_for_news();
        if let Some(policy) = self.rows.get(&id) {
            return Ok(policy);
        }
        let row = policies::by_id(db, id).await?;
        let row = row.ok_or(PolicyError::Missing(id))?;
        let driver = WatchedDriver::new(self.driver(&row)?);
        let policy = Arc::new(Policy { row, driver });
        self.rows.insert(id, Arc::clone(&policy));
        Ok(policy)
    }

    /// Forgets every row if some changed.
    fn look_for_news(&self) {
        let news = self.store.bus().count(Topic::Policies);
        if self.heard.swap(news, Ordering::AcqRel) != news {
            self.rows.invalidate_all();
        }
    }

    fn driver(&self, row: &storage_policy::Model) -> Result<Arc<dyn Driver>, PolicyError> {
        let shape = format!("{}:{}", row.kind, row.settings.pre_allocate);
        if let Some((built_for, driver)) = self.drivers.get(&row.id)
            && built_for == shape
        {
            return Ok(driver);
        }
        let driver: Arc<dyn Driver> = match row.kind.as_str() {
            "local" => Arc::new(LocalDriver::new(
                self.local_root.clone(),
                LocalOptions {
                    pre_allocate: row.settings.pre_allocate,
                    ..LocalOptions::default()
                },
            )),
            other => return Err(PolicyError::UnknownDriver(row.id, other.to_owned())),
        };
        self.drivers.insert(row.id, (shape, Arc::clone(&driver)));
        Ok(driver)
    }
}
