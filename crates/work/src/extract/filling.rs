//! What a session says becomes files and folders: many small ones side by side, a large one as it
//! comes. What has no content waits for what has ([`waiting`]).

mod waiting;

use super::placing::{Body, Part, Placed, Placer};
use super::reading::Loss;
use super::session::{Broken, Names, Session};
use super::state::Extracting;
use super::watch::Watch;
use archive::read::Entry;
use archive::read::frame::Frame;
use bytes::Bytes;
use drive::error::FileError;
use drive::tree::Tree;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use site::task::{Progress, Run, TaskError};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::Instant;
use store::cause::carried;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use waiting::Waiting;

/// Files on their way at a time: each waits most of its time for a disk. Where each is placed by a
/// transaction of its own, they would only wait for one another, and keep connections from others.
const SIDE_BY_SIDE: usize = 32;
const SIDE_BY_SIDE_ALONE: usize = 6;
/// Up to so many bytes a file is gathered before it is stored.
const GATHERED: usize = 256 << 10;
/// Pieces of a large one that wait for the storage.
const PIECES: usize = 4;

/// Why a step does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    Session(Broken),
    File(FileError),
    /// It passed a bound that it was told of.
    Bound(String),
    /// It may not be read any more.
    Lost(TaskError),
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// All of the archive is done.
    Over,
    /// It is time for others; the session may go on where it is.
    Time,
    /// The server is going down.
    Stopping,
    /// Another archive of the same person is being unpacked.
    NotYet,
}

/// A file that is on its way.
struct Outcome {
    number: u64,
    name: String,
    placed: Result<Placed, FileError>,
}

/// The entry whose content comes.
struct Open {
    entry: Entry,
    gathered: Vec<Bytes>,
    bytes: usize,
    /// Where the rest goes, once it is more than is gathered; `None` after that if nobody wants it.
    rest: Option<mpsc::Sender<Part>>,
    is_placing: bool,
}

/// What was counted before an entry. Whoever begins with it anew counts it anew.
#[derive(Clone, Copy)]
struct Before {
    wanted: u64,
    seen_bytes: u64,
}

/// One step's work.
pub(super) struct Filling<'a> {
    pub placer: Arc<Placer>,
    pub tree: &'a Tree,
    pub run: &'a Run,
    pub state: &'a mut Extracting,
    pub most_bytes: u64,
    pub most_entries: u64,
    loss: Loss,
    side_by_side: usize,
    on_the_way: FuturesUnordered<BoxFuture<'static, Outcome>>,
    /// Paths of those.
    paths: HashSet<String>,
    waiting: Waiting,
    /// Entries that were begun and are not done, with what was counted before each of them.
    begun: BTreeMap<u64, Before>,
    /// The one of them whose content comes.
    coming: Option<u64>,
}

impl<'a> Filling<'a> {
    pub fn new(
        placer: Arc<Placer>,
        (tree, run): (&'a Tree, &'a Run),
        state: &'a mut Extracting,
        (most_entries, most_bytes): (u64, u64),
        loss: Loss,
    ) -> Self {
        Self {
            loss,
            side_by_side: if placer.core.store.has_one_writer() {
                SIDE_BY_SIDE
            } else {
                SIDE_BY_SIDE_ALONE
            },
            placer,
            tree,
            run,
            waiting: Waiting::behind(state.seen_bytes),
            state,
            most_bytes,
            most_entries,
            on_the_way: FuturesUnordered::new(),
            paths: HashSet::new(),
            begun: BTreeMap::new(),
            coming: None,
        }
    }

    /// Goes on until it is time, or over. All that was begun is done then, or not counted as done.
    pub async fn until(&mut self, session: &mut Session, time: Instant) -> Result<Turn, Stop> {
        let mut filled = self.fill(session, time).await;
        self.arrive(&mut filled).await;
        if self.waiting.has_read() || matches!(filled, Ok(Turn::Over | Turn::Time | Turn::NotYet)) {
            if let (Err(stop), true) = (self.release().await, filled.is_ok()) {
                filled = Err(stop);
            }
            self.arrive(&mut filled).await;
        } else {
            // Nothing is made before it is known that anything can be read. Whoever begins anew hears of
            // it again, and of what was left out since.
            let before = self.waiting.give_up();
            if filled.is_ok()
                && let Some(report) = before
            {
                self.state.report = report;
            }
        }
        if let Some((first, before)) = self.begun.first_key_value() {
            self.state.processed = self.state.processed.min(first - 1);
            (self.state.wanted, self.state.seen_bytes) = (before.wanted, before.seen_bytes);
        }
        self.tell(session);
        filled
    }

