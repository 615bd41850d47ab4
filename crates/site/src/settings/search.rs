//! Search in the content of files.

use serde::de::IgnoredAny;

use super::values::{Rows, Secret};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchSettings {
    pub enabled: bool,
    pub index_type: String,
    pub extractor_type: String,
    /// Bytes of text in one indexed document.
    pub chunk_bytes: usize,
    pub meilisearch: MeilisearchSettings,
    pub tika: TikaSettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeilisearchSettings {
    /// Empty: no indexing.
    pub endpoint: String,
    pub api_key: Secret,
    /// Hits on a page.
    pub page_size: u32,
    pub embed_enabled: bool,
    /// JSON text handed on as embedder settings.
    pub embed_config: String,
}

/// Takes the text out of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TikaSettings {
    pub endpoint: String,
    pub exts: Vec<String>,
    /// Larger files are not indexed; `None` means any.
    pub max_file_bytes: Option<u64>,
}

impl SearchSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            enabled: rows.flag("fts_enabled"),
            index_type: rows.text("fts_index_type"),
            extractor_type: rows.text("fts_extractor_type"),
            chunk_bytes: rows.positive("fts_chunk_size"),
            meilisearch: MeilisearchSettings {
                endpoint: rows.text("fts_meilisearch_endpoint"),
                api_key: rows.secret("fts_meilisearch_api_key"),
                page_size: rows.positive("fts_meilisearch_page_size"),
                embed_enabled: rows.flag("fts_meilisearch_embed_enabled"),
                embed_config: rows
                    .json_text::<IgnoredAny>("fts_meilisearch_embed_config")
                    .0,
            },
            tika: TikaSettings {
                endpoint: rows.text("fts_tika_endpoint"),
                exts: rows.list("fts_tika_exts"),
                max_file_bytes: rows.limit("fts_tika_max_file_size"),
            },
        }
    }
}
