//! One connection that follows a folder.

use super::EventOptions;
use super::change::FileChange;
use super::merge::merge;
use super::pace::Pace;
use super::receiving::Receiving;
use super::watch::{Seen, Watch};
use entity::oauth_client::Texts;
use entity::{FileId, JournalId, SubscriptionId, UserId, UserStatus};
use site::actor::{Actor, TokenClaims};
use site::at_once::UnderWay;
use site::clock::Clock;
use site::secret::{Scope, ScopeSet};
use site::task::EndedDetail;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::bus::Topic;
use store::subscriptions::{self, JournalPosition};
use store::{Store, StoreResult};
use store::{accounts, apps};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Journal entries in one read.
const PAGE: u64 = 250;
/// Changes collected before they are told without further waiting.
const MOST_PENDING: usize = 1_000;
/// Pause between a wake-up and the look that follows, so that a burst of changes is one look.
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// What goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A new subscription: read the whole folder now.
    Subscribed,
    /// Goes on where it stood: what was missed follows.
    Resumed,
    KeepAlive,
    Changes(Vec<FileChange>),
    /// What others share with the user by name is not what it was. Only for those who asked.
    Received,
    /// Tasks of the user that have ended. Only for those who asked.
    TasksEnded(Vec<EndedDetail>),
    /// This stream cannot go on; connect again.
    ReconnectRequired,
}

/// What a subscription begins with.
pub(super) struct StreamStart {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub options: EventOptions,
    pub stopping: CancellationToken,
    pub id: SubscriptionId,
    pub user: UserId,
    pub folder: FileId,
    pub owner: UserId,
    pub client: String,
    pub position: JournalPosition,
    pub first: Message,
}

/// Follows a folder for one connection. Memory is bounded: what does not fit stays in the journal.
pub struct Subscription {
    store: Store,
    clock: Arc<dyn Clock>,
    options: EventOptions,
    stopping: CancellationToken,
    id: SubscriptionId,
    user: UserId,
    /// Through which the user is signed in.
    session_id: Option<Uuid>,
    /// What the user came with.
    token: Option<TokenClaims>,
    /// What is followed.
    folder: FileId,
    owner: UserId,
    client: String,
    first: Option<Message>,
    watch: Watch,
    /// Read so far.
    read: JournalId,
    /// Saved so far.
    saved: JournalPosition,
    pending: Vec<FileChange>,
    /// When the oldest pending change came.
    since: Option<Instant>,
    pace: Pace,
    /// What others share with the user; `None`: they do not ask for it.
    receiving: Option<Receiving>,
    /// Tasks of the user that ended, to be told; `None`: they do not ask for it.
    tasks: Option<Vec<EndedDetail>>,
    /// When the last message was handed out, and the position to save for it.
    handed: Option<(Instant, JournalPosition)>,
    /// What happened before this connection is told at once.
    catching_up: bool,
    folder_gone: bool,
    ended: bool,
    told_at: Instant,
    /// Its part of what the user may have open.
    _open: Option<UnderWay<UserId>>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("id", &self.id)
            .field("read", &self.read)
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}

impl Subscription {
    pub(super) fn new(start: StreamStart) -> Self {
        Self {
            watch: Watch::new(&start.position.folder_path),
            read: start.position.at,
            saved: start.position,
            catching_up: start.first == Message::Resumed,
            first: Some(start.first),
            store: start.store,
            clock: start.clock,
            options: start.options,
            stopping: start.stopping,
            id: start.id,
            user: start.user,
            session_id: None,
            token: None,
            folder: start.folder,
            owner: start.owner,
            client: start.client,
            pending: Vec::new(),
            since: None,
            pace: Pace::default(),
            receiving: None,
            tasks: None,
            handed: None,
            folder_gone: false,
            ended: false,
            told_at: Instant::now(),
            _open: None,
        }
    }

    pub(super) fn counted_as(self, open: UnderWay<UserId>) -> Self {
        Self {
            _open: Some(open),
            ..self
        }
    }

    /// The same, ending when the actor's session, token or leave as an app ends.
    pub(super) fn through(mut self, actor: &Actor) -> Self {
        self.session_id = actor.session_id;
        self.token.clone_from(&actor.token);
        self
    }