    /// What is on its way arrives, whatever came after it.
    async fn arrive(&mut self, filled: &mut Result<Turn, Stop>) {
        while let Some(outcome) = self.on_the_way.next().await {
            if self.coming == Some(outcome.number) {
                continue;
            }
            if let (Err(stop), true) = (self.settle(outcome), filled.is_ok()) {
                *filled = Err(stop);
            }
        }
    }

    async fn fill(&mut self, session: &mut Session, time: Instant) -> Result<Turn, Stop> {
        let mut open: Option<Open> = None;
        loop {
            if open.is_none() && Instant::now() >= self.waiting.until(time) {
                return Ok(Turn::Time);
            }
            let frame = loop {
                tokio::select! {
                    biased;
                    () = self.run.stopping.cancelled() => return Ok(Turn::Stopping),
                    Ok(why) = &mut self.loss.why => return Err(Stop::Lost(why)),
                    Some(outcome) = self.on_the_way.next() => self.settle(outcome)?,
                    frame = session.next(), if self.on_the_way.len() < self.side_by_side => {
                        break frame.map_err(Stop::Session)?;
                    }
                }
            };
            match (frame, open.take()) {
                (Frame::Begin(entries, bytes), None) => {
                    self.state.total = (entries.unwrap_or(0), bytes.unwrap_or(0));
                }
                (Frame::Passed(number), None) => {
                    session.watch.number(number).map_err(Stop::Session)?;
                    self.bound(number)?;
                    self.state.processed = number;
                }
                (Frame::Entry(entry), None) => {
                    session.watch.entry(&entry).map_err(Stop::Session)?;
                    open = self.entry(entry, &mut session.names).await?;
                }
                (Frame::Piece(piece), Some(entry)) => {
                    Watch::piece(&piece).map_err(Stop::Session)?;
                    open = Some(self.piece(entry, piece).await?);
                    self.tell(session);
                }
                (Frame::End(reason), Some(entry)) => {
                    let reason = reason.map(archive::read::Reason::as_str);
                    self.end(entry, reason).await?;
                    self.tell(session);
                }
                (Frame::Done, None) => return Ok(Turn::Over),
                // `Stored` has become pieces by now.
                _ => {
                    return Err(Stop::Session(
                        io::Error::other("frames out of order").into(),
                    ));
                }
            }
        }
    }

    fn bound(&self, number: u64) -> Result<(), Stop> {
        if number > self.most_entries {
            let most = self.most_entries;
            return Err(Stop::Bound(format!(
                "the archive has more than {most} entries"
            )));
        }
        Ok(())
    }

    /// Begins with an entry; answers it if content follows.
    async fn entry(&mut self, entry: Entry, names: &mut Names) -> Result<Option<Open>, Stop> {
        self.bound(entry.number)?;
        let before = Before {
            wanted: self.state.wanted,
            seen_bytes: self.state.seen_bytes,
        };
        self.state.wanted += 1;
        if let Some(reason) = entry.left_out {
            self.state.report.leave_out(&entry.name, reason.as_str());
            self.state.done_with(&entry);
            return Ok(None);
        }
        self.state.report.case_clashes += u64::from(names.clash(&entry.name));
        self.begun.insert(entry.number, before);
        if entry.is_folder {
            self.state.done_with(&entry);
            self.wait(entry).await?;
            return Ok(None);
        }
        // One of that name comes behind it, as it does in the archive.
        if self.paths.contains(&entry.name) {
            self.release().await?;
            while let Some(outcome) = self.on_the_way.next().await {
                self.settle(outcome)?;
            }
        }
        self.coming = Some(entry.number);
        Ok(Some(Open {
            entry,
            gathered: Vec::new(),
            bytes: 0,
            rest: None,
            is_placing: false,
        }))
    }

