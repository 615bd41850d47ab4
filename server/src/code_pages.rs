//! Pages of the program that only its start needed are given back to the system.
//!
//! Linux shows a process sixteen pages of a file for each that it touches, and never takes them away
//! while memory is plentiful: a server that has started holds most of its own code. What is needed
//! again comes back from the cache of the system, in a few microseconds.

use std::io;
use std::ops::Range;
use std::time::Duration;

/// How long after the start it happens first, and how often then: what is in use comes back at once,
/// for less than a thousandth of a processor.
const FIRST: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_secs(10);

/// Gives them back now and then, for as long as it is let.
pub async fn give_back() {
    tokio::time::sleep(FIRST).await;
    loop {
        let done = tokio::task::spawn_blocking(once).await;
        if let Err(error) = done.unwrap_or_else(|error| Err(io::Error::other(error))) {
            // Then they stay, as they would without this.
            tracing::debug!(%error, "cannot give pages of the program back");
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn once() -> io::Result<()> {
    let program = std::fs::read_link("/proc/self/exe")?;
    let mappings = std::fs::read_to_string("/proc/self/smaps")?;
    for range in unchanged(&mappings, &program.to_string_lossy()) {
        drop_pages(range)?;
    }
    Ok(())
}

/// Where a program is mapped that nobody may write to, and nobody has: all of that is in its file.
fn unchanged(mappings: &str, program: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut is_ours = false;
    for line in mappings.lines() {
        if let Some(range) = head(line) {
            let rights = line.split_whitespace().nth(1).unwrap_or_default();
            let path = line.find('/').map_or("", |at| &line[at..]);
            is_ours = matches!(rights, "r-xp" | "r--p") && path == program;
            if is_ours {
                found.push(range);
            }
        } else if is_ours && is_written(line) {
            found.pop();
            is_ours = false;
        }
    }
    found
}

/// `55d0c0a00000-55d0c0b00000 r-xp 00001000 08:01 1234 /usr/bin/alcove`: from where to where.
fn head(line: &str) -> Option<Range<usize>> {
    let (from, to) = line.split_whitespace().next()?.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some(number(from)?..number(to)?)
}

/// Whether it says that pages are not as they are in the file: the loader has written to them.
fn is_written(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    let is_none = value.trim() == "0 kB";
    matches!(key, "Anonymous" | "Swap" | "Locked") && !is_none
}

fn drop_pages(range: Range<usize>) -> io::Result<()> {
    use rustix::mm::{Advice, madvise};
    let start = std::ptr::with_exposed_provenance_mut(range.start);
    #[expect(unsafe_code, reason = "nothing safe speaks of pages")]
    // SAFETY: the pages are those of the program's own file, which the system lets nobody write to
    // while it runs; none of them was changed since it was mapped, and nobody may change one. Whoever
    // reads or runs one gets the same bytes from the file again.
    unsafe {
        madvise(start, range.len(), Advice::LinuxDontNeed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_is_as_in_the_file_is_given_back() {
        let mapping = |range: &str, rights: &str, anonymous: u32, file: &str| {
            format!(
                "{range} {rights} 00001000 08:01 1234                  {file}\n\
                 Size:               2000 kB\nAnonymous:      {anonymous} kB\n\
                 VmFlags: rd ex mr mw me\n"
            )
        };
        let all = [
            mapping("1000-2000", "r--p", 0, "/bin/alcove"),
            mapping("2000-5000", "r-xp", 0, "/bin/alcove"),
            // Written by the loader, and protected then.
            mapping("5000-6000", "r--p", 4, "/bin/alcove"),
            mapping("6000-7000", "rw-p", 0, "/bin/alcove"),
            mapping("7000-8000", "r-xp", 0, "/lib/libc.so.6"),
            mapping("8000-9000", "r-xp", 0, ""),
            mapping("9000-a000", "r-xp", 0, "/bin/alcove (deleted)"),
        ];
        let found = unchanged(&all.concat(), "/bin/alcove");
        assert_eq!(found, [0x1000..0x2000, 0x2000..0x5000]);
    }

    #[test]
    fn a_program_goes_on_without_its_pages() {
        for _ in 0..3 {
            once().unwrap();
            let text: String = (0..1_000)
                .map(|n| char::from(b'a' + (n % 26) as u8))
                .collect();
            assert_eq!(text.len(), 1_000);
        }
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let program = std::fs::read_link("/proc/self/exe").unwrap();
        assert!(!unchanged(&smaps, &program.to_string_lossy()).is_empty());
    }
}
