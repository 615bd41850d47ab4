//! What a new site starts with: settings, a storage policy, three groups and this node.
//!
//! Every row is made only when it is absent, so existing sites keep what they changed, and
//! replicas that start together agree on whoever commits first (V4 API, first start).

use crate::settings;
use entity::{
    GroupId, NodeId, PolicyId, SecretText, Timestamp, group, node, oauth_client, storage_policy,
};
use std::collections::BTreeMap;
use store::{Connection, Store, StoreResult, apps, counters, nodes, policies};
use wire::bits::seeded_group;
use wire::{BitSet, NodeCapability};

const TIB: i64 = 1 << 40;
const GIB: i64 = 1 << 30;
/// Bytes of one upload chunk.
const CHUNK_BYTES: i64 = 25 << 20;
const TRASH_RETENTION_SECS: i64 = 604_800;
const MAX_WALKED: i64 = 100_000;
const FIRST_POLICY: PolicyId = PolicyId(1);
/// The local driver keeps its keys below `uploads` in the data folder.
const DIR_NAME_RULE: &str = "{uid}/{path}";
const FILE_NAME_RULE: &str = "{uid}_{randomkey8}_{originname}";

/// Makes what is missing, in one transaction; `apps` are those that the program brings along.
/// # Errors
/// Only the database's.
pub async fn plant(
    store: &Store,
    apps: impl IntoIterator<Item = oauth_client::Model>,
    now: Timestamp,
) -> StoreResult<()> {
    let rows = settings::seeds(|name| std::env::var(name).ok(), &mut rand::rng());
    let tx = store.begin().await?;
    let db = tx.db();
    store::settings::seed(db, rows).await?;
    seed_node(db, now).await?;
    seed_policy(db, now).await?;
    for group in groups(now) {
        store::groups::insert_absent(db, group).await?;
    }
    for app in apps {
        apps::insert_absent(db, app).await?;
    }
    counters::catch_up(db, &["nodes", "storage_policies", "groups"]).await?;
    tx.commit().await
}

async fn seed_node(db: &Connection, now: Timestamp) -> StoreResult<()> {
    if nodes::has_any(db, "master").await? {
        return Ok(());
    }
    let capabilities = [
        NodeCapability::CreateArchive,
        NodeCapability::ExtractArchive,
        NodeCapability::RemoteDownload,
        NodeCapability::Relocate,
    ];
    let capabilities = capabilities
        .into_iter()
        .fold(BitSet::EMPTY, |set, flag| set.with(flag, true));
    let row = node::Model {
        id: NodeId(1),
        name: "Master".to_owned(),
        kind: "master".to_owned(),
        status: "active".to_owned(),
        server: String::new(),
        slave_key: SecretText::default(),
        capabilities: capabilities.to_bytes(),
        weight: 0,
        settings: serde_json::json!({ "provider": "aria2" }),
        created_at: now,
        updated_at: now,
    };
    nodes::insert_absent(db, row).await
}

async fn seed_policy(db: &Connection, now: Timestamp) -> StoreResult<()> {
    let row = storage_policy::Model {
        id: FIRST_POLICY,
        name: "Default storage policy".to_owned(),
        kind: "local".to_owned(),
        server: String::new(),
        bucket_name: String::new(),
        is_private: true,
        access_key: SecretText::default(),
        secret_key: SecretText::default(),
        max_size: 0,
        dir_name_rule: DIR_NAME_RULE.to_owned(),
        file_name_rule: FILE_NAME_RULE.to_owned(),
        settings: storage_policy::Settings {
            chunk_size: CHUNK_BYTES,
            pre_allocate: true,
            other: BTreeMap::new(),
            ..storage_policy::Settings::default()
        },
        node_id: None,
        created_at: now,
        updated_at: now,
    };
    policies::insert_absent(db, row).await
}

fn groups(now: Timestamp) -> [group::Model; 3] {
    let common = group::Settings {
        max_walked_files: MAX_WALKED,
        redirected_source: true,
        ..group::Settings::default()
    };
    let row = |id, name: &str, permissions: BitSet, max_storage, policy, settings| group::Model {
        id: GroupId(id),
        name: name.to_owned(),
        max_storage,
        speed_limit: 0,
        permissions: permissions.to_bytes(),
        storage_policy_id: policy,
        settings,
        created_at: now,
        updated_at: now,
    };
    let with_trash = |source_batch, aria2_batch| group::Settings {
        source_batch,
        aria2_batch,
        trash_retention: TRASH_RETENTION_SECS,
        ..common.clone()
    };
    [
        row(
            1,
            "Admin",
            seeded_group::ADMIN,
            TIB,
            Some(FIRST_POLICY),
            with_trash(1_000, 50),
        ),
        row(
            2,
            "User",
            seeded_group::USER,
            GIB,
            Some(FIRST_POLICY),
            with_trash(10, 1),
        ),
        row(
            3,
            "Anonymous",
            seeded_group::ANONYMOUS,
            0,
            None,
            common.clone(),
        ),
    ]
}
