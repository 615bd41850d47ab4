//! What to look for: the query part of a file URI.

pub use super::name_term::{NameTerm, like_containing, push_like_escaped};

/// The longest preset category has about 70.
pub use crate::limits::SEARCH_FILTERS as MAX_FILTERS;
use crate::limits::SEARCH_TERM_BYTES;

/// A search, read from the query pairs of a [`FileUri`](super::FileUri).
/// All filters must hold; names are combined as [`any`](Self::any) says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// When set, the stored query of that category replaces all the rest.
    pub category: Option<Category>,
    pub names: Vec<NameTerm>,
    /// One matching name is enough.
    pub any: bool,
    /// Names are compared without regard to case.
    pub case_folding: bool,
    pub kind: Option<Kind>,
    pub metadata: Vec<MetadataFilter>,
    /// Bytes.
    pub size: Bounds,
    /// Unix seconds.
    pub created: Bounds,
    /// Unix seconds.
    pub updated: Bounds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
}

/// A stored query that replaces the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    Image,
    Video,
    Audio,
    Document,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataFilter {
    /// The public key exists.
    Exists { key: String },
    /// The public key's value contains this, whatever the case.
    Contains { key: String, value: String },
    /// The key's value is this; private keys count too.
    Equals { key: String, value: String },
}

/// Inclusive; a missing side is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSearch {
    #[error("`{0}` needs a whole number")]
    NotANumber(String),
    #[error("unknown type `{0}`")]
    UnknownType(String),
    #[error("unknown category `{0}`")]
    UnknownCategory(String),
    #[error("a search can have at most {MAX_FILTERS} names and metadata filters")]
    TooManyFilters,
    #[error("what is looked for can have at most {SEARCH_TERM_BYTES} bytes")]
    TermTooLong,
}

/// Whether these pairs turn a listing into a search. Modifiers alone
/// (`use_or`, `name_op_or`, `case_folding`) and unknown keys do not.
pub fn is_search(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(key, _)| match key.as_str() {
        "name" | "type" | "category" | "size_gte" | "size_lte" | "created_gte" | "created_lte"
        | "updated_gte" | "updated_lte" => true,
        key => metadata_key(key).is_some(),
    })
}

/// The metadata key of `meta_…` or `exact_meta_…`, and whether it is exact.
fn metadata_key(key: &str) -> Option<(&str, bool)> {
    let (key, exact) = match key.strip_prefix("exact_meta_") {
        Some(key) => (key, true),
        None => (key.strip_prefix("meta_")?, false),
    };
    (!key.is_empty()).then_some((key, exact))
}

impl SearchQuery {
    /// Reads a search; unknown keys are ignored, an empty number is an open
    /// bound.
    ///
    /// # Errors
    /// [`BadSearch`] for garbled numbers, unknown types and categories, too many
    /// filters, and texts that are too long.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, BadSearch> {
        let mut search = Self::default();
        for (key, value) in pairs {
            if key.len().max(value.len()) > SEARCH_TERM_BYTES {
                return Err(BadSearch::TermTooLong);
            }
            match key.as_str() {
                "name" => search.names.push(NameTerm::parse(value)),
                "name_op_or" | "use_or" => search.any = true,
                "case_folding" => search.case_folding = true,
                "type" => search.kind = Some(Kind::parse(value)?),
                "category" => search.category = Some(Category::parse(value)?),
                "size_gte" => search.size.min = number(key, value)?,
                "size_lte" => search.size.max = number(key, value)?,
                "created_gte" => search.created.min = number(key, value)?,
                "created_lte" => search.created.max = number(key, value)?,
                "updated_gte" => search.updated.min = number(key, value)?,
                "updated_lte" => search.updated.max = number(key, value)?,
                key => search.metadata.extend(MetadataFilter::parse(key, value)),
            }
            if search.names.len() + search.metadata.len() > MAX_FILTERS {
                return Err(BadSearch::TooManyFilters);
            }
        }
        Ok(search)
    }

    /// Whether a node is found, as the database would decide.
    pub fn matches(&self, node: &Candidate<'_>) -> bool {
        let wanted_kind = match self.kind {
            None => true,
            Some(kind) => kind == node.kind,
        };
        wanted_kind
            && self.matches_name(node.name)
            && self.size.contain(node.size_bytes)
            && self.created.contain(node.created_unix)
            && self.updated.contain(node.updated_unix)
            && self
                .metadata
                .iter()
                .all(|filter| filter.matches(node.metadata))
    }

    /// Whether the names agree; without names, every name does.
    pub fn matches_name(&self, name: &str) -> bool {
        let hit = |term: &NameTerm| term.matches(name, self.case_folding);
        if self.any && !self.names.is_empty() {
            self.names.iter().any(hit)
        } else {
            self.names.iter().all(hit)
        }
    }
}

/// What [`SearchQuery::matches`] looks at.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub name: &'a str,
    pub kind: Kind,
    pub size_bytes: i64,
    pub created_unix: i64,
    pub updated_unix: i64,
    pub metadata: &'a [CandidateMetadata<'a>],
}

/// One metadata entry of a [`Candidate`].
#[derive(Clone, Copy, Debug)]
pub struct CandidateMetadata<'a> {
    pub key: &'a str,
    pub value: &'a str,
    pub private: bool,
}

impl Kind {
    fn parse(value: &str) -> Result<Self, BadSearch> {
        match value {
            "file" => Ok(Self::File),
            "folder" => Ok(Self::Folder),
            _ => Err(BadSearch::UnknownType(value.to_owned())),
        }
    }
}

impl Category {
    fn parse(value: &str) -> Result<Self, BadSearch> {
        match value {
            "image" => Ok(Self::Image),
            "video" => Ok(Self::Video),
            "audio" => Ok(Self::Audio),
            "document" => Ok(Self::Document),
            _ => Err(BadSearch::UnknownCategory(value.to_owned())),
        }
    }

    /// The setting that holds the category's query string; read it with
    /// [`parse_pairs`](super::query::parse_pairs) and ignore a category inside.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Image => "explorer_category_image_query",
            Self::Video => "explorer_category_video_query",
            Self::Audio => "explorer_category_audio_query",
            Self::Document => "explorer_category_document_query",
        }
    }
}

fn number(key: &str, value: &str) -> Result<Option<i64>, BadSearch> {
    if value.is_empty() {
        return Ok(None);
    }
    value
        .parse()
        .map(Some)
        .map_err(|_| BadSearch::NotANumber(key.to_owned()))
}

impl Bounds {
    pub fn contain(self, value: i64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    pub fn is_open(self) -> bool {
        self == Self::default()
    }
}

impl MetadataFilter {
    fn parse(key: &str, value: &str) -> Option<Self> {
        let (key, exact) = metadata_key(key)?;
        let (key, value) = (key.to_owned(), value.to_owned());
        Some(match (exact, value.is_empty()) {
            (true, _) => Self::Equals { key, value },
            (false, true) => Self::Exists { key },
            (false, false) => Self::Contains { key, value },
        })
    }

    fn matches(&self, metadata: &[CandidateMetadata<'_>]) -> bool {
        metadata.iter().any(|entry| match self {
            Self::Exists { key } => entry.key == key && !entry.private,
            Self::Contains { key, value } => {
                let hit = || entry.value.to_lowercase().contains(&value.to_lowercase());
                entry.key == key && !entry.private && hit()
            }
            Self::Equals { key, value } => entry.key == key && entry.value == value,
        })
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
