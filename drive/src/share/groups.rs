//! The groups that a share can be limited to.

use super::Shares;
use crate::error::FileError;
use entity::GroupId;
use site::actor::ANONYMOUS_GROUP;
use site::actor::Actor;
use store::groups;
use wire::GroupPermission;

impl Shares {
    /// Id and name of every group with accounts in it, by name. That of visitors is none: who is
    /// meant by it is said apart.
    /// # Errors
    /// `GroupNotAllowed` to those who may not share
    pub async fn groups(&self, actor: &Actor) -> Result<Vec<(GroupId, String)>, FileError> {
        if !actor.may(GroupPermission::CreateShare) {
            return Err(FileError::GroupNotAllowed);
        }
        Ok(groups::names_without(&self.core.store, ANONYMOUS_GROUP).await?)
    }
}
