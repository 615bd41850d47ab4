//! What can go wrong when somebody else says who a visitor is.

use super::AccountError;
use site::access::Denied;
use site::outgoing::OutgoingError;
use store::StoreError;

/// Why a visitor does not come in this way.
#[derive(Debug, thiserror::Error)]
pub enum SsoError {
    /// No such provider, or it is switched off.
    #[error("This sign-in method is not enabled")]
    ProviderOff,
    /// Unknown, expired or used; begun by somebody else, or in another browser.
    #[error("The sign-in session is invalid or expired")]
    SessionUnknown,
    /// The provider cannot be reached, or speaks otherwise than configured.
    #[error("The identity provider cannot be used: {0}")]
    Provider(String),
    /// The provider did not confirm anybody: bad code, bad signature, other audience, old.
    #[error("The identity provider did not confirm who you are")]
    NotConfirmed(String),
    #[error("No account is linked to this identity")]
    NotLinked,
    /// The account is linked to another identity of this provider.
    #[error("Your account is already linked to an identity of this provider")]
    AlreadyLinked,
    #[error("This identity is linked to another account")]
    LinkedElsewhere,
    #[error("This is the last way into your account")]
    LastWayIn,
    /// There is nothing to unlink.
    #[error("Linked identity not found")]
    NothingLinked,
    #[error("Login required")]
    LoginRequired,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Of what only account holders have, nobody else may ask.
impl From<Denied> for SsoError {
    fn from(_: Denied) -> Self {
        Self::LoginRequired
    }
}
