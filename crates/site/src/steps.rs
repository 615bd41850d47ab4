//! Named steps of changes at which a test holds a request, to let others in between, or has the
//! process die ([`storage::step`]). Elsewhere nobody watches, and a step is nothing.

use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;

type Watch = dyn Fn(&'static str) -> BoxFuture<'static, ()> + Send + Sync;

/// Who watches the steps of one server.
#[derive(Clone, Default)]
pub struct Steps {
    watch: Option<Arc<Watch>>,
}

impl Steps {
    /// Whoever reaches a step waits for what `watch` answers.
    pub fn watched_by(
        watch: impl Fn(&'static str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            watch: Some(Arc::new(watch)),
        }
    }

    /// Says that a step was reached.
    pub async fn reached(&self, step: &'static str) {
        storage::step::reached(step);
        if let Some(watch) = &self.watch {
            watch(step).await;
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.watch.is_some() {
            "Steps(watched)"
        } else {
            "Steps"
        })
    }
}
