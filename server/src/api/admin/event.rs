//! `/admin/event`: the audit log.

use super::audit_export::{self as export, AuditText, ExportRequest};
use super::group::path_id;
use super::list::{IdsRequest, ListRequest, PagePlace, some};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::envelope::Raw;
use crate::api::time::wire;
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use ::wire::{IdKind, PublicIds};
use admin::events::{number_of, ops_of};
use admin::{EntryFilter, EventRow, WhichEntries};
use chrono::{DateTime, Utc};
use entity::{FileId, FileKind, JournalId, Timestamp, UserId, file, journal, user};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::{Value, json};
use site::limits::FORGOTTEN_KINDS;
use std::sync::Arc;

/// `/admin/event`
#[derive(Debug)]
pub struct AuditApi {
    pub(in crate::api) services: Arc<Services>,
}

/// Something that happened.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct AuditLog {
    id: i64,
    created_at: DateTime<Utc>,
    /// Kind of event (V4 API); from 1,000 on they are our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<i32>,
    /// Of the request or task that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    /// Where the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    content: AuditContent,
    edges: AuditEdges,
    /// Public id of who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_hash_id: Option<String>,
}

/// What happened.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct AuditContent {
    /// `file`, `share`, `sign_in`, `account`, `task` or `admin`.
    category: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<bool>,
    /// Nobody asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_system: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Where it was, from the root of its owner's drive.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_name: Option<String>,
    /// The operation by name, whose account or drive it was in, and what else is known.
    exts: Any<Value>,
}

/// Who did it to what and whom, as far as they are still there.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct AuditEdges {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<AuditUser>,
    /// Whose account or drive it was about. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<AuditUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<AuditFile>,
}

/// Who did it.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct AuditUser {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    email: String,
    nick: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
}

/// A file or folder.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct AuditFile {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// 1: folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<i32>,
    name: String,
    owner_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
}

impl From<&user::Model> for AuditUser {
    fn from(row: &user::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            email: row.email.clone(),
            nick: row.nick.clone(),
            status: row.status.shown().to_owned(),
            avatar: some(row.avatar.clone()),
        }
    }
}

impl From<file::Model> for AuditFile {
    fn from(row: file::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            r#type: (row.kind == FileKind::Folder).then_some(1),
            name: row.name,
            owner_id: row.owner_id.0,
            size: some(row.size_bytes),
        }
    }
}

