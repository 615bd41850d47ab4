//! Nodes: this server and its helpers.

use crate::By;
use crate::audit::{self, changes_of};
use crate::error::AdminError;
use crate::page::{Page, PageRequest};
use crate::policies::NOT_FOR_APPS;
use drive::context::Core;
use drive::policy::secrets;
use entity::node::Model;
use entity::{NodeId, Timestamp, storage_policy};
use serde_json::{Value, json};
use site::actor::Actor;
use site::limits::{POLICY_KEY_BYTES, POLICY_SETTINGS_BYTES, POLICY_TEXT_CHARS};
use std::collections::HashMap;
use std::sync::Arc;
use store::bus::Topic;
use store::journal::{self, Op};
use store::{Tx, nodes as rows, policies};

/// What this server itself is.
const MASTER: &str = "master";
/// What all others are.
const SLAVE: &str = "slave";

/// A node as administrators see it.
#[derive(Clone, Debug)]
pub struct NodeRow {
    /// Its keys are opened, or empty for who is not shown them.
    pub node: Model,
    /// Policies whose bytes it keeps, without their keys.
    pub policies: Vec<storage_policy::Model>,
}

/// The service behind the pages of nodes.
#[derive(Clone, Debug)]
pub struct Nodes {
    core: Arc<Core>,
}

impl Nodes {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Asks a node that need not be saved whether it is there.
    /// # Errors
    /// `BadValue` that says what did not work: which driver is missing
    pub fn test(&self, actor: &Actor, new: &Model) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        check(new)?;
        let why = "this version has no driver for nodes";
        Err(AdminError::bad(format!("Failed to connect to node: {why}")))
    }

    /// Whether the downloader of a node, which need not be saved, may be asked who it is.
    /// # Errors
    /// `NotAllowed`, `BadValue`
    pub fn require_testable(&self, actor: &Actor, new: &Model) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        // Its address is asked with its key, wherever it is.
        crate::people_only(actor, NOT_FOR_APPS)?;
        check(new)
    }

    /// A page of the nodes, perhaps of one status.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        status: Option<&str>,
    ) -> Result<Page<NodeRow>, AdminError> {
        crate::administrator(actor)?;
        let mut all = rows::all(self.core.store.read()).await?;
        all.retain(|row| status.is_none_or(|status| status == row.status));
        match request.order_by.as_str() {
            "name" => all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id))),
            "weight" => all.sort_by_key(|row| (row.weight, row.id)),
            "updated_at" => all.sort_by_key(|row| (row.updated_at, row.id)),
            _ => {}
        }
        let page = request.of(all);
        Ok(Page {
            rows: self.with_edges(actor, page.rows).await?,
            total: page.total,
        })
    }

    /// One node.
    /// # Errors
    /// `NodeNotFound`
    pub async fn get(&self, actor: &Actor, id: NodeId) -> Result<NodeRow, AdminError> {
        crate::administrator(actor)?;
        let all = rows::all(self.core.store.read()).await?;
        let found = all.into_iter().filter(|row| row.id == id).collect();
        let row = self.with_edges(actor, found).await?.pop();
        row.ok_or(AdminError::NodeNotFound)
    }

    /// Adds a helper.
    /// # Errors
    /// `BadValue`
    pub async fn create(&self, actor: &Actor, new: Model) -> Result<NodeRow, AdminError> {
        let by = crate::administrator(actor)?;
        check(&new)?;
        crate::people_only(actor, NOT_FOR_APPS)?;
        let now = self.core.now();
        let mut row = Model {
            id: NodeId(0),
            kind: SLAVE.to_owned(),
            created_at: now,
            updated_at: now,
            ..new
        };
        let mut tx = self.core.store.begin().await?;
        let bare = secrets::without_node_keys(row.clone());
        let id = rows::insert(tx.db(), bare).await?;
        row.id = id;
        secrets::seal_node(&self.core.sealer, &mut row);
        rows::set_secrets(tx.db(), &row).await?;
        self.write_down(&mut tx, by, Op::NodeCreated, (None, Some(&row)));
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Replaces a node; what it is stays.
    /// # Errors
    /// `NodeNotFound`, `BadValue`
    pub async fn replace(
        &self,
        actor: &Actor,
        (id, seen): (NodeId, Option<Timestamp>),
        new: Model,
    ) -> Result<NodeRow, AdminError> {
        let by = crate::administrator(actor)?;
        check(&new)?;
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.ok_or(AdminError::NodeNotFound)?;
        crate::require_unchanged(seen, old.updated_at, &old.name)?;
        let mut row = Model {
            id,
            kind: old.kind.clone(),
            created_at: old.created_at,
            updated_at: self.core.now(),
            ..new
        };
        if actor.scopes().is_some() {
            // What it was not shown it sends back empty.
            let before = secrets::with_node_keys(&self.core.sealer, old.clone());
            secrets::keep_node_keys(&mut row, &before);
            if secrets::goes_elsewhere(&row, &before) {
                crate::people_only(actor, NOT_FOR_APPS)?;
            }
        }
        secrets::seal_node(&self.core.sealer, &mut row);
        rows::replace(tx.db(), row.clone()).await?;
        self.write_down(&mut tx, by, Op::NodeChanged, (Some(&old), Some(&row)));
        tx.tells(Topic::Policies);
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Removes a helper that no policy uses.
    /// # Errors
    /// `NodeNotFound`, `MasterNode`, `NodeInUse`
    pub async fn delete(&self, actor: &Actor, id: NodeId) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.ok_or(AdminError::NodeNotFound)?;
        if old.kind == MASTER {
            return Err(AdminError::MasterNode);
        }
        let users = policies::all(tx.db()).await?.into_iter();
        let users = users.filter(|policy| policy.node_id == Some(id));
        let names: Vec<String> = users.map(|policy| policy.name).collect();
        if !names.is_empty() {
            return Err(AdminError::NodeInUse(names.join(", ")));
        }
        rows::remove(tx.db(), id).await?;
        self.write_down(&mut tx, by, Op::NodeDeleted, (Some(&old), None));
        tx.commit().await?;
        Ok(())
    }

    async fn with_edges(
        &self,
        actor: &Actor,
        found: Vec<Model>,
    ) -> Result<Vec<NodeRow>, AdminError> {
        let db = self.core.store.read();
        let mut by_node: HashMap<NodeId, Vec<storage_policy::Model>> = HashMap::new();
        for mut policy in policies::all(db).await? {
            if let Some(node) = policy.node_id {
                secrets::take_keys(&mut policy);
                by_node.entry(node).or_default().push(policy);
            }
        }
        let is_app = actor.scopes().is_some();
        let shown = found.into_iter().map(|row| {
            let id = row.id;
            let node = if is_app {
                secrets::without_node_keys(row)
            } else {
                secrets::with_node_keys(&self.core.sealer, row)
            };
            NodeRow {
                policies: by_node.remove(&id).unwrap_or_default(),
                node,
            }
        });
        Ok(shown.collect())
    }

    fn write_down(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        op: Op,
        (old, new): (Option<&Model>, Option<&Model>),
    ) {
        let (id, name) = new.or(old).map_or((0, ""), |row| (row.id.0, &*row.name));
        let changed = changes_of(old.map(told), new.map(told), &["slave_key", "keys"]);
        let entry = audit::entry(by, op, json!({ "node": id, "name": name }), changed);
        journal::append(tx, self.core.now(), vec![entry]);
    }
}

