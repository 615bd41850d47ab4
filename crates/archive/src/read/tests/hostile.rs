//! Archives that nobody means well with: each ends soon, within its bounds, and never in a panic.

use super::{Failure, expected, failure, order, packed, read, whole};
use crate::read::order::{Doing, Order, Reason};
use crate::read::{Bounds, ListError, list_zip};
use rars::{ArchiveVersion, Builder};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let all = ["docs", "ü.txt"];
    let with =
        |args: &[&'static str]| -> Vec<&'static str> { args.iter().copied().chain(all).collect() };
    let rar = |version, solid| {
        let mut builder = Builder::new(version).solid(solid);
        for (name, content) in expected() {
            let name = name.replace('ü', "u").into_bytes();
            builder.add_bytes(name, content, None, None).unwrap();
        }
        builder.to_bytes().unwrap()
    };
    vec![
        ("a.zip", packed("zip", &with(&["-qr", "a.zip"]), "a.zip")),
        (
            "a.7z",
            packed("7zz", &with(&["a", "-bso0", "a.7z"]), "a.7z"),
        ),
        ("a.tar", packed("tar", &with(&["-cf", "a.tar"]), "a.tar")),
        ("a.tgz", packed("tar", &with(&["-czf", "a.tgz"]), "a.tgz")),
        ("a.tbz", packed("tar", &with(&["-cjf", "a.tbz"]), "a.tbz")),
        ("a.txz", packed("tar", &with(&["-cJf", "a.txz"]), "a.txz")),
        (
            "a.tzst",
            packed("tar", &with(&["--zstd", "-cf", "a.tzst"]), "a.tzst"),
        ),
        (
            "a.tar.lz4",
            packed("tar", &with(&["-Ilz4", "-cf", "a.tar.lz4"]), "a.tar.lz4"),
        ),
        ("a.rar", rar(ArchiveVersion::Rar50, false)),
        ("solid.rar", rar(ArchiveVersion::Rar50, true)),
        ("old.rar", rar(ArchiveVersion::Rar29, false)),
    ]
}

#[test]
fn what_is_cut_off_anywhere_is_said_to_be_and_what_is_told_is_right() {
    for (name, bytes) in samples() {
        for part in 0..40 {
            let cut = bytes.len() * part / 40;
            let (told, end) = read(bytes[..cut].to_vec(), order(name));
            let is_whole = told.len() >= 3 && end.is_ok();
            assert!(end.is_err() || is_whole, "{name} cut at {cut}: {told:?}");
            for told in told.iter().filter(|told| told.broken.is_none()) {
                let Some(content) = &told.content else {
                    continue;
                };
                let expected = expected();
                let name = told.entry.name.replace("u.txt", "ü.txt");
                let right = expected.iter().find(|(path, _)| *path == name);
                if end.is_ok() {
                    assert_eq!(Some(content), right.map(|(_, content)| content), "{name}");
                }
            }
        }
    }
}

#[test]
fn no_byte_that_is_changed_does_harm() {
    for (name, bytes) in samples() {
        for n in 0..120 {
            let mut changed = bytes.clone();
            // Headers stand at both ends.
            let at = if n < 80 {
                n
            } else {
                bytes.len() - 1 - (n - 80)
            };
            changed[at] ^= 1 << (n % 8);
            let mut order = order(name);
            order.most_bytes = 4 << 20;
            let _ = read(changed, order);
        }
    }
}

#[test]
fn garbage_behind_an_archive_is_no_part_of_it() {
    // Those old ones have no end.
    let samples = samples().into_iter().filter(|(name, _)| *name != "old.rar");
    for (name, bytes) in samples {
        let behind = [bytes, b"garbage that nobody asked for".repeat(20)].concat();
        let (told, end) = read(behind, order(name));
        let files = told
            .iter()
            .filter(|told| told.content.is_some() && told.broken.is_none());
        assert_eq!(files.count(), 3, "{name}: {end:?}");
    }
}

