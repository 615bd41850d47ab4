//! The one decision function: who may do what. Default deny.
//!
//! Every service asks here, whatever protocol the request came by. What somebody may not know
//! about answers like something missing; the callers turn [`Denied::Hidden`] into "not found".

use crate::actor::Actor;
use crate::secret::Scope;
use entity::UserId;
use wire::{BitSet, Capability, FileSystem};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    List,
    Info,
    Download,
    /// Its thumbnail, which is made if there is none.
    Thumbnail,
    Create,
    Upload,
    Rename,
    Move,
    Copy,
    SoftDelete,
    Delete,
    Restore,
    Metadata,
    View,
    Versions,
    Lock,
    /// New content for a file that is there already.
    Overwrite,
    /// Handing out a share of it.
    Share,
    /// Handing out a direct link to it.
    DirectLink,
}

impl Right {
    /// The capability a place must offer for this right, if any.
    fn capability(self) -> Option<Capability> {
        Some(match self {
            Self::List => Capability::ListChildren,
            Self::Info => Capability::Info,
            Self::Download | Self::DirectLink => Capability::Download,
            Self::Thumbnail => Capability::Thumbnail,
            Self::Create => Capability::CreateFile,
            Self::Upload | Self::Overwrite => Capability::Upload,
            Self::Share => Capability::Share,
            Self::Rename => Capability::Rename,
            Self::SoftDelete => Capability::SoftDelete,
            Self::Delete => Capability::Delete,
            Self::Restore => Capability::Restore,
            Self::Metadata => Capability::UpdateMetadata,
            Self::View => Capability::ModifyView,
            Self::Versions => Capability::VersionControl,
            Self::Lock => Capability::Lock,
            // The wire has no bit for these two: the file systems are compared by the caller.
            Self::Move | Self::Copy => return None,
        })
    }

    /// Whether visitors of a place may have it; everything else is the owner's alone.
    fn for_visitors(self) -> bool {
        matches!(
            self,
            Self::List | Self::Info | Self::Download | Self::Thumbnail
        )
    }

    /// Whether visitors may have it where they are allowed to bring something.
    fn for_contributors(self) -> bool {
        matches!(self, Self::Create | Self::Upload)
    }
}

/// What the right is wanted on.
#[derive(Clone, Debug)]
pub struct Subject {
    pub owner: UserId,
    pub fs: FileSystem,
    /// What the place offers at all.
    pub capability: BitSet,
    /// The place is open to visitors (a share that was unlocked).
    pub open_to_visitors: bool,
    /// Visitors may bring new files (a share that takes uploads).
    pub takes_uploads: bool,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("Login required")]
    LoginRequired,
    #[error("this file system does not support the action")]
    Unsupported,
    #[error("only the owner may do this")]
    OwnerOnly,
    #[error("not allowed")]
    NotAllowed,
    #[error("hidden")]
    Hidden,
}

/// May `actor` do `right` on `subject`?
/// # Errors
/// Why not.
pub fn decide(actor: &Actor, right: Right, subject: &Subject) -> Result<(), Denied> {
    if let Some(bit) = right.capability()
        && !subject.capability.has(bit)
    {
        return Err(Denied::Unsupported);
    }
    match actor.user_id() {
        Some(user) if user == subject.owner => Ok(()),
        _ if subject.open_to_visitors && right.for_visitors() => Ok(()),
        _ if subject.takes_uploads && right.for_contributors() => Ok(()),
        _ if subject.open_to_visitors || subject.takes_uploads => Err(Denied::OwnerOnly),
        None => Err(Denied::LoginRequired),
        Some(_) => Err(Denied::NotAllowed),
    }
}

/// The signed-in account, or the demand to sign in.
/// # Errors
/// `LoginRequired`.
pub fn signed_in(actor: &Actor) -> Result<&crate::actor::Account, Denied> {
    actor
        .signed_in()
        .map(std::convert::AsRef::as_ref)
        .ok_or(Denied::LoginRequired)
}

/// May `actor` see, or change, what belongs to `owner`; `None`: to the system? Its owner may, and
/// whoever administers the site with `scope`: the only place where administrators may more than
/// others.
/// # Errors
/// `Hidden`
pub fn owned(actor: &Actor, owner: Option<UserId>, scope: Scope) -> Result<(), Denied> {
    let is_own = owner.is_some() && actor.user_id() == owner;
    if is_own || actor.administers(scope) {
        Ok(())
    } else {
        Err(Denied::Hidden)
    }
}

/// May `actor` call what is for administrators alone?
/// # Errors
/// `NotAllowed`
pub fn administrator(actor: &Actor) -> Result<(), Denied> {
    if actor.is_admin() {
        Ok(())
    } else {
        Err(Denied::NotAllowed)
    }
}
