//! Public identifiers: a number and its kind as a short text.
//!
//! The text is the hashids.org v1 code of `[id, kind]` (V4 API, hashids), so
//! links, tokens and stored references of an imported site stay valid under its
//! salt. It hides counts from the curious; it protects nothing.
//!
//! A listing writes two ids a row. Hashids shuffles its alphabet anew for every
//! number, but the shuffles depend only on the salt and on the first letter,
//! of which there are 44. So all of them are done once, and coding an id is a
//! change of base.

/// What a public id names. The numbers are part of the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum IdKind {
    Share = 0,
    User = 1,
    /// Files and folders alike.
    File = 2,
    Tag = 4,
    Policy = 5,
    DirectLink = 6,
    Group = 7,
    /// A stored version of bytes; the wire says *entity*.
    Blob = 8,
    AuditLog = 9,
    Node = 10,
    Task = 11,
    DavAccount = 12,
    Payment = 13,
}

/// Letters before salting, without the separators (V4 API, hashids).
const LETTERS: &[u8; LETTERS_LEN] = b"abdegjklmnopqrvwxyzABDEGJKLMNOPQRVWXYZ1234567890";
const LETTERS_LEN: usize = 48;
const SEPARATORS: &[u8; 14] = b"cfhistuCFHISTU";
/// One letter in twelve is a guard; guards only pad ids to a minimum length,
/// and ours have none.
const GUARDS: usize = LETTERS_LEN / 12;
/// Letters left to write numbers with.
const BASE: usize = LETTERS_LEN - GUARDS;
/// Longest id: first letter, 12 digits of a 64-bit number, separator, kind.
use crate::limits::ID_CHARS as MAX_LEN;

type Alphabet = [u8; BASE];

/// Encodes and decodes under one salt. About 4 KiB; share it.
#[derive(Clone, Debug)]
pub struct PublicIds {
    letters: Alphabet,
    separators: [u8; SEPARATORS.len()],
    /// By first letter: the alphabets of the first and the second number.
    shuffled: Vec<[Alphabet; 2]>,
}

impl PublicIds {
    /// The codec for setting `hash_id_salt`.
    pub fn new(salt: &str) -> Self {
        let salt = salt.as_bytes();
        let mut separators = *SEPARATORS;
        shuffle(&mut separators, salt);
        let mut salted = *LETTERS;
        shuffle(&mut salted, salt);
        let mut letters = [0; BASE];
        letters.copy_from_slice(&salted[GUARDS..]);
        let shuffled = letters
            .iter()
            .map(|&first| shuffles(first, salt, letters))
            .collect();
        Self {
            letters,
            separators,
            shuffled,
        }
    }

    /// The public form of `id`, which must not be negative.
    pub fn encode(&self, kind: IdKind, id: i64) -> String {
        let mut out = String::with_capacity(MAX_LEN);
        self.encode_into(&mut out, kind, id);
        out
    }

    /// Appends the public form of `id`, which must not be negative.
    pub fn encode_into(&self, out: &mut String, kind: IdKind, id: i64) {
        debug_assert!(id >= 0, "row ids are not negative");
        let (id, kind) = (id as u64, u64::from(kind as u8));
        // The scheme adds the first number modulo 100 and the second modulo 101.
        let first = ((id % 100 + kind) % BASE as u64) as usize;
        let [for_id, for_kind] = &self.shuffled[first];
        out.push(char::from(self.letters[first]));
        let leading = push_digits(out, id, for_id);
        let separator = id % u64::from(leading) % SEPARATORS.len() as u64;
        out.push(char::from(self.separators[separator as usize]));
        push_digits(out, kind, for_kind);
    }

    /// The number behind a public id, or `None` if the text is not exactly what
    /// [`encode`](Self::encode) writes for an id of that kind.
    pub fn decode(&self, kind: IdKind, text: &str) -> Option<i64> {
        let bytes = text.as_bytes();
        if bytes.len() > MAX_LEN {
            return None;
        }
        let (&first, numbers) = bytes.split_first()?;
        let first = self.letters.iter().position(|&letter| letter == first)?;
        let digits = numbers
            .iter()
            .take_while(|byte| !self.separators.contains(byte))
            .count();
        let id = number(&numbers[..digits], &self.shuffled[first][0])?;
        // Writing it again checks the kind, the separator and the first letter.
        (self.encode(kind, id) == text).then_some(id)
    }
}

/// The alphabets for the two numbers of an id with this first letter.
fn shuffles(first: u8, salt: &[u8], letters: Alphabet) -> [Alphabet; 2] {
    let mut alphabet = letters;
    [(); 2].map(|()| {
        let mut key = vec![first];
        key.extend_from_slice(salt);
        key.extend_from_slice(&alphabet);
        shuffle(&mut alphabet, &key[..BASE]);
        alphabet
    })
}

