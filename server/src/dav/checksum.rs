//! `OC-Checksum`: what a client says the bytes it sends add up to.

use adler2::Adler32;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::fmt::Write;

/// A checksum under way, to be compared at the end.
#[derive(Debug)]
pub struct Checksum {
    /// Hexadecimal, in lower case.
    expected: String,
    state: State,
}

enum State {
    Sha1(Sha1),
    Sha256(Sha256),
    Md5(Md5),
    Adler32(Adler32),
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sha1(_) => "Sha1",
            Self::Sha256(_) => "Sha256",
            Self::Md5(_) => "Md5",
            Self::Adler32(_) => "Adler32",
        })
    }
}

impl Checksum {
    /// From `SHA1:2fd4…`; `None` for an algorithm that is not known here, which promises nothing.
    /// Of several the first known one is taken.
    pub fn of(header: &str) -> Option<Self> {
        header.split_whitespace().find_map(|item| {
            let (name, expected) = item.split_once(':')?;
            let state = match name.to_ascii_uppercase().as_str() {
                "SHA1" => State::Sha1(Sha1::new()),
                "SHA256" => State::Sha256(Sha256::new()),
                "MD5" => State::Md5(Md5::new()),
                "ADLER32" => State::Adler32(Adler32::new()),
                _ => return None,
            };
            let expected = expected.to_ascii_lowercase();
            Some(Self { expected, state })
        })
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha1(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Md5(state) => state.update(bytes),
            State::Adler32(state) => state.write_slice(bytes),
        }
    }

    /// Whether the bytes were what the client meant.
    pub fn holds(self) -> bool {
        let sum = match self.state {
            State::Sha1(state) => hex(&state.finalize()),
            State::Sha256(state) => hex(&state.finalize()),
            State::Md5(state) => hex(&state.finalize()),
            State::Adler32(state) => format!("{:08x}", state.checksum()),
        };
        // Adler-32 is a number, which some write without the zeros at its start.
        let number = |text: &str| text.trim_start_matches('0').to_owned();
        let is_number = sum.len() == 8;
        sum == self.expected || is_number && number(&sum) == number(&self.expected)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn known_sums_hold_and_others_do_not() {
        for header in [
            "SHA1:a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha1:A9993E364706816ABA3E25717850C26C9CD0D89D",
            "MD5:900150983cd24fb0d6963f7d28e17f72",
            "ADLER32:024d0127",
            "ADLER32:24d0127",
            "SHA3-256:x SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ] {
            let mut sum = Checksum::of(header).unwrap();
            sum.update(b"a");
            sum.update(b"bc");
            assert!(sum.holds(), "{header}");
            let mut sum = Checksum::of(header).unwrap();
            sum.update(b"abd");
            assert!(!sum.holds(), "{header}");
        }
        for header in ["", "SHA1", "CRC32:1234"] {
            assert!(Checksum::of(header).is_none(), "{header}");
        }
    }
}
