//! Storage policies: where bytes go.

use crate::By;
use crate::audit::{self, changes_of};
use crate::error::AdminError;
use crate::page::{Page, PageRequest};
pub use crate::policy_rules::KINDS;
use crate::policy_rules::{
    check, exchange_members, is_child, is_member, require_children, require_own_name,
};
use drive::context::Core;
use drive::policy::secrets::{self, OpenedKeys};
use drive::policy::{credentials, is_made_of_others, place};
use entity::storage_policy::{LOCAL, Model, Settings};
use entity::{NodeId, PolicyId, Timestamp, group, node};
use serde_json::{Value, json};
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::bus::Topic;
use store::journal::{self, Op};
use store::{StoreError, Tx, blob_pages, nodes, policies as rows};

/// Told to an app that would send bytes or keys elsewhere.
pub(crate) const NOT_FOR_APPS: &str = "Apps do not say where files are kept, or with which keys";
/// Blobs that are looked for where a policy is to be.
const SOME: u64 = 3;
/// The policy that every site has.
const DEFAULT: PolicyId = PolicyId(1);
/// A policy as administrators see it.
#[derive(Clone, Debug)]
pub struct PolicyRow {
    /// Its keys are opened, or empty for who is not shown them.
    pub policy: Model,
    pub groups: Vec<group::Model>,
    /// Its keys are not shown.
    pub node: Option<node::Model>,
    /// Blobs, and their bytes, if they were to be counted.
    pub kept: Option<(u64, i64)>,
}

/// What a policy is to be: everything but its times. Keys are in clear.
pub type NewPolicy = Model;

/// The service behind the pages of policies.
#[derive(Clone, Debug)]
pub struct Policies {
    pub(crate) core: Arc<Core>,
}

