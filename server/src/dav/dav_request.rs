//! One request: who asks, what for, and what was found out on the way.

use super::conditions::Conditions;
use super::headers::{self, Depth};
use super::location::Location;
use super::mount_point::MountPoint;
use super::{location_of, times};
use crate::services::Services;
use drive::blob::Current;
use drive::dav::{Dav, DavLock, FoundFile, PropPatch};
use drive::error::FileError;
use entity::Timestamp;
use poem::Request;
use poem::http::header::CONTENT_RANGE;
use poem::http::{Method, StatusCode};
use site::actor::Actor;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use wire::{BitSet, DavOption, FileUri};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Options,
    PropFind,
    PropPatch,
    /// GET, HEAD, and POST, which behaves like GET (V4 API).
    Get,
    Put,
    MkCol,
    Delete,
    Copy,
    Move,
    Lock,
    Unlock,
}

impl Verb {
    /// `None` for methods that are not served here.
    pub fn of(method: &Method) -> Option<Self> {
        Some(match method.as_str() {
            "OPTIONS" => Self::Options,
            "PROPFIND" => Self::PropFind,
            "PROPPATCH" => Self::PropPatch,
            "GET" | "HEAD" | "POST" => Self::Get,
            "PUT" => Self::Put,
            "MKCOL" => Self::MkCol,
            "DELETE" => Self::Delete,
            "COPY" => Self::Copy,
            "MOVE" => Self::Move,
            "LOCK" => Self::Lock,
            "UNLOCK" => Self::Unlock,
            _ => return None,
        })
    }

    /// Whether it changes something.
    pub fn writes(self) -> bool {
        !matches!(self, Self::Options | Self::PropFind | Self::Get)
    }

    /// Whether it takes its target away or makes it anew, whole.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Delete | Self::Copy | Self::Move)
    }
}

/// Who was let in, and to what.
#[derive(Clone, Debug)]
pub struct Principal {
    pub actor: Actor,
    pub root: FileUri,
    pub options: BitSet,
}

/// One request.
#[derive(Debug)]
pub struct DavRequest {
    pub services: Arc<Services>,
    pub actor: Actor,
    /// The folder that is the client's root.
    pub root: FileUri,
    pub options: BitSet,
    pub verb: Verb,
    /// Where the client came in: what it is told of is below.
    pub mount_point: MountPoint,
    pub at: Location,
    /// Where COPY and MOVE go.
    pub to: Option<Location>,
    pub depth: Option<Depth>,
    /// The client says when the file was modified.
    pub modified: Option<Timestamp>,
    /// The length of a body, also of one that comes in chunks from a client that knows it.
    pub expected_bytes: Option<u64>,
    pub conditions: Conditions,
    /// COPY and MOVE may replace what is there.
    pub overwrite: bool,
    /// Lock duration in seconds; `None`: as long as may be.
    pub lock_secs: Option<u64>,
    locks: OnceCell<Vec<DavLock>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    refusal: Option<StatusCode>,
    held: Vec<String>,
    seen: Option<Seen>,
    planned: Option<PropPatch>,
    granted: Option<DavLock>,
}

/// What was at the path when it was first looked at.
#[derive(Clone, Copy, Debug)]
struct Seen {
    is_there: bool,
    version: Current,
}

