//! What can go wrong between an app and the drive.

use crate::account::AccountError;
use site::access::Denied;
use site::limiter::LimiterError;
use site::secret::seal::BadSeal;
use store::StoreError;

/// Why an app does not get what it wants.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    #[error("Login required")]
    LoginRequired,
    /// Unknown, or switched off.
    #[error("App not found")]
    AppUnknown,
    #[error("The redirect address is not registered for this app")]
    BadRedirect,
    #[error("The app may not ask for this scope")]
    BadScope,
    #[error("Only the code challenge method S256 is accepted")]
    BadChallenge,
    #[error("This app needs a code challenge")]
    ChallengeMissing,
    /// Some other parameter is wrong; says which.
    #[error("{0}")]
    BadValue(&'static str),
    /// Unknown, expired or used code; another app's, another redirect address; wrong verifier.
    #[error("The code is invalid or expired")]
    CodeRefused,
    #[error("The app's secret is wrong")]
    SecretWrong,
    /// The account behind a code is gone or not active.
    #[error("User not found")]
    AccountGone,
    #[error("Grant not found")]
    GrantUnknown,
    /// An app asks who somebody is without having been granted `openid`.
    #[error("Permission denied")]
    NotIdentified,
    #[error("The grant type is not supported")]
    GrantTypeUnknown,
    /// An app of the site's own, which always exists.
    #[error("Built-in apps cannot be removed")]
    BuiltIn,
    #[error("signing key: {0}")]
    Sealed(#[from] BadSeal),
    #[error("signing key: {0}")]
    Key(&'static str),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LimiterError> for OAuthError {
    fn from(error: LimiterError) -> Self {
        Self::Account(error.into())
    }
}

/// Of what only account holders have, nobody else may ask.
impl From<Denied> for OAuthError {
    fn from(_: Denied) -> Self {
        Self::LoginRequired
    }
}
