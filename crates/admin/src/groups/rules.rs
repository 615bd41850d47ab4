//! What a group may be like, and what of it the journal tells.

use super::NewGroup;
use crate::audit::{self, Changed};
use crate::error::AdminError;
use entity::{PolicyId, group};
use serde_json::json;
use site::actor::{Actor, let_administer};
use site::limits::{GROUP_NAME_CHARS, OTHER_POLICIES};
use std::collections::HashSet;
use store::StoreError;

pub(crate) fn check_row(row: &group::Model) -> Result<(), AdminError> {
    let name = row.name.trim();
    let is_long = name.chars().count() > GROUP_NAME_CHARS;
    if name.is_empty() || is_long || name.chars().any(char::is_control) {
        return Err(AdminError::bad("Name must have 1 to 255 characters"));
    }
    if row.max_storage < 0 || row.speed_limit < 0 {
        return Err(AdminError::bad("Sizes must not be negative"));
    }
    Ok(())
}

/// A group's own policy is not among the others.
pub(crate) fn without(mut others: Vec<PolicyId>, own: Option<PolicyId>) -> Vec<PolicyId> {
    others.retain(|other| Some(*other) != own);
    others
}

/// An app that administers the site does not let others do so.
pub(crate) fn no_way_around(actor: &Actor, permissions: &[u8]) -> Result<(), AdminError> {
    if actor.scopes().is_some() && let_administer(permissions) {
        return Err(AdminError::bad(
            "Apps do not make or change groups that administer the site",
        ));
    }
    Ok(())
}

pub(crate) fn check(new: &NewGroup) -> Result<(), AdminError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > GROUP_NAME_CHARS {
        return Err(AdminError::bad("Name must have 1 to 255 characters"));
    }
    let others = new.other_policies.as_deref().unwrap_or_default();
    if others.len() > OTHER_POLICIES {
        return Err(AdminError::bad("other_policies: at most 100 policies"));
    }
    if others.iter().collect::<HashSet<_>>().len() < others.len() {
        return Err(AdminError::bad("other_policies: each policy once"));
    }
    let settings = &new.settings;
    let numbers = [
        ("max_storage", new.max_storage),
        ("speed_limit", new.speed_limit),
        ("compress_size", settings.compress_size),
        ("decompress_size", settings.decompress_size),
        ("source_batch", settings.source_batch),
        ("aria2_batch", settings.aria2_batch),
        ("max_walked_files", settings.max_walked_files),
        ("trash_retention", settings.trash_retention),
    ];
    match numbers.into_iter().find(|(_, number)| *number < 0) {
        Some((name, _)) => Err(AdminError::bad(format!("{name} must not be negative"))),
        None => Ok(()),
    }
}

pub(crate) fn changes(old: Option<&group::Model>, new: Option<&group::Model>) -> Vec<Changed> {
    let told = |row: &group::Model| {
        json!({
            "name": row.name,
            "max_storage": row.max_storage,
            "speed_limit": row.speed_limit,
            "permissions": row.permissions,
            "policy": row.storage_policy_id.map(|id| id.0),
            "settings": row.settings,
        })
    };
    audit::changes_of(old.map(told), new.map(told), &[])
}

/// Only a policy can be missing.
pub(crate) fn dangling(error: StoreError) -> AdminError {
    if error.is_dangling() {
        AdminError::Dangling("The storage policy")
    } else {
        error.into()
    }
}
