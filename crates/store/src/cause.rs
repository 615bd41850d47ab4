//! Why something is done: the request, or the task, that is behind it.
//!
//! It goes along with the work itself, as the spans of the log do: what is written to the journal
//! or queued as a task on the way names it, and no service has to hand it on.

use std::net::IpAddr;
use uuid::Uuid;

/// What is behind the work that is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Under which the log speaks of the request; a task goes by that of the request which queued
    /// it.
    pub correlation: Uuid,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

tokio::task_local! {
    static CURRENT: Cause;
}

impl Cause {
    /// What is behind the work that asks, if anybody said so.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|cause| *cause).ok()
    }

    /// Does `work` because of this.
    pub async fn of<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

/// Work that goes on in a task of its own, because of what is behind the one that begins it.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let cause = Cause::current();
    async move {
        match cause {
            Some(cause) => cause.of(work).await,
            None => work.await,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn work_knows_what_is_behind_it_wherever_it_goes_on() {
        let cause = Cause {
            correlation: Uuid::new_v4(),
            address: None,
        };
        assert_eq!(Cause::current(), None);
        let seen = async || Cause::current();
        let there = cause.of(async { tokio::spawn(carried(async { Cause::current() })).await });
        assert_eq!(there.await.unwrap(), Some(cause));
        assert_eq!(cause.of(seen()).await, Some(cause));
        assert_eq!(carried(seen()).await, None);
    }
}
