//! What a download is about, and how far it is.

use super::naming::{target, with_number};
use super::reason::Reason;
use crate::conflict::Conflict;
use downloader::{Handle, State, Status, without_login};
use entity::{NodeId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use site::secret::Sealer;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use uuid::Uuid;
use wire::FileUri;

/// What was left out is told by name up to so many,
const MOST_LEFT_OUT: usize = 100;
/// and so many bytes of names, for lists of tasks carry them.
const MOST_NAME_BYTES: usize = 16 << 10;

/// What the passwords in places are sealed for.
const SEAL: &str = "download task";

/// Where a download is (V4 API, task summary).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nobody fetches it yet.
    #[default]
    #[serde(rename = "")]
    New,
    Monitor,
    Transfer,
    Seeding,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::New => "",
            Self::Monitor => "monitor",
            Self::Transfer => "transfer",
            Self::Seeding => "seeding",
        }
    }
}

/// Who fetches it, written down before anybody is asked to: asking twice is asking once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Assigned {
    pub id: Uuid,
    pub node: NodeId,
    pub provider: String,
    pub folder: PathBuf,
    /// `None`: perhaps nobody was asked yet.
    #[serde(default)]
    pub handle: Option<Handle>,
    /// When it was begun.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// How often it was begun again because the downloader had forgotten it.
    #[serde(default)]
    pub begun_again: u32,
    /// What was fetched was a torrent file, and what it is about is fetched now.
    #[serde(default)]
    pub followed: bool,
}

/// A torrent file that a link led to, and who fetched it: its folder goes with the task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fetched {
    pub by: Assigned,
    /// Below the folder.
    pub name: String,
}

/// What was sent, with its passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Places {
    /// A link, if it has a password.
    pub link: String,
    /// A torrent file; empty: it is a link.
    pub src_file: String,
    /// The folder that files go to.
    pub dst: String,
}

/// A file that did not come into the drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeftOut {
    pub name: String,
    pub reason: Reason,
}

/// A download.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Downloading {
    /// A link, without name and password; empty: it is a torrent file.
    src_uri: String,
    /// A torrent file in a drive, without the password of a share.
    #[serde(default)]
    src_file_uri: String,
    /// The folder that files go to, without the password of a share.
    dst: String,
    /// [`Places`] with their passwords, if they have some.
    #[serde(default)]
    sealed: Option<String>,
    /// What happens to a file whose name is taken.
    #[serde(default)]
    pub(super) conflict: Conflict,
    /// That what is there stays was asked for: a download of which everything is there has done it.
    #[serde(default)]
    pub(super) leaves: bool,
    /// Files that were there, and stayed, as was asked for.
    #[serde(default)]
    pub(super) exists: u64,
    /// Numbers of files that got another name, by their index.
    #[serde(default)]
    pub(super) numbers: BTreeMap<i64, u32>,
    /// Files of it may have come before it was begun anew.
    #[serde(default)]
    pub(super) came_before: bool,
    #[serde(default)]
    pub(super) phase: Phase,
    #[serde(default)]
    pub(super) assigned: Option<Assigned>,
    /// What led to a torrent that another downloader fetches.
    #[serde(default)]
    pub(super) fetched: Option<Fetched>,
    #[serde(default)]
    pub(super) status: Option<Status>,
    /// How often it was begun anew because it broke off and could not go on.
    #[serde(default)]
    pub(super) broken_off: u32,
    /// How often in a row nobody could say how far it is.
    #[serde(default)]
    pub(super) get_task_status_tried: u32,
    /// They are not there to be asked: they did not answer with an error.
    #[serde(default)]
    pub(super) is_away: bool,
    /// Bytes of chosen files that there was room for, when that was looked at.
    #[serde(default)]
    pub(super) checked: Option<i64>,
    /// Files on their way into the drive: what is found there of them is theirs.
    #[serde(default)]
    pub(super) begun: BTreeSet<i64>,
    /// Files that are there, or will never be.
    #[serde(default)]
    pub(super) transferred: BTreeSet<i64>,
    /// Files that could not be kept when they came last: the others go before them.
    #[serde(default)]
    pub(super) late: BTreeSet<i64>,
    #[serde(default)]
    pub(super) failed: u64,
    #[serde(default)]
    pub(super) left_out: Vec<LeftOut>,
}

impl Downloading {
    pub(super) fn of_link(sealer: &Sealer, link: &str, dst: &FileUri) -> Self {
        let src_uri = without_login(link);
        Self {
            sealed: sealed(
                sealer,
                Some(link).filter(|link| *link != src_uri),
                None,
                dst,
            ),
            src_uri,
            dst: told(dst),
            ..Self::default()
        }
    }

