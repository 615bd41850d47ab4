//! Failures as clients see them: a code, a sentence, and the id under which the log tells more.

use super::code::Code;
use super::envelope::json;
use super::file_error as file;
use super::oauth_error as oauth;
use crate::http::correlation::CorrelationId;
use admin::AdminError;
use drive::blob::{CallbackRefused, CompletionError, DriverError, is_senders_fault};
use drive::error::FileError;
use drive::import::ImportError;
use drive::policy::PolicyError;
use drive::share::ShareError;
use identity::account::AccountError;
use identity::oauth::OAuthError;
use identity::sso::SsoError;
use poem::Response;
use poem::error::ResponseError;
use poem::http::StatusCode;
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use serde_json::{Map, Value};
use site::secret::{BadSignature, PasswordError};
use site::task::TasksError;
use std::error::Error as _;
use work::compress::CompressError;
use work::download::DownloadError;

/// Everything an API call can fail with. Domain errors keep their words; the number is chosen
/// here, variant by variant.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request does not have the form the route expects.
    #[error("{0}")]
    Binding(String),
    /// A public id that decodes to nothing.
    #[error("Failed to parse object ID")]
    BadId,
    /// There is more to do than the server takes on at a time.
    #[error("Too many requests at once, try again in a moment")]
    Busy,
    #[error("Login required")]
    LoginRequired,
    #[error("Administrator required")]
    AdminRequired,
    #[error("Insufficient scope: {0}")]
    InsufficientScope(&'static str),
    /// What was asked for is not there; says what.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Like `AccountError::NotFound`, where the API wants the code for users.
    #[error("User not found")]
    UserNotFound,
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Something about apps.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// Something about other providers of identities.
    #[error(transparent)]
    Sso(#[from] SsoError),
    /// Something about tasks.
    #[error(transparent)]
    Tasks(#[from] TasksError),
    /// Something about downloads from elsewhere.
    #[error(transparent)]
    Download(DownloadError),
    /// Something about packing.
    #[error(transparent)]
    Compress(CompressError),
    /// Something that only administrators do.
    #[error(transparent)]
    Admin(AdminError),
    /// Something about files.
    #[error("{}", file::words(.0))]
    File(FileError),
    /// A batch that failed in part, with what did not fail.
    #[error("{}", file::words(.0))]
    Partly(FileError, Value),
    /// A signed link that is not valid, or no longer.
    #[error("{0}")]
    Signature(BadSignature),
    /// A callback whose sender proves nothing.
    #[error(transparent)]
    Callback(#[from] CallbackRefused),
    /// What was uploaded to a vendor is not what was announced.
    #[error("{0}")]
    WrongUpload(CompletionError),
    /// Something that should not happen; clients learn nothing about it.
    #[error("{0}")]
    Internal(&'static str),
}

impl ApiError {
    /// A request whose form is wrong; `msg` says how.
    pub fn binding(msg: impl Into<String>) -> Self {
        Self::Binding(msg.into())
    }

    /// The number of the V4 API.
    pub fn code(&self) -> Code {
        match self {
            Self::Binding(_) | Self::BadId => Code::ParamErr,
            Self::LoginRequired => Code::LoginRequired,
            Self::AdminRequired | Self::Busy => Code::NoPermission,
            Self::InsufficientScope(_) => Code::InsufficientScope,
            Self::NotFound(_) => Code::NotFound,
            Self::UserNotFound => Code::UserNotFound,
            Self::Account(error) => account_code(error),
            Self::OAuth(error) => oauth::code(error),
            Self::Sso(error) => sso_code(error),
            Self::Tasks(error) => tasks_code(error),
            Self::Download(error) => download_code(error),
            Self::Compress(error) => compress_code(error),
            Self::Admin(error) => admin_code(error),
            Self::File(error)
            | Self::Partly(error, _)
            | Self::WrongUpload(CompletionError::File(error)) => file::code(error),
            Self::Signature(error) => signature_code(*error),
            Self::Callback(CallbackRefused::Unknown) => Code::UploadSessionExpired,
            Self::Callback(CallbackRefused::WrongSecret | CallbackRefused::Forged(_)) => {
                Code::CredentialInvalid
            }
            Self::Callback(CallbackRefused::WrongPolicy) => Code::PolicyNotAllowed,
            Self::WrongUpload(CompletionError::WrongSize { .. } | CompletionError::NotJoined) => {
                Code::MetaMismatch
            }
            Self::Internal(_) => Code::InternalSettingError,
        }
    }

    /// A sentence for clients: what is our own fault is not told in detail.
    pub(super) fn public_words(code: Code, words: String) -> String {
        if code.is_internal() {
            internal_msg(code).to_owned()
        } else {
            words
        }
    }

    /// The envelope. Internal detail stays out of it.
    pub fn envelope(&self, correlation: Option<CorrelationId>) -> Map<String, Value> {
        let code = self.code();
        let msg = match self {
            // Nobody's secret, and what is to be done about it is no riddle.
            Self::File(FileError::Storage(DriverError::NoSpace)) => {
                DriverError::NoSpace.to_string()
            }
            // What passes by itself is told from what does not.
            Self::File(FileError::Storage(error)) if error.is_away() => AWAY.to_owned(),
            _ if self.is_our_fault() => internal_msg(code).to_owned(),
            _ => self.to_string(),
        };
        let mut envelope = Map::new();
        envelope.insert("code".to_owned(), code.number().into());
        envelope.insert("msg".to_owned(), msg.into());
        if let Some(CorrelationId(id)) = correlation
            && !matches!(self, Self::Binding(_))
        {
            envelope.insert("correlation_id".to_owned(), id.to_string().into());
        }
        if let Self::File(error) | Self::Partly(error, _) = self {
            file::extend(error, correlation, &mut envelope);
        }
        if let Self::Admin(AdminError::Partly(failed)) = self {
            let failed = failed.iter();
            let failed: Map<String, Value> = failed
                .map(|(id, error)| (id.clone(), Value::Object(inner(error))))
                .collect();
            envelope.insert("aggregated_error".to_owned(), Value::Object(failed));
        }
        if let Self::Partly(_, done) = self {
            envelope.insert("data".to_owned(), done.clone());
        }
        envelope
    }

    /// The answer to a request, which is logged here and nowhere else.
    pub fn answer(&self, correlation: CorrelationId) -> Response {
        self.log();
        render(self.envelope(Some(correlation)))
    }

    /// Tells the log.
    pub(super) fn log(&self) {
        let code = self.code();
        if self.is_our_fault() {
            tracing::error!(code = code.name(), error = %self.chain(), "request failed");
        } else {
            tracing::debug!(code = code.name(), error = %self.chain(), "request refused");
        }
    }

    /// Whether the server is to blame, so that the log must tell and the client must not know.
    fn is_our_fault(&self) -> bool {
        // A token may well outlive its account, and a client may confirm what it never began, or
        // make a page token up; only the numbers say otherwise.
        self.code().is_internal()
            && !matches!(
                self,
                Self::Account(AccountError::AccountGone | AccountError::SecondFactorNotBegun)
                    | Self::File(
                        FileError::Share(ShareError::NoSuchAccount)
                            | FileError::Import(ImportError::NoUser)
                            // What administrators have to know is what people tell them.
                            | FileError::Policy(PolicyError::NoWayBack(_))
                    )
                    | Self::Tasks(TasksError::BadPageToken)
                    // What another program says is for who asked it.
                    | Self::Download(DownloadError::Downloader(_))
                    | Self::Admin(
                        AdminError::GroupNotFound
                            | AdminError::AccountNotFound
                            | AdminError::EventNotFound
                            | AdminError::EmailTaken
                            | AdminError::ShareNotFound
                            | AdminError::TaskNotFound
                            | AdminError::NodeNotFound
                            | AdminError::Failed(_)
                    )
            )
            // Clients cancel uploads by hanging up.
            && !matches!(self, Self::File(error) if is_senders_fault(error))
    }

    /// The error with its sources.
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            let more = error.to_string();
            if !text.ends_with(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            source = error.source();
        }
        text
    }
}

/// Of a storage that does not answer; why not, only the log says.
const AWAY: &str = "the storage is away";

/// What clients may know about our own faults.
fn internal_msg(code: Code) -> &'static str {
    match code {
        Code::DbError => "Database error",
        Code::IoFailed => "Storage error",
        Code::EncryptError => "Encryption error",
        _ => "Internal error",
    }
}

fn tasks_code(error: &TasksError) -> Code {
    match error {
        TasksError::LoginRequired => Code::LoginRequired,
        // A task in another phase counts as not there (V4 API, workflows).
        TasksError::NotFound | TasksError::Ended | TasksError::NotFailed => Code::NotFound,
        TasksError::TooMany => Code::NotSet,
        TasksError::BadPageToken | TasksError::Store(_) => Code::DbError,
    }
}

fn download_code(error: &DownloadError) -> Code {
    match error {
        DownloadError::NoSources
        | DownloadError::MixedSources
        | DownloadError::LinkTooLong
        | DownloadError::BadMagnet(_) => Code::ParamErr,
        DownloadError::TooMany(_) => Code::BatchAria2Size,
        DownloadError::TorrentTooLarge => Code::FileTooLarge,
        // A task in another phase counts as not there (V4 API, workflows).
        DownloadError::NotFound | DownloadError::NotProcessing | DownloadError::NotMonitoring => {
            Code::NotFound
        }
        DownloadError::Downloader(_) => Code::InternalSettingError,
        DownloadError::File(error) => file::code(error),
        DownloadError::Tasks(error) => tasks_code(error),
        DownloadError::Store(_) => Code::DbError,
    }
}

impl From<DownloadError> for ApiError {
    fn from(error: DownloadError) -> Self {
        match error {
            DownloadError::File(error) => Self::File(error),
            DownloadError::Tasks(error) => Self::Tasks(error),
            error => Self::Download(error),
        }
    }
}

impl From<CompressError> for ApiError {
    fn from(error: CompressError) -> Self {
        match error {
            CompressError::File(error) => Self::File(error),
            error => Self::Compress(error),
        }
    }
}

fn compress_code(error: &CompressError) -> Code {
    match error {
        CompressError::Destination
        | CompressError::UrisTooLong
        | CompressError::PasswordTooLong
        | CompressError::NoPasswords => Code::ParamErr,
        CompressError::File(error) => file::code(error),
    }
}

impl From<AdminError> for ApiError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::File(error) => Self::File(error),
            AdminError::Tasks(error) => Self::Tasks(error),
            error => Self::Admin(error),
        }
    }
}

