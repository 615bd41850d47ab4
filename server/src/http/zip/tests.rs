#![allow(clippy::unwrap_used)]
use std::io::{Cursor, Read, Seek};
use std::process::Command;

use futures_util::TryStreamExt;
use zip::ZipArchive;

use super::*;

/// 2031-02-03 04:05:06 UTC.
const WHEN: i64 = 1_927_857_906;

#[expect(
    clippy::unnecessary_wraps,
    reason = "lists of entries are lists of results"
)]
fn entry(path: &str, content: impl Into<Bytes>) -> io::Result<Entry> {
    Ok(plain(path, content.into()))
}

fn plain(path: &str, content: Bytes) -> Entry {
    Entry {
        path: path.into(),
        modified_unix: WHEN,
        size_bytes: content.len() as u64,
        content: stream::iter([Ok(content)]).boxed(),
    }
}

async fn bytes_of(entries: Vec<io::Result<Entry>>) -> io::Result<Vec<u8>> {
    let pieces: Vec<Bytes> = archive(stream::iter(entries)).try_collect().await?;
    Ok(pieces.concat())
}

async fn open(entries: Vec<io::Result<Entry>>) -> ZipArchive<Cursor<Vec<u8>>> {
    ZipArchive::new(Cursor::new(bytes_of(entries).await.unwrap())).unwrap()
}

fn text(zip: &mut ZipArchive<impl Read + Seek>, name: &str) -> String {
    let mut text = String::new();
    zip.by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn names(zip: &ZipArchive<Cursor<Vec<u8>>>) -> Vec<String> {
    let mut names: Vec<_> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn names_of_any_script_times_and_contents_survive() {
    let names = [
        "a.txt",
        "Ордер/записка.txt",
        "报告/二.txt",
        "مجلد/ملف.txt",
        "e\u{301}😀",
    ];
    let mut zip = open(
        names
            .iter()
            .map(|name| entry(name, name.to_string()))
            .collect(),
    )
    .await;
    for name in names {
        assert_eq!(text(&mut zip, name), name);
        let file = zip.by_name(name).unwrap();
        assert_eq!(file.compression(), CompressionMethod::Stored);
        let modified = file.last_modified().unwrap();
        assert_eq!(
            (modified.year(), modified.month(), modified.hour()),
            (2031, 2, 4)
        );
    }
}

#[tokio::test]
async fn nothing_and_empty_files_make_valid_archives() {
    assert_eq!(open(vec![]).await.len(), 0);
    let mut zip = open(vec![entry("empty", ""), entry("after", "x")]).await;
    assert_eq!(text(&mut zip, "empty"), "");
    assert_eq!(text(&mut zip, "after"), "x");
}

#[tokio::test]
async fn paths_cannot_leave_the_folder_they_are_unpacked_into() {
    let paths = [
        "/abs",
        "../../up",
        "a/./b//c",
        "..\\win",
        "new\nline",
        "..",
        "",
    ];
    let zip = open(paths.iter().map(|path| entry(path, "")).collect()).await;
    assert_eq!(
        names(&zip),
        [".._win", "_", "_ (1)", "a/b/c", "abs", "new_line", "up"]
    );
}

#[tokio::test]
async fn equal_names_are_told_apart() {
    let paths = [
        "d/a.txt",
        "d/a.txt",
        "d/a.txt",
        "d.x/noext",
        "d.x/noext",
        ".env",
        ".env",
    ];
    let zip = open(paths.iter().map(|path| entry(path, "")).collect()).await;
    let expected = [
        ".env",
        ".env (1)",
        "d.x/noext",
        "d.x/noext (1)",
        "d/a (1).txt",
        "d/a (2).txt",
        "d/a.txt",
    ];
    assert_eq!(names(&zip), expected);
}

#[test]
fn times_dos_does_not_know_become_the_nearest_it_does() {
    assert_eq!(dos_time(WHEN).year(), 2031);
    assert_eq!(dos_time(0).year(), 1980);
    assert_eq!(dos_time(i64::MIN).year(), 1980);
    assert_eq!(dos_time(i64::MAX).year(), 2107);
    assert_eq!(dos_time(5_000_000_000).year(), 2107);
}

#[tokio::test]
async fn a_content_of_another_length_breaks_the_archive_off() {
    for size in [2, 4] {
        let mut wrong = entry("a", "abc").unwrap();
        wrong.size_bytes = size;
        assert!(bytes_of(vec![Ok(wrong), entry("b", "x")]).await.is_err());
    }
    let mut failing = entry("a", "abc").unwrap();
    failing.content = stream::iter([Err(io::Error::other("disk"))]).boxed();
    assert_eq!(
        bytes_of(vec![Ok(failing)]).await.unwrap_err().to_string(),
        "disk"
    );
    assert!(bytes_of(vec![Err(io::Error::other("list"))]).await.is_err());
}

#[tokio::test]
async fn entries_are_opened_one_at_a_time_as_the_client_reads() {
    let opened = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&opened);
    let entries = stream::iter(0..100).map(move |number| {
        *counter.lock().unwrap() += 1;
        entry(&number.to_string(), vec![0; PIECE])
    });
    let mut archive = archive(entries);
    archive.next().await.unwrap().unwrap();
    assert_eq!(*opened.lock().unwrap(), 1);
    drop(archive);
    assert_eq!(Arc::strong_count(&opened), 1);
}

/// A file on disk for outside witnesses, skipped where the program is not installed.
fn witness(file: &tempfile::NamedTempFile, program: &str, arguments: &[&str]) {
    let Ok(ran) = Command::new(program)
        .args(arguments)
        .arg(file.path())
        .output()
    else {
        return;
    };
    let (out, err) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{program}: {out}{err}");
}

async fn written(
    entries: impl Stream<Item = io::Result<Entry>> + Send + 'static,
) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut archive = archive(entries);
    while let Some(piece) = archive.next().await {
        file.write_all(&piece.unwrap()).unwrap();
    }
    file
}

