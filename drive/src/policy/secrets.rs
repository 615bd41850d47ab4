//! Keys of policies and nodes: sealed at rest, each for its own row and column, so that neither
//! the database nor its backups give them away, and none can be moved into another row.
//!
//! Like settings, a value in plain text counts as it is, and is sealed at the next start.

use super::PolicyKeys;
use entity::{SecretText, node, storage_policy};
use serde_json::{Value, json};
use site::secret::{BadSeal, Sealer};
use store::{Store, StoreResult, nodes, policies};

/// In front of a sealed text.
const MARK: &str = "sealed:";
/// Secrets among the settings of a node.
const OF_NODES: [&str; 2] = ["/aria2/token", "/qbittorrent/password"];
/// Where each of them is sent.
const SERVERS_OF_NODES: [&str; 2] = ["/aria2/server", "/qbittorrent/server"];

/// Seals what lies in a row in plain text. Answers whether there was anything.
pub fn seal_policy(sealer: &Sealer, row: &mut storage_policy::Model) -> bool {
    let purpose = |column: &str| format!("storage policy {} {column}", row.id);
    let columns = [
        (purpose("access_key"), &mut row.access_key),
        (purpose("secret_key"), &mut row.secret_key),
        (purpose("token"), &mut row.settings.token),
    ];
    let mut sealed = false;
    for (purpose, SecretText(text)) in columns {
        sealed |= seal(sealer, &purpose, text);
    }
    sealed
}

/// The same for a node.
pub fn seal_node(sealer: &Sealer, row: &mut node::Model) -> bool {
    let purpose = |column: &str| format!("node {} {column}", row.id);
    let mut sealed = seal(sealer, &purpose("slave_key"), &mut row.slave_key.0);
    for column in OF_NODES {
        if let Some(Value::String(text)) = row.settings.pointer_mut(column) {
            sealed |= seal(sealer, &purpose(column), text);
        }
    }
    sealed
}

/// The keys of a policy.
/// # Errors
/// [`BadSeal`], for example if they were sealed with another master key
pub fn keys_of(sealer: &Sealer, row: &storage_policy::Model) -> Result<PolicyKeys, BadSeal> {
    let opened = |column: &str, stored: &SecretText| {
        open(
            sealer,
            &format!("storage policy {} {column}", row.id),
            &stored.0,
        )
    };
    Ok(PolicyKeys {
        access_key: opened("access_key", &row.access_key)?,
        secret_key: opened("secret_key", &row.secret_key)?,
        token: opened("token", &row.settings.token)?,
    })
}

/// Keys of a policy in clear, outside its row.
pub type OpenedKeys = PolicyKeys;

impl PolicyKeys {
    /// Puts them into a row, in clear.
    pub fn put_into(self, row: &mut storage_policy::Model) {
        row.access_key = SecretText(self.access_key);
        row.secret_key = SecretText(self.secret_key);
        row.settings.token = SecretText(self.token);
    }

    /// Where one is empty, it is as it was before. Answers whether any is.
    pub fn keep_what_is_empty(&mut self, before: &Self) -> bool {
        let mut keeps = false;
        let pairs = [
            (&mut self.access_key, &before.access_key),
            (&mut self.secret_key, &before.secret_key),
            (&mut self.token, &before.token),
        ];
        for (now, before) in pairs {
            if now.is_empty() {
                now.clone_from(before);
                keeps |= !before.is_empty();
            }
        }
        keeps
    }
}

/// Takes the keys out of a row, as they lie there.
pub fn take_keys(row: &mut storage_policy::Model) -> OpenedKeys {
    OpenedKeys {
        access_key: std::mem::take(&mut row.access_key.0),
        secret_key: std::mem::take(&mut row.secret_key.0),
        token: std::mem::take(&mut row.settings.token.0),
    }
}

/// A node with its keys in clear; those that cannot be opened are empty.
pub fn with_node_keys(sealer: &Sealer, mut row: node::Model) -> node::Model {
    let purpose = |column: &str| format!("node {} {column}", row.id);
    let opened =
        |column: &str, text: &str| open(sealer, &purpose(column), text).unwrap_or_default();
    let slave_key = opened("slave_key", &row.slave_key.0);
    let others: Vec<(&str, String)> = OF_NODES
        .iter()
        .filter_map(|column| Some((*column, row.settings.pointer(column)?.as_str()?)))
        .map(|(column, text)| (column, opened(column, text)))
        .collect();
    row.slave_key = SecretText(slave_key);
    for (column, text) in others {
        if let Some(value) = row.settings.pointer_mut(column) {
            *value = Value::String(text);
        }
    }
    row
}

/// A node whose keys are empty.
pub fn without_node_keys(mut row: node::Model) -> node::Model {
    row.slave_key = SecretText::default();
    for column in OF_NODES {
        if let Some(value) = row.settings.pointer_mut(column) {
            *value = Value::String(String::new());
        }
    }
    row
}

/// The secrets among the settings of a node, as they lie there.
pub fn node_keys(row: &node::Model) -> Vec<String> {
    let keys = OF_NODES.iter().map(|column| {
        let text = row.settings.pointer(column).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    });
    keys.collect()
}

