//! Answers of PROPFIND, written row by row into a text.

use super::ask::{Live, Prop, Question};
use crate::dav::active_lock::Outlook;
use crate::dav::times;
use crate::dav::xml::{self, escape};
use drive::dav::{DavLock, DeadProp, FoundFile};
use entity::{FileKind, file};
use site::settings::live::LiveSettings;
use std::fmt::Write;
use std::sync::Arc;
use wire::IdKind;

const HEAD: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
    "<D:multistatus xmlns:D=\"DAV:\" xmlns:Z=\"urn:schemas-microsoft-com:\">",
);
const TAIL: &str = "</D:multistatus>";
const SUPPORTED_LOCKS: &str = concat!(
    "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>",
    "<D:locktype><D:write/></D:locktype></D:lockentry>",
    "<D:lockentry><D:lockscope><D:shared/></D:lockscope>",
    "<D:locktype><D:write/></D:locktype></D:lockentry>",
);

/// What is the same for all rows.
pub struct Writer {
    pub question: Question,
    pub settings: Arc<LiveSettings>,
    /// Bytes used and available, for what belongs to who asks.
    pub quota: Option<(i64, i64)>,
    pub locks: Vec<DavLock>,
    /// Says where locks are.
    pub outlook: Outlook,
}

/// One row.
pub struct Row<'a> {
    /// Percent-encoded; a folder's ends in `/`.
    pub href: &'a str,
    pub file: &'a file::Model,
    /// From the root of the drive; empty where locks cannot be.
    pub drive_path: &'a str,
    pub owned: bool,
    pub dead: &'a [DeadProp],
}

impl Writer {
    pub fn begin(out: &mut String) {
        out.push_str(HEAD);
    }

    pub fn end(out: &mut String) {
        out.push_str(TAIL);
    }

    /// Writes one `response`.
    pub fn row(&self, out: &mut String, row: &Row<'_>) {
        out.push_str("<D:response><D:href>");
        out.push_str(row.href);
        out.push_str("</D:href><D:propstat><D:prop>");
        let mut missing: Vec<&Prop> = Vec::new();
        for prop in &self.question.props {
            let written = match prop {
                Prop::Live(live) => self.live(out, *live, row),
                Prop::Other { namespace, name } => row
                    .dead
                    .iter()
                    .find(|dead| dead.namespace == *namespace && dead.name == *name)
                    .map(|dead| self.dead(out, dead))
                    .is_some(),
            };
            if !written && self.question.tell_missing {
                missing.push(prop);
            }
        }
        if self.question.all_dead {
            row.dead.iter().for_each(|dead| self.dead(out, dead));
        }
        out.push_str("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>");
        if !missing.is_empty() {
            out.push_str("<D:propstat><D:prop>");
            for prop in missing {
                name_only(out, prop);
            }
            out.push_str("</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>");
        }
        out.push_str("</D:response>");
    }

    /// Answers whether the file has the property.
    fn live(&self, out: &mut String, live: Live, row: &Row<'_>) -> bool {
        let file = row.file;
        let is_folder = file.kind == FileKind::Folder;
        match live {
            Live::ContentLength | Live::ContentType | Live::ETag if is_folder => return false,
            Live::QuotaUsed | Live::QuotaAvailable if self.quota.is_none() || !row.owned => {
                return false;
            }
            _ => {}
        }
        if self.question.names_only {
            tag(out, "<", live, "/>");
            return true;
        }
        tag(out, "<", live, ">");
        self.value(out, live, row);
        tag(out, "</", live, ">");
        true
    }

    fn value(&self, out: &mut String, live: Live, row: &Row<'_>) {
        let file = row.file;
        let is_folder = file.kind == FileKind::Folder;
        match live {
            Live::ResourceType if is_folder => out.push_str("<D:collection/>"),
            Live::ResourceType => {}
            Live::DisplayName => escape(out, &file.name),
            Live::ContentLength => {
                let _ = write!(out, "{}", file.size_bytes);
            }
            Live::LastModified | Live::Win32LastModifiedTime | Live::Win32LastAccessTime => {
                times::http_date(out, file.updated_at);
            }
            Live::CreationDate => times::iso(out, file.created_at),
            Live::Win32CreationTime => times::http_date(out, file.created_at),
            Live::Win32FileAttributes => {
                // FILE_ATTRIBUTE_DIRECTORY and FILE_ATTRIBUTE_ARCHIVE.
                out.push_str(if is_folder { "00000010" } else { "00000020" });
            }
            Live::ContentType => escape(out, self.settings.files.mime.content_type(&file.name)),
            Live::ETag => {
                let id = file.current_blob_id.map_or(0, |id| id.0);
                out.push('"');
                self.settings.ids.encode_into(out, IdKind::Blob, id);
                out.push('"');
            }
            Live::SupportedLock => out.push_str(SUPPORTED_LOCKS),
            Live::LockDiscovery => self
                .locks
                .iter()
                .filter(|lock| row.owned && lock.covers_path(row.drive_path))
                .for_each(|lock| self.outlook.active_lock(out, lock)),
            Live::QuotaUsed => {
                let used = self.quota.map_or(0, |(used, _)| used);
                let _ = write!(out, "{used}");
            }
            Live::QuotaAvailable => {
                let left = self.quota.map_or(0, |(_, available)| available);
                let _ = write!(out, "{left}");
            }
        }
    }

    fn dead(&self, out: &mut String, dead: &DeadProp) {
        if self.question.names_only {
            xml::empty(out, &dead.namespace, &dead.name);
            return;
        }
        let name = &dead.name;
        xml::open(out, &dead.namespace, name);
        if let Some(language) = &dead.language {
            out.push_str(" xml:lang=\"");
            escape(out, language);
            out.push('"');
        }
        out.push('>');
        // Checked to be XML that stands for itself.
        out.push_str(&dead.inner_xml);
        let prefix = if dead.namespace.is_empty() { "" } else { "x:" };
        let _ = write!(out, "</{prefix}{name}>");
    }
}

impl Writer {
    /// The row of what was found.
    pub fn found<'a>(href: &'a str, found: &'a FoundFile, dead: &'a [DeadProp]) -> Row<'a> {
        Row {
            href,
            file: &found.file,
            drive_path: &found.drive_path,
            owned: found.owned,
            dead,
        }
    }
}

fn prefix_of(live: Live) -> &'static str {
    if live.namespace() == super::ask::DAV {
        "D"
    } else {
        "Z"
    }
}

/// Piece by piece: formatting takes longer than everything else in a row.
fn tag(out: &mut String, begin: &str, live: Live, end: &str) {
    for piece in [begin, prefix_of(live), ":", live.name(), end] {
        out.push_str(piece);
    }
}

fn name_only(out: &mut String, prop: &Prop) {
    match prop {
        Prop::Live(live) => tag(out, "<", *live, "/>"),
        Prop::Other { namespace, name } => xml::empty(out, namespace, name),
    }
}
