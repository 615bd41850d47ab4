//! CSS colours that clients may store for icons and tags.

/// Whether `text` is `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, or `rgb()`,
/// `rgba()`, `hsl()`, `hsla()` with commas and values in range. The strictness
/// matters: clients put the text into style sheets.
pub fn is_colour(text: &str) -> bool {
    if let Some(hex) = text.strip_prefix('#') {
        let digits = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        return digits && matches!(hex.len(), 3 | 4 | 6 | 8);
    }
    let text = text.to_ascii_lowercase();
    let Some((function, arguments)) = text.split_once('(') else {
        return false;
    };
    let Some(arguments) = arguments.strip_suffix(')') else {
        return false;
    };
    let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
    match (function, arguments.as_slice()) {
        ("rgb", [r, g, b]) => are_channels(r, g, b),
        ("rgba", [r, g, b, a]) => are_channels(r, g, b) && is_alpha(a),
        ("hsl", [h, s, l]) => is_hue(h) && is_percent(s) && is_percent(l),
        ("hsla", [h, s, l, a]) => is_hue(h) && is_percent(s) && is_percent(l) && is_alpha(a),
        _ => false,
    }
}

/// Three numbers up to 255, or three percentages.
fn are_channels(r: &str, g: &str, b: &str) -> bool {
    let channels = [r, g, b];
    channels.iter().all(|c| is_within(c, 255.0)) || channels.iter().all(|c| is_percent(c))
}

fn is_hue(text: &str) -> bool {
    is_within(text.strip_suffix("deg").unwrap_or(text), 360.0)
}

fn is_percent(text: &str) -> bool {
    text.strip_suffix('%')
        .is_some_and(|number| is_within(number, 100.0))
}

fn is_alpha(text: &str) -> bool {
    is_within(text, 1.0) || is_percent(text)
}

/// A plain decimal from 0 to `max`: no sign, no exponent, no `inf`.
fn is_within(text: &str, max: f64) -> bool {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain && text.parse::<f64>().is_ok_and(|number| number <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_recognised() {
        for colour in [
            "#f80",
            "#f80c",
            "#FF8800",
            "#ff8800cc",
            "rgb(255, 0,128)",
            "rgb(100%,0%,50.5%)",
            "RGBA(1,2,3,0.5)",
            "rgba(1,2,3,50%)",
            "hsl(360, 100%, 0%)",
            "hsl(12deg,1%,2%)",
            "hsla(0,0%,0%,1)",
        ] {
            assert!(is_colour(colour), "{colour}");
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "red",
            "#",
            "#ff",
            "#ff880",
            "#gg8800",
            "#ff8800 ",
            "rgb(256,0,0)",
            "rgb(1,2)",
            "rgb(1,2,3,4)",
            "rgb(1,2%,3)",
            "rgb(-1,2,3)",
            "rgb(1e1,2,3)",
            "rgb(inf,2,3)",
            "rgb(,,)",
            "rgba(1,2,3)",
            "rgba(1,2,3,2)",
            "hsl(361,0%,0%)",
            "hsl(1,1,1)",
            "rgb(1,2,3);background:url(x)",
            "rgb((1,2,3))",
        ] {
            assert!(!is_colour(text), "{text}");
        }
    }
}
