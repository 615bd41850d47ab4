//! One transaction for all who want to write the same kind of thing at the same time.

use super::StoreError;
use sea_orm::DbErr;
use std::marker::PhantomData;
use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot::{self, error::TryRecvError};

type Waiting<T, R> = Vec<(T, oneshot::Sender<R>)>;

/// Takes what comes while a transaction runs into the next one. Databases with one writer have
/// room for far more rows than transactions.
#[derive(Debug)]
pub struct BatchWriter<T, R, E = StoreError> {
    waiting: Arc<Mutex<Waiting<T, R>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    fails: PhantomData<fn() -> E>,
}

impl<T, R, E> Default for BatchWriter<T, R, E> {
    fn default() -> Self {
        Self {
            waiting: Arc::default(),
            turn: Arc::default(),
            fails: PhantomData,
        }
    }
}

impl<T, R, E> BatchWriter<T, R, E>
where
    T: Clone + Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// Writes an item, with those of others. `write` answers one result for each item it is given,
    /// in their order, and writes all of them or none. It goes on if whoever called this goes away.
    /// # Errors
    /// Those of `write` for this item alone
    pub async fn write<F>(
        &self,
        item: T,
        write: impl Fn(Vec<T>) -> F + Send + 'static,
    ) -> Result<R, E>
    where
        F: Future<Output = Result<Vec<R>, E>> + Send,
    {
        let mut told = self.wait(item.clone());
        let turn = Arc::clone(&self.turn).lock_owned().await;
        match told.try_recv() {
            Ok(result) => return Ok(result),
            Err(TryRecvError::Empty) => {}
            // It was among others' that could not be written together.
            Err(TryRecvError::Closed) => told = self.wait(item.clone()),
        }
        let mut all = take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        all.retain(|(_, tell)| !tell.is_closed());
        let written = tokio::spawn(async move {
            let _turn = turn;
            let (items, tells): (Vec<T>, Vec<_>) = all.into_iter().unzip();
            let is_alone = items.len() == 1;
            match write(items).await {
                Ok(results) => {
                    for (tell, result) in tells.into_iter().zip(results) {
                        // Who is gone by now needs no answer.
                        let _ = tell.send(result);
                    }
                    Ok(None)
                }
                Err(error) if is_alone => Err(error),
                // Whose fault it was shows when each is written alone.
                Err(_) => Ok(write(vec![item]).await?.pop()),
            }
        });
        let own = written.await.map_err(|error| broken(&error))??;
        match own {
            Some(result) => Ok(result),
            None => Ok(told.try_recv().map_err(|error| broken(&error))?),
        }
    }

    fn wait(&self, item: T) -> oneshot::Receiver<R> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((item, tell));
        told
    }
}

fn broken(error: &dyn std::error::Error) -> StoreError {
    StoreError(DbErr::Custom(format!(
        "writing together broke off: {error}"
    )))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::StoreResult;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};

    async fn doubled(items: Vec<i32>) -> StoreResult<Vec<i32>> {
        tokio::task::yield_now().await;
        if items.contains(&13) {
            return Err(StoreError(DbErr::Custom("thirteen".into())));
        }
        Ok(items.into_iter().map(|item| item * 2).collect())
    }

    #[tokio::test]
    async fn many_are_written_by_few_and_each_hears_of_its_own() {
        let (writer, runs) = (BatchWriter::default(), Arc::new(AtomicUsize::new(0)));
        let all = (0..50).map(|n| {
            let runs = Arc::clone(&runs);
            writer.write(n, move |items| {
                runs.fetch_add(1, Ordering::SeqCst);
                doubled(items)
            })
        });
        let results = join_all(all).await;
        for (n, result) in (0..).zip(results) {
            // Thirteen fails, whoever it was written with, and nobody else does.
            assert_eq!(result.ok(), (n != 13).then_some(n * 2));
        }
        runs.store(0, Ordering::SeqCst);
        let all = (20..70).map(|n| {
            let runs = Arc::clone(&runs);
            writer.write(n, move |items| {
                runs.fetch_add(1, Ordering::SeqCst);
                doubled(items)
            })
        });
        assert!(join_all(all).await.iter().all(Result::is_ok));
        assert!(runs.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test]
    async fn what_was_begun_ends_though_nobody_waits() {
        let writer: Arc<BatchWriter<i32, i32>> = Arc::default();
        let (begun, go_on) = (
            Arc::new(tokio::sync::Notify::new()),
            Arc::new(tokio::sync::Notify::new()),
        );
        let first = tokio::spawn({
            let (writer, begun, go_on) = (writer.clone(), begun.clone(), go_on.clone());
            async move {
                let write = move |items| {
                    let (begun, go_on) = (begun.clone(), go_on.clone());
                    async move {
                        begun.notify_one();
                        go_on.notified().await;
                        doubled(items).await
                    }
                };
                writer.write(1, write).await
            }
        });
        begun.notified().await;
        let second = writer.write(2, doubled);
        first.abort();
        let _ = first.await;
        go_on.notify_one();
        assert_eq!(second.await.unwrap(), 4);
    }
}
