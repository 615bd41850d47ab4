//! Which kinds of task this server knows.

use super::told::{AtEnd, EndedTask};
use super::{BoxError, NewTask, Queue, Run, Step, TaskError, TaskKind};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use wire::NodeCapability;

/// The kinds this server works on. Tasks of other kinds are left to replicas that know them.
#[derive(Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, Arc<dyn AnyKind>>,
    pub(super) at_end: AtEnd,
}

impl Registry {
    /// With one more kind.
    pub fn with<K: TaskKind>(mut self, kind: K) -> Self {
        self.kinds.insert(K::NAME, Arc::new(Typed(kind)));
        self
    }

    /// With what is queued when a task of somebody ends, in the transaction that ends it.
    pub fn with_at_end(
        mut self,
        queue: impl Fn(&EndedTask) -> Option<NewTask> + Send + Sync + 'static,
    ) -> Self {
        self.at_end = AtEnd::new(queue);
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<dyn AnyKind>> {
        self.kinds.get(name).cloned()
    }

    /// Names of the kinds in this queue.
    pub fn names(&self, queue: Queue) -> Vec<&'static str> {
        let of_queue = self.kinds.iter().filter(|(_, kind)| kind.queue() == queue);
        of_queue.map(|(name, _)| *name).collect()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds.keys()).finish()
    }
}

/// A [`TaskKind`] with its state as text.
#[async_trait]
pub(super) trait AnyKind: Send + Sync {
    fn queue(&self) -> Queue;
    fn upkeep(&self) -> bool;
    fn cleans_up(&self) -> bool;
    fn needs(&self) -> Option<NodeCapability>;
    /// The summary of a state, as text; none for a state that cannot be read.
    fn summary(&self, state: &str) -> Option<String>;
    /// Whether it can be begun anew though it was completed.
    fn leaves_some(&self, state: &str) -> bool;
    async fn step(&self, run: &Run, state: &str) -> Result<Step<String>, TaskError>;
    async fn on_cancel(&self, run: &Run, state: &str) -> Result<(), BoxError>;
    async fn cleanup(&self, run: &Run, state: &str) -> Result<String, BoxError>;
}

struct Typed<K>(K);

#[async_trait]
impl<K: TaskKind> AnyKind for Typed<K> {
    fn queue(&self) -> Queue {
        K::QUEUE
    }

    fn upkeep(&self) -> bool {
        K::UPKEEP
    }

    fn cleans_up(&self) -> bool {
        K::CLEANS_UP
    }

    fn needs(&self) -> Option<NodeCapability> {
        K::NEEDS
    }

    fn summary(&self, state: &str) -> Option<String> {
        let state: K::State = serde_json::from_str(state).ok()?;
        K::summary(&state).map(|summary| summary.to_text())
    }

    fn leaves_some(&self, state: &str) -> bool {
        serde_json::from_str(state).is_ok_and(|state| K::leaves_some(&state))
    }

    async fn step(&self, run: &Run, state: &str) -> Result<Step<String>, TaskError> {
        // No later attempt reads it better.
        let state = serde_json::from_str(state).map_err(|error| TaskError::Fail(error.into()))?;
        let text = |state: &K::State| {
            serde_json::to_string(state).map_err(|error| TaskError::Fail(error.into()))
        };
        Ok(match self.0.step(run, state).await? {
            Step::Done => Step::Done,
            Step::Again(state) => Step::Again(text(&state)?),
            Step::Sleep { until, state } => Step::Sleep {
                until,
                state: text(&state)?,
            },
        })
    }

    async fn on_cancel(&self, run: &Run, state: &str) -> Result<(), BoxError> {
        self.0.on_cancel(run, serde_json::from_str(state)?).await
    }

    async fn cleanup(&self, run: &Run, state: &str) -> Result<String, BoxError> {
        let state = self.0.cleanup(run, serde_json::from_str(state)?).await?;
        Ok(serde_json::to_string(&state)?)
    }
}
