//! Encodings of names: which there are, and which one it is where nobody says so.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// There is no encoding of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown text encoding")]
pub struct UnknownEncoding;

/// Whether names may be asked for in this encoding (V4 API, zip encodings). Empty: it is guessed.
pub fn is_encoding(text: &str) -> bool {
    encoding_of(text).is_ok()
}

/// An encoding by its name in the API, as its standard calls it.
pub fn encoding_of(text: &str) -> Result<Option<&'static Encoding>, UnknownEncoding> {
    let text = text.to_ascii_lowercase();
    let label = match text.as_str() {
        "" => return Ok(None),
        "gb18030" | "gbk" | "big5" | "ibm866" | "macintosh" => text,
        "shiftjis" => "shift_jis".into(),
        "eucjp" => "euc-jp".into(),
        "iso2022jp" => "iso-2022-jp".into(),
        "euckr" => "euc-kr".into(),
        "utf16be" => "utf-16be".into(),
        "utf16le" => "utf-16le".into(),
        "koi8r" => "koi8-r".into(),
        "koi8u" => "koi8-u".into(),
        "iso8859_8i" => "iso-8859-8-i".into(),
        "macintoshcyrillic" => "x-mac-cyrillic".into(),
        _ => match (text.strip_prefix("windows"), text.strip_prefix("iso8859_")) {
            (Some(page), _) if matches!(page.parse(), Ok(874 | 1250..=1258)) => {
                format!("windows-{page}")
            }
            (_, Some(part)) if matches!(part.parse(), Ok(2..=8 | 10 | 13..=16)) => {
                format!("iso-8859-{part}")
            }
            _ => return Err(UnknownEncoding),
        },
    };
    Encoding::for_label(label.as_bytes())
        .map(Some)
        .ok_or(UnknownEncoding)
}

/// How names are read that do not say what they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    In(&'static Encoding),
    /// As MS-DOS did.
    Old,
}

impl Reading {
    /// What was asked for, or else what all names together look like.
    pub fn of<'a>(
        asked: Option<&'static Encoding>,
        names: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Self {
        if let Some(asked) = asked {
            return Self::In(asked);
        }
        if names.clone().all(|name| std::str::from_utf8(name).is_ok()) {
            return Self::In(UTF_8);
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        for name in names {
            detector.feed(name, false);
            detector.feed(b"\n", false);
        }
        detector.feed(b"", true);
        let guess = detector.guess(None, Utf8Detection::Deny);
        // What looks like nothing in particular is what old programs wrote.
        if guess == WINDOWS_1252 {
            Self::Old
        } else {
            Self::In(guess)
        }
    }

    pub fn read(self, name: &[u8]) -> String {
        match self {
            Self::In(encoding) => encoding.decode_without_bom_handling(name).0.into_owned(),
            Self::Old => old_name(name),
        }
    }
}

/// One name of a stream, whose other names are not known yet.
pub fn read_one(asked: Option<&'static Encoding>, name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_owned(),
        Err(_) => Reading::of(asked, std::iter::once(name)).read(name),
    }
}

/// What bytes above 127 mean where nothing is said about them: code page 437 (APPNOTE.TXT D).
const OLD: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// A name in code page 437.
fn old_name(name: &[u8]) -> String {
    let old: Vec<char> = OLD.chars().collect();
    let read = |byte: &u8| match byte.checked_sub(128) {
        Some(n) => old[usize::from(n)],
        None => char::from(*byte),
    };
    name.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1251};

    #[test]
    fn every_encoding_of_the_api_is_known_and_no_other() {
        let known = "GB18030 gbk Big5 ShiftJIS eucjp iso2022jp euckr utf16be utf16le ibm866 koi8r \
                     koi8u macintosh macintoshcyrillic windows874 windows1250 windows1258 iso8859_2 \
                     iso8859_8 iso8859_10 iso8859_13 iso8859_8I iso8859_16";
        for known in known.split_whitespace().chain([""]) {
            assert!(encoding_of(known).is_ok(), "{known}");
        }
        for unknown in ["latin", "windows1249", "iso8859_9", "iso8859_", "utf7"] {
            assert!(encoding_of(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn the_encoding_is_guessed_from_all_names_together() {
        for (encoding, names) in [
            (GBK, ["新建文件夹/照片.jpg", "会议记录.txt", "报告.docx"]),
            (
                SHIFT_JIS,
                ["新しいフォルダー/写真.jpg", "メモ.txt", "テスト.doc"],
            ),
            (
                BIG5,
                ["新資料夾/照片.jpg", "會議記錄.txt", "報告書內容.doc"],
            ),
            (EUC_KR, ["새 폴더/사진.jpg", "회의록.txt", "보고서.doc"]),
            (
                WINDOWS_1251,
                ["Новая папка/фото.jpg", "Отчёт.txt", "письмо.doc"],
            ),
        ] {
            let bytes: Vec<Vec<u8>> = names
                .iter()
                .map(|name| encoding.encode(name).0.into_owned())
                .collect();
            let reading = Reading::of(None, bytes.iter().map(Vec::as_slice));
            let read: Vec<String> = bytes.iter().map(|name| reading.read(name)).collect();
            assert_eq!(read, names, "{}", encoding.name());
            let asked = Reading::of(Some(GBK), bytes.iter().map(Vec::as_slice));
            assert_eq!(asked, Reading::In(GBK));
        }
    }

    #[test]
    fn what_looks_like_nothing_is_read_as_it_was_once() {
        let names: [&[u8]; 2] = [b"caf\x82.txt", b"a.txt"];
        let reading = Reading::of(None, names.into_iter());
        assert_eq!(reading.read(names[0]), "café.txt");
        assert_eq!(old_name(b"a\x81\xff"), "aü\u{a0}");
        assert_eq!(OLD.chars().count(), 128);
        let utf8: [&[u8]; 1] = ["ü.txt".as_bytes()];
        assert_eq!(Reading::of(None, utf8.into_iter()).read(utf8[0]), "ü.txt");
    }
}
