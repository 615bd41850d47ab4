//! Telling sync clients what changes.

use super::parse_uri;
use crate::api::Tag;
use crate::api::authority::{FilesRead, Needs, SharesRead, WorkflowRead, check};
use crate::api::envelope::{EventText, Raw};
use crate::api::error::ApiError;
use crate::services::Services;
use bytes::Bytes;
use drive::events::{FileChange, Message, Subscription};
use futures_util::stream;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::{Body, Response};
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Query};
use serde::Serialize;
use site::actor::Actor;
use site::task::EndedDetail;
use std::io;
use std::sync::Arc;
use wire::{FileSystem, FileUri, IdKind, PublicIds};

/// File events.
pub struct FileEventApi {
    pub services: Arc<Services>,
}

/// One change, as sync clients read it: all four fields are always there.
#[derive(Serialize)]
struct ChangeView<'a> {
    r#type: &'static str,
    file_id: String,
    from: &'a str,
    /// Empty except for renames.
    to: &'a str,
}

/// A task that ended.
#[derive(Serialize)]
struct EndedView<'a> {
    id: String,
    r#type: &'a str,
    status: &'a str,
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileEventApi {
    /// Streams what changes below a folder, as server-sent events, to the client named by the
    /// header `X-Cr-Client-Id`. A client that comes back gets what it missed.
    #[oai(path = "/events", method = "get", operation_id = "followFiles")]
    async fn follow(
        &self,
        actor: Needs<FilesRead>,
        uri: Query<Option<String>>,
        /// Tell as well, by an event `received`, when what others share with one by name is not
        /// what it was.
        received: Query<Option<bool>>,
        /// Tell as well, by an event `task`, when tasks of one's own end: on a folder of one's own.
        tasks: Query<Option<bool>>,
        /// A UUID that the client keeps; read with the sign-in.
        #[oai(name = "X-Cr-Client-Id")]
        _client: Header<Option<String>>,
    ) -> Result<Raw<EventText>, ApiError> {
        if actor.signed_in().is_none() {
            return Err(ApiError::LoginRequired);
        }
        let text = uri
            .0
            .ok_or_else(|| ApiError::binding("Uri cannot be empty"))?;
        let (services, uri) = (&self.services, parse_uri(&text)?);
        let mut followed = services.events.follow(&services.core, &actor, &uri).await?;
        if received.0.unwrap_or_default() {
            check::<SharesRead>(&actor)?;
            followed = followed.with_received();
        }
        if tasks.0.unwrap_or_default() {
            check::<WorkflowRead>(&actor)?;
            followed = followed.with_tasks();
        }
        let response = Response::builder()
            .header(CONTENT_TYPE, "text/event-stream;charset=utf-8")
            .header(CACHE_CONTROL, "no-cache")
            // Keeps nginx from collecting the stream.
            .header("X-Accel-Buffering", "no")
            .body(body(followed, Arc::clone(services), share_of(&actor, uri)));
        Ok(Raw::new(response))
    }
}

/// A share that is followed, and by whom.
type Followed = (Actor, FileUri);

/// What may be taken back while it is followed.
fn share_of(actor: &Actor, uri: FileUri) -> Option<Followed> {
    (uri.fs() == FileSystem::Share).then(|| (actor.clone(), uri))
}

fn body(followed: Subscription, services: Arc<Services>, share: Option<Followed>) -> Body {
    let state = (followed, share);
    Body::from_bytes_stream(stream::unfold(state, move |(mut followed, share)| {
        let services = Arc::clone(&services);
        async move {
            let message = followed.next().await?;
            if let Some((actor, uri)) = &share
                && !services
                    .shares
                    .may_follow(actor, uri, followed.folder())
                    .await
            {
                return None;
            }
            let text = written(&message, &services.core.settings().ids);
            Some((Ok::<_, io::Error>(Bytes::from(text)), (followed, share)))
        }
    }))
}

/// The bytes of a message (V4 API, file events).
fn written(message: &Message, ids: &PublicIds) -> String {
    let (event, data) = match message {
        Message::Subscribed => ("subscribed", nothing()),
        Message::Resumed => ("resumed", nothing()),
        Message::KeepAlive => ("keep-alive", nothing()),
        Message::ReconnectRequired => ("reconnect-required", nothing()),
        Message::Received => ("received", nothing()),
        Message::TasksEnded(tasks) => ("task", ended(tasks, ids)),
        Message::Changes(changes) => ("event", array(changes, ids)),
    };
    format!("event:{event}\ndata:{data}\n\n")
}

/// What stands where there is no data.
fn nothing() -> String {
    "<nil>".to_owned()
}

fn array(changes: &[FileChange], ids: &PublicIds) -> String {
    let views: Vec<ChangeView<'_>> = changes
        .iter()
        .map(|change| ChangeView {
            r#type: change.kind.as_str(),
            file_id: ids.encode(IdKind::File, change.file.0),
            from: &change.from,
            to: &change.to,
        })
        .collect();
    serde_json::to_string(&views).expect("texts are JSON")
}

fn ended(tasks: &[EndedDetail], ids: &PublicIds) -> String {
    let views: Vec<EndedView<'_>> = tasks
        .iter()
        .map(|task| EndedView {
            id: ids.encode(IdKind::Task, task.task.0),
            r#type: &task.kind,
            status: &task.state,
        })
        .collect();
    serde_json::to_string(&views).expect("texts are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use drive::events::ChangeKind;
    use entity::FileId;

    #[test]
    fn messages_are_one_event_and_one_data_line() {
        let ids = PublicIds::new("salt");
        let line = |message| written(&message, &ids);
        assert_eq!(
            line(Message::Subscribed),
            "event:subscribed\ndata:<nil>\n\n"
        );
        assert_eq!(line(Message::KeepAlive), "event:keep-alive\ndata:<nil>\n\n");
        let changes = vec![
            FileChange::at(ChangeKind::Create, FileId(1), "/a\nb.txt"),
            FileChange::rename(FileId(2), "/c", "/d e"),
        ];
        let (one, two) = (ids.encode(IdKind::File, 1), ids.encode(IdKind::File, 2));
        assert_eq!(
            line(Message::Changes(changes)),
            format!(
                "event:event\ndata:[{{\"type\":\"create\",\"file_id\":\"{one}\",\
                 \"from\":\"/a\\nb.txt\",\"to\":\"\"}},{{\"type\":\"rename\",\
                 \"file_id\":\"{two}\",\"from\":\"/c\",\"to\":\"/d e\"}}]\n\n"
            )
        );
    }
}
