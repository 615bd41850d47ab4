//! Everything the transports call, built once.

use crate::answers::Answers;
use crate::config::Config;
use crate::data_folder::{self, FolderError};
use crate::http::proxies::Proxies;
use crate::readiness::Readiness;
use admin::Admin;
use drive::blob::{Archives, Links, OpenBlobs, Uploads, Versions};
use drive::context::Core;
use drive::dav::{Dav, DavAccounts};
use drive::direct_link::DirectLinks;
use drive::events::Events;
use drive::import::Imports;
use drive::lock_release::Locks;
use drive::policy::{DriverContext, DriverFactory, Policies, secrets};
use drive::relocation::Relocations;
use drive::share::Shares;
use drive::thumbnail::Thumbnails;
use drive::tree::Tree;
use drive::upkeep;
use identity::account::Accounts;
use identity::oauth::{self, OAuth};
use identity::sso::SingleSignOn;
use sandbox::{Sandbox, SandboxConfig};
use site::clock::{Clock, SystemClock};
use site::limiter::Limiter;
use site::mail::Mailer;
use site::picture::Pictures;
use site::secret::seal::BadMasterKey;
use site::secret::{MasterKey, PasswordHasher, Sealer};
use site::settings::live::SettingsHandle;
use site::settings::sealed::SealedRows;
use site::task::{QueueCounts, Tasks};
use site::{Site, email_forms, seed};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{self, OpenError, Store, StoreError};
use work::compress::Compressions;
use work::download::Downloads;
use work::extract::Extractions;

/// Password hashings at a time, and pictures that are decoded at a time. Each keeps a core busy
/// for some tens of milliseconds, and however many are wanted, the other half goes on answering.
fn half_of_cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// The services. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Services {
    pub core: Arc<Core>,
    pub accounts: Accounts,
    pub oauth: OAuth,
    pub single_sign_on: SingleSignOn,
    pub tree: Tree,
    pub uploads: Uploads,
    pub versions: Versions,
    pub links: Links,
    pub thumbnails: Thumbnails,
    pub archives: Archives,
    pub relocations: Relocations,
    pub imports: Imports,
    pub downloads: Downloads,
    pub compressions: Compressions,
    pub extractions: Extractions,
    pub shares: Shares,
    pub direct_links: DirectLinks,
    pub blobs: OpenBlobs,
    pub locks: Locks,
    pub dav: Dav,
    pub dav_accounts: DavAccounts,
    pub events: Events,
    pub tasks: Tasks,
    /// Whether this server can do its work.
    pub readiness: Readiness,
    /// How the queues of this server did.
    pub queue_counts: Arc<QueueCounts>,
    /// What administrators call.
    pub admin: Admin,
    /// Answers that are asked again and again.
    pub answers: Answers,
    /// Connections to the mail server.
    pub mailer: Arc<Mailer>,
    /// In front of every secret, whatever it opens.
    pub limiter: Arc<Limiter>,
    /// Where what decodes strangers' bytes runs.
    pub sandbox: Arc<Sandbox>,
    /// The same for archives that are unpacked, which takes long.
    pub unpacking: Arc<Sandbox>,
    /// Whose word counts for where a request comes from.
    pub proxies: Proxies,
}

/// Why the services cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    MasterKey(#[from] BadMasterKey),
    #[error(
        "the master key {0} is not there, nor is ALCOVE_MASTER_KEY set, and this database holds \
         secrets that were sealed under it: set the variable as for the server, or put the file \
         back from the backup. If it is lost for good, `alcove doctor --forget-sealed` \
         gives those secrets up"
    )]
    MasterKeyLost(PathBuf),
    #[error(
        "this is not the master key that the secrets in this database were sealed under: put back \
         the right one, in {0} or ALCOVE_MASTER_KEY. If it is lost for good, `alcove doctor \
         --forget-sealed` gives those secrets up"
    )]
    WrongMasterKey(PathBuf),
}

/// The master key: a new one for a new site, and for every other the one that its secrets were
/// sealed under.
async fn sealer(data: &Path, store: &Store) -> Result<Sealer, BuildError> {
    let path = data.join("master.key");
    let given = std::env::var("ALCOVE_MASTER_KEY").ok();
    let rows = store::settings::all(store).await?;
    let sealed = SealedRows::among(&rows);
    if given.is_none() && !sealed.is_empty() && !path.exists() {
        return Err(BuildError::MasterKeyLost(path));
    }
    let sealer = Sealer::new(&MasterKey::load_or_create(&path, given.as_deref())?);
    if sealed.fit(&sealer) {
        Ok(sealer)
    } else {
        Err(BuildError::WrongMasterKey(path))
    }
}

