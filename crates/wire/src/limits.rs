//! How long, deep and many the values of the API may be, and how limits are written down.

/// A limit, for the table in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub name: &'static str,
    /// What is counted and where, a sentence.
    pub says: &'static str,
    pub most: i128,
    pub unit: &'static str,
}

/// Constants with a table of them in `ALL`, so that none is missing in the documentation.
#[macro_export]
macro_rules! limits {
    ($($(#[doc = $says:literal])+ $name:ident: $kind:ty = $most:expr, $unit:literal;)*) => {
        $($(#[doc = $says])+ pub const $name: $kind = $most;)*

        /// Every limit of this module.
        pub const ALL: &[$crate::limits::Limit] = &[$($crate::limits::Limit {
            name: stringify!($name),
            says: concat!($($says),+),
            most: $name as i128,
            unit: $unit,
        },)*];
    };
}

limits! {
    /// A file URI, wherever one is sent.
    URI_BYTES: usize = 1 << 20, "bytes";
    /// Names in the path of a URI. More than [`PATH_DEPTH`], so that what was made when there was
    /// no such limit can be read, deleted and moved up.
    URI_DEPTH: usize = 1_000, "names";
    /// Pairs in the query of a URI.
    URI_PAIRS: usize = 1_024, "pairs";
    /// The path of a folder that is made, moved, copied or renamed, from the root of its drive. A
    /// file may have a name more.
    PATH_BYTES: usize = 4_096, "bytes";
    /// Folders that lie in each other.
    PATH_DEPTH: usize = 256, "folders";
    /// The name of a file or folder.
    NAME_BYTES: usize = 255, "bytes";
    /// Key of one metadata entry.
    METADATA_KEY_BYTES: usize = 255, "bytes";
    /// Value of one metadata entry (V4 API, metadata).
    METADATA_VALUE_BYTES: usize = 65_535, "bytes";
    /// Names and metadata filters that one search combines.
    SEARCH_FILTERS: usize = 256, "filters";
    /// One text that is looked for in names or metadata; no name is longer.
    SEARCH_TERM_BYTES: usize = 1_024, "bytes";
    /// A page token.
    PAGE_TOKEN_BYTES: usize = 4096, "bytes";
    /// A public id; a longer one is nobody's.
    ID_CHARS: usize = 15, "characters";
}

/// Whether a folder's path, from the root of its drive, is short and flat enough to be made.
pub fn allows_folder(path: &str) -> bool {
    let depth = path.split('/').filter(|name| !name.is_empty()).count();
    path.len() <= PATH_BYTES && depth <= PATH_DEPTH
}
