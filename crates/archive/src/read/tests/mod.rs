//! Archives of every kind, as others and as hostile people make them, read without a sandbox.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod hostile;
mod kinds;
mod passwords;

use super::dictionary_bytes;
use super::frame::{self, Frame};
use super::order::{Bytes, Doing, Entry, Failure, Order, Reason};
use super::source::Shared;
use super::work::tell;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Hears everything and says nothing.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Read for Heard {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was told of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub entry: Entry,
    /// Nothing where none was wanted.
    pub content: Option<Vec<u8>>,
    pub broken: Option<Reason>,
}

pub fn order(name: &str) -> Order {
    Order {
        name: name.to_owned(),
        bytes: Bytes::Input,
        doing: Doing::Unpack,
        password: None,
        encoding: String::new(),
        mask: Vec::new(),
        skip: 0,
        most_entries: 1_000,
        most_bytes: 64 << 20,
        dictionary_bytes: dictionary_bytes(0),
    }
}

/// Reads an archive: what it says, and how it ends.
pub fn read(bytes: Vec<u8>, order: Order) -> (Vec<Told>, Result<(), Failure>) {
    let heard = Heard::default();
    let unpacks = order.doing == Doing::Unpack;
    let archive = bytes.clone();
    tell(&Shared::new(heard.clone()), Cursor::new(bytes), order);
    let heard = heard.0.lock().unwrap();
    let mut rest = heard.as_slice();
    let mut all: Vec<Told> = Vec::new();
    let mut is_open = false;
    let mut is_changed = false;
    loop {
        match frame::read(&mut rest).unwrap().expect("a last word") {
            Frame::Done => {
                assert!(rest.is_empty() && !is_open);
                return (all, Ok(()));
            }
            Frame::Failed(failure) => return (all, Err(failure)),
            Frame::Entry(entry) => {
                assert!(!is_open, "two at a time");
                is_open = unpacks && !entry.is_folder && entry.left_out.is_none();
                all.push(Told {
                    entry,
                    content: None,
                    broken: None,
                });
            }
            Frame::Piece(piece) => {
                assert!(is_open);
                let told = all.last_mut().unwrap();
                told.content.get_or_insert_default().extend(piece);
            }
            Frame::Stored(stored) => {
                assert!(is_open);
                let range = stored.at as usize..(stored.at + stored.length) as usize;
                let content = archive[range].to_vec();
                let mut crc = flate2::Crc::new();
                crc.update(&content);
                is_changed = crc.sum() != stored.crc;
                all.last_mut().unwrap().content = Some(content);
            }
            Frame::End(reason) => {
                assert!(is_open);
                is_open = false;
                let reason = reason.or(is_changed.then_some(Reason::Damaged));
                is_changed = false;
                let told = all.last_mut().unwrap();
                told.content.get_or_insert_default();
                told.broken = reason;
            }
            Frame::Begin(..) | Frame::Passed(_) => {}
            Frame::Want(..) => panic!("nobody answers"),
        }
    }
}

/// Files by name, of an archive that is whole.
#[track_caller]
pub fn whole(bytes: Vec<u8>, order: Order) -> Vec<(String, Vec<u8>)> {
    let (told, end) = read(bytes, order);
    assert_eq!(end, Ok(()), "{told:?}");
    let files = told.into_iter().filter(|told| !told.entry.is_folder);
    files
        .map(|told| {
            assert_eq!((told.entry.left_out, told.broken), (None, None), "{told:?}");
            (told.entry.name, told.content.unwrap())
        })
        .collect()
}

#[track_caller]
pub fn failure(bytes: Vec<u8>, order: Order) -> Failure {
    read(bytes, order).1.unwrap_err()
}

/// A folder with some files.
pub fn laid() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("docs/deep")).unwrap();
    std::fs::write(at("docs/a.txt"), "alpha").unwrap();
    std::fs::write(at("docs/deep/b.bin"), numbers(300_000)).unwrap();
    std::fs::write(at("ü.txt"), "").unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    let file = std::fs::File::options().write(true).open(at("docs/a.txt"));
    file.unwrap().set_modified(time).unwrap();
    folder
}

/// The files in it, in order of their names.
pub fn expected() -> Vec<(String, Vec<u8>)> {
    vec![
        ("docs/a.txt".to_owned(), b"alpha".to_vec()),
        ("docs/deep/b.bin".to_owned(), numbers(300_000)),
        ("ü.txt".to_owned(), Vec::new()),
    ]
}

/// Bytes that can be packed, but not to nothing.
pub fn numbers(count: usize) -> Vec<u8> {
    let numbers = (0_u64..).map(|n| format!("{} ", n * n % 1_000_003));
    let text: String = numbers.take(count / 2 + 1).collect();
    text.into_bytes()[..count].to_vec()
}

pub fn run(folder: &Path, program: &str, args: &[&str]) {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
}

/// What a program packs of [`laid`].
pub fn packed(program: &str, args: &[&str], name: &str) -> Vec<u8> {
    let folder = laid();
    run(folder.path(), program, args);
    std::fs::read(folder.path().join(name)).unwrap()
}
