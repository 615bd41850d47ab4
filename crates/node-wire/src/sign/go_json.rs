//! Texts in JSON as Go writes them, which signatures are made over.

use std::fmt::Write;

/// Appends a text in quotes. `&`, `<` and `>` are escaped, and so are the line ends of JavaScript.
pub(super) fn quote(text: &str, into: &mut String) {
    into.push('"');
    for letter in text.chars() {
        match letter {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\u{8}' => into.push_str("\\b"),
            '\u{c}' => into.push_str("\\f"),
            '&' | '<' | '>' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(into, "\\u{:04x}", u32::from(letter)).expect("texts take all");
            }
            other => into.push(other),
        }
    }
    into.push('"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_are_escaped_as_go_does() {
        let mut made = String::new();
        super::quote("a&<>\"\\\n\u{1}\u{2028}é\u{7f}", &mut made);
        assert_eq!(
            made,
            "\"a\\u0026\\u003c\\u003e\\\"\\\\\\n\\u0001\\u2028é\u{7f}\""
        );
    }
}
