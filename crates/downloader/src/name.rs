//! Names that strangers chose, made harmless.

use percent_encoding::percent_decode_str;
use url::Url;

/// Longest name, bytes: that of disks and of drives.
const NAME_BYTES: usize = 255;
/// Folders in a path; those beyond are left out.
const DEPTH: usize = 32;
/// What a file is called of which nobody says how.
const NAMELESS: &str = "download";

/// One name for a drive: whatever separates paths, or Windows refuses, becomes `_`.
fn safe_name(name: &str) -> String {
    let refused = "\\/:*?\"<>|";
    // They turn around how a name reads, or are not to be seen at all.
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_bad = |c: char| refused.contains(c) || turns(c) || c.is_control();
    let safe = |c: char| if is_bad(c) { '_' } else { c };
    let name: String = name.trim().chars().map(safe).collect();
    match name.as_str() {
        "" | "." => "_".to_owned(),
        ".." => "__".to_owned(),
        _ => shortened(name),
    }
}

/// Cut in the middle, so that what kind of file it is can still be seen.
fn shortened(name: String) -> String {
    if name.len() <= NAME_BYTES {
        return name;
    }
    let dot = name.rfind('.').filter(|dot| name.len() - dot <= 32);
    let end = &name[dot.unwrap_or(name.len())..];
    let mut cut = NAME_BYTES - end.len();
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{end}", &name[..cut])
}

/// The names of a path from elsewhere, as a drive takes them; they never lead out of a folder.
pub fn safe_path(path: &str) -> Vec<String> {
    let names = path.split('/').filter(|name| !name.is_empty());
    let mut names: Vec<String> = names.map(safe_name).collect();
    if names.len() > DEPTH {
        let file = names.pop();
        names.truncate(DEPTH - 1);
        names.extend(file);
    }
    if names.is_empty() {
        names.push(NAMELESS.to_owned());
    }
    names
}

/// What a file is called that a server sends: as its header says, else as the URLs end.
pub fn of_answer(disposition: Option<&[u8]>, urls: &[&Url]) -> String {
    let said = disposition.and_then(of_disposition);
    let ends = || urls.iter().find_map(|url| of_url(url));
    let name = said.or_else(ends).unwrap_or_else(|| NAMELESS.to_owned());
    // Some send whole paths.
    let name = name.rsplit(['/', '\\']).find(|name| !name.is_empty());
    safe_name(name.unwrap_or(NAMELESS))
}

fn of_url(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    let name = percent_decode_str(last).decode_utf8_lossy().into_owned();
    Some(name).filter(|name| !name.trim().is_empty())
}

/// The name in a `Content-Disposition` header (RFC 6266).
fn of_disposition(header: &[u8]) -> Option<String> {
    // Many send UTF-8 as it is, though the standard knows Latin-1 alone.
    let header = match std::str::from_utf8(header) {
        Ok(text) => text.to_owned(),
        Err(_) => header.iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut plain = None;
    for (key, value) in parameters(&header) {
        match key.to_ascii_lowercase().as_str() {
            "filename*" => {
                let mut parts = value.splitn(3, '\'');
                let (charset, _, text) = (parts.next()?, parts.next(), parts.next());
                let bytes: Vec<u8> = percent_decode_str(text.unwrap_or_default()).collect();
                let name = if charset.eq_ignore_ascii_case("utf-8") {
                    String::from_utf8(bytes).ok()
                } else {
                    Some(bytes.into_iter().map(char::from).collect())
                };
                if let Some(name) = name.filter(|name| !name.trim().is_empty()) {
                    return Some(name);
                }
            }
            "filename" if !value.trim().is_empty() => plain = Some(value),
            _ => {}
        }
    }
    plain
}

/// `; key=value` and `; key="a \"value\""`, behind the first `;`.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Some((_, mut rest)) = header.split_once(';') else {
        return found;
    };
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, end) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted)
        } else {
            let end = after.find(';').unwrap_or(after.len());
            (after[..end].trim_end().to_owned(), end)
        };
        found.push((key.trim().to_owned(), value));
        let skipped = after.len() - after.strip_prefix('"').map_or(after.len(), str::len);
        rest = after[skipped + end..].trim_start();
        rest = rest.strip_prefix(';').unwrap_or(rest);
    }
    found
}

/// What is in quotes, and where they end.
fn unquoted(text: &str) -> (String, usize) {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (value, at + 1),
            c => {
                value.push(c);
                escaped = false;
            }
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(disposition: &str, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let header = Some(disposition.as_bytes()).filter(|header| !header.is_empty());
        of_answer(header, &[&url])
    }

    #[test]
    fn a_file_is_called_as_its_server_says() {
        for (header, name) in [
            ("attachment; filename=a.txt", "a.txt"),
            ("attachment; filename=\"a b;c.txt\"; x=1", "a b;c.txt"),
            (r#"attachment; filename="a \"b\".txt""#, "a _b_.txt"),
            (
                "attachment; filename=x.txt; filename*=UTF-8''%e4%b8%ad.txt",
                "中.txt",
            ),
            ("inline;filename*=iso-8859-1'en'%E4.txt", "ä.txt"),
            ("attachment; filename=\"../../etc/passwd\"", "passwd"),
            (r#"attachment; filename="C:\\temp\\x.exe""#, "x.exe"),
            ("attachment; filename=\"..\"", "__"),
            ("attachment; filename=\"\u{202e}txt.exe\"", "_txt.exe"),
            ("attachment; filename=中.bin", "中.bin"),
        ] {
            assert_eq!(named(header, "http://a/url.bin"), name, "{header}");
        }
        let latin = of_answer(Some(b"attachment; filename=\xe4.txt"), &[]);
        assert_eq!(latin, "ä.txt");
    }

    #[test]
    fn or_as_its_address_ends() {
        for (url, name) in [
            ("http://a/b/c%20d.zip?x=y.txt", "c d.zip"),
            ("http://a/b/", "b"),
            ("http://a/", "download"),
            ("http://a/%2e%2e%2fx", "x"),
            ("http://a/a%00b", "a_b"),
        ] {
            assert_eq!(named("", url), name, "{url}");
        }
        assert_eq!(named("attachment", "http://a/x"), "x");
        assert_eq!(named("attachment; filename=\"\"", "http://a/x"), "x");
    }

    #[test]
    fn paths_lead_nowhere_else_and_stay_short() {
        assert_eq!(safe_path("a/../../b"), ["a", "__", "__", "b"]);
        assert_eq!(safe_path("/etc//passwd"), ["etc", "passwd"]);
        assert_eq!(safe_path("C:\\x/a|b"), ["C__x", "a_b"]);
        assert_eq!(safe_path("/"), ["download"]);
        let long = format!("{}.torrent", "ä".repeat(300));
        let name = safe_path(&long).remove(0);
        assert!(name.len() <= 255 && name.ends_with(".torrent"), "{name}");
        let deep = safe_path(&"d/".repeat(100));
        assert_eq!(deep.len(), DEPTH);
    }
}
