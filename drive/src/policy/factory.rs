//! Makes drivers: one for each policy, anew whenever anything of its row changes.

use super::bucket::{Azure, Gcs, S3};
use super::credentials::Credentials;
use super::kin::Kin;
use super::local::Local;
use super::qiniu::Qiniu;
use super::webdav::WebDav;
use super::{BoxError, PolicyError, WatchedDriver, secrets};
use async_trait::async_trait;
use entity::{PolicyId, storage_policy};
use moka::sync::Cache;
use object_storage::Vendors;
use site::clock::Clock;
use site::secret::Sealer;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use storage::Driver;
use store::Store;
use url::Url;

/// What drivers are made with, besides their policy.
#[derive(Debug)]
pub struct DriverContext {
    /// Opens the keys of policies.
    pub sealer: Arc<Sealer>,
    pub clock: Arc<dyn Clock>,
    /// The folder that local blobs are kept in, unless their policy has one of its own.
    pub local_root: PathBuf,
    /// Below these folders policies may have one.
    pub storage_roots: Vec<PathBuf>,
    /// Where people sign in to let policies into drives at Microsoft, if not there.
    pub microsoft_login: Option<Url>,
    /// Where the keys are by which callbacks of OSS are known, if not at Alibaba's.
    pub oss_callback_keys: Option<Url>,
    /// Where it is said by which hosts buckets of Qiniu are reached, if not at Qiniu's.
    pub qiniu_regions: Option<Url>,
}

/// Keys of a policy, as its vendor knows them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PolicyKeys {
    pub access_key: String,
    pub secret_key: String,
    pub token: String,
}

impl fmt::Debug for PolicyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicyKeys(…)")
    }
}

/// A policy whose keys were opened, for the moment in which its driver is made.
#[derive(Debug)]
pub struct OpenedPolicy<'a> {
    pub row: &'a storage_policy::Model,
    pub keys: PolicyKeys,
}

/// A kind of storage: `local`, `s3`, …
#[async_trait]
pub trait DriverKind: fmt::Debug + Send + Sync {
    /// As rows and the API call it.
    fn name(&self) -> &'static str;

    /// Makes the driver of one policy.
    /// # Errors
    /// Whatever is wrong with the policy: it stands for that policy alone.
    fn open(
        &self,
        context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError>;

    /// What is to be done once, when somebody tries a policy that is to be used.
    /// # Errors
    /// Whatever is wrong with the policy.
    async fn prepare(
        &self,
        _context: &DriverContext,
        _policy: OpenedPolicy<'_>,
    ) -> Result<(), BoxError> {
        Ok(())
    }

    /// The folder of this machine that all bytes of a policy lie below; `None`: they lie elsewhere.
    /// # Errors
    /// Whatever is wrong with the policy.
    fn folder(
        &self,
        _context: &DriverContext,
        _row: &storage_policy::Model,
    ) -> Result<Option<PathBuf>, BoxError> {
        Ok(None)
    }

    /// How this server is told that an upload which went to the vendor is whole; `None` for kinds
    /// that are not told, or in another way than by the request alone.
    fn callback(&self) -> Option<Callback> {
        None
    }
}

/// A request that says that an upload is whole. What proves it is for the driver to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callback {
    pub by: CallbackMethod,
    /// Failures are answered 400; else 200 like all others of the API.
    pub fails_with_400: bool,
    /// It is the vendor who says it, and has to get here for that. Clients that do not wait for it may say
    /// it as well, with GET: whoever says it, the vendor is asked.
    pub by_vendor: bool,
}

/// With which method it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackMethod {
    Get,
    Post,
}

