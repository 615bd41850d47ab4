//! Storage policies: which driver keeps the bytes, and what a file must look like.

pub mod balance;
pub mod beside;
mod bucket;
pub mod cdn;
pub mod choice;
pub mod credentials;
mod factory;
mod full;
mod kin;
pub mod local;
pub mod mirror;
mod probe;
mod qiniu;
mod rights;
pub mod rules;
pub mod secrets;
mod trial;
mod watched;
pub mod webdav;

use balance::Child;
use choice::Wanted;
use credentials::Credentials;
use entity::storage_policy::{LOCAL, WEBDAV};
use entity::{PolicyId, storage_policy};
use full::Full;
use moka::sync::Cache;
use site::task::causes;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use storage::{AwayDriver, Capabilities, Driver, DriverError, Member, MirrorDriver};
use store::bus::Topic;
use store::{Connection, Store, StoreResult, policies};
use url::Url;

pub use crate::error::policy::{BoxError, PolicyError};
pub use factory::{
    Callback, CallbackMethod, DriverContext, DriverFactory, DriverKind, DriverKinds, OpenedPolicy,
    PolicyKeys,
};
pub use watched::WatchedDriver;

/// How long a policy row is trusted before it is read again; changes that no news came of show
/// within this time.
const TRUST: Duration = Duration::from_secs(10);

/// A policy row with its driver.
#[derive(Debug)]
pub struct Policy {
    pub row: storage_policy::Model,
    pub driver: WatchedDriver,
    /// What it can do: may be looked at where the driver may not be waited for.
    pub can: Capabilities,
    /// How it is told that an upload reached the vendor, where uploads go there.
    pub callback: Option<Callback>,
}

impl Policy {
    /// Whether something new can be stored now: tried with a few bytes, which go again.
    pub async fn takes_bytes(&self) -> bool {
        match probe::write_only(&*self.driver).await {
            Ok(()) => true,
            Err(why) => {
                tracing::warn!(policy = self.row.id.0, "a storage takes nothing: {why}");
                false
            }
        }
    }
}

/// Every policy by id, with one driver for each.
#[derive(Debug)]
pub struct Policies {
    store: Store,
    factory: DriverFactory,
    /// What opens the drives of those that are signed in to.
    pub credentials: Credentials,
    rows: Cache<PolicyId, Arc<Policy>>,
    /// What those that keep nothing themselves are spread over; none for others.
    balances: Cache<PolicyId, Option<Arc<Spread>>>,
    /// Those that are made of others: kept while they are made of the same ones.
    mirrors: Cache<PolicyId, Arc<MirrorDriver>>,
    /// What stands before this server, for those that keep their bytes on its disks.
    proxies: Cache<(), Arc<HashMap<PolicyId, Url>>>,
    /// Those that had no room a moment ago.
    full: Full,
    /// How often there was news of policies when the rows were last good.
    heard: AtomicU64,
}

/// A policy that keeps nothing itself.
#[derive(Debug)]
struct Spread {
    name: String,
    over: Vec<Child>,
}

