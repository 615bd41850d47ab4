//! The `If` header (RFC 4918 §10.4), made sure to be one: the library takes a header it cannot
//! read for none, and a condition that is not looked at protects nothing.

use poem::http::HeaderValue;

/// Longest header; clients that hold hundreds of locks stay below.
const MAX_BYTES: usize = 64 << 10;

/// The header is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadConditions;

/// Checks a header, and writes tags that are paths as URLs, the only form the library knows.
pub fn read(text: &str) -> Result<HeaderValue, BadConditions> {
    if text.len() > MAX_BYTES {
        return Err(BadConditions);
    }
    let mut rest = text.trim_start();
    let mut out = String::new();
    let (mut in_list, mut lists, mut conditions) = (false, 0, 0);
    while let Some(sign) = rest.chars().next() {
        let length = match sign {
            '(' if !in_list => {
                (in_list, conditions) = (true, 0);
                1
            }
            ')' if in_list && conditions > 0 => {
                in_list = false;
                lists += 1;
                1
            }
            '<' => rest.find('>').ok_or(BadConditions)? + 1,
            '[' if in_list => rest.find(']').ok_or(BadConditions)? + 1,
            'N' | 'n' if in_list && rest.get(..3).is_some_and(is_not) => 3,
            _ => return Err(BadConditions),
        };
        let (item, after) = rest.split_at(length);
        match item.strip_prefix("</") {
            Some(path) if !in_list => {
                out.push_str("<http://localhost/");
                out.push_str(path);
            }
            _ => out.push_str(item),
        }
        conditions += usize::from(matches!(sign, '<' | '['));
        out.push(' ');
        rest = after.trim_start();
    }
    if in_list || lists == 0 {
        return Err(BadConditions);
    }
    HeaderValue::try_from(out.trim_end()).map_err(|_| BadConditions)
}

fn is_not(word: &str) -> bool {
    word.eq_ignore_ascii_case("not")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn well_formed_headers_pass_and_paths_become_urls() {
        for (text, expected) in [
            ("(<urn:x>)", "( <urn:x> )"),
            ("</a b> (<urn:x>)", "<http://localhost/a b> ( <urn:x> )"),
            (
                "<http://h/a>(Not <DAV:no-lock> [\"e\"])(<urn:y>)",
                "<http://h/a> ( Not <DAV:no-lock> [\"e\"] ) ( <urn:y> )",
            ),
        ] {
            assert_eq!(read(text).unwrap(), expected);
        }
    }

    #[test]
    fn others_do_not() {
        for text in [
            "", "x", "(", "()", "(<urn:x>", "<urn:x>", "(x)", "[\"e\"]", "(<a)", "((<a>))",
        ] {
            assert_eq!(read(text), Err(BadConditions), "{text}");
        }
    }
}
