//! XML for clients.

use std::fmt::Write;
use xmltree::{Element, EmitterConfig, XMLNode};

/// What is inside an element, as XML that means the same wherever it is put.
pub fn inner(element: &Element) -> String {
    let mut out = String::new();
    for node in &element.children {
        match node {
            XMLNode::Text(text) | XMLNode::CData(text) => escape(&mut out, text),
            XMLNode::Element(child) => {
                let config = EmitterConfig::new()
                    .perform_indent(false)
                    .write_document_declaration(false);
                let mut bytes = Vec::new();
                if child.write_with_config(&mut bytes, config).is_ok() {
                    out.push_str(&String::from_utf8_lossy(&bytes));
                }
            }
            XMLNode::Comment(_) | XMLNode::ProcessingInstruction(..) => {}
        }
    }
    out
}

/// Appends an element without anything in it.
pub fn empty(out: &mut String, namespace: &str, name: &str) {
    if namespace == "DAV:" {
        let _ = write!(out, "<D:{name}/>");
        return;
    }
    open(out, namespace, name);
    out.push_str("/>");
}

/// Appends `<x:name xmlns:x="…"`: a prefix, so that the value's own default namespace stays none.
pub fn open(out: &mut String, namespace: &str, name: &str) {
    if namespace.is_empty() {
        let _ = write!(out, "<{name}");
        return;
    }
    let _ = write!(out, "<x:{name} xmlns:x=\"");
    escape(out, namespace);
    out.push('"');
}

/// Appends text so that it is read as text. What XML cannot hold at all becomes a question mark.
pub fn escape(out: &mut String, text: &str) {
    // Without a branch a byte, so that many are looked at together.
    let special = |byte| u8::from(!is_plain(byte));
    if text.bytes().fold(0, |any, byte| any | special(byte)) == 0 {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => {
                let _ = write!(out, "&#{};", c as u32);
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('?'),
            _ => out.push(c),
        }
    }
}

/// Whether a byte is never part of what has to be escaped; 0xef begins U+FFFE.
const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && !matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xef)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{children, parse};
    use super::*;

    #[test]
    fn inner_xml_stands_for_itself() {
        let text = "<p:o xmlns:p='DAV:' xmlns='urn:x'>1 &lt; 2<p:href>/a</p:href><b/></p:o>";
        let inner = inner(&parse(text.as_bytes()).unwrap());
        let again = parse(format!("<o>{inner}</o>").as_bytes()).unwrap();
        let names: Vec<_> = children(&again)
            .map(|child| (child.name.as_str(), child.namespace.as_deref()))
            .collect();
        assert_eq!(names, [("href", Some("DAV:")), ("b", Some("urn:x"))]);
        assert!(inner.starts_with("1 &lt; 2"), "{inner}");
    }

    #[test]
    fn any_name_can_be_written() {
        let mut out = String::new();
        escape(&mut out, "a&b<c>\"\u{1}\u{b}ü😀");
        assert_eq!(out, "a&amp;b&lt;c&gt;&quot;??ü😀");
        for (text, written) in [
            ("a b~\u{7f}'ü", "a b~\u{7f}'ü"),
            ("\u{ffff}", "?"),
            ("\u{fffd}", "\u{fffd}"),
            ("\t\n\r", "&#9;&#10;&#13;"),
        ] {
            out.clear();
            escape(&mut out, text);
            assert_eq!(out, written);
        }
    }
}
