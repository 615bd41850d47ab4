//! Fetching: one answer after the other, or parts of one content side by side.

use super::answer::{Answer, FetchError, Target, said};
use super::batch::Batch;
use super::disk;
use super::plan::{Plan, Segment};
use super::running::Running;
use crate::name;
use futures_util::StreamExt as _;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use url::Url;

/// Connections at the same time.
const CONNECTIONS: usize = 4;
/// Shortest part that is worth a connection.
const LEAST_PART: u64 = 8 << 20;
/// Tries in a row that bring nothing.
const TRIES: u32 = 5;
/// How often content may change while it is fetched.
const CHANGES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Bytes between two looks at the room on the disk.
const LOOK: u64 = 32 << 20;

/// Fetches all of it.
pub(super) async fn fetch(job: &Arc<Running>) -> Result<(), String> {
    let (mut tries, mut changes) = (0, 0);
    loop {
        let before = job.plan().done();
        let error = match pass(job).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match error {
            FetchError::Final(why) => return Err(why),
            FetchError::Changed => {
                changes += 1;
                if changes > CHANGES {
                    return Err("what is at this link changes all the time".to_owned());
                }
                job.plan().begin_anew();
            }
            FetchError::Later(why, asked) => {
                tries = if keep(job, before) { 1 } else { tries + 1 };
                if tries >= TRIES {
                    return Err(why);
                }
                tracing::info!(job = %job.id, why, "a download is tried again");
                let wait = FIRST_WAIT.saturating_mul(1 << tries).min(LONGEST_WAIT);
                tokio::time::sleep(asked.unwrap_or(wait)).await;
            }
        }
    }
}

/// Keeps what came, if that can be gone on with; answers whether there is more than before.
fn keep(job: &Running, before: u64) -> bool {
    let mut plan = job.plan();
    let goes_on = plan.gap().is_some();
    if !goes_on {
        plan.begin_anew();
    }
    goes_on && plan.done() > before
}

/// As far as it goes without trouble.
async fn pass(job: &Arc<Running>) -> Result<(), FetchError> {
    let (url, gap, known, validator) = {
        let mut plan = job.plan();
        for segment in &mut plan.segments {
            segment.taken = false;
        }
        let known = plan.gap().is_some().then_some(plan.total).flatten();
        (plan.url.clone(), plan.gap(), known, plan.validator.clone())
    };
    let url = Url::parse(&url).map_err(|error| FetchError::Final(error.to_string()))?;
    let target = Target::of(url);
    if let (Some((from, to)), Some(total)) = (gap, known) {
        let validator = validator.as_deref();
        let asked = job.fetcher.ask(&target, Some((from, Some(to))), validator);
        let answer = asked.await?;
        require_same(&answer, from, total, validator)?;
        let file = open(job).await?;
        return side_by_side(job, answer, file).await;
    }
    let answer = match job.fetcher.ask(&target, Some((0, None)), None).await {
        // Nothing has no first byte.
        Err(FetchError::Changed) => job.fetcher.ask(&target, None, None).await,
        asked => asked,
    }?;
    if answer.from.is_some_and(|from| from > 0) {
        let why = "the server sends another part than it was asked for";
        return Err(FetchError::Final(why.to_owned()));
    }
    let can_go_on = begin(job, &target.url, &answer)?;
    let file = open(job).await?;
    truncate(&file).await?;
    if can_go_on {
        side_by_side(job, answer, file).await
    } else {
        one_stream(job, answer, file).await
    }
}

/// Whether an answer belongs to the content that there is a part of already.
fn require_same(
    answer: &Answer,
    from: u64,
    total: u64,
    validator: Option<&str>,
) -> Result<(), FetchError> {
    let is_same = answer.from == Some(from)
        && answer.total == Some(total)
        && answer
            .validator
            .as_deref()
            .is_none_or(|now| Some(now) == validator);
    if is_same {
        Ok(())
    } else {
        Err(FetchError::Changed)
    }
}

