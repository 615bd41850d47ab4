//! Which tools make thumbnails, and how they come out.

use std::collections::BTreeSet;

use super::values::Rows;
use wire::name::extension_of;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThumbnailSettings {
    /// Bounding box in pixels, 1 to 4096 each.
    pub width: u32,
    pub height: u32,
    /// Storage key of a thumbnail, with the magic variables of its source blob.
    pub entity_suffix: String,
    /// Appended to the source path when a slave keeps the thumbnail beside it.
    pub sidecar_suffix: String,
    pub encoding: ThumbEncoding,
    /// 1 to 100, for jpg and webp.
    pub quality: u8,
    /// All of them, disabled ones too, in the order in which they are tried.
    pub generators: Vec<ThumbGenerator>,
    pub ffmpeg: FfmpegSettings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThumbEncoding {
    Png,
    Jpg,
    Webp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThumbGenerator {
    pub kind: ThumbGeneratorKind,
    pub enabled: bool,
    /// Larger files go to the next generator.
    pub max_bytes: u64,
    /// Without dots.
    pub exts: Vec<String>,
    /// The program to run; empty for those that need none.
    pub program: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThumbGeneratorKind {
    MusicCover,
    Libreoffice,
    Libraw,
    Vips,
    Ffmpeg,
    Builtin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FfmpegSettings {
    /// Position of the frame to take, `hh:mm:ss.cc`.
    pub seek: String,
    /// Put before the input, split at blanks.
    pub extra_args: String,
}

/// What the built-in generator can decode; no row changes it.
const BUILTIN_EXTS: [&str; 8] = ["jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff"];

/// No preview needs more pixels than this, whatever the rows say.
const MAX_SIDE: u32 = 4096;

impl ThumbnailSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            width: rows.positive::<u32>("thumb_width").min(MAX_SIDE),
            height: rows.positive::<u32>("thumb_height").min(MAX_SIDE),
            entity_suffix: rows.text("thumb_entity_suffix"),
            sidecar_suffix: rows.text("thumb_slave_sidecar_suffix"),
            encoding: rows.parsed("thumb_encode_method", |text| match text {
                "png" => Some(ThumbEncoding::Png),
                "jpg" => Some(ThumbEncoding::Jpg),
                "webp" => Some(ThumbEncoding::Webp),
                _ => None,
            }),
            quality: rows.positive::<u8>("thumb_encode_quality").min(100),
            generators: ThumbGeneratorKind::BY_PRIORITY
                .iter()
                .map(|kind| ThumbGenerator::read(rows, *kind))
                .collect(),
            ffmpeg: FfmpegSettings {
                seek: rows.text("thumb_ffmpeg_seek"),
                extra_args: rows.text("thumb_ffmpeg_extra_args"),
            },
        }
    }

    /// Whether some generator that works here takes a file of this name and size.
    pub fn takes(&self, name: &str, size_bytes: u64) -> bool {
        let Some(extension) = extension_of(name) else {
            return false;
        };
        let mut working = self.working();
        working.any(|generator| {
            size_bytes <= generator.max_bytes && generator.exts.contains(&extension)
        })
    }

    /// Generators that are enabled and that this server knows how to use.
    fn working(&self) -> impl Iterator<Item = &ThumbGenerator> {
        let known = |generator: &&ThumbGenerator| generator.kind == ThumbGeneratorKind::Builtin;
        self.generators
            .iter()
            .filter(|generator| generator.enabled)
            .filter(known)
    }

    /// Extensions that some generator takes, sorted, each once.
    pub fn thumb_exts(&self) -> Vec<String> {
        let enabled = self.working();
        let exts: BTreeSet<&String> = enabled.flat_map(|generator| &generator.exts).collect();
        exts.into_iter().cloned().collect()
    }
}

impl ThumbGenerator {
    fn read(rows: &Rows<'_>, kind: ThumbGeneratorKind) -> Self {
        use ThumbGeneratorKind::{Builtin, MusicCover};
        let key = |field: &str| format!("thumb_{}_{field}", kind.id());
        Self {
            kind,
            enabled: rows.flag(&key("enabled")),
            max_bytes: rows.number(&key("max_size")),
            exts: match kind {
                Builtin => BUILTIN_EXTS.map(str::to_owned).to_vec(),
                _ => rows.list(&key("exts")),
            },
            program: match kind {
                Builtin | MusicCover => String::new(),
                _ => rows.text(&key("path")),
            },
        }
    }
}

impl ThumbGeneratorKind {
    const BY_PRIORITY: [Self; 6] = [
        Self::MusicCover,
        Self::Libreoffice,
        Self::Libraw,
        Self::Vips,
        Self::Ffmpeg,
        Self::Builtin,
    ];

    /// Name in the keys of the rows.
    pub fn id(self) -> &'static str {
        match self {
            Self::MusicCover => "music_cover",
            Self::Libreoffice => "libreoffice",
            Self::Libraw => "libraw",
            Self::Vips => "vips",
            Self::Ffmpeg => "ffmpeg",
            Self::Builtin => "builtin",
        }
    }
}
