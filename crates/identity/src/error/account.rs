//! What can go wrong with accounts, in their own words. Numbers belong to the server.

use site::access::Denied;
use site::email::BadEmail;
use site::limiter::{LimiterError, TooManyTries};
use site::secret::seal::BadSeal;
use site::secret::{BadSignature, PasswordError};
use store::StoreError;

/// Why a call on accounts failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("Login required")]
    LoginRequired,
    /// Unknown address or wrong password; which of the two is nobody's business.
    #[error("Incorrect email or password")]
    SignInRefused,
    #[error("This account has been blocked")]
    Banned,
    #[error("This account is not activated")]
    NotActivated,
    /// A started sign-in or ceremony that is unknown, used up or too old.
    #[error("The session is unknown or expired")]
    CeremonyGone,
    #[error("The code is wrong or was used before")]
    SecondFactorWrong,
    /// Confirmed before it was begun.
    #[error("Ask for a new secret first")]
    SecondFactorNotBegun,
    /// The answer of a passkey does not hold, or is of somebody who may not sign in.
    #[error("The passkey was refused")]
    PasskeyRefused,
    /// Browsers bind passkeys to a domain name.
    #[error("Passkeys need a site with a name; they cannot be used at a bare address")]
    PasskeySite,
    #[error("passkey: {0}")]
    PasskeyBegin(String),
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
    /// The address belongs to an account that waits to be confirmed; its mail was sent again.
    #[error("The activation email was sent again")]
    ActivationSentAgain,
    /// Nothing to confirm.
    #[error("The account cannot be activated")]
    NotInactive,
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The secret of a mail is wrong, used or too old.
    #[error("The link is invalid or expired")]
    MailSecretWrong,
    /// What the link is about is gone, or not in a state for it.
    #[error("User not found")]
    LinkedAccountGone,
    #[error("No such session")]
    SessionNotFound,
    #[error("No such passkey")]
    PasskeyNotFound,
    #[error("No such group")]
    NoSuchGroup,
    /// Sealed with another master key.
    #[error("a sealed secret cannot be opened: {0}")]
    Seal(#[from] BadSeal),
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
    Password(#[source] PasswordError),
    /// There are more passwords to look at than the server can.
    #[error("Too many requests at once, try again in a moment")]
    Busy,
    #[error("avatar: {0}")]
    Avatar(#[source] std::io::Error),
    /// The server is stopping, or a picture crashed its decoder.
    #[error("work was interrupted: {0}")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordError> for AccountError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            error => Self::Password(error),
        }
    }
}

impl From<LimiterError> for AccountError {
    fn from(error: LimiterError) -> Self {
        match error {
            LimiterError::TooManyTries(tries) => tries.into(),
            LimiterError::Store(error) => error.into(),
        }
    }
}

/// Of what only account holders have, nobody else may ask.
impl From<Denied> for AccountError {
    fn from(_: Denied) -> Self {
        Self::LoginRequired
    }
}
