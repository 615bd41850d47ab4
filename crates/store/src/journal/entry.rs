//! What happened, by whom: feeds events, activity and audit.

use crate::cause::Cause;
use entity::{FileId, FileKind, TaskId, UserId, file};
use uuid::Uuid;

/// Kinds of entries. The names are stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A file or folder appeared (`after`).
    Create,
    /// New content (`after`).
    Modify,
    /// Another name or place (`before` → `after`).
    Rename,
    /// Gone from where it was, to the trash (`before`).
    Trash,
    /// Gone for good (`before`, unless it was in the trash).
    Delete,
    /// Back from the trash (`after`).
    Restore,
    /// Metadata or view changed; sync clients are not told.
    Describe,
    /// It was chosen where new bytes of a folder go (`detail`: the policy); sync clients are not told.
    PolicyChosen,
    /// Its bytes were told to move to another policy (`detail`: which, and the task).
    Relocate,
    /// Bytes that were there already were told to become files of an account (`detail`: which, and
    /// the task).
    Import,
    /// Files were told to be packed into an archive (`after`: where it goes; `detail`: the task).
    ArchiveCreate,
    /// A share was made, changed or taken back (`detail`: its public number).
    Share,
    ShareEdit,
    ShareDelete,
    /// A direct link was made or taken back.
    DirectLink,
    DirectLinkDelete,
    SignIn,
    SignInFailed,
    /// New tokens for a session that goes on.
    Refresh,
    SignOut,
    SignUp,
    Password,
    Profile,
    /// An app was let in.
    GrantApp,
    /// An app was shut out.
    RevokeApp,
    /// An identity of another provider was linked.
    LinkIdentity,
    UnlinkIdentity,
    /// An address was confirmed.
    Activate,
    /// An administrator made an account for somebody.
    Invite,
    /// Somebody asked for a new password by mail.
    ResetAsked,
    /// The second factor was switched on or off, or its recovery codes were made anew.
    TwoFactor,
    /// A passkey was added or removed.
    Passkey,
    /// Sessions were ended from elsewhere.
    SignOutOthers,
    /// A password, code or secret was wrong where one was asked for, other than at signing in.
    ProofFailed,
    /// Somebody opened a share with its password (`detail`: its public number).
    ShareOpened,
    /// A task was called off (`detail`: its id).
    TaskCancel,
    /// A task that had failed or been called off was begun anew (`detail`: its id).
    TaskRetry,
    /// A task of somebody has ended (`detail`: its id, its kind, and how).
    TaskEnd,
    /// Settings were changed (`detail`: before and after).
    SettingsChanged,
    /// A group was made, changed or removed (`detail`: its id, before and after).
    GroupCreated,
    GroupChanged,
    GroupDeleted,
    /// An account was made, changed or counted anew by an administrator (`detail`: what differs).
    AccountCreated,
    AccountChanged,
    AccountCalibrated,
    /// An account was deleted by an administrator (`detail`: what it was).
    AccountDeleted,
    /// A storage policy was made, changed or removed (`detail`: its id, before and after).
    PolicyCreated,
    PolicyChanged,
    PolicyDeleted,
    /// What a storage policy keeps was told to move to another (`detail`: which, of whom, the task).
    PolicyRelocated,
    /// A node was made, changed or removed (`detail`: its id, before and after).
    NodeCreated,
    NodeChanged,
    NodeDeleted,
    /// An app was made, changed or removed (`detail`: its id, before and after).
    AppCreated,
    AppChanged,
    AppDeleted,
    /// Tasks were removed from the list (`detail`: which).
    TasksForgotten,
    /// Entries of the journal were removed (`detail`: which).
    EventsForgotten,
    /// Bytes were removed, whoever held them (`detail`: which).
    BlobsRemoved,
    /// Stored bytes are not what they were (`detail`: which, and what is wrong).
    BlobDamaged,
    /// Stored bytes are what they were again (`detail`: which, and how).
    BlobHealed,
    /// An administrator takes stored bytes for what they are (`detail`: which).
    BlobAccepted,
    /// An administrator looked into a file or bytes of somebody.
    FileViewed,
}

/// What entries are about. The names are stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    File,
    Share,
    SignIn,
    Account,
    Task,
    /// What administrators do.
    Admin,
}

impl Category {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Share => "share",
            Self::SignIn => "sign_in",
            Self::Account => "account",
            Self::Task => "task",
            Self::Admin => "admin",
        }
    }
}

