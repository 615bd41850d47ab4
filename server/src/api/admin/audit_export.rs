//! The audit log as a file: every entry that fits, the oldest first, read as it is sent.

use crate::api::ApiError;
use crate::api::envelope::{Kind, described};
use admin::{EntryFilter, EventRow};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use entity::JournalId;
use futures_util::{Stream, stream};
use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use poem::{Body, Response};
use poem_openapi::registry::MetaResponse;
use poem_openapi::{Enum, Object};
use serde_json::{Value, json};
use site::actor::Actor;
use std::collections::BTreeMap;
use std::io;

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum ExportFormat {
    /// For tables; the first line names the columns.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

/// Which entries are wanted as a file.
#[derive(Object)]
pub struct ExportRequest {
    /// As of the list; empty ones filter nothing.
    #[oai(default)]
    pub conditions: BTreeMap<String, String>,
    pub format: ExportFormat,
}

/// The audit log as a file.
#[derive(Debug)]
pub struct AuditText;

impl Kind for AuditText {
    fn responses() -> Vec<MetaResponse> {
        let types = [ExportFormat::Csv, ExportFormat::Jsonl].map(ExportFormat::media_type);
        vec![described::or_failure("The file; not an envelope", &types)]
    }
}

const COLUMNS: [&str; 17] = [
    "id",
    "time",
    "type",
    "operation",
    "category",
    "user_id",
    "user_name",
    "user_email",
    "owner_id",
    "owner_email",
    "ip",
    "user_agent",
    "correlation_id",
    "file_id",
    "from",
    "to",
    "detail",
];

/// What a row of the file says, in the order of [`COLUMNS`].
fn cells(row: &EventRow) -> [Value; COLUMNS.len()] {
    let EventRow {
        entry,
        actor,
        owner,
        ..
    } = row;
    let mut detail = entry.detail.as_deref().map_or(Value::Null, |text| {
        serde_json::from_str(text).unwrap_or_default()
    });
    let agent = detail
        .as_object_mut()
        .and_then(|fields| fields.remove("user_agent"));
    [
        json!(entry.id.0),
        json!(time(entry.at.0)),
        json!(admin::events::number_of(&entry.op)),
        json!(entry.op),
        json!(entry.category),
        json!(entry.actor_id.map(|id| id.0)),
        json!(actor.as_ref().map(|actor| &actor.nick)),
        json!(actor.as_ref().map(|actor| &actor.email)),
        json!(entry.owner_id.0),
        json!(owner.as_ref().map(|owner| &owner.email)),
        json!(entry.address),
        agent.unwrap_or_default(),
        json!(entry.correlation_id),
        json!(entry.file_id.map(|id| id.0)),
        json!(entry.path_before),
        json!(entry.path_after),
        detail,
    ]
}

fn time(micros: i64) -> Option<String> {
    DateTime::<Utc>::from_timestamp_micros(micros).map(|time| time.to_rfc3339())
}

/// A text that no program for tables takes for a formula.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

fn csv_line(cells: impl IntoIterator<Item = String>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        // Where lists are separated by semicolons, one in a bare cell would begin another.
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    writer.write_record(cells.into_iter().map(harmless))?;
    writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))
}

fn text_of(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

impl ExportFormat {
    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"audit.csv\"",
            Self::Jsonl => "attachment; filename=\"audit.jsonl\"",
        }
    }

    /// What comes before the first entry. The mark tells programs for tables that it is UTF-8.
    fn head(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => {
                let names = csv_line(COLUMNS.map(str::to_owned))?;
                Ok(["\u{feff}".as_bytes(), &names].concat())
            }
            Self::Jsonl => Ok(Vec::new()),
        }
    }

    fn line(self, row: &EventRow) -> io::Result<Vec<u8>> {
        let cells = cells(row);
        match self {
            Self::Csv => csv_line(cells.map(text_of)),
            Self::Jsonl => {
                let told = cells.into_iter().zip(COLUMNS);
                let told = told.filter(|(value, _)| !value.is_null());
                let object: serde_json::Map<_, _> =
                    told.map(|(value, name)| (name.to_owned(), value)).collect();
                let mut line = serde_json::to_vec(&object)?;
                line.push(b'\n');
                Ok(line)
            }
        }
    }
}

/// Sends what fits a filter. The first entries are read before anything is answered: what fails then
/// is told as a failure.
/// # Errors
/// `NotAllowed`
pub async fn send(
    events: admin::Events,
    actor: Actor,
    filter: EntryFilter,
    format: ExportFormat,
) -> Result<Response, ApiError> {
    let first = events.after(&actor, &filter, JournalId(0)).await?;
    let lines = lines(events, actor, filter, format, first);
    Ok(Response::builder()
        .header(CONTENT_TYPE, format.media_type())
        .header(CONTENT_DISPOSITION, format.file())
        .header(CACHE_CONTROL, "private, no-store")
        .body(Body::from_bytes_stream(lines)))
}

fn lines(
    events: admin::Events,
    actor: Actor,
    filter: EntryFilter,
    format: ExportFormat,
    first: Vec<EventRow>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let state = Some((first, true));
    stream::unfold(state, move |state| {
        let (events, actor, filter) = (events.clone(), actor.clone(), filter.clone());
        async move {
            let (rows, is_first) = state?;
            let text = match part(format, &rows, is_first) {
                Ok(text) => text,
                Err(error) => return Some((Err(error), None)),
            };
            let Some(last) = rows.last().map(|row| row.entry.id) else {
                return is_first.then_some((Ok(text), None));
            };
            match events.after(&actor, &filter, last).await {
                Ok(more) => Some((Ok(text), Some((more, false)))),
                Err(error) => Some((Err(io::Error::other(error)), None)),
            }
        }
    })
}

fn part(format: ExportFormat, rows: &[EventRow], is_first: bool) -> io::Result<Bytes> {
    let mut text = if is_first { format.head()? } else { Vec::new() };
    for row in rows {
        text.extend(format.line(row)?);
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let cells = ["=1+1", "+1", "-1", "@a", "plain", "a,\"b\"\n"];
        let line = csv_line(cells.map(str::to_owned)).expect("it is written");
        let text = String::from_utf8(line).expect("it is text");
        assert_eq!(
            text,
            concat!(
                "\"'=1+1\",\"'+1\",\"'-1\",\"'@a\",",
                "\"plain\",\"a,\"\"b\"\"\n\"\r\n"
            )
        );
    }
}
