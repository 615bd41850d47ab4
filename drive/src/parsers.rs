//! Parsers of what strangers send, as plain functions of bytes, for tests that send anything: the
//! fuzz targets in `tests/fuzz` and the tests that replay their corpus. Each panics if what it
//! promises does not hold; none does for any bytes.

use site::secret::TokenKeys;
use store::search::SearchPosition;
use wire::search::{Candidate, Kind, SearchQuery};
use wire::{FileUri, page_token, query};

/// File URIs: what is read is written so that it is read as the same.
pub fn file_uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(uri) = FileUri::parse(text) {
        let written = uri.to_string();
        assert_eq!(FileUri::parse(&written), Ok(uri.clone()));
        assert_eq!(
            FileUri::parse(&written).map(|uri| uri.to_string()),
            Ok(written)
        );
        let names = uri.segments();
        assert!(names.iter().all(|name| !name.contains(['/', '\0'])));
        assert!(
            !names
                .iter()
                .any(|name| matches!(name.as_str(), "" | "." | ".."))
        );
    }
}

/// Searches: patterns for the database, and the same in memory.
pub fn search(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(pairs) = query::parse_pairs(text) else {
        return;
    };
    let Ok(search) = SearchQuery::parse(&pairs) else {
        return;
    };
    for term in &search.names {
        let pattern = term.like_pattern(search.case_folding);
        assert!(pattern.len() < 50_000, "too much for SQLite");
    }
    let node = Candidate {
        name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
        kind: Kind::File,
        size_bytes: 1,
        created_unix: 2,
        updated_unix: 3,
        metadata: &[],
    };
    search.matches(&node);
}

/// Where the next page begins.
pub fn page_token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(position) = page_token::decode::<SearchPosition>(text) {
        let again = page_token::encode(&position);
        assert_eq!(page_token::decode(&again), Ok(position));
    }
}

/// Access and refresh tokens: nobody makes one who does not know the key.
pub fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let keys = TokenKeys::new(b"a key that no corpus was signed with");
    assert!(keys.read_access(text, 1_800_000_000).is_err());
    assert!(keys.read_refresh(text, 1_800_000_000).is_err());
}