    pub(super) fn of_torrent(sealer: &Sealer, torrent: &FileUri, dst: &FileUri) -> Self {
        Self {
            src_file_uri: told(torrent),
            dst: told(dst),
            sealed: sealed(sealer, None, Some(torrent), dst),
            ..Self::default()
        }
    }

    pub(super) fn with_conflict(self, conflict: Option<Conflict>) -> Self {
        Self {
            conflict: conflict.unwrap_or_default(),
            leaves: conflict == Some(Conflict::Skip),
            ..self
        }
    }

    /// `None`: they were sealed under another key.
    pub(super) fn places(&self, sealer: &Sealer) -> Option<Places> {
        let Some(text) = self.sealed.as_deref() else {
            return Some(Places {
                link: self.src_uri.clone(),
                src_file: self.src_file_uri.clone(),
                dst: self.dst.clone(),
            });
        };
        let places: Places = serde_json::from_str(&sealer.open(SEAL, text).ok()?).ok()?;
        let link = Some(places.link).filter(|link| !link.is_empty());
        Some(Places {
            link: link.unwrap_or_else(|| self.src_uri.clone()),
            ..places
        })
    }

    /// Whether it is about a link that one file is behind.
    pub(super) fn is_plain_link(&self) -> bool {
        let magnet = self.src_uri.get(..7);
        self.src_file_uri.is_empty()
            && !magnet.is_some_and(|scheme| scheme.eq_ignore_ascii_case("magnet:"))
    }

    /// The same from its beginning.
    pub(super) fn anew(self) -> Self {
        Self {
            src_uri: self.src_uri,
            src_file_uri: self.src_file_uri,
            dst: self.dst,
            sealed: self.sealed,
            conflict: self.conflict,
            leaves: self.leaves,
            came_before: self.came_before || !self.begun.is_empty(),
            ..Self::default()
        }
    }

    pub(super) fn leave_out(&mut self, name: String, reason: Reason) {
        self.failed += 1;
        self.exists += u64::from(self.leaves && reason == Reason::Exists);
        let bytes: usize = self.left_out.iter().map(|left| left.name.len()).sum();
        if self.left_out.len() < MOST_LEFT_OUT && bytes + name.len() <= MOST_NAME_BYTES {
            self.left_out.push(LeftOut { name, reason });
        }
    }

    /// All that is wanted is there already, and stays.
    pub(super) fn leave_all(&mut self, status: &Status) {
        for file in status.files.iter().filter(|file| file.selected) {
            self.begun.insert(file.index);
            self.transferred.insert(file.index);
            self.leave_out(file.name.clone(), Reason::Exists);
        }
        self.phase = Phase::Transfer;
    }

    pub(super) fn phase_name(&self) -> &'static str {
        self.phase.as_str()
    }

    /// What clients know of a download, and our own report.
    pub(super) fn props(&self) -> Map<String, Value> {
        let more = self.failed.saturating_sub(self.left_out.len() as u64);
        let mut report = json!({ "left_out": self.left_out, "more": more });
        if self.exists > 0 {
            report["exists"] = json!(self.exists);
        }
        let (renamed, more) = self.renamed();
        if renamed.len() + more > 0 {
            report["renamed"] = json!(renamed);
            report["more_renamed"] = json!(more);
        }
        let props = [
            ("src_str", json!(without_login(&self.src_uri))),
            ("src", json!(bare(&self.src_file_uri))),
            ("dst", json!(bare(&self.dst))),
            ("failed", json!(self.failed)),
            ("download", json!(self.status)),
            ("report", report),
        ];
        let is_away = self.phase == Phase::Monitor && self.is_away;
        let waiting = is_away.then(|| ("waiting", json!("downloader")));
        props
            .into_iter()
            .chain(waiting)
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// Files that came under another name, up to some, and how many more did.
    fn renamed(&self) -> (Vec<Value>, usize) {
        let Some(status) = &self.status else {
            return (Vec::new(), 0);
        };
        let Ok(dst) = FileUri::parse(&self.dst) else {
            return (Vec::new(), 0);
        };
        let came = status.files.iter().filter_map(|file| {
            let number = *self.numbers.get(&file.index)?;
            let is_there = number > 0 && self.transferred.contains(&file.index);
            is_there.then_some((file, number))
        });
        let (mut told, mut bytes, mut more) = (Vec::new(), 0, 0);
        for (file, number) in came {
            let uri = with_number(&target(&dst, &file.name), number);
            let to = uri.name().unwrap_or_default();
            bytes += file.name.len() + to.len();
            if told.len() < MOST_LEFT_OUT && bytes <= MOST_NAME_BYTES {
                told.push(json!({ "name": file.name, "to": to }));
            } else {
                more += 1;
            }
        }
        (told, more)
    }

    /// Whether others may still get it from here.
    pub(super) fn is_seeding(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.state == State::Seeding)
    }
}

