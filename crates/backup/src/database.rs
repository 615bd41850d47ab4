//! Copies of a database as it is at one moment.

use crate::error::BackupError;
use crate::manifest::DatabaseKind;
use std::path::{Path, PathBuf};
use store::moment::Moment;
use tokio::process::Command;
use url::Url;

/// A database.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file.
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(Url),
}

impl Source {
    /// The one that a server with this address and this data folder has.
    /// # Errors
    /// `OtherDatabase`
    pub fn of(url: Option<&str>, data: &Path) -> Result<Self, BackupError> {
        let Some(text) = url else {
            return Ok(Self::Sqlite(data.join("alcove.db")));
        };
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or_default();
            return Ok(Self::Sqlite(path.into()));
        }
        let kind = text.split(':').next().unwrap_or_default();
        match Url::parse(text) {
            Ok(url) if matches!(kind, "postgres" | "postgresql") => Ok(Self::Postgres(url)),
            _ => Err(BackupError::OtherDatabase(kind.to_owned())),
        }
    }

    pub fn kind(&self) -> DatabaseKind {
        match self {
            Self::Sqlite(_) => DatabaseKind::Sqlite,
            Self::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// Connects to it as it is.
    /// # Errors
    /// `NoDatabase`, `Store`
    pub async fn connect(&self) -> Result<Moment, BackupError> {
        match self {
            Self::Sqlite(path) if !path.exists() => Err(BackupError::NoDatabase(path.clone())),
            Self::Sqlite(path) => Ok(Moment::of_file(path).await?),
            Self::Postgres(url) => Ok(Moment::open(url.as_str()).await?),
        }
    }

    /// Copies all rows of one moment into a new file. Answers a connection that reads the rows of
    /// that moment.
    /// # Errors
    /// `NoDatabase`, `Store`, `Program`
    pub async fn copy_to(&self, file: &Path) -> Result<Moment, BackupError> {
        let moment = self.connect().await?;
        match self {
            Self::Sqlite(_) => {
                moment.copy_to(file).await?;
                moment.close().await?;
                Ok(Moment::of_copy(file).await?)
            }
            Self::Postgres(url) => {
                let name = moment.hold().await?;
                let mut dump = client("pg_dump", url);
                dump.args(["--format=custom", "--no-owner", "--no-privileges"]);
                dump.arg(format!("--snapshot={name}"));
                dump.arg("--file").arg(file);
                run("pg_dump", dump).await?;
                Ok(moment)
            }
        }
    }

    /// Puts the rows of a copy into this database, which has none.
    /// # Errors
    /// `DatabaseInUse`, `Program`
    pub async fn fill_from(&self, file: &Path) -> Result<(), BackupError> {
        let Self::Postgres(url) = self else {
            return Ok(());
        };
        let mut restore = client("pg_restore", url);
        restore.args(["--no-owner", "--no-privileges", "--single-transaction"]);
        restore.arg("--exit-on-error").arg(file);
        run("pg_restore", restore).await
    }
}

/// A client of PostgreSQL. The password is no argument, lest it shows in lists of processes.
fn client(program: &'static str, url: &Url) -> Command {
    let (bare, password) = without_password(url);
    let mut command = Command::new(program);
    command.arg("--dbname").arg(bare.as_str());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command.kill_on_drop(true);
    command
}

/// The address, and the password that stood before its host or among its parameters.
fn without_password(url: &Url) -> (Url, Option<String>) {
    let mut bare = url.clone();
    let _ = bare.set_password(None);
    let before_host = url.password().map(|password| {
        let password = percent_encoding::percent_decode_str(password);
        password.decode_utf8_lossy().into_owned()
    });
    let (secrets, others): (Vec<_>, Vec<_>) = (url.query_pairs())
        .into_owned()
        .partition(|(name, _)| name == "password");
    if secrets.is_empty() {
        return (bare, before_host);
    }
    bare.set_query(None);
    if !others.is_empty() {
        bare.query_pairs_mut().extend_pairs(others);
    }
    // As libpq has it: what is said later counts.
    let among = secrets.into_iter().next_back().map(|(_, value)| value);
    (bare, among.or(before_host))
}

async fn run(program: &'static str, mut command: Command) -> Result<(), BackupError> {
    let output = command.output().await;
    let failed = |said: String| BackupError::Program { program, said };
    let output = output.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn databases_are_known_by_their_address() {
        let data = Path::new("/srv/alcove");
        let path = |url| match Source::of(url, data).unwrap() {
            Source::Sqlite(path) => path.display().to_string(),
            Source::Postgres(url) => url.to_string(),
        };
        assert_eq!(path(None), "/srv/alcove/alcove.db");
        assert_eq!(path(Some("sqlite://x.db?mode=rwc")), "x.db");
        assert_eq!(path(Some("sqlite:/y/x.db")), "/y/x.db");
        assert_eq!(path(Some("postgres://h/d")), "postgres://h/d");
        assert!(Source::of(Some("mysql://h/d"), data).is_err());
    }

    #[test]
    fn a_password_is_no_argument() {
        let forms = [
            ("postgres://me:p%40ss+w@h/d?host=/run", "?host=/run"),
            ("postgres://me@h/d?password=p%40ss%2Bw", ""),
            (
                "postgres://me:old@h/d?sslmode=require&password=p%40ss%2Bw",
                "?sslmode=require",
            ),
        ];
        for (address, rest) in forms {
            let command = client("pg_dump", &Url::parse(address).unwrap());
            let args: Vec<_> = command.as_std().get_args().collect();
            let bare = format!("postgres://me@h/d{rest}");
            assert_eq!(args, ["--dbname", bare.as_str()], "{address}");
            let password = command.as_std().get_envs().next().unwrap();
            assert_eq!(password.1.unwrap(), "p@ss+w", "{address}");
        }
    }
}