#[test]
fn a_bomb_stops_at_its_bound() {
    let zeros = vec![0; 100 << 20];
    let bounded = |name: &str| {
        let mut order = order(name);
        order.most_bytes = 10 << 20;
        order
    };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&zeros).unwrap();
    for (name, bytes) in [
        ("a.zip", zip(&[("zeros", &zeros)])),
        ("zeros.gz", gzip.finish().unwrap()),
        ("zeros.zst", zstd::encode_all(&zeros[..], 1).unwrap()),
    ] {
        let (told, end) = read(bytes, bounded(name));
        assert_eq!(end, Err(Failure::TooLarge(10 << 20)), "{name}");
        let told: usize = told
            .iter()
            .filter_map(|told| told.content.as_ref())
            .map(Vec::len)
            .sum();
        assert!(told <= 10 << 20, "{name}");
    }
    // What is passed over costs as much.
    let mut skipped = bounded("a.tar.zst");
    skipped.mask = vec!["nothing".to_owned()];
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(zeros.len() as u64);
    tar.append_data(&mut header, "zeros", &zeros[..]).unwrap();
    let tar = zstd::encode_all(&tar.into_inner().unwrap()[..], 1).unwrap();
    assert_eq!(failure(tar, skipped), Failure::TooLarge(10 << 20));
}

/// What a tar says of its files, and of itself, is decoded as they are.
#[test]
fn names_without_end_stop_at_the_bound_as_files_do() {
    let mut about = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::XGlobalHeader);
    header.set_size(100 << 20);
    about
        .append_data(&mut header, "about", &vec![b' '; 100 << 20][..])
        .unwrap();
    let mut names = tar::Builder::new(Vec::new());
    for number in 0..30 {
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        let name = format!("{number:02}{}", "n".repeat(1 << 20));
        names.append_data(&mut header, name, &b""[..]).unwrap();
    }
    for (what, tar) in [("about", about), ("names", names)] {
        let packed = zstd::encode_all(&tar.into_inner().unwrap()[..], 1).unwrap();
        let mut bounded = order("a.tar.zst");
        (bounded.most_bytes, bounded.most_entries) = (10 << 20, 100);
        assert_eq!(
            failure(packed, bounded),
            Failure::TooLarge(10 << 20),
            "{what}"
        );
    }
}

/// It would be held in memory as a whole.
#[test]
fn a_name_of_many_megabytes_is_not_read_to_its_end() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    let name = "n".repeat(20 << 20);
    tar.append_data(&mut header, name, &b""[..]).unwrap();
    let packed = zstd::encode_all(&tar.into_inner().unwrap()[..], 1).unwrap();
    let wide = Order {
        most_bytes: 100 << 20,
        ..order("a.tar.zst")
    };
    assert_eq!(failure(packed, wide), Failure::TooMuchMemory);
}

#[test]
fn what_says_itself_that_it_is_too_large_is_not_begun() {
    let zeros = vec![0; 6 << 20];
    let folder = super::laid();
    for name in ["zeros1", "zeros2"] {
        std::fs::write(folder.path().join(name), &zeros).unwrap();
    }
    super::run(
        folder.path(),
        "7zz",
        &["a", "-bso0", "a.7z", "zeros1", "zeros2"],
    );
    let seven = std::fs::read(folder.path().join("a.7z")).unwrap();
    for (name, bytes) in [
        ("a.zip", zip(&[("zeros1", &zeros), ("zeros2", &zeros)])),
        ("a.7z", seven),
    ] {
        let bounded = || Order {
            most_bytes: 10 << 20,
            ..order(name)
        };
        let (told, end) = read(bytes.clone(), bounded());
        assert_eq!(
            (told.len(), end),
            (0, Err(Failure::TooLarge(10 << 20))),
            "{name}"
        );
        // What has room alone comes, and so does the list.
        let one = Order {
            mask: vec!["zeros1".to_owned()],
            ..bounded()
        };
        let came = read(bytes.clone(), one).0;
        assert_eq!(came[0].content.as_deref(), Some(&zeros[..]), "{name}");
        let list = Order {
            doing: Doing::List,
            ..bounded()
        };
        assert_eq!(read(bytes, list).0.len(), 2, "{name}");
    }
}

