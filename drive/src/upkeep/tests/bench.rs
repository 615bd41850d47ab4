//! A drive in a temporary folder, with as little as tasks and events need.

use crate::context::Core;
use crate::policy::{DriverContext, DriverFactory, DriverKinds, Policies};
use entity::{
    BlobId, BlobKind, FileId, FileKind, GroupId, PolicyId, SecretText, Timestamp, UserId,
    UserStatus, blob, file, file_blob, group, storage_policy, user,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait, IntoActiveModel, PaginatorTrait,
};
use site::Site;
use site::clock::{Clock, ShiftedClock};
use site::secret::{MasterKey, PasswordCost, PasswordHasher, Sealer};
use site::settings::live::SettingsHandle;
use std::sync::Arc;
use storage::{BlobKey, ByteStream};
use store::Store;
use tempfile::TempDir;

/// Everything, gone at the end of the test.
pub(crate) struct Bench {
    pub core: Arc<Core>,
    pub clock: Arc<ShiftedClock>,
    pub user: UserId,
    pub root: FileId,
    pub policy: PolicyId,
    _data: TempDir,
}

impl Bench {
    /// One account with an empty drive, one local policy.
    pub async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let clock = Arc::new(ShiftedClock::default());
        let key = MasterKey::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        let sealer = Arc::new(Sealer::new(&key));
        let limiter = site::limiter::Limiter::new(store.clone(), &sealer, clock.clone());
        let drivers = DriverContext {
            sealer: Arc::clone(&sealer),
            clock: clock.clone(),
            local_root: data.path().join("blobs"),
            storage_roots: Vec::new(),
            microsoft_login: None,
            oss_callback_keys: None,
            qiniu_regions: None,
        };
        let drivers = DriverFactory::new(DriverKinds::default(), drivers);
        let site = Site {
            settings: SettingsHandle::load(&store, &sealer).await.unwrap(),
            pictures: site::picture::Pictures::new(1),
            steps: site::steps::Steps::default(),
            passwords: PasswordHasher::new(1, PasswordCost::LEAST),
            sealer,
            limiter: Arc::new(limiter),
            data: data.path().to_owned(),
            clock: clock.clone(),
            store: store.clone(),
        };
        let core = Core::new(Arc::new(site), Policies::new(store, drivers));
        let mut bench = Self {
            core: Arc::new(core),
            clock,
            user: UserId(0),
            root: FileId(0),
            policy: PolicyId(0),
            _data: data,
        };
        bench.policy = bench.add_policy("local").await;
        let group = bench.add_group().await;
        bench.user = bench.add_user("alice", group).await;
        bench.root = bench.add_folder(None, "").await;
        let mut user = user::Entity::find_by_id(bench.user)
            .one(bench.store().read())
            .await
            .unwrap()
            .unwrap()
            .into_active_model();
        user.root_id = Set(Some(bench.root));
        let tx = bench.store().begin().await.unwrap();
        user::Entity::update(user).exec(tx.db()).await.unwrap();
        tx.commit().await.unwrap();
        bench
    }

    pub fn store(&self) -> &Store {
        &self.core.store
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn add_policy(&self, kind: &str) -> PolicyId {
        let at = self.now();
        let text = || Set(String::new());
        let row = storage_policy::ActiveModel {
            id: NotSet,
            name: Set(kind.to_owned()),
            kind: Set(kind.to_owned()),
            server: text(),
            bucket_name: text(),
            is_private: Set(true),
            access_key: Set(SecretText::default()),
            secret_key: Set(SecretText::default()),
            max_size: Set(0),
            dir_name_rule: text(),
            file_name_rule: text(),
            settings: Set(storage_policy::Settings::default()),
            node_id: Set(None),
            created_at: Set(at),
            updated_at: Set(at),
        };
        let tx = self.store().begin().await.unwrap();
        let id = storage_policy::Entity::insert(row)
            .exec(tx.db())
            .await
            .unwrap()
            .last_insert_id;
        tx.commit().await.unwrap();
        id
    }

    async fn add_group(&self) -> GroupId {
        let at = self.now();
        let row = group::ActiveModel {
            id: NotSet,
            name: Set("users".to_owned()),
            max_storage: Set(1 << 40),
            speed_limit: Set(0),
            permissions: Set(Vec::new()),
            storage_policy_id: Set(Some(self.policy)),
            settings: Set(group::Settings::default()),
            created_at: Set(at),
            updated_at: Set(at),
        };
        let tx = self.store().begin().await.unwrap();
        let id = group::Entity::insert(row)
            .exec(tx.db())
            .await
            .unwrap()
            .last_insert_id;
        tx.commit().await.unwrap();
        id
    }

    pub async fn add_user(&self, name: &str, group: GroupId) -> UserId {
        let at = self.now();
        let row = user::ActiveModel {
            id: NotSet,
            email: Set(format!("{name}@example.org")),
            nick: Set(name.to_owned()),
            password: Set(None),
            status: Set(UserStatus::Active),
            avatar: Set(String::new()),
            group_id: Set(group),
            root_id: Set(None),
            fact_bytes: Set(0),
            used_bytes: Set(0),
            tree_version: Set(0),
            two_factor_secret: Set(None),
            settings: Set(user::Settings::default()),
            created_at: Set(at),
            updated_at: Set(at),
        };
        let tx = self.store().begin().await.unwrap();
        let id = user::Entity::insert(row)
            .exec(tx.db())
            .await
            .unwrap()
            .last_insert_id;
        tx.commit().await.unwrap();
        id
    }

    pub async fn add_folder(&self, parent: Option<FileId>, name: &str) -> FileId {
        self.add_node(parent, name, FileKind::Folder).await
    }

    pub async fn add_node(&self, parent: Option<FileId>, name: &str, kind: FileKind) -> FileId {
        let at = self.now();
        let row = file::ActiveModel {
            id: NotSet,
            kind: Set(kind),
            owner_id: Set(self.user),
            parent_id: Set(parent),
            name: Set(name.to_owned()),
            name_folded: Set(name.to_lowercase()),
            size_bytes: Set(0),
            current_blob_id: Set(None),
            is_symbolic: Set(false),
            view: Set(None),
            created_at: Set(at),
            updated_at: Set(at),
            trashed_at: Set(None),
            purge_at: Set(None),
        };
        let tx = self.store().begin().await.unwrap();
        let id = file::Entity::insert(row)
            .exec(tx.db())
            .await
            .unwrap()
            .last_insert_id;
        tx.commit().await.unwrap();
        id
    }

    /// Changes one file's row.
    pub async fn change_file(&self, id: FileId, change: impl FnOnce(&mut file::ActiveModel)) {
        let row = file::Entity::find_by_id(id)
            .one(self.store().read())
            .await
            .unwrap()
            .unwrap();
        let mut row = row.into_active_model();
        change(&mut row);
        let tx = self.store().begin().await.unwrap();
        file::Entity::update(row).exec(tx.db()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Blob rows without holders, unlinked now; their bytes are not written.
    pub async fn add_unheld(&self, policy: PolicyId, keys: &[String]) -> Vec<BlobId> {
        let mut ids = Vec::new();
        let tx = self.store().begin().await.unwrap();
        for key in keys {
            let row = self.blob_row(policy, key, 1, 0);
            ids.push(
                blob::Entity::insert(row)
                    .exec(tx.db())
                    .await
                    .unwrap()
                    .last_insert_id,
            );
        }
        tx.commit().await.unwrap();
        ids
    }

    /// A file with one stored version; counts and used space come out right.
    pub async fn add_file(&self, name: &str, content: &'static [u8]) -> (FileId, BlobId) {
        let file = self.add_node(Some(self.root), name, FileKind::File).await;
        let key = format!("uploads/{name}");
        self.write(&key, content).await;
        let mut row = self.blob_row(self.policy, &key, content.len() as i64, 1);
        row.unlinked_at = Set(None);
        row.blake3 = Set(Some(blake3::hash(content).as_bytes().to_vec()));
        let tx = self.store().begin().await.unwrap();
        let blob = blob::Entity::insert(row)
            .exec(tx.db())
            .await
            .unwrap()
            .last_insert_id;
        let link = file_blob::ActiveModel {
            file_id: Set(file),
            blob_id: Set(blob),
        };
        file_blob::Entity::insert(link)
            .exec_without_returning(tx.db())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.change_file(file, |row| {
            row.current_blob_id = Set(Some(blob));
            row.size_bytes = Set(content.len() as i64);
        })
        .await;
        let user = user::Entity::find_by_id(self.user)
            .one(self.store().read())
            .await
            .unwrap();
        let user = user.unwrap();
        let used = user.used_bytes + content.len() as i64;
        let mut user = user.into_active_model();
        user.used_bytes = Set(used);
        let tx = self.store().begin().await.unwrap();
        user::Entity::update(user).exec(tx.db()).await.unwrap();
        tx.commit().await.unwrap();
        (file, blob)
    }

    fn blob_row(&self, policy: PolicyId, key: &str, size: i64, held: i64) -> blob::ActiveModel {
        let at = self.now();
        blob::ActiveModel {
            id: NotSet,
            kind: Set(BlobKind::Version),
            policy_id: Set(policy),
            key: Set(key.to_owned()),
            size_bytes: Set(size),
            blake3: Set(None),
            reference_count: Set(held),
            upload_session_id: Set(None),
            created_by: Set(Some(self.user)),
            unlinked_at: Set(Some(at)),
            verified_at: Set(None),
            props: Set(blob::Props::default()),
            created_at: Set(at),
            updated_at: Set(at),
        }
    }

    /// Writes bytes to the local policy.
    pub async fn write(&self, key: &str, content: &'static [u8]) {
        let driver = self
            .core
            .policies
            .get(self.policy)
            .await
            .unwrap()
            .driver
            .clone();
        let body: ByteStream = storage::whole(content);
        driver
            .write(&BlobKey::parse(key).unwrap(), body, None)
            .await
            .unwrap();
    }

    /// Whether the local policy has bytes at this key.
    pub async fn has_bytes(&self, key: &str) -> bool {
        let driver = self
            .core
            .policies
            .get(self.policy)
            .await
            .unwrap()
            .driver
            .clone();
        driver.stat(&BlobKey::parse(key).unwrap()).await.is_ok()
    }

    pub async fn blobs(&self) -> u64 {
        blob::Entity::find()
            .count(self.store().read())
            .await
            .unwrap()
    }
}
