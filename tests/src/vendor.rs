//! A storage vendor like those that take parts under signed URLs: its own little HTTP server, and
//! the driver that a server of ours has for it. Nothing leaves memory.

mod driver;
mod http;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use drive::policy::{
    Callback, CallbackMethod, DriverContext, DriverKind, DriverKinds, OpenedPolicy,
};
use storage::{BlobKey, Driver, MemoryDriver, VendorChecksum};
use tokio::task::JoinHandle;

/// Name of its kind of storage policy.
pub const VENDOR: &str = "vendor";
/// Parts of uploads to it, unless somebody wishes for others.
pub const PART_BYTES: usize = 4096;

/// A vendor that runs until the last of its clones is dropped.
#[derive(Clone, Debug)]
pub struct Vendor(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: String,
    uploads: Mutex<HashMap<String, Upload>>,
    /// Finished blobs, and what is relayed to it.
    blobs: MemoryDriver,
    /// Keys that drivers came with.
    keys: Mutex<Vec<String>>,
    /// It answers no request to end an upload.
    is_deaf: AtomicBool,
    /// It gives nothing out.
    is_away: AtomicBool,
    /// It reads this one to nobody.
    broken: Mutex<Option<BlobKey>>,
    /// What it says of every blob.
    checksum: Mutex<Option<VendorChecksum>>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.lock().expect("no panic").take() {
            serving.abort();
        }
    }
}

#[derive(Debug)]
struct Upload {
    key: BlobKey,
    parts: BTreeMap<u64, Bytes>,
    begun: SystemTime,
}

impl Vendor {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let vendor = Self(Arc::new(Inner {
            address,
            uploads: Mutex::default(),
            blobs: MemoryDriver::default(),
            keys: Mutex::default(),
            is_deaf: AtomicBool::new(false),
            is_away: AtomicBool::new(false),
            broken: Mutex::default(),
            checksum: Mutex::default(),
            serving: Mutex::default(),
        }));
        let serving = tokio::spawn(http::serve(listener, Arc::downgrade(&vendor.0)));
        *vendor.0.serving.lock().expect("no panic") = Some(serving);
        vendor
    }

    /// What a server has to be started with.
    pub fn kinds(&self) -> DriverKinds {
        DriverKinds::default().with(self.clone())
    }

    /// A driver for it.
    pub fn driver(&self) -> Arc<dyn Driver> {
        Arc::new(driver::VendorDriver(self.clone()))
    }

    /// Keys of finished blobs.
    pub fn blobs(&self) -> Vec<BlobKey> {
        self.0.blobs.keys()
    }

    /// How many uploads wait for more.
    pub fn unfinished(&self) -> usize {
        self.uploads().len()
    }

    /// Secret keys that drivers came with, in order.
    pub fn secrets(&self) -> Vec<String> {
        self.0.keys.lock().expect("no panic").clone()
    }

    /// Whether it fails to end uploads.
    pub fn be_deaf(&self, deaf: bool) {
        self.0.is_deaf.store(deaf, Ordering::SeqCst);
    }

    /// Whether it gives nothing out.
    pub fn be_away(&self, away: bool) {
        self.0.is_away.store(away, Ordering::SeqCst);
    }

    /// From now on reading this blob fails, and it is there all the same.
    pub fn break_reading_of(&self, key: &BlobKey) {
        *self.0.broken.lock().expect("no panic") = Some(key.clone());
    }

    /// From now on everything can be read again.
    pub fn mend_reading(&self) {
        *self.0.broken.lock().expect("no panic") = None;
    }

    /// From now on it says that every blob has this one.
    pub fn tell_checksum(&self, sum: VendorChecksum) {
        *self.0.checksum.lock().expect("no panic") = Some(sum);
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
        self.0.uploads.lock().expect("no panic")
    }

    /// A URL that is good until then.
    fn sign(&self, path: &str, until: SystemTime) -> String {
        let until = until.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let base = &self.0.address;
        format!("{base}{path}?until={until}&sign={}", signature(path, until))
    }
}

/// Of a URL of ours.
fn signature(path: &str, until: u64) -> String {
    let text = format!("{path} {until}");
    blake3::keyed_hash(&[7; 32], text.as_bytes()).to_hex()[..16].to_owned()
}

impl DriverKind for Vendor {
    fn name(&self) -> &'static str {
        VENDOR
    }

    fn open(
        &self,
        _context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, drive::policy::BoxError> {
        let mut keys = self.0.keys.lock().expect("no panic");
        keys.push(policy.keys.secret_key);
        Ok(self.driver())
    }

    fn callback(&self) -> Option<Callback> {
        Some(Callback {
            by: CallbackMethod::Get,
            fails_with_400: true,
            by_vendor: false,
        })
    }
}
