//! Which type a file name stands for.

use std::collections::HashMap;
use std::sync::LazyLock;

const OCTET_STREAM: &str = "application/octet-stream";

/// Types of a new site; they stand behind an administrator's table the way an operating system's
/// would.
static BUILT_IN: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../assets/settings/mime_mapping.json"))
        .expect("the table is part of the program and tested")
});

/// Types by extension, dot included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MimeTable(HashMap<String, String>);

impl MimeTable {
    /// Drops types that could not stand in a header. Odd keys stay: they match no name.
    pub fn new(mut types: HashMap<String, String>) -> Self {
        types.retain(|_, kind| is_header_value(kind));
        Self(types)
    }

    /// The type of a file by its name: the extension as written in this table, then folded to
    /// lower case in the built-in one, then `application/octet-stream`.
    pub fn content_type(&self, name: &str) -> &str {
        let Some(dot) = name.rfind('.') else {
            return OCTET_STREAM;
        };
        let ext = &name[dot..];
        self.0
            .get(ext)
            .or_else(|| BUILT_IN.get(&ext.to_lowercase()))
            .map_or(OCTET_STREAM, String::as_str)
    }
}

fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[(&str, &str)]) -> MimeTable {
        MimeTable::new(
            entries
                .iter()
                .map(|(ext, kind)| ((*ext).to_owned(), (*kind).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn clients_see_the_types_they_know() {
        let types = crate::settings::Settings::default().files.mime;
        for (name, kind) in [
            ("a.txt", "text/plain; charset=utf-8"),
            ("A.JPG", "image/jpeg"),
            ("x.tar.gz", "application/gzip"),
            ("song.m4a", "audio/mp4a-latm"),
            ("song.flac", "audio/flac"),
            ("film.mkv", "video/x-matroska"),
            ("photo.heic", "image/heic"),
            ("page.js", "application/x-javascript"),
            ("old.rar", "application/octet-stream"),
            ("list.m3u8", "application/vnd.apple.mpegurl"),
            ("table.csv", "text/csv; charset=utf-8"),
            ("font.woff2", "font/woff2"),
            ("app.apk", "application/vnd.android.package-archive"),
            (
                "letter.docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (".png", "image/png"),
            ("noext", OCTET_STREAM),
            ("what.isthis", OCTET_STREAM),
            ("trailing.", OCTET_STREAM),
            ("日本語.Pdf", "application/pdf"),
        ] {
            assert_eq!(types.content_type(name), kind, "{name}");
        }
    }

    #[test]
    fn an_administrators_entry_wins_in_its_exact_case() {
        let types = table(&[
            (".txt", "text/x-own"),
            (".LOG", "text/x-loud"),
            (".odd, ", "x/y"),
        ]);
        assert_eq!(types.content_type("a.txt"), "text/x-own");
        assert_eq!(types.content_type("a.TXT"), "text/plain; charset=utf-8");
        assert_eq!(types.content_type("a.LOG"), "text/x-loud");
        assert_eq!(types.content_type("a.mp4"), "video/mp4");
    }

    #[test]
    fn no_type_can_break_out_of_its_header() {
        let types = table(&[(".evil", "text/html\r\nSet-Cookie: a=b"), (".none", "")]);
        assert_eq!(types.content_type("a.evil"), OCTET_STREAM);
        assert_eq!(types.content_type("a.none"), OCTET_STREAM);
    }

    #[test]
    fn the_built_in_table_has_only_lower_case_extensions_and_plain_types() {
        assert!(BUILT_IN.len() > 500);
        for (ext, kind) in BUILT_IN.iter() {
            assert!(ext.starts_with('.') && ext.to_lowercase() == *ext, "{ext}");
            assert!(is_header_value(kind) && kind.contains('/'), "{ext}");
        }
    }
}
