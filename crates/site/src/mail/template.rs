//! Texts with `{{ .Names }}` in them: the part of Go's templates that mails use (V4 API, mail).

use std::borrow::Cow;
use std::collections::HashMap;

/// What names stand for, by their path without the leading dot, such as `User.Nick`.
pub type Values = HashMap<&'static str, String>;

/// What becomes of a value on its way into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Characters with a meaning in HTML, also inside attributes, stand for themselves.
    Html,
    /// One line of plain text: whatever breaks lines is a blank.
    Line,
}

/// Fills a text in. Names that stand for nothing, and expressions other than names, leave nothing
/// behind but a warning: a slip in a text must not keep a mail from leaving.
pub fn fill(text: &str, values: &Values, escape: Escape) -> String {
    let mut filled = String::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some((before, inside, after)) = next(rest) {
        let (expression, left, right) = trimmed(inside);
        filled.push_str(if left { before.trim_end() } else { before });
        if let Some(value) = expression
            .strip_prefix('.')
            .and_then(|name| values.get(name))
        {
            filled.push_str(&escaped(value, escape));
        } else {
            tracing::warn!(expression, "a mail template asks for something unknown");
        }
        rest = if right { after.trim_start() } else { after };
    }
    filled.push_str(rest);
    match escape {
        Escape::Html => filled,
        Escape::Line => escaped(&filled, Escape::Line).into_owned(),
    }
}

/// What stands before, inside and after the next pair of braces.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (inside, after) = rest.split_once("}}")?;
    Some((before, inside, after))
}

/// The expression, and whether blanks to its left and right go (`{{- … -}}`).
fn trimmed(inside: &str) -> (&str, bool, bool) {
    let (inside, left) = match inside.strip_prefix("- ") {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    let (inside, right) = match inside.strip_suffix(" -") {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    (inside.trim(), left, right)
}

fn escaped(value: &str, escape: Escape) -> Cow<'_, str> {
    let special = |c: char| match escape {
        Escape::Html => matches!(c, '&' | '<' | '>' | '"' | '\''),
        Escape::Line => c.is_control(),
    };
    if !value.contains(special) {
        return value.into();
    }
    let mut text = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match (escape, c) {
            (Escape::Html, '&') => text.push_str("&amp;"),
            (Escape::Html, '<') => text.push_str("&lt;"),
            (Escape::Html, '>') => text.push_str("&gt;"),
            (Escape::Html, '"') => text.push_str("&#34;"),
            (Escape::Html, '\'') => text.push_str("&#39;"),
            (Escape::Line, c) if c.is_control() => text.push(' '),
            (_, c) => text.push(c),
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        HashMap::from([
            ("User.Nick", "<b>Bob & \"co\"</b>".to_owned()),
            ("Url", "https://a.example/x?id=1&sign=2".to_owned()),
            ("Odd", "a\r\nBcc: everybody@example.com".to_owned()),
        ])
    }

    #[test]
    fn names_are_replaced_with_or_without_blanks() {
        for text in ["{{.Url}}", "{{ .Url }}", "{{   .Url}}"] {
            let filled = fill(text, &values(), Escape::Line);
            assert_eq!(filled, "https://a.example/x?id=1&sign=2", "{text}");
        }
        assert_eq!(
            fill("a  {{- .Url -}}  b", &HashMap::new(), Escape::Html),
            "ab"
        );
    }

    #[test]
    fn values_cannot_become_markup() {
        let filled = fill(
            "<a href=\"{{ .Url }}\">{{ .User.Nick }}</a>",
            &values(),
            Escape::Html,
        );
        assert_eq!(
            filled,
            "<a href=\"https://a.example/x?id=1&amp;sign=2\">\
             &lt;b&gt;Bob &amp; &#34;co&#34;&lt;/b&gt;</a>"
        );
    }

    #[test]
    fn a_line_stays_one_line() {
        let filled = fill("Hello {{ .Odd }}\n", &values(), Escape::Line);
        assert_eq!(filled, "Hello a  Bcc: everybody@example.com ");
    }

    #[test]
    fn a_value_is_not_a_template() {
        let values = HashMap::from([("A", "{{ .B }}".to_owned()), ("B", "secret".to_owned())]);
        assert_eq!(fill("{{ .A }}", &values, Escape::Html), "{{ .B }}");
    }

    #[test]
    fn what_means_nothing_leaves_nothing() {
        assert_eq!(
            fill("a{{ if .X }}b{{ .Nobody }}c{{", &values(), Escape::Html),
            "abc{{"
        );
    }
}
