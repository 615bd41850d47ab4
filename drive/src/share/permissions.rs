//! Whom a share is for. Without permissions it is for whoever has the link, to read.

use entity::share_recipient::{KIND_ACCOUNT, KIND_GROUP};
use entity::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use site::actor::Actor;
use std::collections::BTreeMap;
use store::recipients::Named;
use wire::{BitSet, SharePermission};

/// Rights by who asks. What applies adds up; what nobody grants is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// For these accounts, by id.
    pub user_explicit: BTreeMap<i64, BitSet>,
    /// For the members of these groups, by id.
    pub group_explicit: BTreeMap<i64, BitSet>,
    /// For the members of the owner's group.
    pub same_group: BitSet,
    /// For all other accounts.
    pub other: BitSet,
    /// For visitors without an account.
    pub anonymous: BitSet,
    /// For all of them.
    pub everyone: BitSet,
}

/// Accounts and groups named by one share.
use site::limits::SHARE_NAMED as MOST_NAMED;
/// What can be granted so far: to read, and to bring new files.
const GRANTABLE: BitSet = BitSet::of(&[SharePermission::Read as u8, SharePermission::Create as u8]);

impl Permissions {
    /// Keeps what can be granted; the owner sees in the answer what that was.
    /// `None` if too many are named.
    pub fn checked(mut self) -> Option<Self> {
        if self.user_explicit.len() + self.group_explicit.len() > MOST_NAMED {
            return None;
        }
        let named = self.user_explicit.values_mut();
        for set in named.chain(self.group_explicit.values_mut()).chain([
            &mut self.same_group,
            &mut self.other,
            &mut self.anonymous,
            &mut self.everyone,
        ]) {
            *set = set.and(GRANTABLE);
        }
        Some(self)
    }

    /// What `actor`, who is not the owner, may do.
    pub fn of(&self, actor: &Actor, owner_group: GroupId) -> BitSet {
        let Some(account) = actor.signed_in() else {
            return self.everyone.or(self.anonymous);
        };
        let (UserId(user), group) = (account.user.id, account.group.id);
        let named = |map: &BTreeMap<i64, BitSet>, id| map.get(&id).copied().unwrap_or_default();
        let by_group = if group == owner_group {
            self.same_group
        } else {
            self.other
        };
        self.everyone
            .or(named(&self.user_explicit, user))
            .or(named(&self.group_explicit, group.0))
            .or(by_group)
    }

    /// The accounts and groups that are granted something by name.
    pub fn named(&self) -> Vec<Named> {
        let of = |kind: i16, map: &BTreeMap<i64, BitSet>| -> Vec<Named> {
            let granted = map.iter().filter(|(_, set)| !set.is_empty());
            granted.map(|(id, _)| (kind, *id)).collect()
        };
        let mut named = of(KIND_ACCOUNT, &self.user_explicit);
        named.extend(of(KIND_GROUP, &self.group_explicit));
        named
    }

    /// Whether anybody may bring files.
    pub fn takes_uploads(&self) -> bool {
        let named = self.user_explicit.values();
        named
            .chain(self.group_explicit.values())
            .chain([
                &self.same_group,
                &self.other,
                &self.anonymous,
                &self.everyone,
            ])
            .any(|set| set.has(SharePermission::Create))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use entity::{Timestamp, UserStatus, group, user};
    use site::actor::Account;
    use std::sync::Arc;

    const READ: BitSet = BitSet::of(&[0]);
    const CREATE: BitSet = BitSet::of(&[2]);

    fn group(id: i64) -> group::Model {
        group::Model {
            id: GroupId(id),
            name: String::new(),
            max_storage: 0,
            speed_limit: 0,
            permissions: Vec::new(),
            storage_policy_id: None,
            settings: group::Settings::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn member(id: i64, of: i64) -> Actor {
        let user = user::Model {
            id: UserId(id),
            email: String::new(),
            nick: String::new(),
            password: None,
            status: UserStatus::Active,
            avatar: String::new(),
            group_id: GroupId(of),
            root_id: None,
            used_bytes: 0,
            fact_bytes: 0,
            tree_version: 0,
            two_factor_secret: None,
            settings: user::Settings::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        Actor::account(Arc::new(Account::new(user, group(of))), 0)
    }

    #[test]
    fn what_applies_adds_up_and_nothing_else_counts() {
        let permissions = Permissions {
            user_explicit: BTreeMap::from([(7, CREATE)]),
            group_explicit: BTreeMap::from([(4, READ)]),
            same_group: READ,
            ..Permissions::default()
        };
        let of = |actor: Actor| permissions.of(&actor, GroupId(2));
        assert_eq!(of(member(7, 4)), READ.or(CREATE));
        assert_eq!(of(member(7, 9)), CREATE);
        assert_eq!(of(member(8, 4)), READ);
        assert_eq!(of(member(8, 2)), READ);
        assert_eq!(of(member(8, 9)), BitSet::EMPTY);
        assert_eq!(of(Actor::nobody(Arc::new(group(3)))), BitSet::EMPTY);
    }

    #[test]
    fn visitors_without_account_are_not_the_others() {
        let permissions = Permissions {
            other: READ,
            ..Permissions::default()
        };
        let nobody = Actor::nobody(Arc::new(group(3)));
        assert_eq!(permissions.of(&nobody, GroupId(2)), BitSet::EMPTY);
        assert_eq!(permissions.of(&member(1, 5), GroupId(2)), READ);
    }

    #[test]
    fn only_what_can_be_granted_is_kept() {
        let all = BitSet::of(&[0, 1, 2, 3]);
        let asked = Permissions {
            everyone: all,
            user_explicit: BTreeMap::from([(1, all)]),
            ..Permissions::default()
        };
        let kept = asked.checked().unwrap();
        assert_eq!(kept.everyone, READ.or(CREATE));
        assert_eq!(kept.user_explicit[&1], READ.or(CREATE));
        assert!(kept.takes_uploads());
        assert_eq!(kept.named(), [(KIND_ACCOUNT, 1)]);
        let many = (0..2_000).map(|id| (id, READ)).collect();
        let many = Permissions {
            user_explicit: many,
            ..Permissions::default()
        };
        assert_eq!(many.checked(), None);
    }

    #[test]
    fn permissions_survive_the_database() {
        let permissions = Permissions {
            user_explicit: BTreeMap::from([(7, CREATE)]),
            everyone: READ,
            ..Permissions::default()
        };
        let text = serde_json::to_string(&permissions).unwrap();
        assert_eq!(
            serde_json::from_str::<Permissions>(&text).unwrap(),
            permissions
        );
    }
}