impl Policies {
    pub fn new(store: Store, factory: DriverFactory) -> Self {
        Self {
            credentials: factory.credentials(&store),
            store,
            factory,
            rows: Cache::builder()
                .max_capacity(256)
                .time_to_live(TRUST)
                .build(),
            balances: Cache::builder()
                .max_capacity(256)
                .time_to_live(TRUST)
                .build(),
            mirrors: Cache::builder().max_capacity(256).build(),
            proxies: Cache::builder().max_capacity(1).time_to_live(TRUST).build(),
            full: Full::default(),
            heard: AtomicU64::new(0),
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
        let (driver, callback) = if row.driver() == mirror::BACKEND {
            (self.mirror(db, &row).await?, None)
        } else {
            self.factory.driver(&row)?
        };
        let policy = Arc::new(Policy {
            can: driver.capabilities(),
            driver: WatchedDriver::new(driver),
            callback,
            row,
        });
        self.rows.insert(id, Arc::clone(&policy));
        Ok(policy)
    }

    /// The driver of a policy that keeps everything in several others. One that cannot be used is
    /// away: the others do without it.
    async fn mirror(
        &self,
        db: &Connection,
        row: &storage_policy::Model,
    ) -> Result<Arc<dyn Driver>, PolicyError> {
        let wrong = |error: BoxError| PolicyError::Driver(row.id, error);
        let parts = mirror::parts(&row.settings).map_err(|why| wrong(why.into()))?;
        let mut members = Vec::with_capacity(parts.members.len());
        for id in parts.members {
            let of_member = policies::by_id(db, id).await?;
            let opened = match of_member {
                Some(row) if !is_made_of_others(&row) => self.factory.driver(&row),
                _ => Err(PolicyError::Missing(id)),
            };
            let driver = match opened {
                Ok((driver, _)) => driver,
                Err(error) => Arc::new(AwayDriver(causes(&error))),
            };
            members.push(Member { id: id.0, driver });
        }
        let log = mirror::Gaps {
            store: self.store.clone(),
            clock: self.factory.clock(),
            mirror: row.id,
        };
        let before = (log, self.mirrors.get(&row.id));
        let driver = mirror::driver(members, parts.quorum, before).map_err(wrong)?;
        self.mirrors.insert(row.id, Arc::clone(&driver));
        Ok(driver)
    }

    /// What takes the bytes of this policy in a folder: always the same one of those it is spread
    /// over, or the one of them that was seen before; unless it is full.
    async fn taker(
        &self,
        db: &Connection,
        id: PolicyId,
        wanted: Wanted,
    ) -> Result<Arc<Policy>, PolicyError> {
        let Some(spread) = self.spread(db, id).await? else {
            return self.get_by(db, id).await;
        };
        let mut ranked = balance::ranked(wanted.folder, &spread.over);
        if let Some(at) = ranked.iter().position(|child| Some(*child) == wanted.seen) {
            ranked[..=at].rotate_right(1);
        }
        let mut full = None;
        for child in ranked {
            if let Some(policy) = if_usable(self.get_by(db, child).await)? {
                if self.full.has_room(child, wanted.size_bytes) {
                    return Ok(policy);
                }
                full.get_or_insert(policy);
            }
        }
        // It says itself that it has no room.
        full.ok_or(PolicyError::NoChild(id))
    }

    /// Takes note that a policy refused something of so many bytes because it has no room for it.
    /// `None`: how many they are is not known, or it took some of them before.
    pub async fn note(&self, policy: &Policy, refusal: &DriverError, size_bytes: Option<u64>) {
        if matches!(refusal, DriverError::NoSpace) {
            let room = policy.driver.room().await;
            let room = room.ok().flatten();
            self.full.note(policy.row.id, room, size_bytes);
        }
    }

    /// Another number whenever there is something new to know of who has no room.
    pub fn fullness(&self) -> u64 {
        self.full.count()
    }

    /// What a policy is spread over, if it is.
    async fn spread(
        &self,
        db: &Connection,
        id: PolicyId,
    ) -> Result<Option<Arc<Spread>>, PolicyError> {
        self.look_for_news();
        if let Some(known) = self.balances.get(&id) {
            return Ok(known);
        }
        let row = policies::by_id(db, id).await?;
        let row = row.ok_or(PolicyError::Missing(id))?;
        let spread = (row.kind == balance::KIND).then(|| {
            Arc::new(Spread {
                over: balance::children(&row.settings).unwrap_or_default(),
                name: row.name,
            })
        });
        self.balances.insert(id, spread.clone());
        Ok(spread)
    }

    /// The policy, or `None` for one that cannot be used: what is stored elsewhere is still shown.
    /// # Errors
    /// Only the database's.
    pub async fn if_usable(&self, id: PolicyId) -> Result<Option<Arc<Policy>>, PolicyError> {
        if_usable(self.get(id).await)
    }

    /// What stands before this server for what policies keep on its disks, by policy. Where a vendor
    /// keeps it, that vendor's address is replaced.
    /// # Errors
    /// Only the database's.
    pub(crate) async fn proxies(
        &self,
        db: &Connection,
    ) -> StoreResult<Arc<HashMap<PolicyId, Url>>> {
        self.look_for_news();
        if let Some(known) = self.proxies.get(&()) {
            return Ok(known);
        }
        let all = policies::all(db).await?;
        let is_here =
            |row: &&storage_policy::Model| [LOCAL, mirror::BACKEND].contains(&row.driver());
        let found = all.iter().filter(is_here);
        let found = found.filter_map(|row| Some((row.id, cdn::of(&row.settings)?)));
        let found = Arc::new(found.collect());
        self.proxies.insert((), Arc::clone(&found));
        Ok(found)
    }

    /// Whether there is a driver for this policy.
    pub fn has_driver(&self, row: &storage_policy::Model) -> bool {
        is_made_of_others(row) || self.factory.has_driver(row.driver())
    }

    /// Forgets every row if some changed.
    fn look_for_news(&self) {
        let news = self.store.bus().count(Topic::Policies);
        if self.heard.swap(news, Ordering::AcqRel) != news {
            self.rows.invalidate_all();
            self.balances.invalidate_all();
            self.proxies.invalidate_all();
            self.full.forget_all();
        }
    }

    /// The other policies whose bytes may be where those of a policy are: at the same place, or at that of
    /// one that it is made of, mirrors that keep something there among them.
    /// # Errors
    /// Only the database's.
    pub async fn neighbours(
        &self,
        db: &Connection,
        row: &storage_policy::Model,
    ) -> StoreResult<Vec<PolicyId>> {
        let all = policies::all(db).await?;
        let parts = |row: &storage_policy::Model| -> Vec<PolicyId> {
            let is_mirror = row.driver() == mirror::BACKEND;
            let members = made_of(row).ok().filter(|_| is_mirror);
            members.unwrap_or_else(|| vec![row.id])
        };
        let own = parts(row);
        let is_own = |one: &&storage_policy::Model| own.contains(&one.id);
        let mut places: Vec<_> = all.iter().filter(is_own).map(place).collect();
        if row.driver() != mirror::BACKEND {
            // It need not be stored as it is.
            places.push(place(row));
        }
        let is_here = |one: &&storage_policy::Model| places.contains(&place(one));
        let here: Vec<PolicyId> = all.iter().filter(is_here).map(|one| one.id).collect();
        let keeps_here = |other: &&storage_policy::Model| {
            other.id != row.id && parts(other).iter().any(|id| here.contains(id))
        };
        Ok(all
            .iter()
            .filter(keeps_here)
            .map(|other| other.id)
            .collect())
    }

    /// The folder of this machine that all bytes of a policy lie below, links resolved; `None`:
    /// they lie elsewhere.
    /// # Errors
    /// `Driver`
    pub fn folder(&self, row: &storage_policy::Model) -> Result<Option<PathBuf>, PolicyError> {
        self.factory.folder(row)
    }

    /// The same of what lies elsewhere in a folder that may lie in another one: a path that begins
    /// with whose it is.
    /// # Errors
    /// `Driver`
    pub fn region(&self, row: &storage_policy::Model) -> Result<Option<PathBuf>, PolicyError> {
        match webdav::region(row) {
            Some(region) => Ok(Some(region)),
            None => self.folder(row),
        }
    }

    /// The row changed or is gone: read it again at next use, and make its driver anew.
    pub fn forget(&self, id: PolicyId) {
        self.rows.invalidate(&id);
        self.balances.invalidate(&id);
        self.proxies.invalidate_all();
        self.full.forget(id);
        self.factory.forget(id);
    }
}

/// Whether a policy keeps nothing but what others keep for it.
#[must_use]
pub fn is_made_of_others(row: &storage_policy::Model) -> bool {
    row.kind == balance::KIND || row.driver() == mirror::BACKEND
}

/// The policies that keep what a policy is given; none if it keeps that itself.
/// # Errors
/// A sentence about what makes no sense.
pub fn made_of(row: &storage_policy::Model) -> Result<Vec<PolicyId>, &'static str> {
    if row.kind == balance::KIND {
        let children = balance::children(&row.settings)?;
        return Ok(children.into_iter().map(|child| child.policy).collect());
    }
    if row.driver() == mirror::BACKEND {
        return Ok(mirror::parts(&row.settings)?.members);
    }
    Ok(Vec::new())
}

/// Server, bucket, folder, node and driver.
type Place = (
    String,
    String,
    String,
    Option<entity::NodeId>,
    Option<String>,
);

/// Where the bytes of a policy are: those of two of one place may meet.
#[must_use]
pub fn place(row: &storage_policy::Model) -> Place {
    if let Some(region) = webdav::region(row) {
        let region = region.to_string_lossy().into_owned();
        let backend = Some(WEBDAV.to_owned());
        return (region, String::new(), String::new(), row.node_id, backend);
    }
    let server = beside::host(&row.server, &row.bucket_name);
    let root = row.settings.root().trim_end_matches('/').to_owned();
    let backend = row.settings.backend().map(ToOwned::to_owned);
    let bucket = row.bucket_name.clone();
    (server, bucket, root, row.node_id, backend)
}

fn if_usable<T>(found: Result<T, PolicyError>) -> Result<Option<T>, PolicyError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error @ PolicyError::Store(_)) => Err(error),
        Err(error) => {
            tracing::warn!("a storage policy cannot be used: {}", causes(&error));
            Ok(None)
        }
    }
}
