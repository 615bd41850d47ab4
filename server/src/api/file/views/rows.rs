//! Rows of listings as JSON, written by hand: there are thousands in one answer, and a view for
//! each would be made of texts that are copied once and thrown away.

use super::type_number;
use crate::api::time;
use bytes::Bytes;
use drive::tree::FileEntry;
use std::fmt::Write as _;
use wire::{BitSet, IdKind, PublicIds};

/// What stands before the rows in the envelope of a listing, whose first field they are.
const BEFORE: &[u8] = br#"{"code":0,"data":{"files":["#;
/// What a row takes, bytes.
const ROW_BYTES: usize = 320;

/// Puts entries into the envelope of a listing that has none.
pub fn put_rows(envelope: &[u8], entries: &[FileEntry], ids: &PublicIds) -> Bytes {
    debug_assert!(envelope.starts_with(BEFORE), "the rows are the first field");
    let (before, after) = envelope.split_at(BEFORE.len());
    let mut rows = String::with_capacity(envelope.len() + entries.len() * ROW_BYTES);
    rows.push_str(&String::from_utf8_lossy(before));
    let mut capability = (BitSet::EMPTY, BitSet::EMPTY.to_base64());
    for (n, entry) in entries.iter().enumerate() {
        if n > 0 {
            rows.push(',');
        }
        // The same for most of them.
        if entry.capability != capability.0 {
            capability = (entry.capability, entry.capability.to_base64());
        }
        write(&mut rows, entry, &capability.1, ids);
    }
    let mut bytes = rows.into_bytes();
    bytes.extend_from_slice(after);
    bytes.into()
}

/// Appends what [`super::FileView`] would be written as.
fn write(out: &mut String, entry: &FileEntry, capability: &str, ids: &PublicIds) {
    let file = &entry.file;
    let kind = type_number(file.kind);
    let _ = write!(out, r#"{{"type":{kind},"id":""#);
    ids.encode_into(out, IdKind::File, file.id.0);
    out.push_str(r#"","name":"#);
    text(out, &entry.name);
    out.push_str(r#","created_at":"#);
    time::push(out, &time::wire(file.created_at));
    out.push_str(r#","updated_at":"#);
    time::push(out, &time::wire(file.updated_at));
    let _ = write!(out, r#","size":{},"metadata":"#, file.size_bytes);
    match &entry.metadata {
        Some(metadata) => map(out, metadata.iter()),
        None => out.push_str("null"),
    }
    if !entry.uri.is_empty() {
        out.push_str(r#","path":"#);
        text(out, &entry.uri);
    }
    out.push_str(r#","capability":""#);
    out.push_str(capability);
    out.push('"');
    if entry.owned {
        out.push_str(r#","owned":true"#);
    }
    if entry.shared {
        out.push_str(r#","shared":true"#);
    }
    if let Some(has_subfolders) = entry.has_subfolders {
        let _ = write!(out, r#","has_subfolders":{has_subfolders}"#);
    }
    out.push_str(r#","primary_entity":""#);
    ids.encode_into(out, IdKind::Blob, file.current_blob_id.map_or(0, |id| id.0));
    out.push_str("\"}");
}

fn map<'a>(out: &mut String, entries: impl Iterator<Item = (&'a String, &'a String)>) {
    out.push('{');
    for (n, (key, value)) in entries.enumerate() {
        if n > 0 {
            out.push(',');
        }
        text(out, key);
        out.push(':');
        text(out, value);
    }
    out.push('}');
}

/// Appends a text in quotes.
fn text(out: &mut String, text: &str) {
    // Without a branch a byte, so that many are looked at together.
    let special = |byte: u8| u8::from(byte < b' ' || byte == b'"' || byte == b'\\');
    if text.bytes().fold(0, |any, byte| any | special(byte)) > 0 {
        out.push_str(&serde_json::Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::FileView;
    use super::*;
    use entity::{BlobId, FileId, FileKind, Timestamp, UserId, file};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn entry() -> FileEntry {
        let file = file::Model {
            id: FileId(7),
            kind: FileKind::File,
            owner_id: UserId(1),
            parent_id: Some(FileId(2)),
            name: "a.txt".to_owned(),
            name_folded: "a.txt".to_owned(),
            size_bytes: 5,
            current_blob_id: None,
            is_symbolic: false,
            view: None,
            created_at: Timestamp(1_800_000_000_123_456),
            updated_at: Timestamp(1_800_000_000_000_000),
            trashed_at: None,
            purge_at: None,
        };
        FileEntry {
            file,
            uri: "cloudreve://my/a.txt".to_owned(),
            metadata: None,
            capability: BitSet::EMPTY.with(1, true).with(9, true),
            owned: false,
            name: "a.txt".to_owned(),
            shared: false,
            has_subfolders: None,
        }
    }

    /// The envelope of a listing of views, and that of the same entries without views.
    fn both(entries: &[FileEntry]) -> (String, String) {
        let ids = PublicIds::new("salt");
        let envelope = |files: Vec<FileView>| {
            let files = serde_json::to_string(&files).unwrap();
            format!(r#"{{"code":0,"data":{{"files":{files},"mixed_type":false}},"msg":""}}"#)
        };
        let view = |entry: &FileEntry| FileView::with_ids(entry.clone(), &ids);
        let by_hand = put_rows(envelope(Vec::new()).as_bytes(), entries, &ids);
        let by_hand = String::from_utf8(by_hand.to_vec()).unwrap();
        (envelope(entries.iter().map(view).collect()), by_hand)
    }

    fn same(entries: &[FileEntry]) {
        let (views, by_hand) = both(entries);
        assert_eq!(by_hand, views);
    }

    #[test]
    fn rows_are_written_as_views_are() {
        same(&[]);
        let plain = entry();
        let mut full = entry();
        full.file.kind = FileKind::Folder;
        full.file.current_blob_id = Some(BlobId(42));
        full.metadata = Some(BTreeMap::from([
            ("a\"b".to_owned(), "\\ \n".to_owned()),
            ("c".to_owned(), String::new()),
        ]));
        (full.owned, full.shared, full.has_subfolders) = (true, true, Some(false));
        full.capability = BitSet::EMPTY.with(60, true);
        let mut bare = entry();
        bare.uri.clear();
        bare.metadata = Some(BTreeMap::new());
        (bare.has_subfolders, bare.capability) = (Some(true), BitSet::EMPTY);
        same(std::slice::from_ref(&plain));
        same(&[plain.clone(), full, bare, plain]);
    }

    proptest! {
        #[test]
        fn any_row_is_written_as_its_view_is(
            name in ".*", uri in ".*", value in any::<String>(), size in any::<i64>(),
            id in 0..=i64::MAX, created in any::<i64>(), updated in any::<i64>(),
        ) {
            let mut any = entry();
            (any.name, any.uri) = (name, uri);
            any.metadata = Some(BTreeMap::from([(value.clone(), value)]));
            (any.file.size_bytes, any.file.id) = (size, FileId(id));
            (any.file.created_at, any.file.updated_at) = (Timestamp(created), Timestamp(updated));
            let (views, by_hand) = both(&[any]);
            prop_assert_eq!(by_hand, views);
        }
    }
}
