#![allow(clippy::unwrap_used)]
use super::*;
use ::zip::{CompressionMethod, ZipArchive};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// 2031-02-03 04:05:06 UTC.
const WHEN: i64 = 1_927_857_906;

fn entry(path: &str, size: usize) -> Entry {
    Entry {
        path: path.to_owned(),
        modified_unix: WHEN,
        size_bytes: size as u64,
    }
}

/// Where an archive goes that somebody wants to look at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Stored,
    Deflate,
    Aes,
    TarZst,
    SevenZ,
    SevenZAes,
}

const ALL: [Kind; 6] = [
    Kind::Stored,
    Kind::Deflate,
    Kind::Aes,
    Kind::TarZst,
    Kind::SevenZ,
    Kind::SevenZAes,
];
const PASSWORD: &str = "密码 s3cret";

impl Kind {
    fn pack(self, to: impl Write + 'static) -> Box<dyn Pack> {
        let file = || (tempfile::tempfile().unwrap(), u64::MAX);
        let password = || Some(PASSWORD.to_owned());
        match self {
            Self::Stored => Box::new(ZipStream::new(to, ZipMethod::Stored, None)),
            Self::Deflate => Box::new(ZipStream::new(to, ZipMethod::Deflate, None)),
            Self::Aes => Box::new(ZipStream::new(to, ZipMethod::Deflate, password())),
            Self::TarZst => Box::new(TarZst::new(to).unwrap()),
            Self::SevenZ => Box::new(SevenZPack::new(to, file(), None).unwrap()),
            Self::SevenZAes => Box::new(SevenZPack::new(to, file(), Some(PASSWORD)).unwrap()),
        }
    }

    /// The files of an archive, by a reader of its kind.
    fn read(self, bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        match self {
            Self::Stored | Self::Deflate | Self::Aes => {
                let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
                for index in 0..zip.len() {
                    let mut file = match self {
                        Self::Aes => zip.by_index_decrypt(index, PASSWORD.as_bytes()).unwrap(),
                        _ => zip.by_index(index).unwrap(),
                    };
                    let mut content = Vec::new();
                    file.read_to_end(&mut content).unwrap();
                    found.insert(file.name().unwrap().into_owned(), content);
                }
            }
            Self::TarZst => {
                let mut tar = ::tar::Archive::new(zstd::Decoder::new(Cursor::new(bytes)).unwrap());
                for file in tar.entries().unwrap() {
                    let mut file = file.unwrap();
                    assert_eq!(file.header().mtime().unwrap(), WHEN.unsigned_abs());
                    let mut content = Vec::new();
                    file.read_to_end(&mut content).unwrap();
                    found.insert(file.path().unwrap().to_str().unwrap().to_owned(), content);
                }
            }
            Self::SevenZ | Self::SevenZAes => {
                let password = match self {
                    Self::SevenZAes => sevenz_rust2::Password::from(PASSWORD),
                    _ => sevenz_rust2::Password::empty(),
                };
                let reader = sevenz_rust2::ArchiveReader::new(Cursor::new(bytes), password);
                let each = |entry: &sevenz_rust2::ArchiveEntry, content: &mut dyn Read| {
                    let mut bytes = Vec::new();
                    content.read_to_end(&mut bytes)?;
                    found.insert(entry.name().to_owned(), bytes);
                    Ok(true)
                };
                reader.unwrap().for_each_entries(each).unwrap();
            }
        }
        found
    }
}

fn packed(kind: Kind, files: &[(&str, &[u8])]) -> Vec<u8> {
    let to = Shared::default();
    let mut pack = kind.pack(to.clone());
    for (path, content) in files {
        let entry = entry(path, content.len());
        pack.add(&entry, &mut Cursor::new(content)).unwrap();
    }
    pack.finish().unwrap();
    std::mem::take(&mut *to.0.lock().unwrap())
}

#[test]
fn names_of_any_script_and_contents_of_any_size_survive() {
    let large: Vec<u8> = (0..700_000u32).flat_map(u32::to_le_bytes).collect();
    let long = format!("{}/{}.txt", "文".repeat(80), "件".repeat(80));
    let files: [(&str, &[u8]); 6] = [
        ("a.txt", b"a"),
        ("报告/二.txt", b"two"),
        ("مجلد/ملف.txt", b""),
        ("e\u{301}😀", &large),
        (&long, b"long"),
        ("z", &[7; 200]),
    ];
    let expected: BTreeMap<String, Vec<u8>> = files
        .iter()
        .map(|(path, content)| ((*path).to_owned(), content.to_vec()))
        .collect();
    for kind in ALL {
        assert_eq!(kind.read(packed(kind, &files)), expected, "{kind:?}");
    }
}

#[test]
fn folders_with_nothing_in_them_are_in_every_kind() {
    for kind in ALL {
        let to = Shared::default();
        let mut pack = kind.pack(to.clone());
        pack.add(&entry("a", 1), &mut Cursor::new(b"a")).unwrap();
        pack.add_folder(&entry("报告/空", 0)).unwrap();
        pack.add(&entry("b", 1), &mut Cursor::new(b"b")).unwrap();
        pack.finish().unwrap();
        let bytes = std::mem::take(&mut *to.0.lock().unwrap());
        let found = kind.read(bytes).into_iter();
        let found: BTreeMap<String, Vec<u8>> = found
            .map(|(path, content)| (path.trim_end_matches('/').to_owned(), content))
            .collect();
        let expected = [("a", &b"a"[..]), ("b", b"b"), ("报告/空", b"")];
        let expected = expected.map(|(path, content)| (path.to_owned(), content.to_vec()));
        assert_eq!(found, expected.into(), "{kind:?}");
    }
}