impl Policies {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// A page of the policies, perhaps of one kind.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        kind: Option<&str>,
    ) -> Result<Page<PolicyRow>, AdminError> {
        crate::administrator(actor)?;
        let mut all = rows::all(self.core.store.read()).await?;
        all.retain(|row| KINDS.contains(&row.kind.as_str()));
        all.retain(|row| kind.is_none_or(|kind| kind == row.kind));
        if request.order_by == "updated_at" {
            all.sort_by_key(|row| (row.updated_at, row.id));
        }
        let page = request.of(all);
        Ok(Page {
            rows: self.with_edges(actor, page.rows).await?,
            total: page.total,
        })
    }

    /// One policy, with what it keeps if that is to be counted.
    /// # Errors
    /// `PolicyNotFound`
    pub async fn get(
        &self,
        actor: &Actor,
        id: PolicyId,
        count: bool,
    ) -> Result<PolicyRow, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let row = rows::by_id(db, id).await?;
        let row = row.ok_or(AdminError::PolicyNotFound)?;
        let row = self.with_edges(actor, vec![row]).await?.pop();
        let mut row = row.ok_or(AdminError::PolicyNotFound)?;
        if count {
            row.kept = Some(blob_pages::kept_by(db, id).await?);
        }
        Ok(row)
    }

    /// Adds a policy.
    /// # Errors
    /// `BadValue`, `Dangling`
    pub async fn create(&self, actor: &Actor, new: NewPolicy) -> Result<PolicyRow, AdminError> {
        let by = crate::administrator(actor)?;
        let now = self.core.now();
        let mut row = Model {
            id: PolicyId(0),
            created_at: now,
            updated_at: now,
            ..new
        };
        check(&row)?;
        self.require_driver(&row)?;
        if row.driver() != LOCAL || !row.settings.root().is_empty() {
            crate::people_only(actor, NOT_FOR_APPS)?;
        }
        let mut tx = self.core.store.begin().await?;
        require_children(&tx, &row, &self.core.policies).await?;
        require_own_name(&tx, &row).await?;
        let keys = secrets::take_keys(&mut row);
        let id = rows::insert(tx.db(), row.clone()).await.map_err(dangling)?;
        row.id = id;
        self.seal(&mut row, keys);
        rows::set_secrets(tx.db(), &row).await?;
        self.write_down(&mut tx, by, Op::PolicyCreated, (None, Some(&row)));
        tx.commit().await?;
        self.get(actor, id, false).await
    }

    /// Replaces a policy. What is stored stays where it is, by the key that it was given.
    /// # Errors
    /// `PolicyNotFound`, `BadValue`, `Dangling`
    pub async fn replace(
        &self,
        actor: &Actor,
        (id, seen): (PolicyId, Option<Timestamp>),
        new: NewPolicy,
    ) -> Result<PolicyRow, AdminError> {
        let by = crate::administrator(actor)?;
        check(&new)?;
        self.require_driver(&new)?;
        self.require_kept(id, &new).await?;
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.ok_or(AdminError::PolicyNotFound)?;
        crate::require_unchanged(seen, old.updated_at, &old.name)?;
        if old.driver() != new.driver() {
            if rows::is_in_use(tx.db(), id).await? {
                return Err(AdminError::bad("What is stored there is not of this kind"));
            }
            if is_made_of_others(&new) && is_child(&tx, id).await? {
                return Err(AdminError::bad("Another policy is made of this one"));
            }
        }
        if place(&old) != place(&new) && is_member(&tx, id).await? {
            return Err(AdminError::bad(
                "A mirror keeps its bytes by this policy: take it out of the mirror before it moves",
            ));
        }
        let whole = Model { id, ..new.clone() };
        require_children(&tx, &whole, &self.core.policies).await?;
        if old.name != new.name {
            require_own_name(&tx, &whole).await?;
        }
        let mut row = Model {
            id,
            created_at: old.created_at,
            updated_at: self.core.now(),
            node_id: new.node_id.or(old.node_id),
            ..new
        };
        exchange_members(&mut tx, (&old, &row), row.updated_at).await?;
        let mut keys = secrets::take_keys(&mut row);
        let before = secrets::keys_of(&self.core.sealer, &old).unwrap_or_default();
        if row.kind == credentials::KIND {
            // What it renews by itself is not what a page may have shown a while ago.
            keys.access_key.clone_from(&before.access_key);
            let renewed_at = old.settings.other.get(credentials::RENEWED_AT);
            let other = &mut row.settings.other;
            other.remove(credentials::RENEWED_AT);
            other.extend(renewed_at.map(|at| (credentials::RENEWED_AT.to_owned(), at.clone())));
        }
        if actor.scopes().is_some() {
            // What it was not shown it sends back empty.
            keys.keep_what_is_empty(&before);
        }
        if keys != before || destination(&row) != destination(&old) {
            crate::people_only(actor, NOT_FOR_APPS)?;
        }
        self.seal(&mut row, keys);
        rows::replace(tx.db(), row.clone())
            .await
            .map_err(dangling)?;
        self.write_down(&mut tx, by, Op::PolicyChanged, (Some(&old), Some(&row)));
        tx.tells(Topic::Policies);
        tx.commit().await?;
        self.core.policies.forget(id);
        self.core.policies.credentials.forget(id).await;
        self.get(actor, id, false).await
    }

    /// Kinds without a driver may be written down for later; a driver that is named has to be there.
    fn require_driver(&self, row: &Model) -> Result<(), AdminError> {
        match row.settings.backend() {
            Some(backend) if !self.core.policies.has_driver(row) => Err(AdminError::bad(format!(
                "backend: there is no driver called {backend}"
            ))),
            _ => Ok(()),
        }
    }

    /// Whoever moves a policy has moved its bytes before: else all that is kept by it would be lost
    /// from view.
    async fn require_kept(&self, id: PolicyId, new: &NewPolicy) -> Result<(), AdminError> {
        let db = self.core.store.read();
        let Some(old) = rows::by_id(db, id).await? else {
            return Ok(());
        };
        let is_there = place(&old) == place(new);
        let is_same = old.driver() == new.driver();
        if is_there || !is_same || !self.core.policies.has_driver(&old) {
            return Ok(());
        }
        let kept = blob_pages::some_of(db, id, SOME).await?;
        let found = self.core.policies.finds(new, &kept).await;
        found.map_err(|why| {
            AdminError::bad(format!(
                "What is kept by this policy is not found there: {why}"
            ))
        })
    }

    /// Removes a policy that nothing is kept by and no group uses.
    /// # Errors
    /// `PolicyNotFound`, `DefaultPolicy`, `PolicyOfGroups`, `PolicyInUse`
    pub async fn delete(&self, actor: &Actor, id: PolicyId) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        if id == DEFAULT {
            return Err(AdminError::DefaultPolicy);
        }
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.ok_or(AdminError::PolicyNotFound)?;
        let groups = rows::groups_of(tx.db(), &[id]).await?.len() as u64;
        if groups > 0 {
            return Err(AdminError::PolicyOfGroups(groups));
        }
        if rows::is_in_use(tx.db(), id).await? || is_child(&tx, id).await? {
            return Err(AdminError::PolicyInUse);
        }
        rows::remove(tx.db(), id).await?;
        self.write_down(&mut tx, by, Op::PolicyDeleted, (Some(&old), None));
        tx.tells(Topic::Policies);
        tx.commit().await?;
        self.core.policies.forget(id);
        Ok(())
    }

    /// Tries a policy that need not be saved: writes a few bytes, reads and removes them. Answers what
    /// it works without, in sentences.
    /// # Errors
    /// `BadValue` that says what did not work, or which driver is missing
    pub async fn test(&self, actor: &Actor, new: NewPolicy) -> Result<Vec<String>, AdminError> {
        crate::administrator(actor)?;
        crate::people_only(actor, "Apps do not try storages")?;
        check(&new)?;
        let tried = self.core.policies.probe(&new).await;
        tried.map_err(|why| AdminError::bad(format!("The storage does not work: {why}")))
    }

    /// Lets browsers of this site send bytes to the bucket of a policy that need not be saved.
    /// # Errors
    /// `BadValue` for kinds without such a thing; `Failed`
    pub async fn set_cors(&self, actor: &Actor, new: NewPolicy) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        crate::people_only(actor, "Apps do not try storages")?;
        check(&new)?;
        if !["oss", "cos", "s3", "ks3", "obs"].contains(&new.kind.as_str()) {
            return Err(AdminError::bad("This kind of storage has no CORS rules"));
        }
        let set = self.core.policies.set_cors(&new).await;
        set.map_err(|why| AdminError::Failed(format!("The CORS rules could not be set: {why}")))
    }

    fn seal(&self, row: &mut Model, keys: OpenedKeys) {
        keys.put_into(row);
        secrets::seal_policy(&self.core.sealer, row);
    }

    async fn with_edges(
        &self,
        actor: &Actor,
        found: Vec<Model>,
    ) -> Result<Vec<PolicyRow>, AdminError> {
        let db = self.core.store.read();
        let ids: Vec<PolicyId> = found.iter().map(|row| row.id).collect();
        let mut groups: HashMap<PolicyId, Vec<group::Model>> = HashMap::new();
        for group in rows::groups_of(db, &ids).await? {
            for policy in group.policies() {
                groups.entry(policy).or_default().push(group.clone());
            }
        }
        let nodes: HashMap<NodeId, node::Model> = nodes::all(db)
            .await?
            .into_iter()
            .map(|node| (node.id, secrets::without_node_keys(node)))
            .collect();
        let is_app = actor.scopes().is_some();
        let shown = found.into_iter().map(|mut row| {
            let keys = secrets::keys_of(&self.core.sealer, &row).unwrap_or_default();
            secrets::take_keys(&mut row);
            if !is_app {
                keys.put_into(&mut row);
            }
            PolicyRow {
                groups: groups.remove(&row.id).unwrap_or_default(),
                node: row.node_id.and_then(|id| nodes.get(&id).cloned()),
                policy: row,
                kept: None,
            }
        });
        Ok(shown.collect())
    }

    pub(crate) fn write_down(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        op: Op,
        (old, new): (Option<&Model>, Option<&Model>),
    ) {
        let (id, name) = new.or(old).map_or((0, ""), |row| (row.id.0, &*row.name));
        let changed = changes_of(
            old.map(told),
            new.map(told),
            &["access_key", "secret_key", "token"],
        );
        let entry = audit::entry(by, op, json!({ "policy": id, "name": name }), changed);
        journal::append(tx, self.core.now(), vec![entry]);
    }
}