/// Where a key is empty, it is as it was before.
pub fn keep_node_keys(row: &mut node::Model, before: &node::Model) {
    if row.slave_key.0.is_empty() {
        row.slave_key = before.slave_key.clone();
    }
    for column in OF_NODES {
        let Some(kept) = before.settings.pointer(column).cloned() else {
            continue;
        };
        let (section, key) = column[1..].split_once('/').unwrap_or_default();
        let sections = row.settings.as_object_mut();
        let section = sections.map(|all| all.entry(section).or_insert_with(|| json!({})));
        let Some(fields) = section.and_then(Value::as_object_mut) else {
            continue;
        };
        let now = fields.entry(key).or_insert(Value::Null);
        if now.is_null() || now.as_str().is_some_and(str::is_empty) {
            *now = kept;
        }
    }
}

/// Whether two rows of one node, both with their keys in clear, are reached at other places or with
/// other keys.
pub fn goes_elsewhere(row: &node::Model, before: &node::Model) -> bool {
    let others = OF_NODES.into_iter().chain(SERVERS_OF_NODES);
    let mut others = others.map(|column| {
        let said = |row: &node::Model| row.settings.pointer(column).cloned();
        (said(row), said(before))
    });
    row.server != before.server
        || row.slave_key != before.slave_key
        || others.any(|(now, before)| now.is_some() && now != before)
}

/// Seals every key that lies in plain text. A row is a transaction of its own: whoever is
/// interrupted goes on the next time.
/// # Errors
/// Only the database's.
pub async fn seal_all(store: &Store, sealer: &Sealer) -> StoreResult<()> {
    for mut row in policies::all(store.read()).await? {
        if !seal_policy(sealer, &mut row) {
            continue;
        }
        let tx = store.begin().await?;
        // As it is now: somebody else may have been here.
        if let Some(mut row) = policies::locked(tx.db(), row.id).await?
            && seal_policy(sealer, &mut row)
        {
            policies::set_secrets(tx.db(), &row).await?;
        }
        tx.commit().await?;
    }
    for mut row in nodes::all(store.read()).await? {
        if !seal_node(sealer, &mut row) {
            continue;
        }
        let tx = store.begin().await?;
        if let Some(mut row) = nodes::locked(tx.db(), row.id).await?
            && seal_node(sealer, &mut row)
        {
            nodes::set_secrets(tx.db(), &row).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn seal(sealer: &Sealer, purpose: &str, text: &mut String) -> bool {
    if text.is_empty() || text.starts_with(MARK) {
        return false;
    }
    *text = format!("{MARK}{}", sealer.seal(purpose, text));
    true
}

fn open(sealer: &Sealer, purpose: &str, stored: &str) -> Result<String, BadSeal> {
    match stored.strip_prefix(MARK) {
        Some(sealed) => sealer.open(purpose, sealed),
        None => Ok(stored.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::policy::rules::tests::policy;
    use entity::{NodeId, PolicyId, Timestamp};
    use site::secret::MasterKey;

    fn sealer() -> Sealer {
        Sealer::new(&MasterKey::from_bytes([7; 32]))
    }

    #[test]
    fn keys_open_in_their_own_row_and_column_only() {
        let mut row = policy(storage_policy::Settings::default());
        row.access_key.0 = "id".to_owned();
        row.secret_key.0 = "s3cret".to_owned();
        assert!(seal_policy(&sealer(), &mut row));
        let sealed = row.clone();
        assert!(!seal_policy(&sealer(), &mut row));
        assert_eq!(row, sealed);
        let keys = keys_of(&sealer(), &row).unwrap();
        assert_eq!((&*keys.access_key, &*keys.secret_key), ("id", "s3cret"));
        let moved = storage_policy::Model {
            id: PolicyId(2),
            ..sealed.clone()
        };
        assert!(keys_of(&sealer(), &moved).is_err());
        let swapped = storage_policy::Model {
            access_key: sealed.secret_key.clone(),
            ..sealed
        };
        assert!(keys_of(&sealer(), &swapped).is_err());
    }

    #[test]
    fn secrets_of_nodes_are_found_in_their_settings() {
        let mut row = node::Model {
            id: NodeId(2),
            name: String::new(),
            kind: "slave".to_owned(),
            status: String::new(),
            server: String::new(),
            slave_key: SecretText("k3y".to_owned()),
            capabilities: Vec::new(),
            weight: 0,
            settings: serde_json::json!({
                "provider": "aria2",
                "aria2": { "server": "http://here", "token": "t0ken" },
                "qbittorrent": { "password": "" },
            }),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        assert!(seal_node(&sealer(), &mut row));
        let shown = format!("{row:?}");
        assert!(
            !shown.contains("t0ken") && !shown.contains("k3y"),
            "{shown}"
        );
        assert_eq!(row.settings["aria2"]["server"], "http://here");
        assert_eq!(row.settings["qbittorrent"]["password"], "");
        assert!(!seal_node(&sealer(), &mut row));
    }
}