/// The kinds of storage that this server knows.
#[derive(Clone, Debug)]
pub struct DriverKinds(BTreeMap<&'static str, Arc<dyn DriverKind>>);

impl Default for DriverKinds {
    fn default() -> Self {
        Self(BTreeMap::new())
            .with(Local)
            .with(S3("s3"))
            .with(Kin(Vendors::Oss))
            .with(Kin(Vendors::Cos))
            .with(Kin(Vendors::Obs))
            .with(Kin(Vendors::Ks3))
            .with(Qiniu)
            .with(Azure)
            .with(Gcs)
            .with(WebDav)
    }
}

impl DriverKinds {
    /// With one more.
    #[must_use]
    pub fn with(mut self, kind: impl DriverKind + 'static) -> Self {
        self.0.insert(kind.name(), Arc::new(kind));
        self
    }
}

/// Makes drivers and keeps them: they remember connections, and what they already synced.
#[derive(Debug)]
pub struct DriverFactory {
    kinds: DriverKinds,
    context: DriverContext,
    made: Cache<PolicyId, (blake3::Hash, Arc<dyn Driver>)>,
}

impl DriverFactory {
    pub fn new(kinds: DriverKinds, context: DriverContext) -> Self {
        Self {
            kinds,
            context,
            made: Cache::builder().max_capacity(256).build(),
        }
    }

    /// What opens the drives of policies that are signed in to.
    pub(super) fn credentials(&self, store: &Store) -> Credentials {
        let DriverContext {
            sealer,
            clock,
            microsoft_login,
            ..
        } = &self.context;
        let (sealer, clock) = (Arc::clone(sealer), Arc::clone(clock));
        Credentials::new(store.clone(), sealer, clock, microsoft_login.clone())
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.context.clock)
    }

    /// The driver for a row, and how it is called back.
    pub(super) fn driver(
        &self,
        row: &storage_policy::Model,
    ) -> Result<(Arc<dyn Driver>, Option<Callback>), PolicyError> {
        let kind = self.kind(row)?;
        let print = fingerprint(row);
        if let Some((made_for, driver)) = self.made.get(&row.id)
            && made_for == print
        {
            return Ok((driver, kind.callback()));
        }
        let keys = secrets::keys_of(&self.context.sealer, row)
            .map_err(|error| PolicyError::Sealed(row.id, error))?;
        let driver = kind
            .open(&self.context, OpenedPolicy { row, keys })
            .map_err(|error| PolicyError::Driver(row.id, error))?;
        self.made.insert(row.id, (print, Arc::clone(&driver)));
        Ok((driver, kind.callback()))
    }

    fn kind(&self, row: &storage_policy::Model) -> Result<&Arc<dyn DriverKind>, PolicyError> {
        let kind = self.kinds.0.get(row.driver());
        kind.ok_or_else(|| PolicyError::UnknownDriver(row.id, row.driver().to_owned()))
    }

    /// The folder of this machine that all bytes of a policy lie below, if they do.
    pub(super) fn folder(
        &self,
        row: &storage_policy::Model,
    ) -> Result<Option<PathBuf>, PolicyError> {
        let Some(kind) = self.kinds.0.get(row.driver()) else {
            return Ok(None);
        };
        let folder = kind.folder(&self.context, row);
        folder.map_err(|error| PolicyError::Driver(row.id, error))
    }

    /// Whether policies of this driver can be used.
    pub(super) fn has_driver(&self, driver: &str) -> bool {
        self.kinds.0.contains_key(driver)
    }

    /// A driver for a row that need not be stored, and whose keys are in clear. Nobody keeps it.
    /// `prepares`: its place has not been used yet, and is made ready.
    pub(super) async fn trial(
        &self,
        row: &storage_policy::Model,
        prepares: bool,
    ) -> Result<WatchedDriver, PolicyError> {
        let kind = self.kind(row)?;
        let keys = secrets::take_keys(&mut row.clone());
        if prepares {
            let keys = keys.clone();
            let prepared = kind.prepare(&self.context, OpenedPolicy { row, keys });
            let prepared = prepared.await;
            prepared.map_err(|error| PolicyError::Driver(row.id, error))?;
        }
        let opened = kind.open(&self.context, OpenedPolicy { row, keys });
        let driver = opened.map_err(|error| PolicyError::Driver(row.id, error))?;
        Ok(WatchedDriver::new(driver))
    }

    /// Drops the driver of a policy; who uses it goes on with it.
    pub(super) fn forget(&self, id: PolicyId) {
        self.made.invalidate(&id);
    }
}