fn name_of(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

impl From<&journal::Model> for AuditContent {
    fn from(entry: &journal::Model) -> Self {
        let detail = entry.detail.as_deref().unwrap_or_default();
        let mut detail: Value = serde_json::from_str(detail).unwrap_or_default();
        let mut take = |key: &str| {
            let taken = detail.as_object_mut().and_then(|fields| fields.remove(key));
            taken
                .and_then(|value| value.as_str().map(str::to_owned))
                .and_then(some)
        };
        let (user_agent, reason) = (take("user_agent"), take("why"));
        // It is told as the address of the whole entry.
        take("ip");
        let exts = json!({ "op": entry.op, "owner": entry.owner_id.0, "detail": detail });
        Self {
            category: entry.category.clone(),
            failed: entry.op.ends_with("_failed").then_some(true),
            is_system: entry.actor_id.is_none().then_some(true),
            user_agent,
            reason,
            original_name: entry.path_before.as_deref().map(name_of),
            new_name: entry.path_after.as_deref().map(name_of),
            from: entry.path_before.clone(),
            to: entry.path_after.clone(),
            exts: Any(exts),
        }
    }
}

impl AuditLog {
    fn of(row: EventRow, ids: &PublicIds) -> Self {
        let entry = row.entry;
        Self {
            id: entry.id.0,
            created_at: wire(entry.at),
            r#type: number_of(&entry.op),
            content: AuditContent::from(&entry),
            correlation_id: entry.correlation_id,
            ip: entry.address,
            user_hash_id: entry.actor_id.map(|id| ids.encode(IdKind::User, id.0)),
            edges: AuditEdges {
                user: row.actor.as_deref().map(AuditUser::from),
                owner: row.owner.as_deref().map(AuditUser::from),
                file: row.file.map(AuditFile::from),
            },
        }
    }
}

/// A page of events.
#[derive(Debug, Object, Serialize)]
struct AuditPage {
    logs: Vec<AuditLog>,
    pagination: PagePlace,
}

/// Which events are to be forgotten.
#[derive(Object)]
struct ForgottenEvents {
    ids: Option<Vec<i64>>,
    /// Without ids: those of this time or before.
    not_after: Option<DateTime<Utc>>,
    /// Of these kinds; none: of all.
    types: Option<Vec<i32>>,
}

impl ForgottenEvents {
    fn checked(self) -> Result<WhichEntries, ApiError> {
        if self.ids.is_none() && self.not_after.is_none() {
            return Err(ApiError::binding("IDs cannot be empty"));
        }
        let kinds = self.types.filter(|kinds| !kinds.is_empty());
        if kinds
            .as_ref()
            .is_some_and(|kinds| kinds.len() > FORGOTTEN_KINDS)
        {
            return Err(ApiError::binding("Types too long"));
        }
        if let Some(ids) = &self.ids {
            IdsRequest::of(ids)?;
        }
        Ok(WhichEntries {
            ids: self.ids.map(|ids| ids.into_iter().map(JournalId).collect()),
            until: self
                .not_after
                .map(|time| Timestamp(time.timestamp_micros())),
            kinds,
        })
    }
}

fn filter(request: &ListRequest) -> Result<EntryFilter, ApiError> {
    let kind = request.id_condition("event_type", "event type")?;
    let text = |name: &str| request.condition(name).map(str::to_owned);
    Ok(EntryFilter {
        ops: kind.map(|kind| i32::try_from(kind).map(ops_of).unwrap_or_default()),
        actor: request.id_condition("event_user", "user")?.map(UserId),
        owner: request.id_condition("event_owner", "user")?.map(UserId),
        address: text("event_ip"),
        correlation_id: text("event_correlation_id"),
        file: request.id_condition("event_file", "file")?.map(FileId),
        since: request.time_condition("event_since")?,
        until: request.time_condition("event_until")?,
        path: text("event_path"),
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl AuditApi {
    /// A page of what happened on the site. Conditions: `event_type` (a number), `event_user` (who
    /// did it), `event_owner` (whose account or drive it was about) and `event_file` (raw ids), `event_ip`, `event_correlation_id`, `event_since` and `event_until`
    /// (RFC 3339; the second is not among them), `event_path` (a part of it).
    #[oai(path = "/admin/event", method = "post", operation_id = "listAuditLog")]
    async fn list(&self, actor: Needs<AdminRead>, body: Json<ListRequest>) -> ApiResult<AuditPage> {
        let (request, filter) = (body.page()?, filter(&body)?);
        let page = self
            .services
            .admin
            .events
            .list(&actor, &request, &filter)
            .await?;
        let pagination = PagePlace::of(&request, &page);
        let live = self.services.core.settings();
        let view = |row| AuditLog::of(row, &live.ids);
        ok(AuditPage {
            pagination,
            logs: page.rows.into_iter().map(view).collect(),
        })
    }

    /// All that fit, the oldest first, as a file: CSV, of which no cell is a formula, or a JSON object
    /// a line. Conditions as of the list.
    #[oai(
        path = "/admin/event/export",
        method = "post",
        operation_id = "exportAuditLog"
    )]
    async fn export(
        &self,
        actor: Needs<AdminRead>,
        body: Json<ExportRequest>,
    ) -> Result<Raw<AuditText>, ApiError> {
        let ExportRequest { conditions, format } = body.0;
        let request = ListRequest::of_all(conditions);
        request.page()?;
        let events = self.services.admin.events.clone();
        let response = export::send(events, (*actor).clone(), filter(&request)?, format).await?;
        Ok(Raw::new(response))
    }

    /// Forgets events: some, or all until a time, perhaps of some kinds. What happened to files lately
    /// stays, since clients that are away still have to hear of it.
    #[oai(
        path = "/admin/event/batch/delete",
        method = "post",
        operation_id = "deleteAuditLog"
    )]
    async fn delete(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<ForgottenEvents>,
    ) -> ApiResult<NoData> {
        let which = body.0.checked()?;
        self.services.admin.events.forget(&actor, which).await?;
        done()
    }

    /// One of them.
    #[oai(
        path = "/admin/event/:id",
        method = "get",
        operation_id = "getAuditLogEntry"
    )]
    async fn get(&self, actor: Needs<AdminRead>, id: Path<i64>) -> ApiResult<AuditLog> {
        let id = JournalId(path_id(*id)?);
        let row = self.services.admin.events.get(&actor, id).await?;
        ok(AuditLog::of(row, &self.services.core.settings().ids))
    }
}
