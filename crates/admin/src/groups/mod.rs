//! Groups: rights and limits of their members.

mod rules;

use crate::By;
use crate::audit::{self, Changed};
use crate::error::AdminError;
use crate::first::FIRST;
use crate::page::{Page, PageRequest};
use drive::context::Core;
use entity::{GroupId, PolicyId, Timestamp, group, storage_policy};
use rules::{changes, check, check_row, dangling, no_way_around, without};
use serde_json::json;
use site::actor::{ADMIN_GROUP, ANONYMOUS_GROUP, Actor};
use std::sync::Arc;
use store::groups::{self as rows, GroupOrder};
use store::journal::{self, Op};
use store::{Tx, accounts};
use wire::{BitSet, GroupPermission};

/// Ids up to this one are of groups that every site has.
const LAST_SYSTEM: i64 = 3;

/// A group as administrators see it.
#[derive(Clone, Debug)]
pub struct GroupRow {
    pub group: group::Model,
    pub policy: Option<storage_policy::Model>,
    /// How many accounts are in it, if that was asked for.
    pub members: Option<u64>,
}

/// What a group is to be.
#[derive(Clone, Debug)]
pub struct NewGroup {
    pub name: String,
    pub max_storage: i64,
    pub speed_limit: i64,
    pub permissions: BitSet,
    pub policy: Option<PolicyId>,
    /// Nothing was said of its policy: one that is there keeps what it has.
    pub keeps_policy: bool,
    /// What its members may choose instead of that; `None`: as before.
    pub other_policies: Option<Vec<PolicyId>>,
    pub settings: group::Settings,
}

/// The service behind the pages of groups.
#[derive(Clone, Debug)]
pub struct Groups {
    core: Arc<Core>,
}