/// The envelope of one of several things that failed.
fn inner(error: &AdminError) -> Map<String, Value> {
    let code = admin_code(error);
    let words = if matches!(error, AdminError::Store(_)) {
        internal_msg(code).to_owned()
    } else {
        error.to_string()
    };
    let mut envelope = Map::new();
    envelope.insert("code".to_owned(), code.number().into());
    envelope.insert("msg".to_owned(), words.into());
    envelope
}

fn admin_code(error: &AdminError) -> Code {
    match error {
        AdminError::NotAllowed | AdminError::Password(PasswordError::Busy) => Code::NoPermission,
        AdminError::BadValue(_) | AdminError::Dangling(_) => Code::ParamErr,
        AdminError::Stale(_) => Code::Conflict,
        AdminError::SystemGroup | AdminError::SystemApp => Code::InvalidActionOnSystemGroup,
        AdminError::GroupInUse(_) => Code::GroupUsedByUser,
        // What is not there is the database's answer (V4 API, admin rules).
        AdminError::GroupNotFound
        | AdminError::AccountNotFound
        | AdminError::EventNotFound
        | AdminError::EmailTaken
        | AdminError::Store(_) => Code::DbError,
        AdminError::NotFound(_) => Code::NotFound,
        AdminError::ShareNotFound | AdminError::TaskNotFound | AdminError::NodeNotFound => {
            Code::DbError
        }
        AdminError::PolicyNotFound => Code::PolicyNotExist,
        AdminError::DefaultPolicy => Code::DeleteDefaultPolicy,
        AdminError::PolicyInUse => Code::PolicyUsedByFiles,
        AdminError::PolicyOfGroups(_) => Code::PolicyUsedByGroups,
        AdminError::MasterNode => Code::InvalidActionOnSystemNode,
        AdminError::NodeInUse(_) => Code::NodeUsedByStoragePolicy,
        AdminError::Failed(_) => Code::InternalSettingError,
        AdminError::Partly(_) => Code::BatchOperationNotFullyCompleted,
        AdminError::File(error) => file::code(error),
        AdminError::Tasks(error) => tasks_code(error),
        AdminError::ProtectedAccount => Code::InvalidActionOnDefaultUser,
        AdminError::Password(_) => Code::EncryptError,
    }
}

