#![allow(clippy::unwrap_used)]
use std::io::{Cursor, Read, Seek};

use futures_util::TryStreamExt;
use zip::{CompressionMethod, ZipArchive};

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
