//! What can go wrong with accounts, in their own words. Numbers belong to the server.

use crate::account::email::BadEmail;
use crate::limiter::TooManyTries;
use crate::secret::PasswordError;
use crate::store::StoreError;

/// Why a call on accounts failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Unknown address or wrong password; which of the two is nobody's business.
    #[error("Incorrect email or password")]
    SignInRefused,
    #[error("This account has been blocked")]
    Banned,
    #[error("This account is not activated")]
    NotActivated,
    /// The account has a second factor, which this version cannot ask for.
    #[error("This account needs a second factor, which is not available")]
    SecondFactorUnavailable,
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// A token that is garbled, expired, revoked, or of the other type.
    #[error("Credential is invalid or expired")]
    CredentialInvalid,
    /// A good token of an account that is gone or no longer active.
    #[error("Failed to load the account")]
    AccountGone,
    /// A good token that names nobody.
    #[error("User not found")]
    SubjectUnknown,
    #[error("User not found")]
    NotFound,
    #[error("Registration is disabled")]
    RegistrationClosed,
    #[error("Email already in use")]
    EmailTaken,
    /// The site wants new accounts to confirm their address, but cannot send mail.
    #[error("Failed to send the activation email")]
    ActivationUnavailable,
    #[error("Captcha is wrong or expired")]
    CaptchaWrong,
    #[error("Incorrect password")]
    PasswordWrong,
    #[error("{0}")]
    BadEmail(#[from] BadEmail),
    /// Some other value is wrong; says which.
    #[error("{0}")]
    BadValue(&'static str),
    #[error("{0} is not available")]
    FeatureOff(&'static str),
    /// The place is pinned under another name.
    #[error("This place is already pinned")]
    PinTaken,
    #[error("The picture cannot be read")]
    BadPicture,
    #[error("The picture is larger than {limit_bytes} bytes")]
    PictureTooLarge { limit_bytes: u64 },
    /// The seeded anonymous group, or the group of new accounts, is missing.
    #[error("group {0} does not exist")]
    GroupMissing(i64),
    #[error("password hashing: {0}")]
    Password(#[from] PasswordError),
    #[error("avatar: {0}")]
    Avatar(#[source] std::io::Error),
    /// The server is stopping, or a picture crashed its decoder.
    #[error("work was interrupted: {0}")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
