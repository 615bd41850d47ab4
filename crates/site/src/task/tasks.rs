//! The service through which people see their tasks, call them off and begin them anew.

use super::public_state::PublicState;
use super::seen::{Category, Summary, TaskInfo};
use super::{CAN_RETRY, OWN_TASKS, Progress};
use crate::Site;
use crate::access::{self, Denied};
use crate::actor::Actor;
use crate::limits::LISTED_TASKS;
use crate::secret::Scope;
use entity::{TaskId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::journal::{Entry, Op};
use store::tasks::{self as rows, Page, Seen};
use store::{StoreError, accounts, journal};
use wire::{IdKind, page_token};

/// Why nothing can be said of a task, or done with it.
#[derive(Debug, thiserror::Error)]
pub enum TasksError {
    #[error("Login required")]
    LoginRequired,
    /// It does not exist, or is somebody else's.
    #[error("Task not found")]
    NotFound,
    #[error("Task has ended")]
    Ended,
    #[error("Only tasks that failed or were called off can be begun anew")]
    NotFailed,
    #[error("Failed to query tasks")]
    BadPageToken,
    /// The account has as many under way as it may.
    #[error("There are too many tasks in your list: wait until some of them have ended")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denied> for TasksError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::LoginRequired => Self::LoginRequired,
            Denied::Unsupported | Denied::OwnerOnly | Denied::NotAllowed | Denied::Hidden => {
                Self::NotFound
            }
        }
    }
}

/// Which of somebody's tasks (V4 API, task list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskList {
    /// Work on files.
    General,
    /// Downloads that have not ended, all of them at once.
    Downloading,
    /// Downloads that have ended.
    Downloaded,
}

/// Which page of a list is asked for.
#[derive(Clone, Debug)]
pub struct TaskListRequest {
    pub list: TaskList,
    /// 10–100.
    pub page_size: u32,
    pub token: Option<String>,
    /// Only what has not ended, or only what has: of work on files.
    pub active: Option<bool>,
}

/// One page of a list, newest first.
#[derive(Clone, Debug)]
pub struct TaskPage {
    pub tasks: Vec<TaskInfo>,
    /// As it counted.
    pub page_size: u32,
    pub next_token: Option<String>,
}

/// Where a page begins: the public id of the last task before it.
#[derive(Serialize, Deserialize)]
struct PageStart {
    id: String,
}

/// Tasks that people can see.
#[derive(Clone, Debug)]
pub struct Tasks {
    site: Arc<Site>,
}

impl Tasks {
    pub fn new(site: Arc<Site>) -> Self {
        Self { site }
    }

