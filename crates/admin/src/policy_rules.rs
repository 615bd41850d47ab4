//! What a storage policy has to be before it is kept.

use crate::error::AdminError;
use drive::policy::local::MIN_FREE_BYTES;
use drive::policy::{Policies, balance, cdn, is_made_of_others, made_of, mirror, place, webdav};
use entity::storage_policy::{AZURE, GCS, LOCAL, Model, Settings};
use entity::{PolicyId, Timestamp};
use serde_json::Value;
use site::limits::{GROUP_NAME_CHARS, POLICY_KEY_BYTES, POLICY_SETTINGS_BYTES, POLICY_TEXT_CHARS};
use std::ops::RangeInclusive;
use store::{Tx, mirror_gaps, policies as rows};

/// Kinds of storage that clients know (V4 API); lists of others break them.
pub const KINDS: [&str; 11] = [
    "local",
    "remote",
    "s3",
    "ks3",
    "oss",
    "cos",
    "obs",
    "qiniu",
    "upyun",
    "onedrive",
    balance::KIND,
];
/// Drivers that keep bytes in buckets or containers.
const BUCKETS: [&str; 7] = ["s3", "ks3", "oss", "cos", "obs", AZURE, GCS];
/// How long names of those may be; only with dots more than 63.
const BUCKET_NAME: RangeInclusive<usize> = 1..=222;
/// Containers that Azure makes itself, for what has no other and for web sites.
const AZURE_OWN: [&str; 2] = ["$root", "$web"];
/// Largest expression that names are held against, compiled.
const EXPRESSION_BYTES: usize = 1 << 20;

/// # Errors
/// `BadValue`
pub(crate) fn check(row: &Model) -> Result<(), AdminError> {
    if row.name.trim().is_empty() {
        return Err(AdminError::bad("Name cannot be empty"));
    }
    if !KINDS.contains(&row.kind.as_str()) {
        let known = KINDS.join(", ");
        return Err(AdminError::bad(format!("type must be one of {known}")));
    }
    let texts = [
        ("name", &row.name),
        ("server", &row.server),
        ("bucket_name", &row.bucket_name),
        ("dir_name_rule", &row.dir_name_rule),
        ("file_name_rule", &row.file_name_rule),
    ];
    for (name, text) in texts {
        if text.chars().count() > POLICY_TEXT_CHARS || text.chars().any(char::is_control) {
            return Err(AdminError::bad(format!(
                "{name} is too long, or no line of text"
            )));
        }
    }
    if row.name.chars().count() > GROUP_NAME_CHARS {
        return Err(AdminError::bad("name is too long"));
    }
    if row.kind != balance::KIND && !row.file_name_rule.contains('{') {
        return Err(AdminError::bad(
            "file_name_rule must have a variable: all files would have one name",
        ));
    }
    if [&row.dir_name_rule, &row.file_name_rule]
        .iter()
        .any(|rule| rule.split('/').any(|part| part == ".."))
    {
        return Err(AdminError::bad("Naming rules must not lead upward"));
    }
    let keys = [&row.access_key, &row.secret_key];
    if keys.iter().any(|key| key.0.len() > POLICY_KEY_BYTES) {
        return Err(AdminError::bad("access_key or secret_key is too long"));
    }
    check_bucket_name(row)?;
    webdav::check(row).map_err(AdminError::bad)?;
    check_settings(&row.settings)?;
    check_backend(row)?;
    made_of(row).map_err(AdminError::bad)?;
    if row.max_size < 0 {
        return Err(AdminError::bad("max_size must not be negative"));
    }
    Ok(())
}

/// As all vendors have them, old ones of theirs included; whoever pastes an address or a path is told
/// before anybody is asked for it.
fn check_bucket_name(row: &Model) -> Result<(), AdminError> {
    let has_bucket = BUCKETS.contains(&row.driver());
    let name = &*row.bucket_name;
    // One without a name may be written down for later.
    if !has_bucket || name.is_empty() {
        return Ok(());
    }
    if row.driver() == AZURE && AZURE_OWN.contains(&name) {
        return Ok(());
    }
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let fits = BUCKET_NAME.contains(&name.len()) && name.chars().all(is_known);
    let ends = is_end(name.chars().next()) && is_end(name.chars().next_back());
    if fits && ends && !name.contains("..") {
        return Ok(());
    }
    Err(AdminError::bad(
        "bucket_name is no name of a bucket: 3 to 63 small letters, digits and hyphens, without address or path",
    ))
}

/// Nobody else is called so: people, and what is told of storages, know them by their names.
pub(crate) async fn require_own_name(tx: &Tx, row: &Model) -> Result<(), AdminError> {
    let name = row.name.trim();
    let all = rows::all(tx.db()).await?;
    let is_same = |other: &Model| other.id != row.id && other.name.trim() == name;
    if all.iter().any(is_same) {
        return Err(AdminError::bad(format!("Another policy is called {name}")));
    }
    Ok(())
}