/// Writes down what comes. Answers whether parts of it can be asked for.
fn begin(job: &Running, url: &Url, answer: &Answer) -> Result<bool, FetchError> {
    let name = name::of_answer(answer.disposition(), &[&answer.target.url, url]);
    let mut plan = job.plan();
    let total = answer.total;
    if total.is_some_and(|total| total > plan.most_bytes) {
        return Err(too_long(&plan));
    }
    disk::require_space(&job.folder, total.unwrap_or(0))?;
    if plan.name.is_empty() {
        plan.name = name;
    }
    plan.total = total;
    plan.received = 0;
    plan.segments.clear();
    plan.validator = None;
    match (answer.from, total, &answer.validator) {
        (Some(_), Some(total), Some(validator)) => {
            plan.validator = Some(validator.clone());
            plan.segments.push(Segment {
                start: 0,
                at: 0,
                end: total,
                taken: false,
            });
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn too_long(plan: &Plan) -> FetchError {
    let most = plan.most_bytes;
    FetchError::Final(format!(
        "it is larger than the {most} bytes that there is room for"
    ))
}

async fn open(job: &Running) -> Result<Arc<File>, FetchError> {
    let (folder, name) = (job.folder.clone(), job.plan().name.clone());
    let file = disk::blocking(move || disk::open(&folder, &name)).await?;
    job.keep_file(&file);
    Ok(file)
}

async fn truncate(file: &Arc<File>) -> Result<(), FetchError> {
    let file = Arc::clone(file);
    Ok(disk::blocking(move || file.set_len(0)).await?)
}

/// Parts at the same time; the first of them comes already.
async fn side_by_side(
    job: &Arc<Running>,
    first: Answer,
    file: Arc<File>,
) -> Result<(), FetchError> {
    let target = first.target.clone();
    let mut workers = JoinSet::new();
    let mut first = Some(first);
    for _ in 0..CONNECTIONS {
        let Some(segment) = job.plan().take(LEAST_PART) else {
            break;
        };
        let worker = Worker {
            job: Arc::clone(job),
            file: Arc::clone(&file),
            target: target.clone(),
        };
        workers.spawn(worker.work(segment, first.take()));
    }
    let mut trouble = None;
    while let Some(ended) = workers.join_next().await {
        match ended.unwrap_or_else(|_| Err(FetchError::later("a worker crashed"))) {
            Ok(()) => {}
            // Dropping the set ends the others.
            Err(FetchError::Changed) => return Err(FetchError::Changed),
            Err(FetchError::Final(why)) if disk::require_space(&job.folder, 0).is_err() => {
                return Err(FetchError::Final(why));
            }
            // It may be one connection too many: the others go on.
            Err(error) => trouble = Some(error),
        }
    }
    if job.plan().is_whole() {
        return Ok(());
    }
    Err(match trouble {
        Some(FetchError::Final(why)) => FetchError::later(why),
        Some(error) => error,
        None => FetchError::later("the content ended early"),
    })
}

/// One connection, which fetches one part after the other.
struct Worker {
    job: Arc<Running>,
    file: Arc<File>,
    target: Target,
}

impl Worker {
    async fn work(self, mut segment: usize, mut given: Option<Answer>) -> Result<(), FetchError> {
        loop {
            let part = self.part(segment, given.take()).await;
            self.job.plan().segments[segment].taken = false;
            part?;
            let next = self.job.plan().take(LEAST_PART);
            match next {
                Some(next) => segment = next,
                None => return Ok(()),
            }
        }
    }

    async fn part(&self, number: usize, given: Option<Answer>) -> Result<(), FetchError> {
        let (segment, total, validator) = {
            let plan = self.job.plan();
            (
                plan.segments[number],
                plan.total.unwrap_or(0),
                plan.validator.clone(),
            )
        };
        let answer = if let Some(answer) = given {
            answer
        } else {
            let range = (segment.at, Some(segment.end));
            let asked = self
                .job
                .fetcher
                .ask(&self.target, Some(range), validator.as_deref());
            let answer = asked.await?;
            require_same(&answer, segment.at, total, validator.as_deref())?;
            answer
        };
        let mut stream = answer.response.bytes_stream();
        let mut batch = Batch::at(&self.file, segment.at);
        let mut looked = segment.at;
        loop {
            // Somebody else may have taken the end over.
            let end = self.job.plan().segments[number].end;
            let left = end.saturating_sub(batch.position());
            if left == 0 {
                break;
            }
            let piece = match stream.next().await {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => {
                    self.store(number, &mut batch).await?;
                    return Err(FetchError::later(said(error)));
                }
                None => {
                    self.store(number, &mut batch).await?;
                    return Err(FetchError::later("the server broke off"));
                }
            };
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            batch.push(piece.slice(..most));
            if batch.is_due() {
                let at = batch.write().await?;
                self.job.plan().segments[number].at = at;
                if at - looked >= LOOK {
                    looked = at;
                    disk::require_space(&self.job.folder, 0)?;
                }
            }
        }
        self.store(number, &mut batch).await
    }

    /// All that came.
    async fn store(&self, number: usize, batch: &mut Batch) -> Result<(), FetchError> {
        let at = batch.end().await?;
        self.job.plan().segments[number].at = at;
        Ok(())
    }
}

/// Content that cannot be asked for in parts, and that begins anew whenever it breaks off.
async fn one_stream(job: &Running, answer: Answer, file: Arc<File>) -> Result<(), FetchError> {
    let (most, total) = (job.plan().most_bytes, answer.total);
    let mut stream = answer.response.bytes_stream();
    let mut batch = Batch::at(&file, 0);
    let mut looked = 0;
    while let Some(piece) = stream.next().await {
        batch.push(piece.map_err(|error| FetchError::later(said(error)))?);
        if batch.position() > most {
            return Err(too_long(&job.plan()));
        }
        if batch.is_due() {
            job.plan().received = batch.write().await?;
        }
        if batch.position() - looked >= LOOK {
            looked = batch.position();
            disk::require_space(&job.folder, 0)?;
        }
    }
    let came = batch.end().await?;
    if total.is_some_and(|total| total != came) {
        return Err(FetchError::later("the server broke off"));
    }
    let mut plan = job.plan();
    (plan.received, plan.total) = (came, Some(came));
    Ok(())
}
