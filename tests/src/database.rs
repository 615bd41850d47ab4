//! The database a test server works on.

use std::{env, path::Path};

use sea_orm::{ConnectionTrait, Database as SeaDatabase, DatabaseConnection};
use url::Url;

mod again;

/// A database nobody else uses.
#[derive(Clone)]
pub(crate) enum Database {
    /// A file in the server's data folder, where the server puts it by itself.
    Sqlite,
    /// A database of its own on the cluster that `with-postgres.sh` started.
    Postgres {
        cluster: Url,
        name: String,
        /// Another test may have it afterwards, emptied.
        is_reusable: bool,
    },
}

impl Database {
    /// By `ALCOVE_TEST_DB`: `sqlite` (also when unset) or `postgres`.
    pub(crate) async fn fresh() -> Self {
        Self::by_variable(true).await
    }

    /// The same without any tables.
    pub(crate) async fn empty() -> Self {
        Self::by_variable(false).await
    }

    async fn by_variable(with_schema: bool) -> Self {
        match env::var("ALCOVE_TEST_DB").as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::Sqlite,
            Ok("postgres") => Self::on_cluster(with_schema).await,
            Ok(other) => panic!("ALCOVE_TEST_DB is {other}, expected sqlite or postgres"),
        }
    }

    /// One whose schema is up to date: to bring each there by itself takes longer than most tests.
    /// Tests of older schemas begin with a file of SQLite.
    async fn on_cluster(with_schema: bool) -> Self {
        let address = env::var("ALCOVE_TEST_POSTGRES")
            .expect("ALCOVE_TEST_POSTGRES is set by tests/scripts/with-postgres.sh");
        let cluster = Url::parse(&address).expect("ALCOVE_TEST_POSTGRES is a URL");
        let name = if with_schema {
            again::take(&cluster).await
        } else {
            create(&cluster, "").await
        };
        Self::Postgres {
            cluster,
            name,
            is_reusable: with_schema,
        }
    }

    /// What the server is configured with; `None` leaves it to SQLite in its data folder.
    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { cluster, name, .. } => Some(address(cluster, name)),
        }
    }

    /// A second connection beside the server's own, to get in its way.
    pub(crate) async fn connect(&self, data: &Path) -> DatabaseConnection {
        let url = self.url().unwrap_or_else(|| {
            let file = sqlite_file(data);
            format!("sqlite://{}?mode=rw", file.display())
        });
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1);
        SeaDatabase::connect(options)
            .await
            .expect("the server's database is reachable")
    }

    /// Removes what does not go with the data folder.
    pub(crate) async fn remove(&self) {
        let Self::Postgres {
            cluster,
            name,
            is_reusable,
        } = self
        else {
            return;
        };
        if *is_reusable && again::give_back(cluster, name).await {
            return;
        }
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        tell(cluster, &drop).await;
    }
}

fn sqlite_file(data: &Path) -> std::path::PathBuf {
    std::fs::read_dir(data)
        .expect("the data folder exists")
        .map(|entry| entry.expect("the data folder is readable").path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("the data folder holds a .db file")
}

fn address(cluster: &Url, name: &str) -> String {
    let mut url = cluster.clone();
    url.set_path(name);
    url.into()
}

/// The name of a new database.
async fn create(cluster: &Url, from: &str) -> String {
    let name = format!("alcove_{}", uuid::Uuid::new_v4().simple());
    tell(cluster, &format!("CREATE DATABASE {name}{from}")).await;
    name
}

/// Has the cluster do what is not about one database.
async fn tell(cluster: &Url, statement: &str) {
    let connection = SeaDatabase::connect(cluster.as_str())
        .await
        .expect("the cluster runs");
    connection
        .execute_unprepared(statement)
        .await
        .expect("the cluster does what it is told");
    connection.close().await.expect("the connection closes");
}
