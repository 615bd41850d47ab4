//! Why aria2 gave a job up, in words for who began it.

use site::task::without_logins;

/// Characters of what aria2 says itself.
const TOLD_CHARS: usize = 200;

/// What its own text is good for, beside ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// It says which host, or what was answered.
    Adds,
    /// It says the same once more, or names places on the disk of the server.
    Repeats,
}
use Text::{Adds, Repeats};

/// One line about an error: its code as aria2 tells it (aria2 manual, EXIT STATUS), and its text.
pub(super) fn sentence(code: &str, said: &str) -> String {
    let (ours, text) = of_code(code.parse().unwrap_or(1));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if text == Repeats || said.is_empty() {
        return ours.to_owned();
    }
    // A login that is cut would not be known as one any more.
    let said: String = without_logins(&said).chars().take(TOLD_CHARS).collect();
    format!("{ours} (aria2: {})", said.trim_end_matches('.'))
}

const fn of_code(code: u32) -> (&'static str, Text) {
    match code {
        2 => ("the server did not answer in time", Repeats),
        3 => ("the server has no such file", Repeats),
        4 => (
            "the server has no such file, however often it was asked",
            Repeats,
        ),
        5 => ("it came more slowly than aria2 is set to wait for", Repeats),
        6 => ("the server cannot be reached, or broke off", Adds),
        7 => ("aria2 was stopped before all of it was there", Repeats),
        8 => (
            "it broke off, and the server does not let it go on from there",
            Repeats,
        ),
        9 => ("the disk of the downloader has no room for it", Repeats),
        10 => ("it is another file than when it was begun", Repeats),
        11 => ("aria2 fetches the same file already", Repeats),
        12 => ("aria2 fetches the same torrent already", Repeats),
        13 => (
            "a file of its name lies in the folder of the downloader already",
            Repeats,
        ),
        14 => ("the downloader cannot rename its file", Repeats),
        15 | 17 => ("the downloader cannot read or write its file", Repeats),
        16 => ("the downloader cannot make its file", Repeats),
        18 => ("the downloader cannot make its folder", Repeats),
        19 => ("there is no such host", Adds),
        20 => ("it is no Metalink file that can be read", Repeats),
        21 => ("the FTP server refuses", Adds),
        22 => ("the server refuses, or its answer makes no sense", Adds),
        23 => ("the server redirects too often", Repeats),
        24 => (
            "the server wants a name and password, or others than it was given",
            Repeats,
        ),
        25 | 26 => ("the torrent is damaged, or lacks something", Repeats),
        27 => ("the magnet link cannot be read", Repeats),
        28 => (
            "aria2 does not take an option that the node or the group has for it",
            Adds,
        ),
        29 => (
            "the server has too much to do, or is being worked on: try again later",
            Repeats,
        ),
        32 => ("what came is not what its checksum says", Repeats),
        _ => ("aria2 cannot fetch it, and does not know why", Adds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_code_has_words_of_its_own() {
        let same = [15, 17, 25, 26];
        let mut seen = HashSet::new();
        for code in (2..=29).chain([32]) {
            let said = sentence(&code.to_string(), "");
            assert!(!said.contains("does not know why"), "{code}");
            assert!(seen.insert(said) || same.contains(&code), "{code}");
        }
        for unknown in ["1", "0", "7000", "", "x"] {
            let said = sentence(unknown, "");
            assert_eq!(said, "aria2 cannot fetch it, and does not know why");
        }
    }

    #[test]
    fn its_own_words_stand_where_they_add_something() {
        assert_eq!(
            sentence("3", "Resource not found"),
            "the server has no such file"
        );
        assert_eq!(
            sentence("22", "The response status is not successful. status=403"),
            "the server refuses, or its answer makes no sense \
             (aria2: The response status is not successful. status=403)"
        );
        let resume = "Invalid range header. Request: 5-9/10, Response: 0-9/10";
        assert!(!sentence("8", resume).contains("range"));
        let place = "Failed to open the file /srv/downloads/x, cause: Permission denied";
        assert!(!sentence("16", place).contains("/srv"));
        let long = sentence("1", &"two\n lines ".repeat(100));
        assert!(long.len() < 300 && !long.contains('\n'), "{long}");
    }
}