impl DavRequest {
    /// Reads what the headers say.
    /// # Errors
    /// The status to answer
    pub fn of(
        services: &Arc<Services>,
        request: &Request,
        verb: Verb,
        principal: Principal,
    ) -> Result<Self, StatusCode> {
        let (mount_point, at) = location_of(request.original_uri().path(), &principal)?;
        let sent = request.headers();
        let to = match sent.get("destination") {
            Some(text) if matches!(verb, Verb::Copy | Verb::Move) => {
                // Some write names as they are, where only ASCII belongs.
                let text = std::str::from_utf8(text.as_bytes());
                let text = text.map_err(|_| StatusCode::BAD_REQUEST)?;
                Some(location_of(headers::destination(request, text)?, &principal)?.1)
            }
            _ => None,
        };
        if verb == Verb::Put && sent.contains_key(CONTENT_RANGE) {
            // RFC 9110 §14.5: a part must not be taken for the whole.
            return Err(StatusCode::BAD_REQUEST);
        }
        let expected_bytes = match verb {
            Verb::Put => headers::expected_bytes(request)?,
            _ => None,
        };
        // Who only reads is not refused for tags that are none: they match nothing.
        let conditions = if verb.writes() {
            Conditions::of(sent).map_err(|_| StatusCode::BAD_REQUEST)?
        } else {
            Conditions::default()
        };
        Ok(Self {
            services: Arc::clone(services),
            actor: principal.actor,
            root: principal.root,
            options: principal.options,
            verb,
            mount_point,
            at,
            to,
            depth: headers::depth(request)?,
            modified: request.header("x-oc-mtime").and_then(times::of_unix),
            expected_bytes,
            conditions,
            overwrite: headers::overwrite(request)?,
            lock_secs: headers::lock_secs(request),
            locks: OnceCell::new(),
            state: Mutex::default(),
        })
    }

    pub fn dav(&self) -> &Dav {
        &self.services.dav
    }

    /// The path that is asked about.
    pub fn uri(&self) -> FileUri {
        self.at.uri(&self.root)
    }

    /// Whether the account does not take files of this name.
    pub fn is_blocked(&self, name: Option<&str>) -> bool {
        self.options.has(DavOption::BlockSystemFiles)
            && name.is_some_and(|name| name.starts_with('.'))
    }

    /// Remembers what was at the path when it was first looked at: every condition is about that.
    pub fn remember_seen(&self, found: Option<&FoundFile>) {
        let seen = Seen {
            is_there: found.is_some(),
            version: Current(found.and_then(|found| found.file.current_blob_id)),
        };
        self.state().seen.get_or_insert(seen);
    }

    /// Whether something is about to be made where nothing was.
    pub fn makes_new(&self) -> bool {
        let is_there = self.state().seen.is_some_and(|seen| seen.is_there);
        matches!(self.verb, Verb::Put | Verb::MkCol) && !is_there
    }

    /// What a PROPPATCH changes, once the library says that it may.
    pub fn plan(&self, patch: PropPatch) {
        self.state().planned = Some(patch).filter(|patch| !patch.is_empty());
    }

    pub fn planned(&self) -> Option<PropPatch> {
        self.state().planned.take()
    }

    /// The version that must still be current, if the request depends on it.
    pub fn only_over(&self) -> Option<Current> {
        let seen = self.state().seen;
        seen.map(|seen| seen.version)
            .filter(|_| self.conditions.ask_for_version())
    }

    /// The locks on the client's drive, as they were when first asked for: a request may show
    /// hundreds of tokens.
    /// # Errors
    /// Those of the store
    pub async fn locks(&self) -> Result<&[DavLock], FileError> {
        let read = || async {
            match self.actor.user_id() {
                Some(owner) => self.dav().locks(owner).await,
                None => Ok(Vec::new()),
            }
        };
        Ok(self.locks.get_or_try_init(read).await?)
    }

    /// Whether a lock is a WebDAV client's, and this account's.
    pub fn holds(&self, lock: &DavLock) -> bool {
        lock.owner_xml.is_some() && self.actor.user_id() == Some(lock.user)
    }

    pub fn remember_held(&self, tokens: Vec<String>) {
        let held = &mut self.state().held;
        for token in tokens {
            if !held.contains(&token) {
                held.push(token);
            }
        }
    }

    /// Tokens of locks that the client showed and holds.
    pub fn held(&self) -> Vec<String> {
        self.state().held.clone()
    }

    /// Remembers the lock that the client took or refreshed.
    pub fn remember_granted(&self, lock: DavLock) {
        self.state().granted = Some(lock);
    }

    pub fn granted(&self) -> Option<DavLock> {
        self.state().granted.take()
    }

    /// Answers with this status, whatever the library makes of the error.
    pub fn refuse(&self, status: StatusCode) {
        self.state().refusal.get_or_insert(status);
    }

    pub fn refusal(&self) -> Option<StatusCode> {
        self.state().refusal
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
