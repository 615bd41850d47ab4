//! Everything that a policy keeps moves to another, or everything that it keeps of an account.

use crate::audit;
use crate::error::AdminError;
use crate::policies::Policies;
use drive::policy::balance;
use drive::relocation::{Kept, Relocations};
use entity::{PolicyId, storage_policy};
use serde_json::json;
use site::actor::Actor;
use site::task::TaskInfo;
use std::sync::Arc;
use store::blobs::kept::Amount;
use store::journal::Op;
use store::{drives, policies as rows};

/// Told to an app that would move bytes of others.
const NOT_FOR_APPS: &str = "Apps do not say where files are kept";

impl Policies {
    /// How much [`Self::relocate`] would move.
    /// # Errors
    /// `PolicyNotFound`, `AccountNotFound`
    pub async fn relocatable(&self, actor: &Actor, kept: Kept) -> Result<Amount, AdminError> {
        crate::administrator(actor)?;
        self.require_there(kept).await?;
        let relocations = Relocations::new(Arc::clone(&self.core));
        Ok(relocations.amount(actor, kept).await?)
    }

    /// Begins to move everything that a policy keeps, or that it keeps of one account, to another.
    /// Which policies groups offer is not asked for. Answers the task, which belongs to who asks.
    /// # Errors
    /// `PolicyNotFound`, `AccountNotFound`; `BadValue` for a target that cannot be used, or is
    /// spread over the policy itself, and for apps
    pub async fn relocate(
        &self,
        actor: &Actor,
        kept: Kept,
        target: PolicyId,
    ) -> Result<TaskInfo, AdminError> {
        let by = crate::administrator(actor)?;
        crate::people_only(actor, NOT_FOR_APPS)?;
        let from = self.require_there(kept).await?;
        let to = rows::by_id(self.core.store.read(), target).await?;
        let to = to.ok_or(AdminError::Dangling("The storage policy"))?;
        let over = balance::children(&to.settings).unwrap_or_default();
        let is_spread = to.kind == balance::KIND;
        if to.id == from.id {
            return Err(AdminError::bad("It is kept there already"));
        }
        // One that weighs nothing takes nothing.
        let takes = |child: &balance::Child| child.weight > 0 && child.policy == from.id;
        if is_spread && over.iter().any(takes) {
            return Err(AdminError::bad("The target is spread over this policy"));
        }
        let usable = self.core.policies.offered(&[target]).await;
        if usable.map_err(drive::error::FileError::from)?.is_empty() {
            return Err(AdminError::bad("The target cannot be used"));
        }
        let entry = |task: i64| {
            let about = json!({
                "policy": from.id.0, "name": from.name, "target": to.id.0, "target_name": to.name,
                "user": kept.owner.map(|owner| owner.0), "task": task,
            });
            audit::entry(by, Op::PolicyRelocated, about, Vec::new())
        };
        let relocations = Relocations::new(Arc::clone(&self.core));
        let begun = relocations.begin_kept(actor, (kept, target), entry);
        Ok(begun.await?)
    }

    async fn require_there(&self, kept: Kept) -> Result<storage_policy::Model, AdminError> {
        let db = self.core.store.read();
        if let Some(owner) = kept.owner
            && drives::owner(db, owner).await?.is_none()
        {
            return Err(AdminError::AccountNotFound);
        }
        let policy = rows::by_id(db, kept.policy).await?;
        policy.ok_or(AdminError::PolicyNotFound)
    }
}
