//! How much anybody may send or leave here: one place for every limit that is not a setting.
//!
//! Those of single values are beside them, in `wire`. `docs/limits.md` is written from both tables
//! and from the places that ask for them; a test holds all against the description of the API.

use std::iter::chain;

pub use wire::limits::*;

wire::limits! {
    /// Folders that one move may make the paths of longer.
    MOVED_FOLDERS: u64 = 1_000_000, "folders";
    /// URIs in one page of a listing or search, all together: longer ones make shorter pages.
    LISTED_URI_BYTES: usize = 32 << 20, "bytes";

    /// Changes in one call that changes metadata.
    PATCHES: usize = 100, "changes";
    /// Changes times files in one call.
    PATCHED: usize = 10_000, "changes";
    /// Metadata entries of one file.
    METADATA_ENTRIES: usize = 300, "entries";
    /// Metadata of one file, keys and values.
    METADATA_BYTES: usize = 256 << 10, "bytes";
    /// Metadata of all files of an account, keys and values. What was removed or replaced counts
    /// until it is counted again, which is within a minute of running into the limit.
    ACCOUNT_METADATA_BYTES: i64 = 64 << 20, "bytes";
    /// Metadata entries that come with a new file or upload.
    NEW_METADATA_ENTRIES: usize = 256, "entries";
    /// The same from somebody who comes in through a share.
    VISITOR_METADATA_ENTRIES: usize = 16, "entries";
    /// Metadata of a new file or upload from somebody who comes in through a share.
    VISITOR_METADATA_BYTES: usize = 4 << 10, "bytes";
    /// Dead WebDAV properties of one file.
    DEAD_PROPS: usize = 200, "properties";

    /// Size of one file.
    FILE_BYTES: i64 = 1 << 50, "bytes";
    /// Body in which a storage vendor says that an upload is whole.
    CALLBACK_BYTES: usize = 64 << 10, "bytes";
    /// Uploads of an account that are open at a time.
    OPEN_UPLOADS: u64 = 1_000, "uploads";
    /// Uploads through one share that are open at a time; of those in one request as many, on one
    /// server.
    SHARE_UPLOADS: u64 = 200, "uploads";
    /// Uploads through one share from one address (IPv6: its /64 network) that are open at a time.
    VISITOR_UPLOADS: u64 = 50, "uploads";
    /// How long an upload through a share may rest before it ends.
    VISITOR_UPLOAD_SECS: i64 = 3_600, "seconds";
    /// What visitors of shares may always hold back for uploads that have not come, where there is
    /// room; beyond it three quarters of the room that there is without them.
    VISITOR_RESERVED_BYTES: i64 = 1 << 20, "bytes";

    /// One setting.
    SETTING_BYTES: usize = 1 << 20, "bytes";
    /// Settings that are asked for at a time.
    SETTINGS_ASKED: usize = 1_000, "names";
    /// Rows in one page of an administrator's list.
    ADMIN_ROWS: u64 = 1_000, "rows";
    /// A condition or search of an administrator's list.
    LIST_CONDITION_BYTES: usize = 8_192, "bytes";
    /// A path or an address that administrators try.
    TOOL_TEXT_BYTES: usize = 4_096, "bytes";
    /// Kinds of tasks that are forgotten at a time.
    FORGOTTEN_KINDS: usize = 100, "names";
    /// Settings of a storage policy or a node together, as JSON.
    POLICY_SETTINGS_BYTES: usize = 65_536, "bytes";
    /// One key of a storage policy or a node.
    POLICY_KEY_BYTES: usize = 16_384, "bytes";
    /// Rows that administrators delete at a time.
    ADMIN_DELETED: usize = 10_000, "ids";
    /// One text of a storage policy or a node.
    POLICY_TEXT_CHARS: usize = 1_024, "characters";
    /// Name of a group.
    GROUP_NAME_CHARS: usize = 255, "characters";
    /// Storage policies that members of a group may choose besides its own.
    OTHER_POLICIES: usize = 100, "policies";

    /// A URI that is kept: of a pinned folder, or of the folder a WebDAV account opens.
    KEPT_URI_BYTES: usize = 8 << 10, "bytes";
    /// Pinned folders of an account.
    PINS: usize = 200, "pins";
    /// How a folder wants to be seen, as it is stored.
    VIEW_BYTES: usize = 16 << 10, "bytes";
    /// Columns in that.
    VIEW_COLUMNS: usize = 1_000, "columns";
    /// Media type that comes with an upload.
    MEDIA_TYPE_BYTES: usize = 255, "bytes";
    /// WebDAV accounts of one person.
    DAV_ACCOUNTS: u64 = 200, "accounts";
    /// Locks on one drive before WebDAV clients get no more.
    LOCKS: usize = 2_000, "locks";
    /// What people are looked for by.
    KEYWORD_CHARS: usize = 255, "characters";

    /// One text in what an app or its person sends: a scope list, an address, a code.
    APP_TEXT_CHARS: usize = 255, "characters";
    /// The id of an app.
    APP_ID_CHARS: usize = 64, "characters";
    /// The challenge of an app.
    CHALLENGE_CHARS: usize = 255, "characters";
    /// The nonce of an app.
    NONCE_CHARS: usize = 512, "characters";
    /// One text of a profile: a name, a language, a theme.
    PROFILE_TEXT_CHARS: usize = 255, "characters";
    /// Extensions whose versions are kept.
    EXTENSIONS: usize = 1_000, "extensions";
    /// One of them.
    EXTENSION_CHARS: usize = 64, "characters";
    /// The name of a pin.
    PIN_NAME_CHARS: usize = 255, "characters";
    /// Passkeys of an account.
    PASSKEYS: usize = 50, "passkeys";
    /// What an authenticator answers.
    PASSKEY_BYTES: usize = 64 << 10, "bytes";
    /// The name of a passkey, and of the program it was made with.
    PASSKEY_NAME_CHARS: usize = 255, "characters";
    /// A mail address.
    EMAIL_CHARS: usize = 100, "characters";
    /// The answer to a captcha.
    CAPTCHA_BYTES: usize = 8 << 10, "bytes";
    /// The password of a share.
    SHARE_PASSWORD_CHARS: usize = 32, "characters";
    /// People, and groups, that one share names.
    SHARE_NAMED: usize = 1_000, "people";
    /// Shares of an account.
    SHARES: u64 = 10_000, "shares";
    /// Event streams that an account has open at a time, on one server.
    EVENT_STREAMS: u64 = 200, "streams";
    /// Folders that the sync clients of an account follow, each counted for itself. The one that
    /// was not seen for the longest time is forgotten when another comes, and begins anew.
    FOLLOWED: u64 = 1_000, "folders";
    /// Shares deleted by one call.
    SHARES_DELETED: usize = 3_000, "shares";
    /// An access or refresh token.
    TOKEN_BYTES: usize = 8192, "bytes";
    /// Whom to sign in elsewhere.
    HINT_CHARS: usize = 255, "characters";
    /// The name of a WebDAV account.
    DAV_NAME_BYTES: usize = 255, "bytes";
    /// What a WebDAV client says about who locks.
    LOCK_OWNER_BYTES: usize = 8 * 1024, "bytes";

    /// Bytes read of an archive to list it.
    ARCHIVE_READ_BYTES: u64 = 16 << 20, "bytes";
    /// Entries of an archive that is listed.
    ARCHIVE_ENTRIES: usize = 50_000, "entries";
    /// Name of an entry of an archive that is listed.
    ARCHIVE_NAME_BYTES: usize = 4_096, "bytes";
    /// Folders in the name of an entry of an archive that is listed.
    ARCHIVE_DEPTH: usize = 255, "folders";

    /// A URI that a task keeps.
    TASK_URI_BYTES: usize = 16 << 10, "bytes";
    /// All URIs that a task keeps.
    TASK_URIS_BYTES: usize = 4 << 20, "bytes";
    /// The password of an archive that is made.
    PACKING_PASSWORD_BYTES: usize = 512, "bytes";
    /// Entries of an archive that is unpacked.
    EXTRACTED_ENTRIES: u64 = 100_000, "entries";
    /// Bytes that are unpacked from one archive.
    EXTRACTED_BYTES: u64 = 1 << 40, "bytes";
    /// The password of an archive that is unpacked.
    EXTRACT_PASSWORD_BYTES: usize = 1_024, "bytes";
    /// Paths that are wanted of an archive.
    EXTRACT_MASKS: usize = 10_000, "paths";
    /// The same, all together.
    EXTRACT_MASK_BYTES: usize = 1 << 20, "bytes";

    /// Tasks of an account that have not ended.
    ACTIVE_TASKS: usize = 5_000, "tasks";
    /// Tasks of an account that have ended; older ones are forgotten.
    ENDED_TASKS: usize = 1_000, "tasks";
    /// What all tasks of an account resume from; of those that have ended older ones are forgotten.
    TASKS_BYTES: u64 = 64 << 20, "bytes";
    /// Tasks of an account in a list that is not cut into pages.
    LISTED_TASKS: u32 = 1_000, "tasks";

    /// Links downloaded by one call, where the group has no limit.
    DOWNLOAD_LINKS: usize = 1_000, "links";
    /// A link to download.
    DOWNLOAD_LINK_BYTES: usize = 16 << 10, "bytes";
    /// A torrent file.
    TORRENT_BYTES: u64 = 16 << 20, "bytes";
    /// Files of one download.
    DOWNLOADED_FILES: usize = 10_000, "files";

    /// Lock tokens given up by one call.
    LOCK_TOKENS: usize = 16_384, "tokens";
    /// Properties that one PROPFIND names.
    PROPS_ASKED: usize = 200, "properties";
    /// A body of XML.
    XML_BYTES: usize = 64 << 10, "bytes";
    /// Elements in each other in it.
    XML_DEPTH: usize = 50, "elements";
    /// Elements in it altogether.
    XML_ELEMENTS: usize = 2_000, "elements";
    /// A header with conditions.
    CONDITION_BYTES: usize = 64 << 10, "bytes";
    /// Tags of versions in one `If` header.
    CONDITION_TAGS: usize = 32, "tags";
    /// Names in a path below `/dav`.
    DAV_DEPTH: usize = 500, "names";
    /// A path below `/dav`, as it is sent.
    DAV_PATH_BYTES: usize = 16 << 10, "bytes";
    /// Parts in a `Range` header; with more it is ignored.
    RANGES: usize = 64, "parts";
}

/// Every limit there is: of single values, then of this module.
pub fn all() -> impl Iterator<Item = &'static Limit> {
    chain(wire::limits::ALL, ALL)
}
