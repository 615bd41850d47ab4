//! What a `User-Agent` header says about browser and system, in words for people.

/// Browser and system; `Unknown` where nothing is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    pub browser: &'static str,
    pub os: &'static str,
}

/// A word of the header and its name, in the order in which they count: many browsers also name
/// those they want to be taken for.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("rclone/", "rclone"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

impl Agent {
    /// Reads a header.
    pub fn read(header: &str) -> Self {
        let find = |table: &[(&str, &'static str)]| {
            table
                .iter()
                .find(|(word, _)| header.contains(word))
                .map_or("Unknown", |(_, name)| name)
        };
        Self {
            browser: find(&BROWSERS),
            os: find(&SYSTEMS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_recognised() {
        for (header, browser, os) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox",
                "Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari",
                "iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome",
                "Android",
            ),
            ("", "Unknown", "Unknown"),
        ] {
            assert_eq!(Agent::read(header), Agent { browser, os }, "{header}");
        }
    }
}
