//! The rows of a server, read and changed behind its back.

use super::TestServer;
use crate::database::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use site::secret::{MasterKey, Sealer};
use site::settings::sealed;

impl TestServer {
    /// Changes site settings, by name, and restarts, so that they hold.
    pub async fn set(&mut self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.tamper(&format!(
                "INSERT INTO settings (name, value) VALUES ('{name}', '{value}') \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ))
            .await;
        }
        self.restart().await;
    }

    /// A connection to the server's database, beside the server's own.
    pub async fn database(&self) -> DatabaseConnection {
        self.database.connect(self.data()).await
    }

    /// What only the address of this server's database contains.
    pub(crate) fn database_name(&self) -> String {
        match &self.database {
            Database::Sqlite => self.data().display().to_string(),
            Database::Postgres { name, .. } => name.clone(),
        }
    }

    /// Changes the server's rows behind its back.
    pub async fn tamper(&self, sql: &str) {
        let database = self.database().await;
        let changed = database.execute_unprepared(sql).await;
        let changed = changed.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_ne!(
            changed.rows_affected(),
            0,
            "nothing is there to change: {sql}"
        );
        database.close().await.expect("the connection closes");
    }

    /// From now on the disk of the first policy counts as full.
    pub async fn fill_disk(&self) {
        let admin = self.admin();
        let mut policy = admin.get_json("/admin/policy/1", &[]).await.ok();
        policy["settings"]["min_free_bytes"] = serde_json::json!(1_u64 << 60);
        let changed = serde_json::json!({ "policy": policy });
        admin.put_json("/admin/policy/1", changed).await.ok();
    }

    /// Sets an option of every policy, before it is used.
    pub async fn switch_on(&self, option: &str) {
        let off = format!("\"{option}\":false");
        let on = format!("\"{option}\":true");
        let settings = "SELECT CAST(settings AS TEXT) AS value FROM storage_policies";
        let settings = self.ask(settings).await.replace(": ", ":");
        let settings = settings.replace(&off, &on);
        assert!(settings.contains(&on), "{settings}");
        let sql = format!("UPDATE storage_policies SET settings = '{settings}'");
        self.tamper(&sql).await;
    }

    /// The one text that a query answers under the name `value`.
    pub async fn ask(&self, sql: &str) -> String {
        let database = self.database().await;
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let row = database.query_one_raw(statement).await;
        let row = row.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let row = row.unwrap_or_else(|| panic!("{sql} finds nothing"));
        let value = row.try_get("", "value").expect("a text");
        database.close().await.expect("the connection closes");
        value
    }

    /// A site setting, opened if it is sealed.
    pub async fn setting(&self, name: &str) -> String {
        let stored = self.stored_setting(name).await;
        let key = self.data().join("master.key");
        let key = MasterKey::load_or_create(&key, None).expect("a master key");
        sealed::open(&Sealer::new(&key), name, &stored).expect("sealed by this server")
    }

    /// A site setting as it lies in the database.
    pub async fn stored_setting(&self, name: &str) -> String {
        self.ask(&format!("SELECT value FROM settings WHERE name = '{name}'"))
            .await
    }

    /// Has new uploads come in chunks of this many bytes, from the next start on.
    pub async fn cut_uploads_into(&self, chunk_bytes: u32) {
        let settings = match &self.database {
            Database::Sqlite => "REPLACE(settings, '26214400', '{}')",
            Database::Postgres { .. } => "REPLACE(settings::text, '26214400', '{}')::json",
        };
        let settings = settings.replace("{}", &chunk_bytes.to_string());
        self.tamper(&format!(
            "UPDATE storage_policies SET settings = {settings}"
        ))
        .await;
    }

    /// Lets ordinary users mount their drives (and have bytes go through the server).
    pub async fn allow_dav(&self) {
        self.permit_users("CC08").await;
    }

    /// Takes from ordinary users that they may share; what others share they may open.
    pub async fn forbid_sharing(&self) {
        self.permit_users("8008").await;
    }

    /// What ordinary users may do, as the bytes of a bit set in hexadecimal. The row's time moves,
    /// as it does when an administrator changes it.
    pub async fn permit_users(&self, bits: &str) {
        self.permit(2, bits).await;
    }

    /// The same for the group with this id; that of visitors without an account is 3.
    pub async fn permit(&self, group: i64, bits: &str) {
        let bits = match &self.database {
            Database::Sqlite => format!("X'{bits}'"),
            Database::Postgres { .. } => format!("'\\x{bits}'"),
        };
        self.tamper(&format!(
            "UPDATE groups SET permissions = {bits}, updated_at = updated_at + 1 \
             WHERE id = {group}"
        ))
        .await;
    }

    /// Waits until no mail is on its way any more.
    pub async fn mail_is_out(&self) {
        self.nothing_left_of("send_mail").await;
    }

    /// Waits until every thumbnail that nobody asked for is made.
    pub async fn thumbnails_are_made(&self) {
        self.nothing_left_of("make_thumbnail").await;
    }

    /// Waits until tasks of a kind are done.
    pub async fn nothing_left_of(&self, kind: &str) {
        let open = format!(
            "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
             WHERE kind = '{kind}' AND state IN ('queued', 'processing', 'suspending')"
        );
        let patience = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while self.ask(&open).await != "0" {
            let is_late = std::time::Instant::now() >= patience;
            assert!(!is_late, "{kind} is not getting done");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// What the journal tells of an account's doings of one kind, oldest first.
    pub async fn journal(&self, op: &str) -> Vec<serde_json::Value> {
        let database = self.database().await;
        let sql = format!("SELECT detail FROM journal WHERE op = '{op}' ORDER BY id");
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(statement).await.expect("a journal");
        let details = rows.iter().map(|row| {
            let text: String = row.try_get("", "detail").expect("a text");
            serde_json::from_str(&text).expect("JSON")
        });
        let details = details.collect();
        database.close().await.expect("the connection closes");
        details
    }

    /// What the journal tells of one kind of doings with a program, once it tells of any: some
    /// entries are written a moment later.
    pub async fn told(&self, op: &str, agent: &str) -> Vec<serde_json::Value> {
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let mut told = self.journal(op).await;
            told.retain(|entry| entry["user_agent"] == agent);
            if !told.is_empty() {
                return told;
            }
            let is_late = std::time::Instant::now() >= patience;
            assert!(!is_late, "the journal has no {op} by {agent}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}