/// Tells rows apart by everything in them.
fn fingerprint(row: &storage_policy::Model) -> blake3::Hash {
    // Taken to pieces, so that a column that is added cannot be forgotten here.
    let storage_policy::Model {
        id,
        name,
        kind,
        server,
        bucket_name,
        is_private,
        access_key,
        secret_key,
        max_size,
        dir_name_rule,
        file_name_rule,
        settings,
        node_id,
        created_at,
        updated_at,
    } = row;
    let vendor = (
        kind,
        server,
        bucket_name,
        is_private,
        access_key,
        secret_key,
    );
    let rules = (name, max_size, dir_name_rule, file_name_rule, settings);
    let row = (id, vendor, rules, node_id, created_at, updated_at);
    blake3::hash(&serde_json::to_vec(&row).expect("a row is texts, numbers and JSON"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::policy::rules::tests::policy;
    use site::clock::SystemClock;
    use site::secret::MasterKey;
    use std::sync::Mutex;

    /// Remembers the keys it was opened with.
    #[derive(Clone, Debug, Default)]
    struct Vendor(Arc<Mutex<Vec<PolicyKeys>>>);

    impl DriverKind for Vendor {
        fn name(&self) -> &'static str {
            "vendor"
        }

        fn open(
            &self,
            _context: &DriverContext,
            policy: OpenedPolicy<'_>,
        ) -> Result<Arc<dyn Driver>, BoxError> {
            if policy.row.server.is_empty() {
                return Err("no server".into());
            }
            self.0.lock().unwrap().push(policy.keys);
            Ok(Arc::new(storage::MemoryDriver::default()))
        }
    }

    fn factory(vendor: &Vendor) -> DriverFactory {
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([7; 32])));
        let context = DriverContext {
            sealer,
            clock: Arc::new(SystemClock),
            local_root: PathBuf::new(),
            storage_roots: Vec::new(),
            microsoft_login: None,
            oss_callback_keys: None,
            qiniu_regions: None,
        };
        DriverFactory::new(DriverKinds::default().with(vendor.clone()), context)
    }

    fn row() -> storage_policy::Model {
        let mut row = policy(storage_policy::Settings::default());
        row.kind = "vendor".to_owned();
        row.server = "https://vendor.example".to_owned();
        row
    }

    #[test]
    fn a_driver_lives_until_its_row_changes_or_is_forgotten() {
        let vendor = Vendor::default();
        let factory = factory(&vendor);
        let mut row = row();
        let (first, _) = factory.driver(&row).unwrap();
        assert!(Arc::ptr_eq(&first, &factory.driver(&row).unwrap().0));
        row.name = "another".to_owned();
        let (second, _) = factory.driver(&row).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        row.settings.other.insert("region".to_owned(), "x".into());
        let (third, _) = factory.driver(&row).unwrap();
        assert!(!Arc::ptr_eq(&second, &third));
        factory.forget(row.id);
        assert!(!Arc::ptr_eq(&third, &factory.driver(&row).unwrap().0));
    }

    #[test]
    fn drivers_get_opened_keys_and_nothing_shows_them() {
        let vendor = Vendor::default();
        let factory = factory(&vendor);
        let mut row = row();
        row.secret_key.0 = "s3cret".to_owned();
        row.settings.token.0 = "t0ken".to_owned();
        assert!(secrets::seal_policy(&factory.context.sealer, &mut row));
        let shown = format!("{row:?}");
        assert!(!shown.contains("s3cret") && !row.secret_key.0.contains("s3cret"));
        factory.driver(&row).unwrap();
        let keys = vendor.0.lock().unwrap().pop().unwrap();
        assert_eq!((&*keys.secret_key, &*keys.token), ("s3cret", "t0ken"));
        assert!(!format!("{keys:?}{factory:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_its_own_error() {
        let vendor = Vendor::default();
        let factory = factory(&vendor);
        let mut broken = row();
        broken.server = String::new();
        let driver = factory.driver(&broken).map(drop);
        assert!(matches!(driver, Err(PolicyError::Driver(..))));
        let mut foreign = row();
        foreign.secret_key.0 = "x".to_owned();
        let other = Sealer::new(&MasterKey::from_bytes([8; 32]));
        secrets::seal_policy(&other, &mut foreign);
        let driver = factory.driver(&foreign).map(drop);
        assert!(matches!(driver, Err(PolicyError::Sealed(..))));
        let mut unknown = row();
        unknown.kind = "floppy".to_owned();
        let driver = factory.driver(&unknown).map(drop);
        assert!(matches!(driver, Err(PolicyError::UnknownDriver(..))));
        assert!(factory.driver(&row()).is_ok());
    }
}
