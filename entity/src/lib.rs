//! Database rows and nothing more: one table a file, typed ids, typed JSON columns.
//!
//! Times are [`Timestamp`]s (UTC microseconds in a `BIGINT`): the same value, order and
//! precision on SQLite, PostgreSQL and MySQL, and cheap to decode in long listings.

pub mod blob;
pub mod damaged_blob;
pub mod dav_account;
pub mod direct_link;
pub mod event_subscription;
pub mod external_identity;
pub mod file;
pub mod file_blob;
pub mod folder_policy;
pub mod group;
pub mod ids;
pub mod journal;
pub mod lock;
pub mod metadata;
pub mod mirror_gap;
pub mod node;
pub mod oauth_client;
pub mod oauth_grant;
pub mod passkey;
pub mod rate_limit;
pub mod recovery_code;
pub mod secret_text;
pub mod session;
pub mod setting;
pub mod share;
pub mod share_recipient;
pub mod signing_key;
pub mod storage_policy;
pub mod task;
pub mod ticket;
pub mod time;
pub mod upload_part;
pub mod upload_session;
pub mod user;

pub use blob::BlobKind;
pub use damaged_blob::Damage;
pub use file::FileKind;
pub use ids::{
    BlobId, ClientId, DavAccountId, DirectLinkId, FileId, GrantId, GroupId, IdentityId, JournalId,
    LockId, NodeId, PasskeyId, PolicyId, RecoveryCodeId, ShareId, SubscriptionId, TaskId, UserId,
};
pub use secret_text::SecretText;
pub use task::TaskState;
pub use time::Timestamp;
pub use user::UserStatus;
