//! How a browser is to present content: in place or saved, and under which name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poem::http::HeaderValue;

/// What `filename*` may hold unescaped: `attr-char` of RFC 8187 §3.2.1.
const ATTR_CHAR: AsciiSet = NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Types a browser shows in place without any script of theirs.
const INERT: [&str; 9] = [
    "text/plain",
    "text/csv",
    "text/markdown",
    "application/json",
    "application/pdf",
    "application/octet-stream",
    "image/",
    "audio/",
    "video/",
];

/// Shown in place or saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    Inline,
    Attachment,
}

/// A Content-Disposition header (RFC 6266): the name in ASCII, and once more in full as
/// `filename*` if ASCII cannot carry it or browsers disagree on how to read it.
pub fn disposition(kind: Disposition, filename: &str) -> HeaderValue {
    let kind = match kind {
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let mut text = format!("{kind}; filename=\"{}\"", ascii(filename));
    // Some browsers decode `%41` in the plain name (RFC 6266, appendix D).
    if !filename
        .chars()
        .all(|char| matches!(char, ' '..='~') && char != '%')
    {
        let full = utf8_percent_encode(filename, &ATTR_CHAR);
        text.push_str("; filename*=UTF-8''");
        text.extend(full);
    }
    HeaderValue::try_from(text).expect("visible ASCII and spaces by construction")
}

/// The name as the inside of a quoted string: other scripts and control characters become `_`.
fn ascii(filename: &str) -> String {
    let mut text = String::with_capacity(filename.len() + 2);
    for char in filename.chars() {
        match char {
            '"' | '\\' => text.extend(['\\', char]),
            ' '..='~' => text.push(char),
            _ => text.push('_'),
        }
    }
    text
}

/// Whether content of this type can be shown in our origin without any script of its own running
/// there. Everything else (HTML, SVG, XML, scripts, unknown types) relies on the sandbox that all
/// content answers carry.
pub fn safe_inline(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence != "image/svg+xml"
        && INERT.iter().any(|inert| match inert.strip_suffix('/') {
            Some(_) => essence.starts_with(inert),
            None => essence == *inert,
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn attachment(name: &str) -> String {
        disposition(Disposition::Attachment, name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn an_ascii_name_stands_alone() {
        assert_eq!(attachment("a b.txt"), r#"attachment; filename="a b.txt""#);
        let inline = disposition(Disposition::Inline, "x.pdf");
        assert_eq!(inline, r#"inline; filename="x.pdf""#);
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(attachment(r#"a"b\c"#), r#"attachment; filename="a\"b\\c""#);
    }

    #[test]
    fn other_scripts_come_in_full_as_well() {
        assert_eq!(
            attachment("报告 1.txt"),
            "attachment; filename=\"__ 1.txt\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%201.txt"
        );
    }

    #[test]
    fn line_breaks_cannot_start_another_header() {
        assert_eq!(
            attachment("a\r\nX: y"),
            "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y"
        );
    }

    #[test]
    fn percent_signs_are_not_left_to_interpretation() {
        assert_eq!(
            attachment("50%20.txt"),
            "attachment; filename=\"50%20.txt\"; filename*=UTF-8''50%2520.txt"
        );
    }

    #[test]
    fn what_can_run_script_is_not_safe_inline() {
        for active in [
            "text/html; charset=utf-8",
            "image/svg+xml",
            "IMAGE/SVG+XML",
            "application/xhtml+xml",
            "text/xml",
            "application/xml",
            "text/javascript",
            "application/wasm",
            "",
            "imageless",
        ] {
            assert!(!safe_inline(active), "{active}");
        }
        for inert in [
            "image/png",
            "video/mp4",
            "text/plain; charset=utf-8",
            "application/pdf",
        ] {
            assert!(safe_inline(inert), "{inert}");
        }
    }

    proptest! {
        #[test]
        fn any_name_gives_a_header_that_decodes_to_it(name in any::<String>()) {
            let header = attachment(&name);
            if let Some((_, full)) = header.split_once("; filename*=UTF-8''") {
                let decoded = percent_encoding::percent_decode_str(full).decode_utf8().unwrap();
                prop_assert_eq!(decoded, name);
            } else {
                prop_assert!(name.is_ascii());
            }
        }
    }
}
