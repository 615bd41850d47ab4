//! Every kind, written by programs that people use.

use super::{expected, numbers, order, packed, read, run, whole};
use crate::read::order::{Doing, Reason};
use rars::{ArchiveVersion, Builder};

const ALL: [&str; 2] = ["docs", "ü.txt"];

fn with(args: &[&'static str]) -> Vec<&'static str> {
    args.iter().copied().chain(ALL).collect()
}

fn sorted(mut files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    files.sort();
    files
}

#[test]
fn zips_of_every_method_are_read() {
    let by_zip = packed("zip", &with(&["-qr", "a.zip"]), "a.zip");
    assert_eq!(sorted(whole(by_zip, order("a.zip"))), expected());
    for method in [
        "copy",
        "deflate",
        "deflate64",
        "bzip2",
        "lzma",
        "ppmd",
        "xz",
        "zstd",
    ] {
        let folder = super::laid();
        let chosen = format!("-mm={method}");
        let mut args = vec!["a", "-bso0", "a.zip", &chosen];
        if method == "xz" || method == "zstd" {
            // 7zz cannot write these; Python can neither. `bsdtar` can.
            let option = format!("zip:compression={method}");
            args = vec!["-acf", "a.zip", "--options", &option];
            args.extend(ALL);
            let done = std::process::Command::new("bsdtar")
                .args(&args)
                .current_dir(folder.path())
                .output()
                .unwrap();
            if !done.status.success() {
                // Older ones cannot, either.
                continue;
            }
        } else {
            args.extend(ALL);
            run(folder.path(), "7zz", &args);
        }
        let bytes = std::fs::read(folder.path().join("a.zip")).unwrap();
        assert_eq!(sorted(whole(bytes, order("a.zip"))), expected(), "{method}");
    }
}

#[test]
fn seven_zip_is_read_whatever_it_is_packed_with() {
    for more in [
        &["-m0=lzma2"][..],
        &["-m0=lzma"],
        &["-m0=ppmd"],
        &["-m0=bzip2"],
        &["-m0=deflate"],
        &["-m0=copy"],
        &["-m0=bcj", "-m1=lzma2"],
        &["-ms=off"],
        &["-mx=9"],
    ] {
        let args: Vec<&str> = ["a", "-bso0", "a.7z"].iter().chain(more).copied().collect();
        let args: Vec<&str> = args.into_iter().chain(ALL).collect();
        let bytes = packed("7zz", &args, "a.7z");
        assert_eq!(sorted(whole(bytes, order("a.7z"))), expected(), "{more:?}");
    }
}

#[test]
fn tars_are_read_however_they_are_packed() {
    for (name, filter) in [
        ("a.tar", "--no-auto-compress"),
        ("a.tar.gz", "-z"),
        ("a.tgz", "-z"),
        ("a.tar.bz2", "-j"),
        ("a.tar.xz", "-J"),
        ("a.tar.zst", "--zstd"),
        ("a.tar.lz4", "-Ilz4"),
    ] {
        for format in ["gnu", "posix", "ustar"] {
            let format = format!("--format={format}");
            let mut args = vec![format.as_str(), filter, "-cf", name];
            args.extend(ALL);
            let bytes = packed("tar", &args, name);
            // Its name does not matter where it says itself what it is.
            for name in [name, "a.bin"] {
                let files = whole(bytes.clone(), order(name));
                assert_eq!(sorted(files), expected(), "{name} {format}");
            }
        }
    }
}

#[test]
fn a_single_packed_file_is_a_file() {
    for (program, end) in [
        ("gzip", ".gz"),
        ("bzip2", ".bz2"),
        ("xz", ".xz"),
        ("zstd", ".zst"),
        ("lz4", ".lz4"),
    ] {
        let packed = format!("docs/deep/b.bin{end}");
        let file = "docs/deep/b.bin";
        // This one writes to its output unless there may be several.
        let several = ["-q", "-k", "-m", file];
        let options = if program == "lz4" {
            &several[..]
        } else {
            &["-q", "-k", file]
        };
        let bytes = super::packed(program, options, &packed);
        let files = whole(bytes.clone(), order(&format!("b.bin{end}")));
        assert_eq!(files, [("b.bin".to_owned(), numbers(300_000))], "{program}");
        // Two of them, one behind the other, are one.
        let twice = [bytes.clone(), bytes].concat();
        let files = whole(twice, order(&format!("b.bin{end}")));
        assert_eq!(files[0].1.len(), 600_000, "{program}");
    }
}

fn rar(version: ArchiveVersion) -> Builder {
    let mut builder = Builder::new(version);
    for (name, content) in expected() {
        let name = if name == "ü.txt" {
            "u.txt".to_owned()
        } else {
            name
        };
        let time = Some(1_600_000_000);
        builder
            .add_bytes(name.into_bytes(), content, time, None)
            .unwrap();
    }
    builder
}

fn rar_files() -> Vec<(String, Vec<u8>)> {
    let mut files = expected();
    files[2].0 = "u.txt".to_owned();
    files
}

#[test]
fn rars_of_all_ages_are_read() {
    use ArchiveVersion::{Rar15, Rar20, Rar29, Rar40, Rar50, Rar70};
    for version in [Rar15, Rar20, Rar29, Rar40, Rar50, Rar70] {
        for (store, solid) in [(false, false), (true, false), (false, true)] {
            let builder = rar(version).store(store).solid(solid);
            let Ok(bytes) = builder.to_bytes() else {
                continue;
            };
            let files = sorted(whole(bytes.clone(), order("a.rar")));
            assert_eq!(files, rar_files(), "{version:?} {store} {solid}");
            // Of a solid one what is not wanted is decoded all the same.
            let mut later = order("a.rar");
            later.skip = 1;
            assert_eq!(whole(bytes, later).len(), 2, "{version:?}");
        }
    }
    // Another program reads what was written here, so it is a RAR.
    let folder = super::laid();
    let bytes = rar(Rar50).to_bytes().unwrap();
    std::fs::write(folder.path().join("a.rar"), bytes).unwrap();
    run(folder.path(), "bsdtar", &["-tf", "a.rar"]);
}

#[test]
fn rar_says_when_files_were_changed_and_which_are_links() {
    let mut builder = rar(ArchiveVersion::Rar50);
    builder
        .add_directory(b"empty".to_vec(), None, None)
        .unwrap();
    builder
        .add_unix_symlink(b"link".to_vec(), b"/etc/passwd".to_vec(), false, None, None)
        .unwrap();
    let (told, end) = read(builder.to_bytes().unwrap(), order("a.rar"));
    assert_eq!(end, Ok(()));
    let find = |name: &str| told.iter().find(|told| told.entry.name == name).unwrap();
    assert_eq!(
        find("docs/a.txt").entry.modified,
        Some(1_600_000_000_000_000)
    );
    assert_eq!(find("link").entry.left_out, Some(Reason::Link));
    assert!(find("empty").entry.is_folder);
}

#[test]
fn one_of_several_volumes_is_refused() {
    use crate::read::order::Failure;
    for version in [ArchiveVersion::Rar40, ArchiveVersion::Rar50] {
        let mut builder = Builder::new(version).store(true).volume_size(Some(100_000));
        let content = numbers(300_000);
        builder
            .add_bytes(b"b.bin".to_vec(), content, None, None)
            .unwrap();
        for volume in builder.build_volumes(None).unwrap() {
            assert_eq!(
                super::failure(volume, order("a.rar")),
                Failure::OneOfSeveral
            );
        }
    }
}

#[test]
fn times_are_those_of_the_files() {
    for (bytes, name) in [
        (packed("zip", &with(&["-qr", "a.zip"]), "a.zip"), "a.zip"),
        (
            packed("7zz", &with(&["a", "-bso0", "a.7z"]), "a.7z"),
            "a.7z",
        ),
        (packed("tar", &with(&["-cf", "a.tar"]), "a.tar"), "a.tar"),
        (
            packed("tar", &with(&["--format=posix", "-cJf", "a.txz"]), "a.txz"),
            "a.txz",
        ),
    ] {
        let (told, _) = read(bytes, order(name));
        let file = told
            .iter()
            .find(|told| told.entry.name == "docs/a.txt")
            .unwrap();
        assert_eq!(file.entry.modified, Some(1_600_000_000_000_000), "{name}");
    }
}

#[test]
fn a_list_has_no_content() {
    for (bytes, name) in [
        (packed("zip", &with(&["-qr", "a.zip"]), "a.zip"), "a.zip"),
        (
            packed("7zz", &with(&["a", "-bso0", "a.7z"]), "a.7z"),
            "a.7z",
        ),
        (packed("tar", &with(&["-czf", "a.tgz"]), "a.tgz"), "a.tgz"),
        (rar(ArchiveVersion::Rar50).to_bytes().unwrap(), "a.rar"),
    ] {
        let heard = super::Heard::default();
        let mut list = order(name);
        list.doing = Doing::List;
        let source = std::io::Cursor::new(bytes);
        super::tell(&super::Shared::new(heard.clone()), source, list);
        let heard = heard.0.lock().unwrap();
        assert!(heard.len() < 2_000, "{name}");
        assert!(heard.ends_with(b"D\0\0\0\0"), "{name}");
    }
}

#[test]
fn only_what_is_wanted_comes() {
    let mut some = order("a.7z");
    some.mask = vec!["docs/deep".to_owned()];
    let bytes = packed("7zz", &with(&["a", "-bso0", "a.7z"]), "a.7z");
    let files = whole(bytes, some);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, "docs/deep/b.bin");
}
