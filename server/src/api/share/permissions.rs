//! Whom a share is for, on the wire (V4 API, permission setting).

use crate::api::ApiError;
use drive::share::Permissions;
use poem_openapi::Object;
use serde::Serialize;
use std::collections::BTreeMap;
use wire::{BitSet, IdKind, PublicIds};

/// Bit sets in base64: bit 0 to read, bit 2 to bring new files. What applies adds up.
#[derive(Clone, Debug, Default, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct PermissionsBody {
    /// By account.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_explicit: Option<BTreeMap<String, String>>,
    /// By group.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_explicit: Option<BTreeMap<String, String>>,
    /// Members of the owner's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_group: Option<String>,
    /// All other accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<String>,
    /// Visitors without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    everyone: Option<String>,
}

impl PermissionsBody {
    /// `None`: an object that says nothing, so whoever has the link.
    pub fn read(self, ids: &PublicIds) -> Result<Option<Permissions>, ApiError> {
        let says_nothing = self.user_explicit.is_none()
            && self.group_explicit.is_none()
            && self.same_group.is_none()
            && self.other.is_none()
            && self.anonymous.is_none()
            && self.everyone.is_none();
        if says_nothing {
            return Ok(None);
        }
        let named = |map: Option<BTreeMap<String, String>>, kind| {
            map.unwrap_or_default()
                .into_iter()
                .map(|(id, set)| {
                    let id = ids.decode(kind, &id).ok_or(ApiError::BadId)?;
                    Ok((id, bits(Some(set))?))
                })
                .collect::<Result<BTreeMap<i64, BitSet>, ApiError>>()
        };
        Ok(Some(Permissions {
            user_explicit: named(self.user_explicit, IdKind::User)?,
            group_explicit: named(self.group_explicit, IdKind::Group)?,
            same_group: bits(self.same_group)?,
            other: bits(self.other)?,
            anonymous: bits(self.anonymous)?,
            everyone: bits(self.everyone)?,
        }))
    }

    /// For the owner.
    pub fn of(permissions: &Permissions, ids: &PublicIds) -> Self {
        let named = |map: &BTreeMap<i64, BitSet>, kind| {
            let named = map
                .iter()
                .map(|(id, set)| (ids.encode(kind, *id), set.to_base64()));
            Some(named.collect())
        };
        let text = |set: BitSet| Some(set.to_base64());
        Self {
            user_explicit: named(&permissions.user_explicit, IdKind::User),
            group_explicit: named(&permissions.group_explicit, IdKind::Group),
            same_group: text(permissions.same_group),
            other: text(permissions.other),
            anonymous: text(permissions.anonymous),
            everyone: text(permissions.everyone),
        }
    }
}

fn bits(text: Option<String>) -> Result<BitSet, ApiError> {
    BitSet::from_base64(&text.unwrap_or_default())
        .map_err(|_| ApiError::binding("Permissions format error"))
}