fn check_settings(settings: &Settings) -> Result<(), AdminError> {
    if settings.chunk_size < 0 || settings.chunk_concurrency < 0 {
        return Err(AdminError::bad(
            "chunk_size and chunk_concurrency must not be negative",
        ));
    }
    cdn::check(settings).map_err(AdminError::bad)?;
    let other = |key: &str| settings.other.get(key);
    if other(Settings::ROOT).is_some_and(|root| !is_root(root)) {
        return Err(AdminError::bad("root must be the whole path of a folder"));
    }
    if other(MIN_FREE_BYTES).is_some_and(|bytes| bytes.as_u64().is_none()) {
        return Err(AdminError::bad("min_free_bytes must be a number of bytes"));
    }
    let expression = regex::RegexBuilder::new(&settings.file_regexp)
        .size_limit(EXPRESSION_BYTES)
        .build();
    if expression.is_err() {
        return Err(AdminError::bad(
            "file_regexp is no regular expression, or too large a one",
        ));
    }
    let all = serde_json::to_vec(settings).map_or(usize::MAX, |json| json.len());
    if all > POLICY_SETTINGS_BYTES || settings.token.0.len() > POLICY_KEY_BYTES {
        return Err(AdminError::bad("settings are too long"));
    }
    Ok(())
}

/// Only what clients take for a local policy has a driver that they do not know.
fn check_backend(row: &Model) -> Result<(), AdminError> {
    let Some(backend) = row.settings.other.get(Settings::BACKEND) else {
        return Ok(());
    };
    if !backend.is_string() {
        return Err(AdminError::bad("backend must be the name of a driver"));
    }
    if row.settings.backend().is_some() && row.kind != LOCAL {
        return Err(AdminError::bad("Only a policy of type local has a backend"));
    }
    Ok(())
}

/// Empty, or a path from the root of the file system.
fn is_root(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let text = text.trim();
        let fits = text.len() <= POLICY_TEXT_CHARS && !text.chars().any(char::is_control);
        fits && (text.is_empty() || text.starts_with('/'))
    })
}

/// What a policy is made of is there, keeps bytes itself, and stays until the transaction ends.
pub(crate) async fn require_children(
    tx: &Tx,
    row: &Model,
    policies: &Policies,
) -> Result<(), AdminError> {
    let is_mirror = row.driver() == mirror::BACKEND;
    let word = if is_mirror {
        mirror::MEMBERS
    } else {
        balance::CHILDREN
    };
    let mut children = made_of(row).map_err(AdminError::bad)?;
    children.sort_unstable();
    let mut found: Vec<Model> = Vec::with_capacity(children.len());
    for child in children {
        let child_row = rows::locked(tx.db(), child).await?;
        let keeps = |child: &Model| child.id != row.id && child.kind != balance::KIND;
        // A balance may spread over mirrors, and keeps what it was given in each.
        let keeps =
            child_row.filter(|child| keeps(child) && !(is_mirror && is_made_of_others(child)));
        let child_row = keeps.ok_or_else(|| {
            let why = "there is no such policy, or it is made of others itself";
            AdminError::bad(format!("{word}: {why}: {child}"))
        })?;
        if is_mirror && found.iter().any(|other| meet(policies, other, &child_row)) {
            let name = &child_row.name;
            let why = format!("{word}: {name} keeps its bytes where another member does");
            return Err(AdminError::bad(why));
        }
        found.push(child_row);
    }
    Ok(())
}

/// Whether bytes of two policies lie at one place, however that is written, or in one another's.
fn meet(policies: &Policies, one: &Model, other: &Model) -> bool {
    if place(one) == place(other) {
        return true;
    }
    let folder = |row: &Model| policies.region(row).ok().flatten();
    match (folder(one), folder(other)) {
        (Some(one), Some(other)) => one.starts_with(&other) || other.starts_with(&one),
        _ => false,
    }
}

/// Whether another policy is made of this one.
pub(crate) async fn is_child(tx: &Tx, id: PolicyId) -> Result<bool, AdminError> {
    let all = rows::all(tx.db()).await?;
    let uses = |row: &Model| made_of(row).is_ok_and(|parts| parts.contains(&id));
    Ok(all.iter().any(uses))
}

/// Whether a mirror keeps its bytes by this policy.
pub(crate) async fn is_member(tx: &Tx, id: PolicyId) -> Result<bool, AdminError> {
    let all = rows::all(tx.db()).await?;
    let uses = |row: &Model| {
        row.driver() == mirror::BACKEND && made_of(row).is_ok_and(|parts| parts.contains(&id))
    };
    Ok(all.iter().any(uses))
}

/// What changes with the members of a mirror: who is new lacks everything, and none leaves that has
/// what others lack.
pub(crate) async fn exchange_members(
    tx: &mut Tx,
    (old, new): (&Model, &Model),
    now: Timestamp,
) -> Result<(), AdminError> {
    if new.driver() != mirror::BACKEND {
        return Ok(());
    }
    let before = made_of(old).unwrap_or_default();
    let after = made_of(new).map_err(AdminError::bad)?;
    let but = |some: &[PolicyId], others: &[PolicyId]| {
        let some = some.iter().filter(|id| !others.contains(id));
        some.copied().collect::<Vec<PolicyId>>()
    };
    let (leaving, coming) = (but(&before, &after), but(&after, &before));
    if !leaving.is_empty() && rows::is_in_use(tx.db(), new.id).await? {
        if leaving.len() == before.len() {
            return Err(AdminError::bad(
                "members: one at least has to stay that has what is kept",
            ));
        }
        let lacking = mirror_gaps::left_without(tx.db(), new.id, &leaving).await?;
        if lacking > 0 {
            return Err(AdminError::bad(format!(
                "members: those that stay lack {lacking} blobs; they get them in a while"
            )));
        }
    }
    for member in leaving {
        mirror_gaps::forget_member(tx.db(), new.id, member).await?;
    }
    for member in &coming {
        mirror_gaps::note_all(tx.db(), (new.id, *member), now).await?;
    }
    if !coming.is_empty() {
        site::task::queue_once(tx, drive::upkeep::repair_mirrors(now)).await?;
    }
    Ok(())
}