/// The keyed shuffle of hashids.org v1. An empty key changes nothing.
fn shuffle(letters: &mut [u8], key: &[u8]) {
    if key.is_empty() {
        return;
    }
    let mut sum = 0;
    for (step, last) in (1..letters.len()).rev().enumerate() {
        let at = step % key.len();
        let value = usize::from(key[at]);
        sum += value;
        letters.swap(last, (value + at + sum) % last);
    }
}

/// Appends `value` in the base of the alphabet; returns the leading digit.
fn push_digits(out: &mut String, mut value: u64, alphabet: &Alphabet) -> u8 {
    let mut digits = [0; MAX_LEN];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = alphabet[(value % BASE as u64) as usize];
        value /= BASE as u64;
        if value == 0 {
            break;
        }
    }
    out.extend(digits[from..].iter().map(|&digit| char::from(digit)));
    digits[from]
}

fn number(digits: &[u8], alphabet: &Alphabet) -> Option<i64> {
    digits.iter().try_fold(0i64, |value, digit| {
        let digit = alphabet.iter().position(|letter| letter == digit)?;
        value.checked_mul(BASE as i64)?.checked_add(digit as i64)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use harsh::Harsh;
    use proptest::prelude::*;

    use super::*;

    const SALT: &str = "copper-lantern-salt-for-contract-tests";

    const KINDS: [IdKind; 13] = [
        IdKind::Share,
        IdKind::User,
        IdKind::File,
        IdKind::Tag,
        IdKind::Policy,
        IdKind::DirectLink,
        IdKind::Group,
        IdKind::Blob,
        IdKind::AuditLog,
        IdKind::Node,
        IdKind::Task,
        IdKind::DavAccount,
        IdKind::Payment,
    ];

    #[test]
    fn ids_are_written_as_existing_sites_write_them() {
        let ids = PublicIds::new(SALT);
        for (id, kind, text) in [
            (1, IdKind::User, "zvha"),
            (2, IdKind::User, "7lSv"),
            (1, IdKind::Group, "jBhB"),
            (3, IdKind::Group, "2AuV"),
            (1, IdKind::Policy, "ALhe"),
            (1, IdKind::Node, "dkh5"),
            (1, IdKind::File, "7Who"),
            (1000, IdKind::File, "z5PFd"),
            (987_654_321, IdKind::File, "rnXYR2nhA"),
            (42, IdKind::Blob, "AMTB"),
            (5, IdKind::Share, "w0sA"),
            (0, IdKind::Blob, "jpT1"),
            (7, IdKind::Task, "0nUE"),
            (3, IdKind::DavAccount, "9vur"),
        ] {
            assert_eq!(ids.encode(kind, id), text);
            assert_eq!(ids.decode(kind, text), Some(id));
        }
    }

    #[test]
    fn only_the_exact_text_is_an_id() {
        let ids = PublicIds::new(SALT);
        // 1 is a user there, and nothing else.
        assert_eq!(ids.decode(IdKind::File, "zvha"), None);
        for text in [
            "", "z", "zv", "zvh", "zvhaa", "Zvha", "zvhA", "zv/a", " zvha", "zvha\0", "é",
        ] {
            assert_eq!(ids.decode(IdKind::User, text), None, "{text:?}");
        }
        assert_eq!(ids.decode(IdKind::User, &"z".repeat(1 << 20)), None);
        assert_eq!(PublicIds::new("other").decode(IdKind::User, "zvha"), None);
    }

    fn harsh(salt: &str) -> Harsh {
        Harsh::builder().salt(salt).build().unwrap()
    }

    proptest! {
        #[test]
        fn an_independent_implementation_agrees(
            salt in "[ -~]{0,80}", id in 0..=i64::MAX, small in 0i64..100_000, kind in 0usize..13
        ) {
            let (ids, harsh, kind) = (PublicIds::new(&salt), harsh(&salt), KINDS[kind]);
            for id in [id, small] {
                let text = ids.encode(kind, id);
                prop_assert_eq!(&text, &harsh.encode(&[id as u64, kind as u64]));
                prop_assert_eq!(ids.decode(kind, &text), Some(id));
            }
        }

        #[test]
        fn whatever_decodes_was_encoded(text in "[a-zA-Z0-9]{1,16}", kind in 0usize..13) {
            let ids = PublicIds::new(SALT);
            if let Some(id) = ids.decode(KINDS[kind], &text) {
                prop_assert_eq!(ids.encode(KINDS[kind], id), text);
            }
        }
    }
}