fn sso_code(error: &SsoError) -> Code {
    match error {
        SsoError::ProviderOff => Code::FeatureNotEnabled,
        SsoError::SessionUnknown => Code::LoginSessionNotExist,
        SsoError::Provider(_) | SsoError::Outgoing(_) => Code::CallbackError,
        SsoError::NotConfirmed(_) => Code::NoPermission,
        SsoError::NotLinked => Code::OpenIdNotLinked,
        SsoError::AlreadyLinked => Code::OpenIdBindConflict,
        SsoError::LinkedElsewhere => Code::OpenIdBindOtherAccount,
        SsoError::LastWayIn => Code::ManagedAccountMinimumOpenId,
        SsoError::NothingLinked => Code::NotFound,
        SsoError::LoginRequired => Code::LoginRequired,
        SsoError::Account(error) => account_code(error),
        SsoError::Store(_) => Code::DbError,
    }
}

fn signature_code(error: BadSignature) -> Code {
    match error {
        BadSignature::Missing => Code::NoPermission,
        BadSignature::Expired => Code::SignExpired,
        BadSignature::Wrong => Code::InvalidSign,
    }
}

pub(super) fn account_code(error: &AccountError) -> Code {
    match error {
        AccountError::LoginRequired => Code::LoginRequired,
        AccountError::SignInRefused => Code::InvalidPassword,
        AccountError::Banned => Code::UserBanned,
        AccountError::NotActivated => Code::UserNotActivated,
        AccountError::RegistrationClosed | AccountError::FeatureOff(_) => Code::FeatureNotEnabled,
        AccountError::SecondFactorWrong => Code::TwoFactorCodeErr,
        AccountError::PasskeyRefused => Code::WebAuthnCredentialError,
        AccountError::PasskeySite | AccountError::PasskeyBegin(_) => Code::InitializeAuthn,
        AccountError::ActivationSentAgain => Code::EmailSent,
        AccountError::NotInactive => Code::UserCannotActivate,
        AccountError::Signature(error) => signature_code(*error),
        AccountError::MailSecretWrong => Code::TempLinkExpired,
        AccountError::LinkedAccountGone => Code::UserNotFound,
        AccountError::NoSuchGroup => Code::GroupNotFound,
        AccountError::TooManyTries(_) | AccountError::Busy => Code::NoPermission,
        AccountError::CredentialInvalid => Code::CredentialInvalid,
        AccountError::SubjectUnknown
        | AccountError::NotFound
        | AccountError::CeremonyGone
        | AccountError::SessionNotFound
        | AccountError::PasskeyNotFound => Code::NotFound,
        AccountError::EmailTaken => Code::EmailExisted,
        AccountError::CaptchaWrong => Code::CaptchaError,
        AccountError::PasswordWrong => Code::IncorrectPassword,
        AccountError::BadEmail(_) | AccountError::BadValue(_) | AccountError::BadPicture => {
            Code::ParamErr
        }
        AccountError::PinTaken => Code::ObjectExist,
        AccountError::PictureTooLarge { .. } => Code::FileTooLarge,
        AccountError::GroupMissing(_)
        | AccountError::Interrupted(_)
        | AccountError::SecondFactorNotBegun
        | AccountError::Seal(_) => Code::InternalSettingError,
        AccountError::Password(_) => Code::EncryptError,
        AccountError::Avatar(_) => Code::IoFailed,
        AccountError::AccountGone | AccountError::Store(_) => Code::DbError,
    }
}