#[test]
fn entries_that_lie_upon_each_other_are_refused() {
    let mut bytes = zip(&[("a", &[b'x'; 1000]), ("b", b"y")]);
    // The second entry of the directory says that it begins where the first one does.
    let second = bytes
        .windows(4)
        .rposition(|at| at == b"PK\x01\x02")
        .unwrap();
    bytes[second + 42..second + 46].fill(0);
    let failed = failure(bytes, order("a.zip"));
    assert!(matches!(failed, Failure::Damaged(_)), "{failed:?}");
}

#[test]
fn more_entries_than_are_allowed_are_none_or_stop() {
    let names: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let mut few = order("a.zip");
    few.most_entries = 10;
    let (told, end) = read(zip(&files), few);
    assert_eq!((told.len(), end), (0, Err(Failure::TooManyEntries(10))));
    let mut tar = tar::Builder::new(Vec::new());
    for name in &names {
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        tar.append_data(&mut header, name, &b""[..]).unwrap();
    }
    let mut few = order("a.tar");
    few.most_entries = 10;
    let (told, end) = read(tar.into_inner().unwrap(), few);
    assert_eq!((told.len(), end), (10, Err(Failure::TooManyEntries(10))));
}

/// A directory of a million names, all of which say that they are the same empty file, with the
/// records of zip64 (APPNOTE 4.3.14).
fn a_million_entries() -> Vec<u8> {
    let mut local = vec![0; 30];
    local[..4].copy_from_slice(b"PK\x03\x04");
    local[26] = 1;
    local.push(b'a');
    let mut head = vec![0; 46];
    head[..4].copy_from_slice(b"PK\x01\x02");
    head[28] = 7;
    let mut bytes = local;
    let at = bytes.len() as u64;
    let count = 1_000_000_u64;
    for number in 0..count {
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(format!("{number:07}").as_bytes());
    }
    let size = bytes.len() as u64 - at;
    let end = bytes.len() as u64;
    bytes.extend_from_slice(b"PK\x06\x06");
    bytes.extend_from_slice(&44_u64.to_le_bytes());
    bytes.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [count, count, size, at] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    bytes.extend_from_slice(&end.to_le_bytes());
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&[0xff; 12]);
    bytes.extend_from_slice(&[0; 2]);
    bytes
}

#[test]
fn a_million_empty_entries_are_refused_before_one_is_read() {
    let bytes = a_million_entries();
    let most = Order {
        most_entries: 100_000,
        ..order("a.zip")
    };
    let began = std::time::Instant::now();
    let (told, end) = read(bytes.clone(), most);
    assert_eq!(end, Err(Failure::TooManyEntries(100_000)));
    assert!(told.is_empty());
    let bounds = Bounds {
        entries: 10_000,
        bytes: 4 << 20,
    };
    let listed = list_zip(&mut std::io::Cursor::new(bytes), "", bounds);
    assert!(matches!(listed, Err(ListError::TooMany)), "{listed:?}");
    assert!(began.elapsed() < std::time::Duration::from_secs(2));
}

