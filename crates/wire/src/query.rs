//! Percent coding as browsers do it, and the `?key=value` part of file URIs.

use super::uri::BadUri;
use crate::limits::URI_PAIRS;

/// Decoded `key=value` pairs in the order written.
pub type Pairs = Vec<(String, String)>;

/// Splits and decodes `a=1&b=2`. A `+` is a space, a key without `=` has an
/// empty value, empty pieces are skipped.
///
/// # Errors
/// `BadEscape` and `NotUtf8` for broken percent codes, `QueryTooLong` past
/// 1,024 pairs.
pub fn parse_pairs(query: &str) -> Result<Pairs, BadUri> {
    let mut pairs = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        if pairs.len() == URI_PAIRS {
            return Err(BadUri::QueryTooLong);
        }
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        let (key, value) = (decode_form(key)?, decode_form(value)?);
        // Not every database can even compare with it.
        if key.contains('\0') || value.contains('\0') {
            return Err(BadUri::Character('\0'));
        }
        pairs.push((key, value));
    }
    Ok(pairs)
}

/// Writes pairs so that [`parse_pairs`] gives them back.
pub fn write_pairs(out: &mut String, pairs: &[(String, String)]) {
    for (n, (key, value)) in pairs.iter().enumerate() {
        if n > 0 {
            out.push('&');
        }
        write_component(out, key);
        out.push('=');
        write_component(out, value);
    }
}

/// Decodes `%XX`; everything else stands for itself.
///
/// # Errors
/// `BadEscape` when two hexadecimal digits do not follow a `%`, `NotUtf8` when
/// the bytes are no text.
pub fn decode(text: &str) -> Result<String, BadUri> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = rest.next().and_then(hex_digit).ok_or(BadUri::BadEscape)?;
            let low = rest.next().and_then(hex_digit).ok_or(BadUri::BadEscape)?;
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| BadUri::NotUtf8)
}

fn decode_form(text: &str) -> Result<String, BadUri> {
    if text.contains('+') {
        decode(&text.replace('+', " "))
    } else {
        decode(text)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// Which bytes `encodeURIComponent` leaves alone (ECMA-262, URI handling).
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let left_alone = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";
    let mut n = 0;
    while n < left_alone.len() {
        plain[left_alone[n] as usize] = true;
        n += 1;
    }
    plain
};

/// Appends `text` exactly as JavaScript's `encodeURIComponent` would write it.
pub fn write_component(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = text.as_bytes();
    let mut done = 0;
    // Runs of plain bytes are copied whole; being ASCII, they begin and end on
    // character borders.
    for (n, &byte) in bytes.iter().enumerate() {
        if PLAIN[usize::from(byte)] {
            continue;
        }
        if done < n {
            out.push_str(&text[done..n]);
        }
        out.push('%');
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
        done = n + 1;
    }
    if done < bytes.len() {
        out.push_str(&text[done..]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str) -> String {
        let mut out = String::new();
        write_component(&mut out, text);
        out
    }

    #[test]
    fn components_are_written_as_javascript_writes_them() {
        // Right-hand sides as Node prints them.
        for (text, expected) in [
            ("", ""),
            ("AZaz09-_.!~*'()", "AZaz09-_.!~*'()"),
            (" ", "%20"),
            ("a/b", "a%2Fb"),
            ("50% + 1", "50%25%20%2B%201"),
            ("?#[]@:$&,;=", "%3F%23%5B%5D%40%3A%24%26%2C%3B%3D"),
            ("\"<>\\^`{|}", "%22%3C%3E%5C%5E%60%7B%7C%7D"),
            ("é", "%C3%A9"),
            ("中文.txt", "%E4%B8%AD%E6%96%87.txt"),
            ("a🎉b", "a%F0%9F%8E%89b"),
            ("\u{7f}\n", "%7F%0A"),
        ] {
            assert_eq!(encoded(text), expected);
        }
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "a%2", "%zz", "%+1"] {
            assert_eq!(decode(text), Err(BadUri::BadEscape), "{text}");
        }
        assert_eq!(decode("%FF"), Err(BadUri::NotUtf8));
        assert_eq!(decode("%C3%28"), Err(BadUri::NotUtf8));
    }

    #[test]
    fn pairs_keep_their_order_and_repeat() {
        let pairs = parse_pairs("name=a+b&&use_or&name=%2A.md&x=1=2").unwrap();
        let expected = [
            ("name", "a b"),
            ("use_or", ""),
            ("name", "*.md"),
            ("x", "1=2"),
        ];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn endless_queries_are_refused() {
        assert_eq!(parse_pairs(&"a=1&".repeat(1025)), Err(BadUri::QueryTooLong));
    }

    proptest! {
        #[test]
        fn any_text_survives_coding(text in any::<String>()) {
            prop_assert_eq!(decode(&encoded(&text)).unwrap(), text);
        }

        #[test]
        fn any_pairs_survive_coding(
            pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..8)
        ) {
            let mut out = String::new();
            write_pairs(&mut out, &pairs);
            prop_assert_eq!(parse_pairs(&out).unwrap(), pairs);
        }
    }
}
