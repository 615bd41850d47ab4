//! What is guarded, and how closely.

/// So many tries in a row, and how long until one more is granted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) burst: i64,
    pub(super) refill_micros: i64,
}

/// Wrong tries in a row for one subject, and how long until one more is granted.
const PER_SUBJECT: Rate = Rate {
    burst: 20,
    refill_micros: 10_000_000,
};
/// The same for one subject from everywhere, where each network has an allowance of its own. One
/// network cannot use it up: it comes back as fast as what the network may take.
pub(super) const PER_SUBJECT_ANYWHERE: Rate = Rate {
    burst: 200,
    refill_micros: 10_000_000,
};
/// The same for one address; several people may share it.
pub(super) const PER_ADDRESS: Rate = Rate {
    burst: 60,
    refill_micros: 2_000_000,
};
/// Codes of a second factor: six digits, of which three are right at a time.
const PER_CODE: Rate = Rate {
    burst: 10,
    refill_micros: 300_000_000,
};
/// Mails to one address.
const PER_MAILBOX: Rate = Rate {
    burst: 5,
    refill_micros: 600_000_000,
};

/// New accounts from one address; several people may share it.
const PER_NEIGHBOURHOOD: Rate = Rate {
    burst: 100,
    refill_micros: 60_000_000,
};

/// What a rate limit is about. Allowances of different limits are separate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateLimit {
    SignIn,
    /// The current password, asked for before an important change.
    CurrentPassword,
    TwoFactor,
    SharePassword,
    WebDav,
    /// The secret in a mail that sets a new password.
    ResetSecret,
    Passkey,
    /// Asking whether an address is somebody's.
    Prepare,
    /// Having a mail sent: every try counts.
    Mail,
    /// Registering, which also tells whether an address is somebody's: every try counts.
    Register,
    /// The secret of an app that people may let in.
    AppSecret,
}

impl RateLimit {
    /// The name that keys of the table are made of. Never change one.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::CurrentPassword => "current_password",
            Self::TwoFactor => "two_factor",
            Self::SharePassword => "share_password",
            Self::WebDav => "webdav",
            Self::ResetSecret => "reset_secret",
            Self::Passkey => "passkey",
            Self::Prepare => "prepare",
            Self::Mail => "mail",
            Self::Register => "register",
            Self::AppSecret => "app_secret",
        }
    }

    /// Whether strangers may try. Others have proven something before.
    pub(super) const fn is_open_to_anybody(self) -> bool {
        match self {
            Self::SignIn
            | Self::SharePassword
            | Self::WebDav
            | Self::ResetSecret
            | Self::Passkey
            | Self::Prepare
            | Self::AppSecret => true,
            Self::CurrentPassword | Self::TwoFactor | Self::Mail | Self::Register => false,
        }
    }

    /// How often one subject may be tried under this limit; from one network, if it is open to
    /// anybody.
    pub(super) const fn per_subject(self) -> Rate {
        match self {
            Self::TwoFactor => PER_CODE,
            Self::Mail => PER_MAILBOX,
            Self::Register => PER_NEIGHBOURHOOD,
            Self::SignIn
            | Self::CurrentPassword
            | Self::SharePassword
            | Self::WebDav
            | Self::ResetSecret
            | Self::Passkey
            | Self::Prepare
            | Self::AppSecret => PER_SUBJECT,
        }
    }
}
