//! On whose behalf tasks are done.

use crate::actor::{Account, Actor};
use entity::{UserId, UserStatus};
use store::{Store, StoreError, accounts};

/// Why nothing is done on somebody's behalf.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnerError {
    #[error("the account that the task is for is not active")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The owner of a task as an actor, with the rights they have now.
pub(super) async fn actor_of(store: &Store, owner: UserId) -> Result<Actor, OwnerError> {
    let db = store.read();
    let user = accounts::by_id(db, owner).await?;
    let user = user.filter(|user| user.status == UserStatus::Active);
    let user = user.ok_or(OwnerError::Gone)?;
    let group = accounts::group(db, user.group_id).await?;
    let group = group.ok_or(OwnerError::Gone)?;
    let tree_version = user.tree_version;
    Ok(Actor::account(
        Account::new(user, group).into(),
        tree_version,
    ))
}
