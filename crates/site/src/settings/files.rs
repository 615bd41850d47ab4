//! Limits and lives in the file system.

use std::time::Duration;

use super::mime::MimeTable;
use super::values::Rows;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// Largest body of a direct content update, and largest version a viewer may open.
    pub max_edit_bytes: u64,
    /// File lists page by cursor, else by number.
    pub cursor_pagination: bool,
    /// Larger requests are cut to this.
    pub max_page_size: u32,
    /// URIs in one batch call.
    pub max_batch_size: u32,
    /// Folders one search may visit.
    pub max_searched_folders: u32,
    /// Stream search results as they come.
    pub search_over_sse: bool,
    /// Life of a link to a packed download.
    pub archive_ttl: Duration,
    /// Bytes in one packed download; zero means any.
    pub max_archive_bytes: u64,
    pub upload_session_ttl: Duration,
    pub viewer_session_ttl: Duration,
    /// How long a computed folder size is believed.
    pub folder_props_ttl: Duration,
    /// Life of a signed link to a blob.
    pub entity_url_ttl: Duration,
    /// A cached link is dropped this long before it ends.
    pub entity_url_margin: Duration,
    /// `Cache-Control: public, max-age` of avatars and signed blobs; zero means none.
    pub public_max_age: Duration,
    pub categories: CategoryQueries,
    pub mime: MimeTable,
    /// Folder of temporary files, relative to the data directory.
    pub temp_path: String,
    /// Retries of a failed chunk in uploads by the server itself.
    pub chunk_retries: u32,
    /// Buffer chunks in temporary files so that they can be sent again.
    pub buffer_chunks: bool,
    pub max_parallel_transfers: usize,
    /// How fast this server moves bytes from one storage to another; `None`: as fast as it can.
    pub relocate_bytes_per_sec: Option<u64>,
    pub scrub: ScrubSettings,
}

/// Reading again what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrubSettings {
    /// Every blob is read at least once within so many; 0: none is.
    pub days: u32,
    /// Bytes read in a second; 0: as fast as it goes.
    pub bytes_per_second: u64,
}

/// The searches behind the category views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryQueries {
    pub image: String,
    pub video: String,
    pub audio: String,
    pub document: String,
}

/// File events pushed to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEventSettings {
    pub enabled: bool,
    /// How long events wait for a subscriber who is away.
    pub max_age: Duration,
    /// How long events are collected and merged at most, after the first of them was pushed.
    pub debounce: Duration,
}

impl FileSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            max_edit_bytes: rows.number("maxEditSize"),
            cursor_pagination: rows.flag("use_cursor_pagination"),
            max_page_size: rows.positive("max_page_size"),
            max_batch_size: rows.positive("max_batched_file"),
            max_searched_folders: rows.positive("max_recursive_searched_folder"),
            search_over_sse: rows.flag("use_sse_for_search"),
            archive_ttl: rows.positive_secs("archive_timeout"),
            max_archive_bytes: rows.number("archive_max_size"),
            upload_session_ttl: rows.positive_secs("upload_session_timeout"),
            viewer_session_ttl: rows.positive_secs("viewer_session_timeout"),
            folder_props_ttl: rows.secs("folder_props_timeout"),
            entity_url_ttl: rows.positive_secs("entity_url_default_ttl"),
            entity_url_margin: rows.secs("entity_url_cache_margin"),
            public_max_age: rows.secs("public_resource_maxage"),
            categories: CategoryQueries::read(rows),
            mime: MimeTable::new(rows.json("mime_mapping")),
            temp_path: rows.text("temp_path"),
            chunk_retries: rows.number("chunk_retries"),
            buffer_chunks: rows.flag("use_temp_chunk_buffer"),
            max_parallel_transfers: rows.positive("max_parallel_transfer"),
            relocate_bytes_per_sec: rows.limit("relocate_bytes_per_second"),
            scrub: ScrubSettings {
                days: rows.number("scrub_days"),
                bytes_per_second: rows.number("scrub_bytes_per_second"),
            },
        }
    }
}

impl CategoryQueries {
    fn read(rows: &Rows<'_>) -> Self {
        Self {
            image: rows.text("explorer_category_image_query"),
            video: rows.text("explorer_category_video_query"),
            audio: rows.text("explorer_category_audio_query"),
            document: rows.text("explorer_category_document_query"),
        }
    }

    /// The search of a category by its name in the API.
    pub fn get(&self, category: &str) -> Option<&str> {
        match category {
            "image" => Some(&self.image),
            "video" => Some(&self.video),
            "audio" => Some(&self.audio),
            "document" => Some(&self.document),
            _ => None,
        }
    }
}

impl FileEventSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            enabled: rows.flag("fs_event_push_enabled"),
            max_age: rows.positive_secs("fs_event_push_max_age"),
            debounce: rows.secs("fs_event_push_debounce"),
        }
    }
}
