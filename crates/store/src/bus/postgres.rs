//! News between replicas that share a PostgreSQL database, by `NOTIFY`.
//!
//! It is sent after the commit and not in the transaction, where it would make commits wait for
//! one another, and gathered for a moment, so that many changes cost one statement.

use super::{Bus, Topics};
use crate::{Store, StoreResult};
use sea_orm::{ConnectionTrait, Statement};
use sqlx::postgres::PgListener;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Names the channel.
const CHANNEL: &str = "alcove_news";
/// What comes within this time is sent together.
const GATHER: Duration = Duration::from_millis(10);
/// Pause before another try to listen.
const RETRY: Duration = Duration::from_secs(5);

/// Where the database is. Holds its password, so it never reaches a log.
#[derive(Clone)]
pub(crate) struct ServerUrl(Arc<str>);

impl ServerUrl {
    /// `None` for databases that carry no news.
    pub fn of(url: &str) -> Option<Self> {
        let is_postgres = url.starts_with("postgres:") || url.starts_with("postgresql:");
        is_postgres.then(|| Self(url.into()))
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerUrl(…)")
    }
}

/// Carries news to and from other replicas until it is stopped.
#[derive(Debug)]
pub struct Carrier {
    stopping: CancellationToken,
    work: JoinHandle<()>,
}

impl Carrier {
    /// Starts it; `None` where there are no other replicas, or the database cannot carry news.
    pub fn start(store: &Store) -> Option<Self> {
        let url = store.server_url.clone()?;
        let stopping = CancellationToken::new();
        let (stop, store) = (stopping.clone(), store.clone());
        let work = tokio::spawn(async move {
            let me = Uuid::new_v4().to_string();
            tokio::select! {
                () = stop.cancelled() => {}
                () = listen(&store.bus, &url, &me) => {}
                () = send(&store, &me) => {}
            }
        });
        Some(Self { stopping, work })
    }

    /// Stops it. What was not sent yet is found by those who look.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.work.await {
            tracing::error!(%error, "whoever carries news crashed");
        }
    }
}

async fn listen(bus: &Bus, url: &ServerUrl, me: &str) {
    loop {
        let Err(error) = listen_once(bus, url, me).await;
        tracing::warn!(%error, "news of other replicas comes late");
        tokio::time::sleep(RETRY).await;
    }
}

/// On a connection of its own, which is opened again when it is lost.
async fn listen_once(bus: &Bus, url: &ServerUrl, me: &str) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect(&url.0).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Whatever was told while nobody listened.
        bus.hear_all();
        while let Some(notice) = listener.try_recv().await? {
            if let Some(topics) = read(notice.payload(), me) {
                bus.hear(topics);
            }
        }
    }
}

/// The topics in a notice of somebody else.
fn read(payload: &str, me: &str) -> Option<Topics> {
    let (from, topics) = payload.split_once(' ')?;
    (from != me).then(|| topics.parse().ok().map(Topics))?
}

async fn send(store: &Store, me: &str) {
    loop {
        store.bus.filled.notified().await;
        tokio::time::sleep(GATHER).await;
        let topics = store.bus.outbox.swap(0, Ordering::AcqRel);
        if topics == 0 {
            continue;
        }
        if let Err(error) = notify(store, format!("{me} {topics}")).await {
            tracing::debug!(%error, "other replicas were not told");
        }
    }
}

async fn notify(store: &Store, payload: String) -> StoreResult<()> {
    let sql = "SELECT pg_notify($1, $2)";
    let values = [CHANNEL.into(), payload.into()];
    let statement = Statement::from_sql_and_values(store.backend(), sql, values);
    store.read().query_one_raw(statement).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_notices_and_strange_ones_are_no_news() {
        assert_eq!(read("a 5", "b"), Some(Topics(5)));
        for payload in ["b 5", "a", "a x", "", "a -1"] {
            assert_eq!(read(payload, "b"), None, "{payload}");
        }
    }

    #[test]
    fn passwords_reach_no_log() {
        let url = ServerUrl::of("postgres://alcove:secret@host/db").map(|url| format!("{url:?}"));
        assert_eq!(url.as_deref(), Some("ServerUrl(…)"));
        assert!(ServerUrl::of("sqlite:x").is_none());
    }
}
