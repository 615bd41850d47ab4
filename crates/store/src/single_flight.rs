//! One query for all who ask the same at the same time.

use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// Answers a question of many with few queries. An answer is given only to those who asked before
/// its query began, so nobody is told what was true before they asked.
#[derive(Debug, Default)]
pub struct SingleFlight<T> {
    asked: AtomicU64,
    /// The latest answer, and how many had asked when its query began.
    last: Mutex<Option<(u64, T)>>,
}

impl<T: Clone> SingleFlight<T> {
    /// The answer of `query`, or of one of the others that began after this call.
    /// # Errors
    /// Those of `query`; who waits then asks again.
    pub async fn ask<E>(&self, query: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some((begun, answer)) = &*last
            && *begun > mine
        {
            return Ok(answer.clone());
        }
        let begun = self.asked.load(Ordering::SeqCst);
        let answer = query.await?;
        *last = Some((begun, answer.clone()));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::future::join_all;
    use std::cell::Cell;

    #[tokio::test]
    async fn who_asks_while_a_query_runs_shares_the_next_one() {
        let flight = SingleFlight::default();
        let queries = Cell::new(0);
        let query = async || {
            queries.set(queries.get() + 1);
            tokio::task::yield_now().await;
            Ok::<_, ()>(queries.get())
        };
        let ten = join_all((0..10).map(|_| flight.ask(query()))).await;
        assert_eq!(ten[0], Ok(1));
        assert!(queries.get() <= 2, "{ten:?}");
        // What was answered before is old by now.
        let before = queries.get();
        assert_eq!(flight.ask(query()).await, Ok(before + 1));
        assert_eq!(flight.ask(query()).await, Ok(before + 2));
    }

    #[tokio::test]
    async fn a_failure_is_only_of_who_asked() {
        let flight = SingleFlight::<i32>::default();
        assert_eq!(flight.ask(async { Err("no") }).await, Err("no"));
        assert_eq!(flight.ask(async { Ok::<_, &str>(1) }).await, Ok(1));
    }
}
