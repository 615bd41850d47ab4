//! One moment of all rows, for backups: read beside a running server, and whatever version of the
//! program wrote them. Nothing is brought up to date.

use super::StoreResult;
use entity::storage_policy::{LOCAL, Settings};
use entity::{BlobId, PolicyId, blob, storage_policy};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Statement,
};
use std::path::Path;
use std::time::Duration;

/// How long a connection waits for its database.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes below the folder of local storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBlob {
    pub id: BlobId,
    /// Where, below that folder.
    pub key: String,
    pub size_bytes: i64,
    /// BLAKE3; blobs of before the first hash have none.
    pub blake3: Option<Vec<u8>>,
    /// Whether a file holds it; others are about to go.
    pub is_held: bool,
}

/// A connection of its own to a database.
#[derive(Debug)]
pub struct Moment(DatabaseConnection);

type BlobRow = (BlobId, String, i64, Option<Vec<u8>>, i64);

impl Moment {
    /// A SQLite database that others may be writing.
    pub async fn of_file(path: &Path) -> StoreResult<Self> {
        Self::open(&format!("sqlite:{}?mode=rw", path.display())).await
    }

    /// A SQLite database that nobody writes, which stays as it is to the byte.
    pub async fn of_copy(path: &Path) -> StoreResult<Self> {
        let url = format!("sqlite:{}?mode=ro&immutable=true", path.display());
        Self::open(&url).await
    }

    /// A database by its address.
    pub async fn open(url: &str) -> StoreResult<Self> {
        let mut options = ConnectOptions::new(url);
        // One, so that what is begun goes on in the next statement.
        options
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .sqlx_logging(false);
        Ok(Self(Database::connect(options).await?))
    }

    /// Copies a SQLite database as it is now into a new file.
    pub async fn copy_to(&self, file: &Path) -> StoreResult<()> {
        let sql = "VACUUM INTO ?";
        let path = file.display().to_string();
        let statement = Statement::from_sql_and_values(DatabaseBackend::Sqlite, sql, [path.into()]);
        self.0.execute_raw(statement).await?;
        Ok(())
    }

    /// Holds on to the rows of PostgreSQL as they are now, until this is closed. Answers the name
    /// by which other connections read the same rows.
    pub async fn hold(&self) -> StoreResult<String> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.0.execute_unprepared(begin).await?;
        let sql = "SELECT pg_export_snapshot()";
        let asked = Statement::from_string(DatabaseBackend::Postgres, sql);
        let row = self.0.query_one_raw(asked).await?;
        let name = row.map(|row| row.try_get_by_index::<String>(0));
        Ok(name.transpose()?.unwrap_or_default())
    }

    /// Whether PostgreSQL has a table where ours would be.
    pub async fn has_tables(&self) -> StoreResult<bool> {
        let sql = "SELECT 1 FROM information_schema.tables \
                   WHERE table_schema = current_schema() LIMIT 1";
        let asked = Statement::from_string(DatabaseBackend::Postgres, sql);
        Ok(self.0.query_one_raw(asked).await?.is_some())
    }

    /// Policies on disks of this machine, with their options.
    async fn on_disks(&self) -> StoreResult<Vec<(PolicyId, Settings)>> {
        let rows: Vec<(PolicyId, Settings)> = storage_policy::Entity::find()
            .filter(storage_policy::Column::Kind.eq(LOCAL))
            .select_only()
            .column(storage_policy::Column::Id)
            .column(storage_policy::Column::Settings)
            .into_tuple()
            .all(&self.0)
            .await?;
        let on_disks = rows.into_iter().filter(|(_, of)| of.backend().is_none());
        Ok(on_disks.collect())
    }

    /// The policies whose bytes are below the data folder: none on another disk, and no vendor's.
    async fn in_data_folder(&self) -> StoreResult<Vec<PolicyId>> {
        let all = self.on_disks().await?.into_iter();
        let own = all.filter(|(_, of)| of.root().is_empty());
        Ok(own.map(|(id, _)| id).collect())
    }

    /// Keys of blobs that local policies keep in folders of their own, wherever those are: their
    /// bytes may lie below the data folder still, and in what was copied of it.
    pub async fn keys_on_other_disks(&self) -> StoreResult<Vec<String>> {
        let all = self.on_disks().await?.into_iter();
        let others = all.filter(|(_, of)| !of.root().is_empty());
        let local: Vec<PolicyId> = others.map(|(id, _)| id).collect();
        if local.is_empty() {
            return Ok(Vec::new());
        }
        let keys = blob::Entity::find().filter(blob::Column::PolicyId.is_in(local));
        let keys = keys.select_only().column(blob::Column::Key);
        Ok(keys.into_tuple().all(&self.0).await?)
    }

    async fn local_blobs(&self) -> StoreResult<Select<blob::Entity>> {
        let policies = self.in_data_folder().await?;
        let found = blob::Entity::find().filter(blob::Column::PolicyId.is_in(policies));
        Ok(found.filter(blob::Column::UploadSessionId.is_null()))
    }

    /// Up to `limit` blobs of local storage after one, by id. Those that are being uploaded are not
    /// among them.
    pub async fn blobs_after(&self, last: BlobId, limit: u64) -> StoreResult<Vec<KeptBlob>> {
        let rows: Vec<BlobRow> = self
            .local_blobs()
            .await?
            .filter(blob::Column::Id.gt(last))
            .order_by_asc(blob::Column::Id)
            .limit(limit)
            .select_only()
            .column(blob::Column::Id)
            .column(blob::Column::Key)
            .column(blob::Column::SizeBytes)
            .column(blob::Column::Blake3)
            .column(blob::Column::ReferenceCount)
            .into_tuple()
            .all(&self.0)
            .await?;
        let blobs = rows
            .into_iter()
            .map(|(id, key, size_bytes, blake3, held)| KeptBlob {
                id,
                key,
                size_bytes,
                blake3,
                is_held: held > 0,
            });
        Ok(blobs.collect())
    }

    /// Whether a blob of local storage is still there.
    pub async fn has(&self, id: BlobId) -> StoreResult<bool> {
        let found = self.local_blobs().await?.filter(blob::Column::Id.eq(id));
        Ok(found.count(&self.0).await? > 0)
    }

    /// How many blobs are in other storage.
    pub async fn elsewhere(&self) -> StoreResult<u64> {
        let policies = self.in_data_folder().await?;
        let found = blob::Entity::find().filter(blob::Column::PolicyId.is_not_in(policies));
        Ok(found.count(&self.0).await?)
    }

    /// The value of a setting.
    pub async fn setting(&self, name: &str) -> StoreResult<Option<String>> {
        let row = entity::setting::Entity::find_by_id(name)
            .one(&self.0)
            .await?;
        Ok(row.map(|row| row.value))
    }

    pub async fn close(self) -> StoreResult<()> {
        Ok(self.0.close().await?)
    }
}
