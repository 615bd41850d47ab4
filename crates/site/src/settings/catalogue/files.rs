//! The file system: limits, lives of links, search, viewers and icons.

use super::media::RAW_EXTS;
use super::{Initial, Seed, differing, seed, text};

pub(super) static PARAMETERS: &[Seed] = &[
    text("maxEditSize", "52428800"),
    text("cron_trash_bin_collect", "@every 33m"),
    text("cron_entity_collect", "@every 15m"),
    text("cron_oauth_cred_refresh", "@every 230h"),
    text("cron_scrub", "@every 1h"),
    text("scrub_days", "30"),
    text("scrub_bytes_per_second", "33554432"),
    differing("public_resource_maxage", "86400", "0"),
    text("use_cursor_pagination", "1"),
    text("max_page_size", "2000"),
    text("max_batched_file", "3000"),
    text("max_recursive_searched_folder", "65535"),
    text("use_sse_for_search", "0"),
    text("map_provider", "openstreetmap"),
    differing("map_google_tile_type", "regular", "roadmap"),
    text("map_mapbox_ak", ""),
    text(
        "mime_mapping",
        include_str!("../../../assets/settings/mime_mapping.json"),
    ),
    seed(
        "explorer_category_image_query",
        Initial::Computed(image_query),
    ),
    seed(
        "explorer_category_video_query",
        Initial::Computed(video_query),
    ),
    seed(
        "explorer_category_audio_query",
        Initial::Computed(audio_query),
    ),
    seed(
        "explorer_category_document_query",
        Initial::Computed(document_query),
    ),
    differing("archive_timeout", "600", "20"),
    text("archive_max_size", "107374182400"),
    text("upload_session_timeout", "86400"),
    text("slave_api_timeout", "60"),
    text("folder_props_timeout", "300"),
    differing("chunk_retries", "5", "3"),
    text("use_temp_chunk_buffer", "1"),
    text("max_parallel_transfer", "4"),
    text("viewer_session_timeout", "36000"),
    text("entity_url_default_ttl", "3600"),
    text("entity_url_cache_margin", "600"),
    text("encrypt_master_key_vault", "setting"),
    seed("encrypt_master_key", Initial::Key),
    text("encrypt_master_key_file", ""),
    text("show_encryption_status", "1"),
    text("fs_event_push_enabled", "1"),
    text("fs_event_push_max_age", "1209600"),
    text("fs_event_push_debounce", "5"),
];

pub(super) static SEARCH: &[Seed] = &[
    text("fts_enabled", "0"),
    text("fts_index_type", "meilisearch"),
    text("fts_extractor_type", "tika"),
    text("fts_meilisearch_endpoint", ""),
    text("fts_meilisearch_api_key", ""),
    text("fts_meilisearch_page_size", "5"),
    text("fts_meilisearch_embed_enabled", "0"),
    text("fts_meilisearch_embed_config", "{}"),
    text("fts_chunk_size", "2000"),
    text("fts_tika_endpoint", ""),
    text(
        "fts_tika_exts",
        "pdf,doc,docx,xls,xlsx,ppt,pptx,odt,ods,odp,rtf,txt,md,html,htm,epub,csv",
    ),
    text("fts_tika_max_file_size", "26214400"),
];

pub(super) static EXPLORER: &[Seed] = &[
    text(
        "explorer_icons",
        include_str!("../../../assets/settings/explorer_icons.json"),
    ),
    text(
        "emojis",
        include_str!("../../../assets/settings/emojis.json"),
    ),
    text(
        "file_viewers",
        include_str!("../../../assets/settings/file_viewers.json"),
    ),
    text("viewer_default_apps", "{}"),
    text(
        "custom_props",
        include_str!("../../../assets/settings/custom_props.json"),
    ),
];

fn image_query() -> String {
    let pictures = "bmp,iff,png,gif,jpg,jpeg,psd,svg,webp,heif,heic,tiff,avif".split(',');
    // `data` is a camera format too, but most files of that name are something else.
    category(pictures.chain(RAW_EXTS.split(',').filter(|ext| *ext != "data")))
}

fn video_query() -> String {
    category("mp4,m3u8,flv,avi,wmv,mkv,rm,rmvb,mov,ogv".split(','))
}

fn audio_query() -> String {
    category("mp3,flac,ape,wav,acc,ogg,m4a".split(','))
}

fn document_query() -> String {
    category("pdf,doc,docx,ppt,pptx,xls,xlsx,csv,txt,md,pub".split(','))
}

/// The search that stands behind a category view: files with any of these extensions.
fn category<'a>(exts: impl Iterator<Item = &'a str>) -> String {
    exts.fold("type=file&case_folding&use_or".to_owned(), |query, ext| {
        query + "&name=*." + ext
    })
}