fn told(uri: &FileUri) -> String {
    uri.without_password().to_string()
}

/// Tasks of earlier versions have passwords in their places.
fn bare(uri: &str) -> String {
    FileUri::parse(uri).map_or_else(|_| uri.to_owned(), |uri| told(&uri))
}

/// `secret`: a link with a password.
fn sealed(
    sealer: &Sealer,
    secret: Option<&str>,
    torrent: Option<&FileUri>,
    dst: &FileUri,
) -> Option<String> {
    let mut uris = torrent.into_iter().chain([dst]);
    if secret.is_none() && !uris.any(|uri| uri.password().is_some()) {
        return None;
    }
    let places = Places {
        link: secret.unwrap_or_default().to_owned(),
        src_file: torrent.map(FileUri::to_string).unwrap_or_default(),
        dst: dst.to_string(),
    };
    let text = serde_json::to_string(&places).unwrap_or_default();
    Some(sealer.seal(SEAL, &text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use site::secret::MasterKey;
    use wire::FileSystem;

    #[test]
    fn passwords_of_shares_are_sealed_and_told_to_nobody() {
        let sealer = Sealer::new(&MasterKey::from_bytes([7; 32]));
        let torrent = FileUri::share("abc", Some("share pw".to_owned())).join("a.torrent");
        let dst = FileUri::root(FileSystem::My).join("into");
        let state = Downloading::of_torrent(&sealer, &torrent, &dst);
        for text in [
            serde_json::to_string(&state).unwrap(),
            Value::Object(state.props()).to_string(),
        ] {
            assert!(
                !text.contains("share pw") && !text.contains("share%20pw"),
                "{text}"
            );
        }
        let places = state.anew().places(&sealer).unwrap();
        assert_eq!(FileUri::parse(&places.src_file).unwrap(), torrent);
        assert_eq!(FileUri::parse(&places.dst).unwrap(), dst);
        let link = Downloading::of_link(&sealer, "http://a/", &dst);
        assert_eq!(link.sealed, None);
        assert!(link.is_plain_link());
        let old = Downloading {
            src_file_uri: torrent.to_string(),
            ..Downloading::default()
        };
        assert!(!Value::Object(old.props()).to_string().contains("pw@"));
        assert_eq!(old.places(&sealer).unwrap().src_file, torrent.to_string());
    }

    #[test]
    fn passwords_of_links_are_sealed_and_told_to_nobody() {
        let sealer = Sealer::new(&MasterKey::from_bytes([7; 32]));
        let dst = FileUri::root(FileSystem::My);
        for (link, shown) in [
            ("ftp://me:secret@a.example/x y", "ftp://***@a.example/x%20y"),
            ("https://secret@a.example/", "https://***@a.example/"),
            ("http:\\\\me:secret@a.example/b", "http://***@a.example/b"),
            ("http://me:secret@no host/", "http://***@no host/"),
        ] {
            let state = Downloading::of_link(&sealer, link, &dst);
            let text = serde_json::to_string(&state.clone().anew()).unwrap();
            assert!(!text.contains("secret"), "{text}");
            let props = Value::Object(state.props());
            assert_eq!(props["src_str"], shown);
            assert_eq!(state.anew().places(&sealer).unwrap().link, link);
        }
        let old = r#"{"src_uri":"http://me:secret@a/","dst":"cloudreve://my/"}"#;
        let old: Downloading = serde_json::from_str(old).unwrap();
        assert_eq!(old.props()["src_str"], "http://***@a/");
        assert_eq!(old.places(&sealer).unwrap().link, "http://me:secret@a/");
    }

    #[test]
    fn a_state_of_an_earlier_version_is_read() {
        let old = r#"{"src_uri":"http://a/","dst":"cloudreve://my/","phase":"monitor"}"#;
        let state: Downloading = serde_json::from_str(old).unwrap();
        assert_eq!(state.phase, Phase::Monitor);
        let props = state.props();
        assert_eq!(props["download"], Value::Null);
        assert_eq!(props["src"], "");
        assert_eq!(props["report"], json!({ "left_out": [], "more": 0 }));
    }

    #[test]
    fn what_is_left_out_is_told_of_few_and_counted_of_all() {
        let mut state = Downloading::default();
        for number in 0..250 {
            state.leave_out(number.to_string(), Reason::Exists);
        }
        let props = state.props();
        assert_eq!(props["failed"], 250);
        assert_eq!(props["report"]["more"], 150);
        assert_eq!(
            props["report"]["left_out"][7],
            json!({ "name": "7", "reason": "exists" })
        );
        let mut long = Downloading::default();
        for _ in 0..100 {
            long.leave_out("x".repeat(700), Reason::Name);
        }
        assert!(long.left_out.len() < 30);
    }
}
