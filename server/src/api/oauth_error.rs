//! Numbers and names for what can go wrong with apps.

use super::code::Code;
use super::error::account_code;
use identity::account::AccountError;
use identity::oauth::OAuthError;

/// The number of the V4 API.
pub(super) fn code(error: &OAuthError) -> Code {
    match error {
        OAuthError::LoginRequired => Code::LoginRequired,
        OAuthError::AppUnknown | OAuthError::GrantUnknown => Code::NotFound,
        OAuthError::BadRedirect
        | OAuthError::BadScope
        | OAuthError::BadChallenge
        | OAuthError::ChallengeMissing
        | OAuthError::BadValue(_)
        | OAuthError::GrantTypeUnknown => Code::ParamErr,
        OAuthError::CodeRefused | OAuthError::SecretWrong => Code::CredentialInvalid,
        OAuthError::AccountGone => Code::UserNotFound,
        OAuthError::NotIdentified => Code::NoPermission,
        OAuthError::BuiltIn => Code::InvalidActionOnSystemGroup,
        OAuthError::Sealed(_) | OAuthError::Key(_) => Code::EncryptError,
        OAuthError::Account(error) => account_code(error),
        OAuthError::Store(_) => Code::DbError,
    }
}

/// The name of RFC 6749 §5.2, which libraries act on.
pub(super) fn name(error: &OAuthError) -> &'static str {
    match error {
        OAuthError::AppUnknown | OAuthError::SecretWrong => "invalid_client",
        OAuthError::BadScope => "invalid_scope",
        OAuthError::GrantTypeUnknown => "unsupported_grant_type",
        // Not the app's fault: it may try the same again later.
        OAuthError::Account(AccountError::TooManyTries(_) | AccountError::Busy) => {
            "temporarily_unavailable"
        }
        OAuthError::CodeRefused
        | OAuthError::AccountGone
        | OAuthError::GrantUnknown
        | OAuthError::LoginRequired
        | OAuthError::Account(_) => "invalid_grant",
        OAuthError::BadRedirect
        | OAuthError::BadChallenge
        | OAuthError::ChallengeMissing
        | OAuthError::BadValue(_)
        | OAuthError::NotIdentified
        | OAuthError::BuiltIn => "invalid_request",
        OAuthError::Sealed(_) | OAuthError::Key(_) | OAuthError::Store(_) => "server_error",
    }
}
