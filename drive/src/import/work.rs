//! The task: a walk through a folder of the storage, some seconds a step. Where it is, is kept as
//! the way there, so it goes on after a restart, and takes the same memory however much there is.

use super::batch::{Batch, is_unreadable};
use super::place::Neighbours;
use super::state::{Importing, MOST_PROBLEMS, Reason, Stand};
use super::walk::{PAGE, Page};
use crate::context::Core;
use crate::error::FileError;
use crate::policy::PolicyError;
use async_trait::async_trait;
use site::task::{Category, Patience, Queue, Run, Step, Summary, TaskError, TaskKind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::{DriverError, PassedOverWhy};
use wire::FileName;

/// How long a step goes on with batches.
const STEP: Duration = Duration::from_secs(2);
/// The parts of the work that clients show.
const SEEN: &str = "indexed";
const TAKEN: &str = "imported";

/// Queued by [`Imports::begin`](super::Imports::begin).
#[derive(Debug)]
pub struct ImportFiles {
    core: Arc<Core>,
}

impl ImportFiles {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Goes on until it is time for others, or over.
    async fn some(&self, run: &Run, state: &mut Importing) -> Result<(), TaskError> {
        let until = Instant::now() + STEP;
        let policy = match self.core.policies.get(state.policy).await {
            Err(error @ PolicyError::Missing(_)) => return Err(TaskError::Fail(error.into())),
            found => found?,
        };
        let neighbours = Neighbours::of(&self.core, &policy).await?;
        let batch = Batch {
            core: &self.core,
            actor: run.actor()?,
            policy: &policy,
            neighbours: &neighbours,
            task: run.id,
        };
        if state.stands.is_none() {
            begin(&batch, state).await?;
        }
        let depth = state.stands.as_ref().map_or(0, Vec::len);
        let mut pages: Vec<Option<Page>> = (0..depth).map(|_| None).collect();
        while !pages.is_empty() && Instant::now() < until && !run.stopping.is_cancelled() {
            advance(&batch, state, &mut pages).await?;
            let (seen, taken) = state.report.progress();
            run.report(SEEN, seen);
            run.report(TAKEN, taken);
        }
        Ok(())
    }
}

/// Enters the folder where it begins.
pub(super) async fn begin(batch: &Batch<'_>, state: &mut Importing) -> Result<(), TaskError> {
    state.stands = Some(vec![Stand::default()]);
    match batch.enter(state).await {
        Ok(Ok(made)) => {
            state.report.folders += made;
            Ok(())
        }
        Ok(Err(reason)) => {
            let why = reason.says();
            let why = format!("the folder in the drive cannot be used: {why}");
            Err(TaskError::Fail(why.into()))
        }
        Err(error) => {
            state.stands = None;
            Err(error.into())
        }
    }
}

/// Lists a page, takes a batch over, enters a folder or leaves one.
pub(super) async fn advance(
    batch: &Batch<'_>,
    state: &mut Importing,
    pages: &mut Vec<Option<Page>>,
) -> Result<(), FileError> {
    let (Some(page), Some(stand)) = (pages.last_mut(), top(state)) else {
        pages.clear();
        return Ok(());
    };
    let Some(page) = page else {
        let stand = stand.clone();
        match list(batch, state, &stand).await {
            Ok(listed) => {
                state.failures.forget(&state.key_of(""));
                pages[depth(state) - 1] = Some(listed);
            }
            Err(error) => {
                unlisted(batch, state, error).await?;
                leave(state, pages);
            }
        }
        return Ok(());
    };
    let files = page.next_files();
    if let Some(last) = files.last().map(|(name, _)| name.clone()) {
        let mut failures = std::mem::take(&mut state.failures);
        let came = batch.take(state, &mut failures, files).await;
        state.failures = failures;
        state.report.add(came?);
        // What cannot be looked at next has its own tries.
        state.failures.clear();
        state.patience = Patience::default();
        if let Some(stand) = top(state) {
            stand.files_to = last;
        }
    } else if let Some(folder) = page.next_folder() {
        enter(batch, state, pages, folder).await?;
    } else if page.is_last {
        passed_over(batch, state).await?;
        leave(state, pages);
    } else {
        stand.after.clone_from(&page.last);
        pages[depth(state) - 1] = None;
    }
    Ok(())
}

fn top(state: &mut Importing) -> Option<&mut Stand> {
    state.stands.as_mut()?.last_mut()
}

fn depth(state: &Importing) -> usize {
    state.stands.as_ref().map_or(0, Vec::len)
}

async fn list(batch: &Batch<'_>, state: &Importing, stand: &Stand) -> Result<Page, DriverError> {
    let after = Some(stand.after.as_str()).filter(|after| !after.is_empty());
    let folder = state.key_of("");
    let entries = batch.policy.driver.list_folder(&folder, after, PAGE);
    let page = Page::of(entries.await?, stand, state.recursive);
    batch.core.steps.reached("import: listed").await;
    Ok(page)
}

/// Passes over the folder where the walk is, which cannot be listed, once that was tried often; where it
/// began is as good as the storage.
async fn unlisted(
    batch: &Batch<'_>,
    state: &mut Importing,
    error: DriverError,
) -> Result<(), DriverError> {
    if !is_unreadable(&error) {
        let folder = state.key_of("");
        let is_passed_over = depth(state) > 1
            && batch.is_of_the_place(&error).await
            && batch.passes_over(&mut state.failures, &folder, &error);
        if !is_passed_over {
            return Err(error);
        }
    }
    tell_unreadable(state);
    Ok(())
}

fn tell_unreadable(state: &mut Importing) {
    let path = state.path_of("");
    let path = path.trim_end_matches('/').to_owned();
    state.report.problem(path, Reason::Unreadable);
}

/// Tells of what is in the folder where the walk is and could not even be listed. If that cannot be known
/// it is told so: the files that could be are in.
async fn passed_over(batch: &Batch<'_>, state: &mut Importing) -> Result<(), DriverError> {
    let driver = &batch.policy.driver;
    let folder = state.key_of("");
    let found = match driver.list_passed_over(&folder, MOST_PROBLEMS).await {
        Ok(found) => found,
        Err(error) if is_unreadable(&error) => return Ok(()),
        Err(error) => {
            // No key ends so: the folder itself can be listed.
            let place = format!("{folder}/");
            let is_passed_over = batch.is_of_the_place(&error).await
                && batch.passes_over(&mut state.failures, &place, &error);
            if !is_passed_over {
                return Err(error);
            }
            tell_unreadable(state);
            return Ok(());
        }
    };
    let told = found.first.len() as u64;
    for (name, why) in found.first {
        let reason = match why {
            PassedOverWhy::Name => Reason::Name,
            PassedOverWhy::NoFile => Reason::NoFile,
            PassedOverWhy::Hidden => Reason::Hidden,
        };
        state.report.problem(state.path_of(&name), reason);
    }
    state.report.uncounted(found.count.saturating_sub(told));
    Ok(())
}

async fn enter(
    batch: &Batch<'_>,
    state: &mut Importing,
    pages: &mut Vec<Option<Page>>,
    folder: String,
) -> Result<(), FileError> {
    let refused = |state: &mut Importing, reason| {
        let path = state.path_of(&folder);
        state.report.problem(path, reason);
        if let Some(stand) = top(state) {
            stand.after.clone_from(&folder);
        }
    };
    // What no folder can be called, `..` among it, is no path in a drive either.
    if FileName::new(&*folder).is_err() {
        refused(state, Reason::Name);
        return Ok(());
    }
    if batch.neighbours.have(&state.key_of(&folder)) {
        refused(state, Reason::OtherStorage);
        return Ok(());
    }
    let stand = Stand {
        name: folder.clone(),
        ..Stand::default()
    };
    state.stands.get_or_insert_default().push(stand);
    let entered = batch.enter(state).await;
    if let Ok(Ok(made)) = entered {
        state.report.folders += made.min(1);
        pages.push(None);
        return Ok(());
    }
    state.stands.get_or_insert_default().pop();
    if let Err(reason) = entered? {
        refused(state, reason);
    }
    Ok(())
}

/// All of a folder is done: on with the one that it is in.
fn leave(state: &mut Importing, pages: &mut Vec<Option<Page>>) {
    state.failures.clear();
    pages.pop();
    let left = state.stands.get_or_insert_default().pop();
    if let (Some(left), Some(stand)) = (left, top(state)) {
        stand.after = left.name;
    }
}

#[async_trait]
impl TaskKind for ImportFiles {
    const NAME: &'static str = "import";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    type State = Importing;

    fn summary(state: &Importing) -> Option<Summary> {
        Some(Summary {
            phase: String::new(),
            props: state.props(),
        })
    }

    async fn step(&self, run: &Run, mut state: Importing) -> Result<Step<Importing>, TaskError> {
        if state.stands.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Step::Done);
        }
        match self.some(run, &mut state).await {
            Ok(()) => {
                state.patience = Patience::default();
                Ok(Step::Again(state))
            }
            // What was done is done: the storage may be away for longer than tasks are tried again.
            Err(TaskError::Retry(error)) => {
                let patience = state.patience;
                let again = |patience| Importing { patience, ..state };
                patience.later(self.core.now(), error, again)
            }
            Err(error) => Err(error),
        }
    }
}
