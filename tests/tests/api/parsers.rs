//! Parsers of what strangers send: the corpus of the fuzz targets in `tests/fuzz`, and changes of it
//! that are the same in every run. With `ALCOVE_FUZZ_SECS` each is tried for so long instead.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::{Duration, Instant};

type Parser = fn(&[u8]);

/// Name, as of the fuzz target; how many changes are tried in an ordinary run.
const PARSERS: [(&str, Parser, usize); 13] = [
    ("file_uri", drive::parsers::file_uri, 20_000),
    ("search", drive::parsers::search, 20_000),
    ("page_token", drive::parsers::page_token, 20_000),
    ("zip_listing", server::parsers::zip_listing, 10_000),
    ("frames", server::parsers::frames, 20_000),
    ("torrent", server::parsers::torrent, 20_000),
    ("token", drive::parsers::token, 10_000),
    ("dav_location", server::parsers::dav_location, 20_000),
    ("conditions", server::parsers::conditions, 10_000),
    ("ranges", server::parsers::ranges, 20_000),
    ("propfind", server::parsers::propfind, 3_000),
    ("proppatch", server::parsers::proppatch, 3_000),
    ("cookies", server::parsers::cookies, 20_000),
];

/// No input, at most this long, takes longer, even in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);
const MOST_BYTES: usize = 16 << 10;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = tests::tests_folder().join("fuzz/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder.join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has no corpus");
    files
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// One of the corpus, changed in some places.
fn mutated(corpus: &[Vec<u8>], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = corpus[rng.random_range(0..corpus.len())].clone();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..=bytes.len());
        let end = rng.random_range(at..=bytes.len().min(at + 32));
        match rng.random_range(0..7) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.insert(at, rng.random()),
            2 => {
                let piece = bytes[at..end].to_vec();
                let times = rng.random_range(1..200);
                bytes.splice(at..at, piece.repeat(times));
            }
            3 => {
                let other = &corpus[rng.random_range(0..corpus.len())];
                let from = rng.random_range(0..=other.len());
                bytes.splice(at..end, other[from..].to_vec());
            }
            4 => {
                let odd = *b"\0\x01\x7f\x80\xff%/\\.,;:<>()[]{}\"'=&?#*-~ \r\n";
                bytes.insert(at, odd[rng.random_range(0..odd.len())]);
            }
            5 => {
                let odd = [
                    "%2e%2e%2f",
                    "-1",
                    "18446744073709551616",
                    "\u{202e}",
                    "\u{130}",
                ];
                bytes.splice(at..at, odd[rng.random_range(0..odd.len())].bytes());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.random_range(0..8);
                }
            }
        }
        bytes.truncate(MOST_BYTES);
    }
    bytes
}

/// Says which input it was, for the corpus.
fn run(name: &str, parser: Parser, bytes: &[u8]) {
    let started = Instant::now();
    let done = std::panic::catch_unwind(|| parser(bytes));
    let text = String::from_utf8_lossy(bytes);
    assert!(done.is_ok(), "{name} panics at {bytes:?}: {text}");
    assert!(started.elapsed() < LONGEST, "{name} is slow at {text}");
}

#[test]
fn no_parser_minds_what_it_is_sent() {
    let secs = std::env::var("ALCOVE_FUZZ_SECS").ok();
    let secs: Option<u64> = secs.map(|secs| secs.parse().expect("a number of seconds"));
    let seed = std::env::var("ALCOVE_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    std::thread::scope(|scope| {
        for (name, parser, changes) in PARSERS {
            scope.spawn(move || {
                let corpus = corpus(name);
                for bytes in &corpus {
                    run(name, parser, bytes);
                }
                let mut rng = StdRng::seed_from_u64(seed);
                let started = Instant::now();
                let mut tried = 0;
                while match secs {
                    Some(secs) => started.elapsed() < Duration::from_secs(secs),
                    None => tried < changes,
                } {
                    run(name, parser, &mutated(&corpus, &mut rng));
                    tried += 1;
                }
            });
        }
    });
}

#[test]
fn every_fuzz_target_is_tried_here_as_well() {
    let folder = tests::tests_folder().join("fuzz/fuzz_targets");
    let mut targets: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut tried = PARSERS.map(|(name, ..)| name.to_owned());
    targets.sort();
    tried.sort();
    assert_eq!(targets, tried);
}