    /// The same, telling as well when others share something with the user or their group by
    /// name, or take it back.
    #[must_use]
    pub fn with_received(mut self) -> Self {
        self.receiving = Some(Receiving::new());
        self
    }

    /// The same, telling as well when tasks of the user end: on a folder of their own, in whose
    /// journal that stands.
    #[must_use]
    pub fn with_tasks(mut self) -> Self {
        self.tasks = (self.owner == self.user).then(Vec::new);
        self
    }

    /// The folder that is followed, wherever it lies by now.
    pub fn folder(&self) -> FileId {
        self.folder
    }

    /// The next message; `None`: the stream is over. Asking again says that the message before
    /// was handed to the connection; some time later it counts as received.
    pub async fn next(&mut self) -> Option<Message> {
        if self.ended {
            return None;
        }
        let message = match self.wait().await {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(subscription = %self.id, %error, "an event stream breaks off");
                None
            }
        };
        self.ended = matches!(message, None | Some(Message::ReconnectRequired));
        self.told_at = Instant::now();
        message
    }

    /// A stream tells nothing more to somebody who was blocked or signed out meanwhile, nor to an
    /// app that was shut out.
    async fn is_still_in(&self) -> StoreResult<bool> {
        let stamp = accounts::stamp(&self.store, self.user, self.session_id).await?;
        let is_in = stamp.is_some_and(|stamp| {
            stamp.status == UserStatus::Active && stamp.session_ended.is_none()
        });
        let app = self.token.as_ref().and_then(|token| token.app.as_deref());
        let (Some(app), true) = (app, is_in) else {
            return Ok(is_in);
        };
        let session_id = self
            .session_id
            .map_or_else(String::new, |id| id.to_string());
        let grant = apps::living_grant(&self.store, self.user, app, &session_id).await?;
        let reads = |scopes: &Texts| ScopeSet::known(&scopes.0).allows(Scope::FilesRead);
        Ok(grant.is_some_and(|(granted, offered)| reads(&granted) && reads(&offered)))
    }

    /// Whether the token that the user came with has run out: with another one they may go on.
    fn has_run_out(&self) -> bool {
        let token = self.token.as_ref();
        token.is_some_and(|token| token.expires <= self.clock.now())
    }

    /// When that will be.
    fn runs_out_at(&self) -> Option<Instant> {
        let left = self
            .token
            .as_ref()?
            .expires
            .0
            .saturating_sub(self.clock.now().0);
        let left = Duration::from_micros(u64::try_from(left).unwrap_or(0));
        Instant::now().checked_add(left)
    }

    async fn wait(&mut self) -> StoreResult<Option<Message>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let mut journal = self.store.bus().follow(Topic::Journal);
        loop {
            // Before looking, so that nothing slips in between.
            journal.heard();
            if self.has_run_out() {
                self.settle().await?;
                return Ok(Some(Message::ReconnectRequired));
            }
            if self.settle_at().is_some_and(|at| at <= Instant::now()) && !self.settle().await? {
                return Ok(Some(Message::ReconnectRequired));
            }
            let more = self.look().await?;
            if self.has_received().await? {
                return Ok(self.is_still_in().await?.then_some(Message::Received));
            }
            let ended = self.tasks.as_mut().map(std::mem::take).unwrap_or_default();
            if !ended.is_empty() {
                self.handed = Some((Instant::now(), self.position()));
                let message = Message::TasksEnded(ended);
                return Ok(self.is_still_in().await?.then_some(message));
            }
            if let Some(message) = self.due(more).await? {
                return Ok(message);
            }
            if more {
                continue;
            }
            tokio::select! {
                () = self.stopping.cancelled() => {
                    self.settle().await?;
                    return Ok(Some(Message::ReconnectRequired));
                }
                () = journal.news() => tokio::time::sleep(self.pause()).await,
                () = tokio::time::sleep_until(self.wake_at()) => {}
            }
        }
    }

    /// Reads the next page of the journal; answers whether there may be more.
    async fn look(&mut self) -> StoreResult<bool> {
        if self.folder_gone || self.pending.len() >= MOST_PENDING {
            return Ok(false);
        }
        let entries =
            subscriptions::entries_after(&self.store, self.owner, self.read, PAGE).await?;
        let more = entries.len() as u64 == PAGE;
        let before = self.pending.len();
        for entry in entries {
            if self.pending.len() >= MOST_PENDING {
                break;
            }
            self.read = entry.id;
            if let Some(tasks) = &mut self.tasks {
                tasks.extend(EndedDetail::of(&entry.op, entry.detail.as_deref()));
            }
            // Even the client's own moves change where the folder is.
            let own = entry.client_id.as_ref() == Some(&self.client);
            if !own {
                let made = self.watch.folders_of(&entry);
                self.pending.extend(made);
            }
            let seen = self.watch.see(&entry);
            match seen {
                Seen::Change(change) if !own => self.pending.push(change),
                Seen::FolderGone => {
                    self.folder_gone = true;
                    break;
                }
                Seen::Change(_) | Seen::Nothing => {}
            }
        }
        if self.pending.len() > before {
            self.since.get_or_insert_with(Instant::now);
        }
        Ok(more && !self.folder_gone)
    }

    /// What is to be said now, if anything; `Some(None)` ends the stream.
    async fn due(&mut self, more: bool) -> StoreResult<Option<Option<Message>>> {
        let now = Instant::now();
        let full = self.pending.len() >= MOST_PENDING;
        let urgent = full || self.folder_gone || (self.catching_up && !more);
        if !self.pending.is_empty() && (urgent || self.tell_at().is_some_and(|at| at <= now)) {
            if !self.is_still_in().await? {
                return Ok(Some(None));
            }
            self.since = None;
            let changes = merge(std::mem::take(&mut self.pending));
            if !changes.is_empty() {
                self.pace.notified(now, self.options.debounce);
                self.handed = Some((now, self.position()));
                return Ok(Some(Some(Message::Changes(changes))));
            }
        }
        if self.pending.is_empty() && self.folder_gone {
            subscriptions::remove(&self.store, self.id).await?;
            return Ok(Some(Some(Message::ReconnectRequired)));
        }
        self.catching_up &= more;
        if now >= self.told_at + self.options.keep_alive {
            if !self.is_still_in().await? {
                return Ok(Some(None));
            }
            self.handed = Some((now, self.position()));
            return Ok(Some(Some(Message::KeepAlive)));
        }
        Ok(None)
    }

    /// Where the client stands when it has everything that is not pending.
    fn position(&self) -> JournalPosition {
        match &self.handed {
            _ if self.pending.is_empty() => JournalPosition {
                at: self.read,
                folder_path: self.watch.path().to_owned(),
            },
            Some((_, handed)) => handed.clone(),
            None => self.saved.clone(),
        }
    }

    /// Notes that the client was there and has what it was told; `false`: forgotten meanwhile.
    async fn settle(&mut self) -> StoreResult<bool> {
        let Some((_, position)) = self.handed.take() else {
            return Ok(true);
        };
        let now = self.clock.now();
        let is_there = subscriptions::advance(&self.store, self.id, &position, now).await?;
        self.saved = position;
        Ok(is_there)
    }

    fn settle_at(&self) -> Option<Instant> {
        self.handed
            .as_ref()
            .map(|(at, _)| *at + self.options.settle)
    }

    /// When what is pending is told.
    fn tell_at(&self) -> Option<Instant> {
        Some(self.pace.tell_at(self.since?))
    }

    /// Whether what the user was given changed since it was looked at last.
    async fn has_received(&mut self) -> StoreResult<bool> {
        match &mut self.receiving {
            Some(receiving) => receiving.is_other(&self.store, self.user).await,
            None => Ok(false),
        }
    }

    fn wake_at(&self) -> Instant {
        let wakes = [
            Some(Instant::now() + self.options.poll),
            Some(self.told_at + self.options.keep_alive),
            self.tell_at(),
            self.settle_at(),
            self.runs_out_at(),
        ];
        wakes
            .into_iter()
            .flatten()
            .min()
            .unwrap_or_else(Instant::now)
    }

    fn pause(&self) -> Duration {
        (self.options.debounce / 10).clamp(Duration::from_millis(5), LONGEST_PAUSE)
    }
}