    /// One's own tasks.
    /// # Errors
    /// `LoginRequired`, `BadPageToken`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &TaskListRequest,
    ) -> Result<TaskPage, TasksError> {
        let owner = access::signed_in(actor)?.user.id;
        let ids = &self.site.settings().ids;
        let before = match request.token.as_deref().filter(|token| !token.is_empty()) {
            None => None,
            Some(token) => {
                let start: PageStart =
                    page_token::decode(token).map_err(|_| TasksError::BadPageToken)?;
                let id = ids.decode(IdKind::Task, &start.id);
                Some(TaskId(id.ok_or(TasksError::BadPageToken)?))
            }
        };
        let (category, ended, page_size) = match request.list {
            TaskList::General => {
                let ended = request.active.map(|active| !active);
                (Category::General, ended, request.page_size)
            }
            TaskList::Downloading => (Category::Download, Some(false), LISTED_TASKS),
            TaskList::Downloaded => (Category::Download, Some(true), request.page_size),
        };
        let wanted = u64::from(page_size) + 1;
        let page = Page {
            owner,
            category: category.as_str(),
            ended,
            before,
            limit: wanted,
        };
        let (mut found, nodes) = rows::page(&self.site.store, page).await?;
        let more = found.len() as u64 == wanted;
        found.truncate(page_size as usize);
        let next_token = found.last().filter(|_| more).map(|last| {
            page_token::encode(&PageStart {
                id: ids.encode(IdKind::Task, last.id.0),
            })
        });
        let now = self.site.now();
        let tasks = found.into_iter().map(|row| TaskInfo::of(row, &nodes, now));
        Ok(TaskPage {
            tasks: tasks.collect(),
            page_size,
            next_token,
        })
    }

    /// One task, of one's own, or any for administrators.
    /// # Errors
    /// `LoginRequired`, `NotFound`
    pub async fn get(&self, actor: &Actor, id: TaskId) -> Result<TaskInfo, TasksError> {
        let row = self.find_row(actor, id, Scope::AdminRead).await?;
        let nodes = rows::nodes_of(&self.site.store, std::slice::from_ref(&row)).await?;
        Ok(TaskInfo::of(row, &nodes, self.site.now()))
    }

    /// How far a task is: nothing for one that has ended, says nothing, does not exist, or is
    /// somebody else's.
    /// # Errors
    /// `LoginRequired`
    pub async fn progress(
        &self,
        actor: &Actor,
        id: TaskId,
    ) -> Result<BTreeMap<String, Progress>, TasksError> {
        match self.find(actor, id, Scope::AdminRead).await {
            Ok(task) if task.state.is_active() => Ok(task.progress),
            Ok(_) | Err(TasksError::NotFound) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    /// Calls a task off. It stops within a moment, wherever it runs.
    /// # Errors
    /// `LoginRequired`, `NotFound`, `Ended`
    pub async fn cancel(&self, actor: &Actor, id: TaskId) -> Result<(), TasksError> {
        let task = self.find(actor, id, Scope::AdminWrite).await?;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        if !rows::cancel(&mut tx, id, now).await? {
            return Err(TasksError::Ended);
        }
        let entry = entry(actor, Op::TaskCancel, &task)?;
        journal::append(&mut tx, now, vec![entry]);
        Ok(tx.commit().await?)
    }

    /// Begins a task anew that ended in an error or was called off, with all its retries and time
    /// before it.
    /// # Errors
    /// `LoginRequired`, `NotFound`, `NotFailed`, `TooMany`
    pub async fn retry(&self, actor: &Actor, id: TaskId) -> Result<(), TasksError> {
        let task = self.find(actor, id, Scope::AdminWrite).await?;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        if let Some(owner) = task.owner {
            accounts::locked(tx.db(), owner).await?;
        }
        let row = rows::seen(tx.db(), id).await?.ok_or(TasksError::NotFound)?;
        let mut public = PublicState::parse(&row.public_state);
        if let Some(error) = row.error {
            public.remember_error(error);
        }
        public.begin_again(now);
        // Completed ones may have left something.
        let can_retry = |summary: &Summary| summary.props.get(CAN_RETRY) == Some(&true.into());
        let leaves_some = task.summary.as_ref().is_some_and(can_retry);
        let again = (public.to_text(), leaves_some);
        if !rows::begin_again(&mut tx, id, now, again).await? {
            return Err(TasksError::NotFailed);
        }
        // It counts with those under way by now.
        if let Some(owner) = task.owner
            && !rows::make_room(&mut tx, owner, (0, 0), OWN_TASKS).await?
        {
            return Err(TasksError::TooMany);
        }
        let entry = entry(actor, Op::TaskRetry, &task)?;
        journal::append(&mut tx, now, vec![entry]);
        Ok(tx.commit().await?)
    }

    /// A task that `actor` may see, or as an administrator with this scope.
    async fn find(&self, actor: &Actor, id: TaskId, scope: Scope) -> Result<TaskInfo, TasksError> {
        let row = self.find_row(actor, id, scope).await?;
        Ok(TaskInfo::of(row, &[], self.site.now()))
    }

    async fn find_row(&self, actor: &Actor, id: TaskId, scope: Scope) -> Result<Seen, TasksError> {
        access::signed_in(actor)?;
        let row = rows::seen(self.site.store.read(), id).await?;
        let row = row.ok_or(TasksError::NotFound)?;
        access::owned(actor, row.owner_id, scope)?;
        Ok(row)
    }
}

/// What the journal tells of it: to the owner, or of the system's own to who did it.
fn entry(actor: &Actor, op: Op, task: &TaskInfo) -> Result<Entry, TasksError> {
    let by: UserId = actor.user_id().ok_or(TasksError::LoginRequired)?;
    Ok(Entry::of_task(by, op, task.owner.unwrap_or(by), task.id))
}