fn told(row: &Model) -> Value {
    let bare = secrets::without_node_keys(row.clone());
    json!({
        "name": row.name,
        "status": row.status,
        "server": row.server,
        "slave_key": row.slave_key.0,
        "capabilities": row.capabilities,
        "weight": row.weight,
        "settings": bare.settings,
        "keys": secrets::node_keys(row),
    })
}

fn check(row: &Model) -> Result<(), AdminError> {
    let is_long = row.name.chars().count() > POLICY_TEXT_CHARS;
    if row.name.trim().is_empty() || is_long || row.name.chars().any(char::is_control) {
        return Err(AdminError::bad("Name is empty or too long"));
    }
    if !matches!(row.status.as_str(), "active" | "suspended") {
        return Err(AdminError::bad("status must be active or suspended"));
    }
    let is_web = row.server.is_empty()
        || url::Url::parse(&row.server)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_web || row.server.len() > POLICY_TEXT_CHARS {
        return Err(AdminError::bad("server must be a web address"));
    }
    if row.slave_key.0.len() > POLICY_KEY_BYTES {
        return Err(AdminError::bad("slave_key is too long"));
    }
    if row.weight < 0 {
        return Err(AdminError::bad("weight must not be negative"));
    }
    if !row.settings.is_object() || row.settings.to_string().len() > POLICY_SETTINGS_BYTES {
        return Err(AdminError::bad(
            "settings must be an object that is not too long",
        ));
    }
    Ok(())
}