    async fn piece(&mut self, mut open: Open, piece: Bytes) -> Result<Open, Stop> {
        self.state.seen_bytes += piece.len() as u64;
        if self.state.seen_bytes > self.most_bytes {
            let most = self.most_bytes;
            let why = "there is more in the archive than may be unpacked: the limit is";
            return Err(Stop::Bound(format!("{why} {most} bytes")));
        }
        open.bytes += piece.len();
        if !open.is_placing && open.bytes <= GATHERED {
            open.gathered.push(piece);
            return Ok(open);
        }
        if !open.is_placing {
            open.is_placing = true;
            let (to, rest) = mpsc::channel(PIECES);
            open.rest = Some(to);
            let gathered = std::mem::take(&mut open.gathered);
            self.begin(open.entry.clone(), Body::Coming(gathered, rest));
        }
        self.push(&mut open.rest, Part::Piece(piece)).await?;
        Ok(open)
    }

    /// Hands a part on. If nobody takes it any more, the others are not wanted either.
    async fn push(
        &mut self,
        rest: &mut Option<mpsc::Sender<Part>>,
        part: Part,
    ) -> Result<(), Stop> {
        let Some(to) = rest.clone() else {
            return Ok(());
        };
        let mut sending = std::pin::pin!(to.send(part));
        let sent = loop {
            tokio::select! {
                sent = &mut sending => break sent.is_ok(),
                Ok(why) = &mut self.loss.why => return Err(Stop::Lost(why)),
                Some(outcome) = self.on_the_way.next() => self.settle(outcome)?,
            }
        };
        if !sent {
            *rest = None;
        }
        Ok(())
    }

    async fn end(&mut self, mut open: Open, broken: Option<&'static str>) -> Result<(), Stop> {
        self.state.done_with(&open.entry);
        let has_content = open.bytes > 0 && broken.is_none();
        match (open.is_placing, broken) {
            (false, None) if open.bytes == 0 && !self.waiting.has_read() => {
                self.wait(open.entry).await?;
            }
            (false, None) => {
                let body = Body::Whole(std::mem::take(&mut open.gathered));
                self.begin(open.entry, body);
            }
            (false, Some(reason)) => {
                self.begun.remove(&open.entry.number);
                self.state.report.leave_out(&open.entry.name, reason);
            }
            (true, None) => self.push(&mut open.rest, Part::End).await?,
            // Without that word what is on its way ends as damaged.
            (true, Some(_)) => {}
        }
        self.coming = None;
        if has_content && self.waiting.is_over() {
            self.release().await?;
        }
        Ok(())
    }

    fn begin(&mut self, entry: Entry, body: Body) {
        self.paths.insert(entry.name.clone());
        let (number, name) = (entry.number, entry.name.clone());
        let placer = Arc::clone(&self.placer);
        let placing = carried(async move { placer.place(&entry, body).await });
        let placing = tokio::spawn(placing.in_current_span());
        let placing = AbortOnDropHandle::new(placing);
        self.on_the_way.push(Box::pin(async move {
            let placed = placing.await;
            let broke_off = |_| Err(FileError::Internal("storing a file broke off"));
            Outcome {
                number,
                name,
                placed: placed.unwrap_or_else(broke_off),
            }
        }));
    }

    fn settle(&mut self, outcome: Outcome) -> Result<(), Stop> {
        self.paths.remove(&outcome.name);
        let placed = outcome.placed?;
        self.begun.remove(&outcome.number);
        match placed {
            Placed::Here(bytes, other_name) => {
                self.state.report.files += 1;
                self.state.report.bytes += bytes;
                if let Some(to) = other_name {
                    self.state.report.rename(&outcome.name, to);
                }
            }
            Placed::LeftOut(reason) => self.state.report.leave_out(&outcome.name, reason),
        }
        Ok(())
    }

    fn tell(&self, session: &mut Session) {
        for (key, progress) in self.state.progress() {
            self.run.report(key, progress);
        }
        // Of an archive that does not say what is in it, how far it was read says how far it is.
        let says_nothing = self.state.total.1 == 0;
        let key = match (session.is_elsewhere, says_nothing) {
            (true, _) => "download",
            (false, true) => "archive_read",
            (false, false) => return,
        };
        let source = self.state.source.as_ref();
        let total = source.map_or(0, |source| source.size_bytes);
        let progress = Progress {
            total: i64::try_from(total).unwrap_or(i64::MAX),
            current: i64::try_from(session.position().min(total)).unwrap_or(i64::MAX),
            identifier: self.state.uri.clone(),
        };
        self.run.report(key, progress);
    }
}