/// A row as the journal compares it: keys are sealed, so that what stays the same may look
/// changed, but nothing is told of them.
fn told(row: &Model) -> Value {
    let mut settings = serde_json::to_value(&row.settings).unwrap_or_default();
    if let Some(fields) = settings.as_object_mut() {
        fields.remove("token");
    }
    json!({
        "name": row.name,
        "type": row.kind,
        "server": row.server,
        "bucket_name": row.bucket_name,
        "is_private": row.is_private,
        "access_key": row.access_key.0,
        "secret_key": row.secret_key.0,
        "token": row.settings.token.0,
        "max_size": row.max_size,
        "dir_name_rule": row.dir_name_rule,
        "file_name_rule": row.file_name_rule,
        "settings": settings,
        "node": row.node_id.map(|id| id.0),
    })
}

/// Where the keys of a policy are sent.
fn destination(row: &Model) -> impl PartialEq {
    let Settings { other, .. } = &row.settings;
    (
        row.kind.clone(),
        row.server.clone(),
        row.bucket_name.clone(),
        row.node_id,
        other.clone(),
    )
}

/// Only a node can be missing.
fn dangling(error: StoreError) -> AdminError {
    if error.is_dangling() {
        AdminError::Dangling("The node")
    } else {
        error.into()
    }
}