impl Groups {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// A page of all groups.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
    ) -> Result<Page<GroupRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let order = match request.order_by.as_str() {
            "name" => GroupOrder::Name,
            "max_storage" => GroupOrder::MaxStorage,
            _ => GroupOrder::Id,
        };
        let sort = (order, request.descending);
        let found = rows::page(db, sort, request.offset(), request.page_size).await?;
        let rows = found.into_iter().map(|(group, policy)| GroupRow {
            group,
            policy,
            members: None,
        });
        Ok(Page {
            rows: rows.collect(),
            total: rows::count(db).await?,
        })
    }

    /// One group, with how many accounts are in it if they are to be counted.
    /// # Errors
    /// `GroupNotFound`
    pub async fn get(
        &self,
        actor: &Actor,
        id: GroupId,
        count: bool,
    ) -> Result<GroupRow, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let group = accounts::group(db, id).await?;
        let group = group.ok_or(AdminError::GroupNotFound)?;
        let policy = match group.storage_policy_id {
            Some(policy) => store::policies::by_id(db, policy).await?,
            None => None,
        };
        let members = if count {
            rows::members(db, id).await?
        } else {
            0
        };
        Ok(GroupRow {
            group,
            policy,
            members: Some(members),
        })
    }

    /// Adds a group.
    /// # Errors
    /// `BadValue`, `Dangling`
    pub async fn create(&self, actor: &Actor, new: NewGroup) -> Result<GroupRow, AdminError> {
        let by = crate::administrator(actor)?;
        no_way_around(actor, &new.permissions.to_bytes())?;
        check(&new)?;
        let now = self.core.now();
        let row = new.row(GroupId(0), now, now);
        let mut tx = self.core.store.begin().await?;
        self.require_usable(&tx, (&[], &row.policies())).await?;
        let id = rows::insert(tx.db(), row.clone()).await.map_err(dangling)?;
        let changed = changes(None, Some(&row));
        self.write_down(&mut tx, by, Op::GroupCreated, (id, &row.name), changed);
        tx.commit().await?;
        self.get(actor, id, false).await
    }

    /// Replaces a group. What its members may changes with their next request.
    /// # Errors
    /// `GroupNotFound`, `BadValue`, `Dangling`
    pub async fn replace(
        &self,
        actor: &Actor,
        (id, seen): (GroupId, Option<Timestamp>),
        new: NewGroup,
    ) -> Result<GroupRow, AdminError> {
        let by = crate::administrator(actor)?;
        no_way_around(actor, &new.permissions.to_bytes())?;
        check(&new)?;
        let administers = new.permissions.has(GroupPermission::Admin);
        if id == ADMIN_GROUP && !administers {
            return Err(AdminError::bad("This group administers the site"));
        }
        if id == by.group.id && !administers {
            return Err(AdminError::bad("Nobody takes this right from themselves"));
        }
        if id == ANONYMOUS_GROUP && administers {
            return Err(AdminError::bad("Visitors do not administer the site"));
        }
        let now = self.core.now();
        let (offers, keeps_policy) = (new.other_policies.is_some(), new.keeps_policy);
        let mut tx = self.core.store.begin().await?;
        if !accounts::lock_group(tx.db(), id).await? {
            return Err(AdminError::GroupNotFound);
        }
        let old = accounts::group(tx.db(), id).await?;
        let old = old.ok_or(AdminError::GroupNotFound)?;
        crate::require_unchanged(seen, old.updated_at, &old.name)?;
        if administers && self.is_joined(&tx, id).await? {
            let why = "New accounts join this group, and would administer the site";
            return Err(AdminError::bad(why));
        }
        // Whoever administers the site now goes on to.
        no_way_around(actor, &old.permissions)?;
        let first = accounts::by_id(tx.db(), FIRST).await?;
        if !administers && first.is_some_and(|first| first.group_id == id) {
            return Err(AdminError::bad("The first account administers the site"));
        }
        let mut row = new.row(id, old.created_at, now);
        if keeps_policy {
            row.storage_policy_id = old.storage_policy_id;
            let others = std::mem::take(&mut row.settings.other_policies);
            row.settings.other_policies = without(others, row.storage_policy_id);
        }
        if !offers {
            let others = old.settings.other_policies.clone();
            row.settings.other_policies = without(others, row.storage_policy_id);
        }
        // What neither this version nor the caller knows is kept for who wrote it.
        for (key, value) in &old.settings.other {
            let other = row.settings.other.entry(key.clone());
            other.or_insert_with(|| value.clone());
        }
        self.require_usable(&tx, (&old.policies(), &row.policies()))
            .await?;
        rows::replace(tx.db(), &old, row.clone())
            .await
            .map_err(dangling)?;
        self.write_down(
            &mut tx,
            by,
            Op::GroupChanged,
            (id, &row.name),
            changes(Some(&old), Some(&row)),
        );
        tx.commit().await?;
        self.get(actor, id, false).await
    }

    /// Every group, for somebody with a shell on the server.
    /// # Errors
    /// Only the database's.
    pub async fn all_by_operator(&self) -> Result<Vec<group::Model>, AdminError> {
        let db = self.core.store.read();
        let found = rows::page(db, (GroupOrder::Id, false), 0, rows::count(db).await?).await?;
        Ok(found.into_iter().map(|(group, _)| group).collect())
    }

    /// Changes what is named, by somebody with a shell on the server.
    /// # Errors
    /// `GroupNotFound`, `BadValue`
    pub async fn set_by_operator(
        &self,
        id: GroupId,
        change: &GroupChange,
    ) -> Result<group::Model, AdminError> {
        let mut tx = self.core.store.begin().await?;
        if !accounts::lock_group(tx.db(), id).await? {
            return Err(AdminError::GroupNotFound);
        }
        let old = accounts::group(tx.db(), id).await?;
        let old = old.ok_or(AdminError::GroupNotFound)?;
        let row = group::Model {
            name: change.name.clone().unwrap_or_else(|| old.name.clone()),
            max_storage: change.quota.unwrap_or(old.max_storage),
            speed_limit: change.speed.unwrap_or(old.speed_limit),
            updated_at: self.core.now(),
            ..old.clone()
        };
        check_row(&row)?;
        rows::replace(tx.db(), &old, row.clone())
            .await
            .map_err(dangling)?;
        let changed = changes(Some(&old), Some(&row));
        let about = json!({ "group": id.0, "name": row.name });
        let entry = audit::by_operator(Op::GroupChanged, about, changed);
        journal::append(&mut tx, self.core.now(), vec![entry]);
        tx.commit().await?;
        Ok(row)
    }

    /// Removes a group that nobody is in.
    /// # Errors
    /// `GroupNotFound`, `SystemGroup`, `GroupInUse`; `BadValue` if new accounts join it
    pub async fn delete(&self, actor: &Actor, id: GroupId) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        if (1..=LAST_SYSTEM).contains(&id.0) {
            return Err(AdminError::SystemGroup);
        }
        let mut tx = self.core.store.begin().await?;
        if !accounts::lock_group(tx.db(), id).await? {
            return Err(AdminError::GroupNotFound);
        }
        if self.is_joined(&tx, id).await? {
            return Err(AdminError::bad("New accounts join this group"));
        }
        let old = accounts::group(tx.db(), id).await?;
        let members = rows::members(tx.db(), id).await?;
        if members > 0 {
            return Err(AdminError::GroupInUse(members));
        }
        rows::remove(tx.db(), id).await?;
        self.write_down(
            &mut tx,
            by,
            Op::GroupDeleted,
            (id, old.as_ref().map_or("", |old| &old.name)),
            changes(old.as_ref(), None),
        );
        tx.commit().await?;
        Ok(())
    }

    /// Members of a group upload to its policies at once, so those that are new to it must be there,
    /// and of kinds that work.
    async fn require_usable(
        &self,
        tx: &Tx,
        (old, new): (&[PolicyId], &[PolicyId]),
    ) -> Result<(), AdminError> {
        let mut added = new.to_vec();
        added.retain(|id| !old.contains(id));
        added.sort_unstable();
        for id in added {
            // Locked: it stays until the group says that it is used.
            let row = store::policies::locked(tx.db(), id).await?;
            let row = row.ok_or(AdminError::Dangling("The storage policy"))?;
            if !self.core.policies.has_driver(&row) {
                return Err(AdminError::bad(format!(
                    "{} cannot be used yet: there is no driver for {}",
                    row.name,
                    row.driver()
                )));
            }
        }
        Ok(())
    }

    /// Whether whoever registers joins it.
    async fn is_joined(&self, tx: &Tx, id: GroupId) -> Result<bool, AdminError> {
        let first = store::settings::value_in(tx, "default_group").await?;
        let is_first = first.is_some_and(|text| text.trim().parse() == Ok(id.0));
        Ok(is_first || self.core.settings().accounts.default_group == id.0)
    }

    fn write_down(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        op: Op,
        (id, name): (GroupId, &str),
        changed: Vec<Changed>,
    ) {
        let about = json!({ "group": id.0, "name": name });
        let entry = audit::entry(by, op, about, changed);
        journal::append(tx, self.core.now(), vec![entry]);
    }
}

/// What of a group is to be another.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    pub name: Option<String>,
    /// Bytes.
    pub quota: Option<i64>,
    /// Bytes a second.
    pub speed: Option<i64>,
}

impl NewGroup {
    fn row(self, id: GroupId, created_at: Timestamp, updated_at: Timestamp) -> group::Model {
        group::Model {
            id,
            name: self.name,
            max_storage: self.max_storage,
            speed_limit: self.speed_limit,
            permissions: self.permissions.to_bytes(),
            storage_policy_id: self.policy,
            settings: group::Settings {
                other_policies: without(self.other_policies.unwrap_or_default(), self.policy),
                ..self.settings
            },
            created_at,
            updated_at,
        }
    }
}
