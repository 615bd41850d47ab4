//! What is read out of pictures, music and films. A limit of `None` means any size.

use super::values::{Rows, Secret};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaMetaSettings {
    /// Switches all of them.
    pub enabled: bool,
    pub exif: ExifSettings,
    pub music: MusicSettings,
    pub ffprobe: FfprobeSettings,
    pub geocoding: GeocodingSettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExifSettings {
    pub enabled: bool,
    /// For blobs on this node's disk.
    pub max_local_bytes: Option<u64>,
    /// For blobs elsewhere.
    pub max_remote_bytes: Option<u64>,
    /// Search the whole file for a header when its format has none in the usual place.
    pub brute_force: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MusicSettings {
    pub enabled: bool,
    pub max_local_bytes: Option<u64>,
    pub max_remote_bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FfprobeSettings {
    pub enabled: bool,
    pub program: String,
    pub max_local_bytes: Option<u64>,
    pub max_remote_bytes: Option<u64>,
}

/// Names of the places where pictures were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeocodingSettings {
    pub enabled: bool,
    pub mapbox_key: Secret,
}

impl MediaMetaSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            enabled: rows.flag("media_meta"),
            exif: ExifSettings {
                enabled: rows.flag("media_meta_exif"),
                max_local_bytes: rows.limit("media_meta_exif_size_local"),
                max_remote_bytes: rows.limit("media_meta_exif_size_remote"),
                brute_force: rows.flag("media_meta_exif_brute_force"),
            },
            music: MusicSettings {
                enabled: rows.flag("media_meta_music"),
                max_local_bytes: rows.limit("media_meta_music_size_local"),
                max_remote_bytes: rows.limit("media_exif_music_size_remote"),
            },
            ffprobe: FfprobeSettings {
                enabled: rows.flag("media_meta_ffprobe"),
                program: rows.text("media_meta_ffprobe_path"),
                max_local_bytes: rows.limit("media_meta_ffprobe_size_local"),
                max_remote_bytes: rows.limit("media_meta_ffprobe_size_remote"),
            },
            geocoding: GeocodingSettings {
                enabled: rows.flag("media_meta_geocoding"),
                mapbox_key: rows.secret("media_meta_geocoding_mapbox_ak"),
            },
        }
    }
}
