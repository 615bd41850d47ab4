//! Who may have which bytes moved where: asked when it begins, and again before each step of it, for
//! it may wait for a week, or be tried again months later.

use crate::error::FileError;
use crate::policy::PolicyError;
use entity::{PolicyId, UserId, group};
use site::access;
use site::actor::Actor;
use site::secret::Scope;
use wire::GroupPermission;

/// Whether somebody says where bytes of anybody are kept: a person, never an app.
pub(super) fn administers(actor: &Actor) -> bool {
    actor.scopes().is_none() && access::owned(actor, None, Scope::AdminWrite).is_ok()
}

/// May `actor` have bytes moved? `only_of`: for the files of this account alone; `None`: for those of
/// anybody, which administrators may.
/// # Errors
/// `GroupNotAllowed`
pub(super) fn require_right(actor: &Actor, only_of: Option<UserId>) -> Result<(), FileError> {
    let may_move_own = only_of.is_some_and(|owner| {
        actor.user_id() == Some(owner) && actor.may(GroupPermission::Relocate)
    });
    if may_move_own || administers(actor) {
        Ok(())
    } else {
        Err(FileError::GroupNotAllowed)
    }
}

/// May members of a group have their bytes there?
/// # Errors
/// `PolicyError::NotOffered`
pub(super) fn require_offer(group: &group::Model, target: PolicyId) -> Result<(), FileError> {
    if group.policies().contains(&target) {
        Ok(())
    } else {
        Err(PolicyError::NotOffered(target).into())
    }
}

/// May `actor`, whose task it is, still have these bytes moved there?
/// # Errors
/// `GroupNotAllowed`, `PolicyError::NotOffered`
pub(super) fn still(
    actor: &Actor,
    (only_of, target): (Option<UserId>, PolicyId),
) -> Result<(), FileError> {
    require_right(actor, only_of)?;
    match only_of {
        Some(_) if !administers(actor) => require_offer(actor.group(), target),
        _ => Ok(()),
    }
}