fn render(envelope: Map<String, Value>) -> Response {
    json(Value::Object(envelope).to_string().into())
}

impl ResponseError for ApiError {
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    fn as_response(&self) -> Response {
        render(self.envelope(None))
    }
}

/// Errors have the schema of the answer they stand in for, with another code.
impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![] }
    }

    fn register(_registry: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;
    use site::limiter::TooManyTries;
    use uuid::Uuid;

    const ID: CorrelationId = CorrelationId(Uuid::nil());

    #[test]
    fn an_error_says_its_code_its_words_and_where_to_look() {
        let refused = ApiError::from(AccountError::SignInRefused);
        assert_eq!(
            Value::Object(refused.envelope(Some(ID))),
            json!({
                "code": 40080,
                "msg": "Incorrect email or password",
                "correlation_id": "00000000-0000-0000-0000-000000000000",
            })
        );
    }

    #[test]
    fn a_request_of_the_wrong_form_has_no_correlation_id() {
        let error = ApiError::binding("Password too short");
        let envelope = error.envelope(Some(ID));
        assert_eq!(
            Value::Object(envelope),
            json!({ "code": 40001, "msg": "Password too short" })
        );
    }

    #[test]
    fn internal_detail_stays_inside() {
        let error = ApiError::from(AccountError::Avatar(std::io::Error::other("/data/secret")));
        let envelope = error.envelope(Some(ID));
        assert_eq!(envelope["code"], 50004);
        assert_eq!(envelope["msg"], "Storage error");
        assert!(error.chain().contains("/data/secret"));
    }

    #[test]
    fn a_storage_that_is_away_is_told_from_one_that_fails_and_why_stays_inside() {
        let told =
            |error| ApiError::from(FileError::Storage(DriverError::Io(error))).envelope(None);
        let silent = std::io::Error::new(std::io::ErrorKind::NotConnected, "10.0.0.7 refuses");
        let away = told(silent);
        assert_eq!(away["code"], 50004);
        assert_eq!(away["msg"], "the storage is away");
        assert_eq!(told(std::io::Error::other("x"))["msg"], "Storage error");
    }

    #[test]
    fn too_many_tries_neither_sign_out_nor_look_like_a_wrong_password() {
        let tries = TooManyTries {
            retry_after_secs: 7,
        };
        let error = ApiError::from(AccountError::from(tries));
        assert_eq!(error.code(), Code::NoPermission);
        assert!(error.to_string().contains("7 seconds"));
    }
}