#[tokio::test]
async fn other_programs_read_more_than_65535_entries() {
    let many = written(stream::iter(0..70_000).map(|n| entry(&format!("d/文{n}.txt"), "x"))).await;
    let zip = ZipArchive::new(many.reopen().unwrap()).unwrap();
    assert_eq!(zip.len(), 70_000);
    witness(&many, "python3", &["-m", "zipfile", "-t"]);
    witness(&many, "unzip", &["-tqq"]);
}

#[tokio::test]
async fn other_programs_read_an_entry_beyond_4_gib() {
    const BLOCKS: u64 = 4097;
    let block = Bytes::from(vec![0; 1 << 20]);
    let content = stream::iter(0..BLOCKS)
        .map(move |_| Ok(block.clone()))
        .boxed();
    let size_bytes = BLOCKS << 20;
    let large = Entry {
        path: "large".into(),
        modified_unix: WHEN,
        size_bytes,
        content,
    };
    let mut head = Vec::new();
    let mut archive = archive(stream::iter([Ok(large), entry("small", "x")]));
    let mut tail = Vec::new();
    let mut length = 0;
    while let Some(piece) = archive.next().await {
        let piece = piece.unwrap();
        length += piece.len() as u64;
        if head.is_empty() {
            head.extend_from_slice(&piece);
        }
        tail = [&tail[tail.len().saturating_sub(4096)..], &piece].concat();
    }
    // Written sparsely, so the test needs neither 4 GiB of disk nor of memory.
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(length).unwrap();
    std::os::unix::fs::FileExt::write_all_at(file.as_file(), &head, 0).unwrap();
    let at = length - tail.len() as u64;
    std::os::unix::fs::FileExt::write_all_at(file.as_file(), &tail, at).unwrap();
    let mut zip = ZipArchive::new(file.reopen().unwrap()).unwrap();
    assert_eq!(zip.by_name("large").unwrap().size(), size_bytes);
    assert_eq!(text(&mut zip, "small"), "x");
    witness(&file, "python3", &["-m", "zipfile", "-l"]);
    witness(&file, "unzip", &["-Zs"]);
}
