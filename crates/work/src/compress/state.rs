//! What a packing task is about, how far it is, and what came of it.

use super::report::{Reason, Report};
use crate::secrets::{Secrets, told};
use entity::FileId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use site::secret::Sealer;
use std::collections::BTreeMap;
use wire::FileUri;

/// Sources that a task tells of, so many bytes of them at most: lists of tasks carry them.
const TOLD: usize = 100;
const TOLD_BYTES: usize = 16 << 10;
/// The name that is told of a source that is no URI.
const NAME_CHARS: usize = 100;

/// Kinds of archives. The names are stored: never change one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    #[default]
    #[serde(rename = "zip")]
    Zip,
    #[serde(rename = "tar.zst")]
    TarZst,
    #[serde(rename = "7z")]
    SevenZ,
}

/// What becomes of contents in a zip. The names are stored: never change one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    #[default]
    Deflate,
    Store,
}

/// Where the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    #[default]
    NotStarted,
    CompressFiles,
    /// The archive is where it belongs.
    UploadArchive,
}

/// A packing task. The names are stored: never change one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Packing {
    /// Without passwords.
    pub(super) uris: Vec<String>,
    /// Names of sources that are no URIs.
    bad: Vec<String>,
    pub(super) dst: String,
    pub(super) format: Format,
    pub(super) method: Method,
    secrets: Option<String>,
    pub(super) phase: Phase,
    /// Of all that is to be packed, as counted before; 0: not known.
    pub(super) total_bytes: u64,
    pub(super) report: Report,
    /// Files that could not be read to their end, and how often that was so.
    pub(super) broken: BTreeMap<FileId, u32>,
    /// How often the storage seemed to be away.
    pub(super) away: usize,
}

impl Packing {
    /// What is no URI is told of when it comes to packing.
    pub(super) fn new(sealer: &Sealer, sources: &[String], dst: &FileUri) -> Self {
        let (mut uris, mut bad) = (Vec::with_capacity(sources.len()), Vec::new());
        for source in sources {
            match FileUri::parse(source) {
                Ok(uri) => uris.push(uri),
                Err(_) => bad.push(name_of_bad(source)),
            }
        }
        Self {
            uris: uris.iter().map(told).collect(),
            bad,
            dst: told(dst),
            ..Self::default()
        }
        .with_secrets(sealer, &Secrets::of(uris.iter().chain([dst])))
    }

    fn with_secrets(mut self, sealer: &Sealer, secrets: &Secrets) -> Self {
        self.secrets = secrets.sealed(sealer);
        self
    }

    /// Sources that are no URIs lead nowhere.
    pub(super) fn leave_out_bad(&self, report: &mut Report) {
        for name in &self.bad {
            report.leave_out(name, Reason::Gone);
        }
    }

    pub(super) fn with_password(self, sealer: &Sealer, password: String) -> Self {
        let secrets = self.secrets(sealer).unwrap_or_default();
        let password = Some(password);
        self.with_secrets(
            sealer,
            &Secrets {
                password,
                ..secrets
            },
        )
    }

    /// `None`: they were sealed under another key. An archive that was to have a password must not
    /// be made without one.
    pub(super) fn secrets(&self, sealer: &Sealer) -> Option<Secrets> {
        Secrets::open_sealed(sealer, self.secrets.as_deref())
    }

    /// Nobody needs what opened the sources any more.
    pub(super) fn done(&mut self) {
        self.secrets = None;
        self.phase = Phase::UploadArchive;
    }

    /// What clients know of it, and our own report.
    pub(super) fn props(&self) -> Map<String, Value> {
        let mut bytes = 0;
        let told = self.uris.iter().take(TOLD).take_while(|uri| {
            bytes += uri.len();
            bytes <= TOLD_BYTES
        });
        let mut props = Map::new();
        props.insert("src_multiple".to_owned(), told.cloned().collect());
        props.insert(
            "src_count".to_owned(),
            (self.uris.len() + self.bad.len()).into(),
        );
        props.insert("dst".to_owned(), self.dst.clone().into());
        props.insert("format".to_owned(), json!(self.format));
        props.insert("failed".to_owned(), self.report.failed.into());
        props.insert("report".to_owned(), self.report.told());
        props
    }

    pub(super) fn phase_name(&self) -> &'static str {
        match self.phase {
            Phase::NotStarted => "not_started",
            Phase::CompressFiles => "compress_files",
            Phase::UploadArchive => "upload_archive",
        }
    }
}

/// What can be told of something that is no URI: what would be its name.
fn name_of_bad(source: &str) -> String {
    let name = source.rsplit(['/', '@']).next().unwrap_or_default();
    name.chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use site::secret::MasterKey;

    fn sealer() -> Sealer {
        Sealer::new(&MasterKey::from_bytes([7; 32]))
    }

    #[test]
    fn passwords_are_sealed_and_told_to_nobody() {
        let sealer = sealer();
        let sources = [
            FileUri::share("abc", Some("share pw".to_owned())).join("a.txt"),
            FileUri::root(wire::FileSystem::My).join("b.txt"),
        ];
        let dst = FileUri::root(wire::FileSystem::My).join("c.zip");
        let texts = sources.each_ref().map(ToString::to_string);
        let state = Packing::new(&sealer, &texts, &dst);
        let state = state.with_password(&sealer, "zip pw".to_owned());
        let text = serde_json::to_string(&state).unwrap();
        assert!(
            !text.contains("share pw") && !text.contains("share%20pw"),
            "{text}"
        );
        assert!(!text.contains("zip pw"));
        let props = Value::Object(state.props()).to_string();
        assert!(!props.contains("pw"), "{props}");
        let secrets = state.secrets(&sealer).unwrap();
        assert_eq!(secrets.password.as_deref(), Some("zip pw"));
        let opened = state.uris.iter().map(|uri| secrets.uri(uri).unwrap());
        assert!(opened.eq(sources));
        let another = Sealer::new(&MasterKey::from_bytes([8; 32]));
        assert_eq!(state.secrets(&another), None);
    }

    #[test]
    fn of_many_sources_some_are_told() {
        let one = FileUri::root(wire::FileSystem::My).join("文".repeat(80));
        let state = Packing::new(&sealer(), &vec![one.to_string(); 3_000], &one);
        let props = state.props();
        assert_eq!(props["src_count"], 3_000);
        let told = props["src_multiple"].as_array().unwrap().len();
        assert!((10..100).contains(&told), "{told}");
    }

    #[test]
    fn of_what_is_no_uri_a_name_is_told_and_nothing_else() {
        let bad = [
            "cloudreve://id:secret@share/a#b.txt",
            "x:secret@nowhere",
            "",
        ];
        let one = FileUri::root(wire::FileSystem::My).join("a");
        let state = Packing::new(&sealer(), &bad.map(str::to_owned), &one);
        assert_eq!(state.bad, ["a#b.txt", "nowhere", ""]);
        assert_eq!(state.props()["src_count"], 3);
        let mut report = Report::default();
        state.leave_out_bad(&mut report);
        assert_eq!(report.failed, 3);
    }

    #[test]
    fn a_state_of_an_earlier_version_is_read() {
        let state: Packing = serde_json::from_str(r#"{"uris":["cloudreve://my/a"]}"#).unwrap();
        assert_eq!(state.phase_name(), "not_started");
        assert_eq!((state.format, state.method), (Format::Zip, Method::Deflate));
    }
}
