//! What sync clients are told of changes below a folder (V4 API, file events).
//!
//! The journal is the only source, so nothing is lost between a change and its event, and a
//! client that was away gets what it missed. A subscription is a position in the journal; it
//! moves only past what was handed to the connection. Where continuing is impossible (entries
//! forgotten, folder gone) the client is told to begin anew, never left to believe it saw all.

pub mod change;
pub mod merge;
mod pace;
mod receiving;
mod stream;
pub mod watch;

pub use crate::error::events::EventError;
pub use change::{ChangeKind, FileChange};
pub use stream::{Message, Subscription};

use crate::context::Core;
use crate::error::FileError;
use crate::tree::ResolvedPath;
use entity::{FileId, UserId, event_subscription};
use site::access::{self, Right};
use site::actor::Actor;
use site::at_once::AtOnce;
use site::clock::Clock;
use site::limits::{EVENT_STREAMS, FOLLOWED};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use store::subscriptions::{self, JournalPosition, Key};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::FileUri;

/// How often positions are compared when no news comes: changes made on other replicas are noticed
/// then at the latest.
const POLL: Duration = Duration::from_secs(1);
/// V4 API, file events.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// What is in the buffers of a connection when it breaks is told again.
const SETTLE: Duration = Duration::from_secs(1);

/// Settings of the moment.
#[derive(Clone, Copy, Debug)]
pub struct EventOptions {
    pub enabled: bool,
    /// How long a client may stay away.
    pub max_age: Duration,
    /// The first change is told at once; those that follow are collected and merged for this long
    /// at most.
    pub debounce: Duration,
    pub keep_alive: Duration,
    /// A message counts as received when the connection lived on for this long.
    pub settle: Duration,
    pub poll: Duration,
}

impl From<&site::settings::FileEventSettings> for EventOptions {
    fn from(settings: &site::settings::FileEventSettings) -> Self {
        Self {
            enabled: settings.enabled,
            max_age: settings.max_age,
            debounce: settings.debounce,
            keep_alive: KEEP_ALIVE,
            settle: SETTLE,
            poll: POLL,
        }
    }
}

/// Hands out subscriptions.
pub struct Events {
    store: Store,
    clock: Arc<dyn Clock>,
    options: Box<dyn Fn() -> EventOptions + Send + Sync>,
    stopping: CancellationToken,
    /// Streams that accounts have open: each asks the database now and then.
    open: AtOnce<UserId>,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("options", &(self.options)())
            .finish_non_exhaustive()
    }
}

impl Events {
    /// `options` is asked for each subscription.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        options: impl Fn() -> EventOptions + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            clock,
            options: Box::new(options),
            stopping: CancellationToken::new(),
            open: AtOnce::default(),
        }
    }

    /// With the settings of a site.
    pub fn of(core: &Arc<Core>) -> Self {
        let (store, clock) = (core.store.clone(), Arc::clone(&core.clock));
        let core = Arc::clone(core);
        Self::new(store, clock, move || {
            EventOptions::from(&core.settings().events)
        })
    }

    /// Ends all streams, telling their clients to connect again: the server goes down.
    pub fn close(&self) {
        self.stopping.cancel();
    }

    /// Follows the folder at `uri` for the sync client behind `actor`.
    /// # Errors
    /// `LoginRequired`, [`EventError`], also without a client id and for what is no
    /// folder; whatever forbids listing it.
    pub async fn follow(
        &self,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Subscription, FileError> {
        let user = access::signed_in(actor)?.user.id;
        if !(self.options)().enabled {
            return Err(EventError::Disabled.into());
        }
        let client = actor.client_id;
        let client = client.ok_or(EventError::BadClientId)?;
        let resolved = ResolvedPath::resolve(core.store.read(), core, actor, uri).await?;
        resolved.navigator.require(actor, Right::List)?;
        if resolved.navigator.single.is_some() {
            return Err(EventError::SingleFile.into());
        }
        let folder = resolved.folder().map_err(|_| EventError::NotAFolder)?.id;
        let open = self.open.begin(user, EVENT_STREAMS);
        let open = open.ok_or(EventError::TooManyStreams)?;
        let subscription = self.subscribe(user, client, folder).await?;
        Ok(subscription.through(actor).counted_as(open))
    }

    /// Follows a folder that `user` was allowed to list. A client that followed it before goes on
    /// where it stood.
    /// # Errors
    /// [`EventError`]
    pub async fn subscribe(
        &self,
        user: UserId,
        client: Uuid,
        folder: FileId,
    ) -> Result<Subscription, EventError> {
        let options = (self.options)();
        if !options.enabled {
            return Err(EventError::Disabled);
        }
        let (owner, _) = subscriptions::folder(&self.store, folder)
            .await?
            .ok_or(EventError::NotAFolder)?;
        let client = client.to_string();
        let key = Key {
            user,
            client: &client,
            folder,
        };
        let known = subscriptions::find(&self.store, key).await?;
        let known = known.filter(|row| self.is_recent(row, &options));
        let first = if known.is_some() {
            Message::Resumed
        } else {
            Message::Subscribed
        };
        let (id, position) = match known {
            Some(row) => (
                row.id,
                JournalPosition {
                    at: row.position,
                    folder_path: row.folder_path,
                },
            ),
            None => self.begin(key, owner).await?,
        };
        Ok(Subscription::new(stream::StreamStart {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            options,
            stopping: self.stopping.clone(),
            id,
            user,
            folder,
            owner,
            client,
            position,
            first,
        }))
    }

    fn is_recent(&self, row: &event_subscription::Model, options: &EventOptions) -> bool {
        let max_age = i64::try_from(options.max_age.as_secs()).unwrap_or(i64::MAX);
        row.last_seen_at >= self.clock.now().plus_secs(max_age.saturating_neg())
    }

    /// Begins at the end of the journal: the client reads the whole folder after the first
    /// message, so all that counts is that nothing later is missed.
    async fn begin(
        &self,
        key: Key<'_>,
        owner: UserId,
    ) -> Result<(entity::SubscriptionId, JournalPosition), EventError> {
        // Position before path: a move in between is then replayed to a path that already knows
        // it, which changes nothing. The other way round the folder would be lost.
        let at = subscriptions::newest_entry(&self.store, owner).await?;
        let (_, folder_path) = subscriptions::folder(&self.store, key.folder)
            .await?
            .ok_or(EventError::NotAFolder)?;
        let position = JournalPosition { at, folder_path };
        let now = self.clock.now();
        let begun = subscriptions::begin(&self.store, key, &position, now, FOLLOWED).await;
        let id = match begun {
            // Another connection of the same client was faster.
            Err(error) if error.is_duplicate() => {
                let row = subscriptions::find(&self.store, key).await?;
                return match row {
                    Some(row) => Ok((row.id, position)),
                    None => Err(error.into()),
                };
            }
            other => other?,
        };
        Ok((id, position))
    }
}

#[cfg(test)]
mod tests;
