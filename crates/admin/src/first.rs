//! Accounts that administer the site: the first of all, and who may touch one.

use crate::error::AdminError;
use entity::{UserId, group};
use site::actor::{Actor, let_administer};

/// The account that came first (V4 API, admin rules).
pub(crate) const FIRST: UserId = UserId(1);

/// An app that administers the site does not make itself a person who does: it leaves accounts of
/// administrators as they are, and makes none.
pub(crate) fn no_way_around(actor: &Actor, groups: &[&group::Model]) -> Result<(), AdminError> {
    let mut groups = groups.iter();
    if actor.scopes().is_some() && groups.any(|group| let_administer(&group.permissions)) {
        return Err(AdminError::bad(
            "Apps neither change, nor make, nor delete accounts that administer the site",
        ));
    }
    Ok(())
}