#[test]
fn links_devices_and_paths_that_lead_out_are_told_and_not_followed() {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, kind) in [
        ("link", tar::EntryType::Symlink),
        ("hard", tar::EntryType::Link),
        ("null", tar::EntryType::Char),
        ("disk", tar::EntryType::Block),
        ("pipe", tar::EntryType::Fifo),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_link_name("/etc/passwd").unwrap();
        tar.append_data(&mut header, name, &b""[..]).unwrap();
    }
    for name in ["/etc/cron.d/x", "../../x", "C:/x", "good"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        let raw = header.as_old_mut();
        raw.name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, &b"x"[..]).unwrap();
    }
    let (told, end) = read(tar.into_inner().unwrap(), order("a.tar"));
    assert_eq!(end, Ok(()));
    let reasons: Vec<_> = told.iter().map(|told| told.entry.left_out).collect();
    let expected = [
        Some(Reason::Link),
        Some(Reason::Link),
        Some(Reason::Device),
        Some(Reason::Device),
        Some(Reason::Device),
        Some(Reason::Absolute),
        Some(Reason::Climbs),
        Some(Reason::DriveLetter),
        None,
    ];
    assert_eq!(reasons, expected);
    assert!(told[..8].iter().all(|told| told.content.is_none()));
    // A zip made by a Unix has links as well.
    let folder = super::laid();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
    super::run(folder.path(), "zip", &["-qry", "a.zip", "link", "docs"]);
    let (told, _) = read(
        std::fs::read(folder.path().join("a.zip")).unwrap(),
        order("a.zip"),
    );
    let link = told.iter().find(|told| told.entry.name == "link").unwrap();
    assert_eq!(link.entry.left_out, Some(Reason::Link));
}

#[test]
fn one_damaged_file_of_a_zip_does_not_keep_the_others() {
    let mut bytes = zip(&[("a", &[b'x'; 1000]), ("b", b"unpacked all the same")]);
    let at = bytes.windows(4).position(|at| at == b"PK\x03\x04").unwrap();
    // Its checksum, in the directory.
    let directory = bytes.windows(4).position(|at| at == b"PK\x01\x02").unwrap();
    bytes[directory + 16] ^= 1;
    assert_eq!(at, 0);
    let (told, end) = read(bytes, order("a.zip"));
    assert_eq!(end, Ok(()));
    assert_eq!(told[0].broken, Some(Reason::Damaged));
    assert_eq!(
        told[1].content.as_deref(),
        Some(&b"unpacked all the same"[..])
    );
}

#[test]
fn an_archive_in_an_archive_is_a_file() {
    let inner = zip(&[("inside", b"x")]);
    let files = whole(zip(&[("inner.zip", &inner)]), order("a.zip"));
    assert_eq!(files, [("inner.zip".to_owned(), inner)]);
}

#[test]
fn what_wants_too_much_memory_is_refused() {
    // An xz that says that it looks back over 1.5 GiB: the property of its filter is one byte, in a
    // header with a checksum of its own.
    let mut bytes = packed("xz", &["-q", "-k", "-T1", "docs/a.txt"], "docs/a.txt.xz");
    let header = 12;
    assert_eq!(bytes[header + 2], 0x21, "LZMA2");
    bytes[header + 4] = 37;
    let length = (usize::from(bytes[header]) + 1) * 4;
    let sum = rars::crc32::crc32(&bytes[header..header + length - 4]);
    bytes[header + length - 4..header + length].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(failure(bytes, order("a.txt.xz")), Failure::TooMuchMemory);
    // The same of an LZMA in a zip, whose dictionary stands in front of the data.
    let mut bytes = packed("7zz", &["a", "-bso0", "-mm=lzma", "a.zip", "docs"], "a.zip");
    let header = bytes
        .windows(10)
        .position(|at| at.starts_with(b"PK\x03\x04") && at[8] == 14);
    let header = header.unwrap();
    let length = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let at = header + 30 + length(header + 26) + length(header + 28);
    bytes[at + 5..at + 9].copy_from_slice(&(1_500_u32 << 20).to_le_bytes());
    let failed = failure(bytes, order("a.zip"));
    assert_eq!(failed, Failure::TooMuchMemory);
}

#[test]
fn what_is_no_archive_is_not_taken_for_one() {
    for name in ["a.zip", "a.7z", "a.rar", "a.tar", "a.gz", "a.txt"] {
        let text = b"this is only some text, which goes on for a while".repeat(20);
        let failed = failure(text, order(name));
        let expected = matches!(failed, Failure::UnknownKind | Failure::Damaged(_));
        assert!(
            expected || matches!(failed, Failure::Unsupported(_)),
            "{name}: {failed:?}"
        );
        assert_eq!(failure(Vec::new(), order(name)), Failure::UnknownKind);
    }
}
