//! `/file`.

mod archive;
mod archive_listing;
mod content;
mod create;
mod delete;
mod download;
mod events;
mod info;
mod list;
mod lock;
mod metadata;
mod move_copy;
mod pin;
mod policy;
mod rename;
mod search;
mod source;
pub(crate) mod thumb;
mod together;
mod upload;
mod version;
mod view;

/// Names no file or folder may have: forbidden characters, the two dots, empty, and 256 bytes.
fn illegal_names() -> Vec<String> {
    let mut names: Vec<String> = ["\\", ":", "*", "?", "\"", "<", ">", "|"]
        .iter()
        .flat_map(|character| [(*character).to_owned(), format!("a{character}b")])
        .collect();
    names.push("x".repeat(256));
    // 256 bytes, 86 characters.
    names.push(format!("{}x", "字".repeat(85)));
    names
}

/// Names that look odd and are fine.
const ODD_NAMES: [&str; 14] = [
    "a b",
    " leading and trailing ",
    "#%&+;=@!$'()~,",
    "100%",
    "%2F",
    "...",
    ".hidden",
    "name.",
    "UPPER and lower",
    "文件夹",
    "ملف",
    "😀👩‍👩‍👧",
    "e\u{301}",
    "é",
];
