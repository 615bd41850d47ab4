//! Every code an envelope may carry: one table. Source: V4 API, error codes.

/// Declares the codes; the name is the variant's, the doc comment its meaning.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])* $name:ident = $number:literal,)*) => {
        /// The number in an envelope. Clients act on it, so a number never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $meaning])* $name,)* }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it travels.
            pub const fn number(self) -> i32 {
                match self { $(Self::$name => $number,)* }
            }

            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What it tells.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($meaning),*),)* }
            }
        }
    };
}

codes! {
    /// Generic failure without a number.
    NotSet = -1,
    Success = 0,
    /// More steps are needed: a one-time code after the password, or a click in a mail.
    Continue = 203,
    /// Needs a signed-in user; the web client drops its session.
    LoginRequired = 401,
    /// Not allowed: owner, capability, group, or too many attempts.
    NoPermission = 403,
    /// The resource is missing.
    NotFound = 404,
    /// The resource is in another state.
    Conflict = 409,
    /// Bad request data.
    ParamErr = 40001,
    UploadFailed = 40002,
    CreateFolderFailed = 40003,
    /// The name is already there.
    ObjectExist = 40004,
    /// The signature is past its expiry.
    SignExpired = 40005,
    /// The storage policy does not permit the action.
    PolicyNotAllowed = 40006,
    /// The group lacks the permission.
    GroupNotAllowed = 40007,
    AdminRequired = 40008,
    MasterNotFound = 40009,
    PhoneRequired = 40010,
    /// The upload session is unknown or expired.
    UploadSessionExpired = 40011,
    /// The chunk's number is out of order or range.
    InvalidChunkIndex = 40012,
    /// The body's length is not the expected one.
    InvalidContentLength = 40013,
    /// More direct links than the group allows.
    BatchSourceSize = 40014,
    /// More remote downloads than the group allows.
    BatchAria2Size = 40015,
    /// The path or its parent is missing.
    ParentNotExist = 40016,
    /// The account is banned.
    UserBanned = 40017,
    /// The account waits for a click in a mail.
    UserNotActivated = 40018,
    /// Switched off by a setting, or not built.
    FeatureNotEnabled = 40019,
    /// The token is invalid; clients drop their session.
    CredentialInvalid = 40020,
    UserNotFound = 40021,
    /// The one-time code is wrong.
    TwoFactorCodeErr = 40022,
    LoginSessionNotExist = 40023,
    /// A passkey ceremony could not begin.
    InitializeAuthn = 40024,
    /// The passkey's answer was refused.
    WebAuthnCredentialError = 40025,
    /// The captcha is wrong or missing.
    CaptchaError = 40026,
    CaptchaRefreshNeeded = 40027,
    /// The mail could not be queued.
    FailedSendEmail = 40028,
    InvalidTempLink = 40029,
    /// The reset secret is wrong or expired.
    TempLinkExpired = 40030,
    EmailProviderBanned = 40031,
    /// The mail address is taken.
    EmailExisted = 40032,
    /// An inactive account exists; its mail was sent again.
    EmailSent = 40033,
    /// The account is not in the inactive state.
    UserCannotActivate = 40034,
    PolicyNotExist = 40035,
    DeleteDefaultPolicy = 40036,
    PolicyUsedByFiles = 40037,
    PolicyUsedByGroups = 40038,
    GroupNotFound = 40039,
    InvalidActionOnSystemGroup = 40040,
    GroupUsedByUser = 40041,
    ChangeGroupForDefaultUser = 40042,
    InvalidActionOnDefaultUser = 40043,
    FileNotFound = 40044,
    ListFilesError = 40045,
    InvalidActionOnSystemNode = 40046,
    CreateFsError = 40047,
    CreateTaskError = 40048,
    FileTooLarge = 40049,
    FileTypeNotAllowed = 40050,
    /// The user's quota is exceeded.
    InsufficientCapacity = 40051,
    /// Rules or the storage policy refuse the name.
    IllegalObjectName = 40052,
    RootProtected = 40053,
    ConflictUploadOngoing = 40054,
    /// The stored object differs from what was declared.
    MetaMismatch = 40055,
    UnsupportedArchiveType = 40056,
    PolicyChanged = 40057,
    ShareLinkNotFound = 40058,
    SaveOwnShare = 40059,
    SlavePingMaster = 40060,
    VersionMismatch = 40061,
    InsufficientCredit = 40062,
    GroupConflict = 40063,
    GroupInvalid = 40064,
    InvalidGiftCode = 40065,
    OpenIdBindConflict = 40066,
    OpenIdBindOtherAccount = 40067,
    OpenIdNotLinked = 40068,
    /// A share's password or the current password is wrong or missing.
    IncorrectPassword = 40069,
    DisabledSharePreview = 40070,
    /// The signature is malformed or wrong.
    InvalidSign = 40071,
    FulfillAdminGroup = 40072,
    /// Somebody holds a lock; `data` lists the locks.
    LockConflict = 40073,
    /// The batch is longer than the site allows.
    TooManyUris = 40074,
    LockExpired = 40075,
    /// The version meant is not the current one.
    StaleVersion = 40076,
    /// The version or blob is missing.
    EntityNotExist = 40077,
    /// The file lies in the trash.
    FileDeleted = 40078,
    /// A walk passed the group's limit.
    FileCountLimitedReached = 40079,
    /// Mail address and password do not fit at sign-in.
    InvalidPassword = 40080,
    /// Some items of a batch failed.
    BatchOperationNotFullyCompleted = 40081,
    /// Only the owner of the file may.
    OwnerOnly = 40082,
    PurchaseRequired = 40083,
    ManagedAccountMinimumOpenId = 40084,
    AmountTooSmall = 40085,
    NodeUsedByStoragePolicy = 40086,
    DomainNotLicensed = 40087,
    /// Visitors without an account may not open shares.
    AnonymousAccessDenied = 40088,
    /// The app's token lacks a scope.
    InsufficientScope = 40089,
    DbError = 50001,
    /// Signing or encrypting failed.
    EncryptError = 50002,
    /// Storage or disk failed.
    IoFailed = 50004,
    /// A setting or internal state is bad or missing.
    InternalSettingError = 50005,
    CacheOperation = 50006,
    CallbackError = 50007,
    UpdateSetting = 50008,
    AddCors = 50009,
    NodeOffline = 50010,
    QueryMetaFailed = 50011,
}

impl Code {
    /// Whether the server, not the client, is to blame: such errors are logged as errors.
    pub const fn is_internal(self) -> bool {
        self.number() >= 50_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique() {
        let numbers: HashSet<_> = Code::ALL.iter().map(|code| code.number()).collect();
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(numbers.len(), Code::ALL.len());
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn the_table_is_complete() {
        let has = |number| Code::ALL.iter().any(|code| code.number() == number);
        assert!((40_001..=40_089).all(has));
        assert!(
            (50_001..=50_011)
                .filter(|number| *number != 50_003)
                .all(has)
        );
    }

    #[test]
    fn only_our_own_faults_are_internal() {
        assert!(Code::DbError.is_internal() && !Code::NotSet.is_internal());
        assert!(!Code::Success.is_internal() && !Code::InsufficientScope.is_internal());
    }
}