/// Gives up the settings that were sealed under a master key that is lost: they count as never
/// set. Answers their names.
/// # Errors
/// [`BuildError`]
pub async fn forget_sealed(config: &Config) -> Result<Vec<&'static str>, BuildError> {
    let data = data_folder::prepare(&config.data)?;
    // A server that runs has the key.
    let _alone = data_folder::FolderLock::take(&data)?;
    let store = store::open(config.database_url(), &data).await?;
    data_folder::check(&data, &store).await?;
    let rows = store::settings::all(&store).await?;
    let sealed = SealedRows::among(&rows);
    let lost = match sealer(&data, &store).await {
        Err(BuildError::MasterKeyLost(_) | BuildError::WrongMasterKey(_)) => sealed.keys(),
        other => sealed.closed_to(&other?),
    };
    store::settings::forget(&store, &lost).await?;
    store.close().await;
    Ok(lost)
}

/// Archives that are unpacked at a time, and those that are looked into.
const UNPACKED_AT_ONCE: usize = 2;
const LISTED_AT_ONCE: usize = 2;

/// Where programs of others run: this program is its own worker.
fn sandbox(program: &Path) -> Arc<Sandbox> {
    Arc::new(Sandbox::new(SandboxConfig {
        worker: program.to_owned(),
        at_once: half_of_cores(),
        scratch_root: std::env::temp_dir(),
        change_user: true,
    }))
}

impl Services {
    /// Opens the data folder and the database, brings both up to date, and joins the services.
    /// # Errors
    /// [`BuildError`]
    pub async fn build(config: &Config) -> Result<Self, BuildError> {
        let data = data_folder::prepare(&config.data)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = store::open(config.database_url(), &data).await?;
        data_folder::check(&data, &store).await?;
        let sealer = Arc::new(sealer(&data, &store).await?);
        // Only now: a folder without the right key is not the one.
        data_folder::bind(&data, &store).await?;
        seed::plant(&store, oauth::builtin_apps(clock.now()), clock.now()).await?;
        email_forms::unify(&store, clock.now()).await?;
        secrets::seal_all(&store, &sealer).await?;
        let settings = SettingsHandle::load(&store, &sealer).await?;
        let limiter = Limiter::new(store.clone(), &sealer, Arc::clone(&clock));
        let limiter = Arc::new(limiter);
        let drivers = DriverContext {
            sealer: Arc::clone(&sealer),
            clock: Arc::clone(&clock),
            local_root: data.join("uploads"),
            storage_roots: config.storage_roots.clone(),
            microsoft_login: config.microsoft_login.clone(),
            oss_callback_keys: config.oss_callback_keys.clone(),
            qiniu_regions: config.qiniu_regions.clone(),
        };
        let drivers = DriverFactory::new(config.drivers.clone(), drivers);
        let policies = Policies::new(store.clone(), drivers);
        let site = Arc::new(Site {
            store,
            clock: Arc::clone(&clock),
            settings,
            pictures: Pictures::new(half_of_cores()),
            steps: config.steps.clone(),
            passwords: PasswordHasher::new(half_of_cores(), config.password_cost),
            sealer,
            limiter: Arc::clone(&limiter),
            data,
        });
        let core = Arc::new(Core::new(Arc::clone(&site), policies));
        let uploads = Uploads::new(Arc::clone(&core));
        let queue_counts = Arc::new(QueueCounts::default());
        let sandbox = sandbox(&config.program);
        let tree = Tree::new(Arc::clone(&core));
        let listing = Arc::new(sandbox.beside(LISTED_AT_ONCE));
        Ok(Self {
            accounts: Accounts::new(
                Arc::clone(&site),
                Arc::clone(&limiter),
                upkeep::prune_versions,
            ),
            oauth: OAuth::new(Arc::clone(&site)),
            single_sign_on: SingleSignOn::new(Arc::clone(&site)),
            dav: Dav::new(Arc::clone(&core)),
            dav_accounts: DavAccounts::new(Arc::clone(&core), Arc::clone(&limiter)),
            extractions: Extractions::new(Arc::clone(&core), tree.clone(), listing),
            unpacking: Arc::new(sandbox.beside(UNPACKED_AT_ONCE)),
            tree,
            uploads: uploads.clone(),
            versions: Versions::new(Arc::clone(&core)),
            links: Links::new(Arc::clone(&core)),
            thumbnails: Thumbnails::new(Arc::clone(&core)),
            archives: Archives::new(Arc::clone(&core)),
            relocations: Relocations::new(Arc::clone(&core)),
            imports: Imports::new(Arc::clone(&core)),
            downloads: Downloads::new(Arc::clone(&core), uploads.clone()),
            compressions: Compressions::new(Arc::clone(&core), uploads.clone()),
            shares: Shares::new(Arc::clone(&core)),
            direct_links: DirectLinks::new(Arc::clone(&core)),
            blobs: OpenBlobs::new(Arc::clone(&core)),
            locks: Locks::new(Arc::clone(&core), uploads),
            events: Events::of(&core),
            tasks: Tasks::new(site),
            admin: Admin::new(&core, Arc::clone(&queue_counts), Arc::clone(&sandbox)),
            queue_counts,
            readiness: Readiness::default(),
            answers: Answers::default(),
            mailer: Arc::default(),
            core,
            limiter,
            sandbox,
            proxies: config.proxies(),
        })
    }
}