#[test]
fn nothing_makes_a_valid_archive() {
    for kind in ALL {
        assert!(kind.read(packed(kind, &[])).is_empty(), "{kind:?}");
    }
}

#[test]
fn a_content_of_another_length_or_one_that_fails_breaks_the_archive_off() {
    for kind in ALL {
        for size in [0, 2, 4] {
            let mut pack = kind.pack(io::sink());
            let added = pack.add(&entry("a", size), &mut Cursor::new(b"abc"));
            assert!(added.is_err(), "{kind:?} {size}");
        }
        let mut pack = kind.pack(io::sink());
        let failing = io::Read::chain(Cursor::new(b"ab"), Failing);
        let error = pack.add(&entry("a", 3), &mut { failing }).unwrap_err();
        assert!(error.to_string().contains("disk"), "{kind:?} {error}");
    }
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("disk"))
    }
}

#[test]
fn a_zip_says_its_methods_and_times_in_both_ways() {
    for (kind, method) in [
        (Kind::Stored, CompressionMethod::Stored),
        (Kind::Deflate, CompressionMethod::Deflated),
    ] {
        let bytes = packed(kind, &[("a", &[0; 9000])]);
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let file = zip.by_index(0).unwrap();
        assert_eq!(file.compression(), method);
        let modified = file.last_modified().unwrap();
        assert_eq!(
            (modified.year(), modified.hour(), modified.minute()),
            (2031, 4, 5)
        );
        let unix = file.extra_data_fields().find_map(|field| match field {
            ::zip::ExtraField::ExtendedTimestamp(time) => time.mod_time(),
            _ => None,
        });
        assert_eq!(unix.map(i64::from), Some(WHEN));
    }
}

#[test]
fn a_zip_under_a_password_opens_with_no_other() {
    let bytes = packed(Kind::Aes, &[("a", b"secret"), ("b", b"secret")]);
    assert!(!bytes.windows(6).any(|window| window == b"secret"));
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert!(zip.by_index(0).is_err());
    assert!(zip.by_index_decrypt(0, b"another").is_err());
}

#[test]
fn a_zip_that_is_dropped_in_the_middle_writes_no_end() {
    let to = Shared::default();
    let mut zip = ZipStream::new(to.clone(), ZipMethod::Deflate, None);
    zip.add(&entry("a", 3), &mut Cursor::new(b"abc")).unwrap();
    zip.start(&entry("b", 3)).unwrap();
    let before = to.0.lock().unwrap().len();
    drop(zip);
    let bytes = to.0.lock().unwrap();
    assert_eq!(bytes.len(), before);
    assert!(!bytes.windows(4).any(|window| window == b"PK\x05\x06"));
}

#[test]
fn a_7z_does_not_grow_beyond_its_bound() {
    let mut seed = 88_172_645_463_325_252_u64;
    let noise: Vec<u8> = (0..300_000)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as u8
        })
        .collect();
    let file = (tempfile::tempfile().unwrap(), 100_000);
    let mut pack = Box::new(SevenZPack::new(io::sink(), file, None).unwrap());
    let added = pack.add(&entry("a", noise.len()), &mut Cursor::new(&noise));
    let ended = added.and_then(|()| pack.finish());
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
}

/// Keeps the beginning and the end of what is written, so that gigabytes of zeros cost no disk.
struct Sparse(File);

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| *byte == 0) {
            self.0.seek(SeekFrom::Current(bytes.len() as i64))?;
            return Ok(bytes.len());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A second opinion.
fn witness(file: &tempfile::NamedTempFile, program: &str, arguments: &[&str]) {
    let ran = Command::new(program)
        .args(arguments)
        .arg(file.path())
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{program}: {said}");
}

#[test]
fn more_entries_than_65535_and_one_beyond_4_gib_are_read_by_others() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut zip = ZipStream::new(Sparse(file.reopen().unwrap()), ZipMethod::Stored, None);
    for number in 0..70_000 {
        let entry = entry(&format!("d/文{number}"), 1);
        zip.add(&entry, &mut Cursor::new(b"x")).unwrap();
    }
    const SIZE: u64 = (4 << 30) + 5;
    let large = Entry {
        size_bytes: SIZE,
        ..entry("large", 0)
    };
    zip.add(&large, &mut io::repeat(0).take(SIZE)).unwrap();
    zip.add(&entry("small", 1), &mut Cursor::new(b"x")).unwrap();
    let end = zip.end().unwrap().0.stream_position().unwrap();
    assert_eq!(file.as_file().metadata().unwrap().len(), end);
    let mut read = ZipArchive::new(file.reopen().unwrap()).unwrap();
    assert_eq!(read.len(), 70_002);
    assert_eq!(read.by_name("large").unwrap().size(), SIZE);
    assert_eq!(read.by_name("small").unwrap().size(), 1);
    let mut first = [0];
    file.as_file().read_exact_at(&mut first, 0).unwrap();
    assert_eq!(first, *b"P");
    witness(&file, "python3", &["-m", "zipfile", "-l"]);
}

#[test]
fn a_tar_entry_beyond_8_gib_says_its_size_in_a_record() {
    const SIZE: u64 = (8 << 30) + 1;
    let mut tar = TarZst::new(io::sink()).unwrap();
    let large = Entry {
        size_bytes: SIZE,
        ..entry("large", 0)
    };
    let header = tar.header(&large).unwrap();
    assert_eq!(header.size().unwrap(), 0o777_7777_7777);
    assert_eq!(header.entry_type(), ::tar::EntryType::Regular);
}