impl Op {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Modify => "modify",
            Self::Rename => "rename",
            Self::Trash => "trash",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Describe => "describe",
            Self::PolicyChosen => "policy_chosen",
            Self::Relocate => "relocate",
            Self::Import => "import",
            Self::ArchiveCreate => "archive_create",
            Self::Share => "share",
            Self::ShareEdit => "share_edit",
            Self::ShareDelete => "share_delete",
            Self::DirectLink => "direct_link",
            Self::DirectLinkDelete => "direct_link_delete",
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::Refresh => "refresh",
            Self::SignOut => "sign_out",
            Self::SignUp => "sign_up",
            Self::Password => "password",
            Self::Profile => "profile",
            Self::GrantApp => "grant_app",
            Self::RevokeApp => "revoke_app",
            Self::LinkIdentity => "link_identity",
            Self::UnlinkIdentity => "unlink_identity",
            Self::Activate => "activate",
            Self::Invite => "invite",
            Self::ResetAsked => "reset_asked",
            Self::TwoFactor => "two_factor",
            Self::Passkey => "passkey",
            Self::SignOutOthers => "sign_out_others",
            Self::ProofFailed => "proof_failed",
            Self::ShareOpened => "share_opened",
            Self::TaskCancel => "task_cancel",
            Self::TaskRetry => "task_retry",
            Self::TaskEnd => "task_end",
            Self::SettingsChanged => "settings_changed",
            Self::GroupCreated => "group_created",
            Self::GroupChanged => "group_changed",
            Self::GroupDeleted => "group_deleted",
            Self::AccountCreated => "account_created",
            Self::AccountChanged => "account_changed",
            Self::AccountCalibrated => "account_calibrated",
            Self::AccountDeleted => "account_deleted",
            Self::PolicyCreated => "policy_created",
            Self::PolicyChanged => "policy_changed",
            Self::PolicyDeleted => "policy_deleted",
            Self::PolicyRelocated => "policy_relocated",
            Self::NodeCreated => "node_created",
            Self::NodeChanged => "node_changed",
            Self::NodeDeleted => "node_deleted",
            Self::AppCreated => "app_created",
            Self::AppChanged => "app_changed",
            Self::AppDeleted => "app_deleted",
            Self::TasksForgotten => "tasks_forgotten",
            Self::EventsForgotten => "events_forgotten",
            Self::BlobsRemoved => "blobs_removed",
            Self::BlobDamaged => "blob_damaged",
            Self::BlobHealed => "blob_healed",
            Self::BlobAccepted => "blob_accepted",
            Self::FileViewed => "file_viewed",
        }
    }

    /// What it is about.
    pub const fn category(self) -> Category {
        match self {
            Self::Create
            | Self::Modify
            | Self::Rename
            | Self::Trash
            | Self::Delete
            | Self::Restore
            | Self::Describe
            | Self::PolicyChosen
            | Self::Relocate => Category::File,
            Self::Share
            | Self::ShareEdit
            | Self::ShareDelete
            | Self::ShareOpened
            | Self::DirectLink
            | Self::DirectLinkDelete => Category::Share,
            Self::SignIn
            | Self::SignInFailed
            | Self::Refresh
            | Self::SignOut
            | Self::SignOutOthers
            | Self::ProofFailed => Category::SignIn,
            Self::SignUp
            | Self::Password
            | Self::Profile
            | Self::GrantApp
            | Self::RevokeApp
            | Self::LinkIdentity
            | Self::UnlinkIdentity
            | Self::Activate
            | Self::Invite
            | Self::ResetAsked
            | Self::TwoFactor
            | Self::Passkey => Category::Account,
            Self::ArchiveCreate | Self::TaskCancel | Self::TaskRetry | Self::TaskEnd => {
                Category::Task
            }
            Self::Import
            | Self::SettingsChanged
            | Self::GroupCreated
            | Self::GroupChanged
            | Self::GroupDeleted
            | Self::AccountCreated
            | Self::AccountChanged
            | Self::AccountCalibrated
            | Self::AccountDeleted
            | Self::PolicyCreated
            | Self::PolicyChanged
            | Self::PolicyDeleted
            | Self::PolicyRelocated
            | Self::NodeCreated
            | Self::NodeChanged
            | Self::NodeDeleted
            | Self::AppCreated
            | Self::AppChanged
            | Self::AppDeleted
            | Self::TasksForgotten
            | Self::EventsForgotten
            | Self::BlobsRemoved
            | Self::BlobDamaged
            | Self::BlobHealed
            | Self::BlobAccepted
            | Self::FileViewed => Category::Admin,
        }
    }
}

/// One entry to write. Paths are decoded and start at the root of the owner's drive.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whose drive, or whose account.
    pub owner: UserId,
    pub actor: Option<UserId>,
    pub client: Option<Uuid>,
    pub op: Op,
    pub file: Option<FileId>,
    pub is_folder: bool,
    pub before: Option<String>,
    pub after: Option<String>,
    /// JSON text.
    pub detail: Option<String>,
    /// The request or task that is behind it.
    pub cause: Option<Cause>,
}

impl Entry {
    /// Something the system did to a file.
    pub fn by_system(op: Op, file: &file::Model) -> Self {
        Self {
            owner: file.owner_id,
            actor: None,
            client: None,
            op,
            file: Some(file.id),
            is_folder: file.kind == FileKind::Folder,
            before: None,
            after: None,
            detail: None,
            cause: Cause::current(),
        }
    }

    /// Something that happened to an account.
    pub fn of_account(user: UserId, op: Op) -> Self {
        Self {
            owner: user,
            actor: Some(user),
            client: None,
            op,
            file: None,
            is_folder: false,
            before: None,
            after: None,
            detail: None,
            cause: Cause::current(),
        }
    }

    /// Something that was done to a task of `owner`, by `actor`.
    pub fn of_task(actor: UserId, op: Op, owner: UserId, task: TaskId) -> Self {
        let entry = Self {
            owner,
            ..Self::of_account(actor, op)
        };
        entry.detail(serde_json::json!({ "task": task }).to_string())
    }

    /// Something new, with the folders above it that were made for it, from the top down.
    pub fn with_folders(mut self, above: &[FileId]) -> Self {
        if !above.is_empty() {
            let ids: Vec<i64> = above.iter().map(|id| id.0).collect();
            self.detail = Some(serde_json::json!({ "folders": ids }).to_string());
        }
        self
    }

    /// With the path it had.
    pub fn before(mut self, path: impl Into<String>) -> Self {
        self.before = Some(path.into());
        self
    }

    /// With the path it has now.
    pub fn after(mut self, path: impl Into<String>) -> Self {
        self.after = Some(path.into());
        self
    }

    /// With more details, as JSON text.
    pub fn detail(mut self, json: String) -> Self {
        self.detail = Some(json);
        self
    }
}
