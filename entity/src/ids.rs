//! Typed numeric ids. Public ids (hashids) exist only at the edge of the server.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// A row of `users`.
    UserId,
    /// A row of `groups`.
    GroupId,
    /// A row of `files`: a file or a folder.
    FileId,
    /// A row of `blobs`: one stored version of bytes.
    BlobId,
    /// A row of `storage_policies`.
    PolicyId,
    /// A row of `nodes`.
    NodeId,
    /// A row of `tasks`.
    TaskId,
    /// A row of `journal`; grows with time, the position of event subscribers.
    JournalId,
    /// A row of `locks`.
    LockId,
    /// A row of `dav_accounts`.
    DavAccountId,
    /// A row of `event_subscriptions`.
    SubscriptionId,
    /// A row of `oauth_clients`: an app.
    ClientId,
    /// A row of `oauth_grants`.
    GrantId,
    /// A row of `external_identities`.
    IdentityId,
    /// A row of `passkeys`.
    PasskeyId,
    /// A row of `recovery_codes`.
    RecoveryCodeId,
    /// A row of `shares`; its public id comes from another column.
    ShareId,
    /// A row of `direct_links`; its public id comes from another column.
    DirectLinkId,
}
