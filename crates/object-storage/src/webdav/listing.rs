//! What lies below the folder, blob by blob and folder by folder.

use super::client::Server;
use super::propfind::Entry;
use storage::{BlobKey, DriverError, FolderEntry, FolderFile, ListedBlob, STAGING_FOLDER};

/// What is still to be looked at.
enum Next {
    /// With the slash at its end; empty: all of it.
    Folder(String),
    Blob(Box<ListedBlob>),
}

impl Next {
    /// By which folders stand among blobs: what lies in them begins with this.
    fn text(&self) -> &str {
        match self {
            Self::Folder(path) => path,
            Self::Blob(blob) => blob.key.as_str(),
        }
    }
}

/// In byte order: folders that hold nothing of it are not looked into.
pub(super) async fn list(
    server: &Server,
    prefix: &str,
    after: Option<&BlobKey>,
    limit: usize,
) -> Result<Vec<ListedBlob>, DriverError> {
    let after = after.map_or("", BlobKey::as_str);
    let start = prefix.rsplit_once('/').map_or("", |(folders, _)| folders);
    let start = match start {
        "" => String::new(),
        folders => format!("{folders}/"),
    };
    let mut found = Vec::new();
    let mut todo = vec![Next::Folder(start)];
    while let Some(next) = todo.pop() {
        if found.len() >= limit {
            break;
        }
        let folder = match next {
            Next::Blob(blob) => {
                found.push(*blob);
                continue;
            }
            Next::Folder(folder) => folder,
        };
        let Some(entries) = server.children(&folder).await? else {
            server.require_root().await?;
            continue;
        };
        let below = entries
            .into_iter()
            .filter_map(|entry| below(&folder, entry));
        let mut below: Vec<Next> = below
            .filter(|next| match next {
                Next::Blob(blob) => {
                    let key = blob.key.as_str();
                    key.starts_with(prefix) && key > after
                }
                Next::Folder(path) => {
                    let may_match = path.starts_with(prefix) || prefix.starts_with(&**path);
                    may_match && (&**path > after || after.starts_with(&**path))
                }
            })
            .collect();
        below.sort_by(|a, b| b.text().cmp(a.text()));
        todo.append(&mut below);
    }
    Ok(found)
}

fn below(folder: &str, Entry { name, file, .. }: Entry) -> Option<Next> {
    // Unfinished uploads, and what no blob of ours is called.
    let key = BlobKey::parse(format!("{folder}{name}")).ok()?;
    Some(match file {
        None => Next::Folder(format!("{key}/")),
        Some(stat) => Next::Blob(Box::new(ListedBlob {
            key,
            size_bytes: stat.size_bytes,
            modified: stat.modified,
        })),
    })
}

pub(super) async fn list_folder(
    server: &Server,
    folder: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<FolderEntry>, DriverError> {
    let Some(entries) = server.children(folder).await? else {
        server.require_root().await?;
        return Ok(Vec::new());
    };
    let entries = entries.into_iter().filter(|entry| {
        let is_staging = folder.is_empty() && entry.name.eq_ignore_ascii_case(STAGING_FOLDER);
        !is_staging && after.is_none_or(|after| entry.name.as_str() > after)
    });
    let shown = |entry: Entry| FolderEntry {
        name: entry.name,
        file: entry.file.map(|file| FolderFile {
            size_bytes: file.size_bytes,
            modified: file.modified,
        }),
    };
    Ok(entries.take(limit).map(shown).collect())
}
