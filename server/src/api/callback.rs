//! `/callback`: where it is said that an upload which went to the vendor is whole. Clients say it,
//! or vendors; neither signs in, and each knows the secret of the session.
//!
//! Vendors look at the status: unlike all else, failures have one of their own (V4 API, callbacks).

use super::Tag;
use super::authority::{Needs, Public};
use super::envelope::{NoData, Reply, described, done, json};
use super::error::ApiError;
use crate::http::correlation::CorrelationId;
use crate::services::Services;
use drive::blob::{CallbackAddress, CallbackError, CallbackMessage, CompletionError};
use drive::policy::CallbackMethod;
use poem::http::StatusCode;
use poem::http::uri::PathAndQuery;
use poem::{Body, IntoResponse, Request, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::Value;
use site::limits::CALLBACK_BYTES;
use std::sync::Arc;

/// Callbacks.
pub struct CallbackApi {
    pub services: Arc<Services>,
}

#[OpenApi(prefix_path = "/callback", tag = "Tag::File")]
impl CallbackApi {
    /// Completes an upload to a vendor whose clients say so themselves (`s3`, …).
    #[oai(
        path = "/:kind/:session/:key",
        method = "get",
        operation_id = "completeUpload"
    )]
    async fn by_get(
        &self,
        _actor: Needs<Public>,
        kind: Path<String>,
        session: Path<String>,
        key: Path<String>,
        request: &Request,
    ) -> Told {
        let address = (&*kind.0, &*session.0, &*key.0);
        let nothing = Body::empty();
        self.complete(CallbackMethod::Get, address, (request, nothing))
            .await
    }

    /// The same where it is said with a POST (`onedrive`, …), or where vendors say it themselves (`oss`,
    /// `obs`, `qiniu`): then it has to be theirs.
    #[oai(
        path = "/:kind/:session/:key",
        method = "post",
        operation_id = "completeUploadByPost"
    )]
    async fn by_post(
        &self,
        _actor: Needs<Public>,
        kind: Path<String>,
        session: Path<String>,
        key: Path<String>,
        request: &Request,
        body: Body,
    ) -> Told {
        let address = (&*kind.0, &*session.0, &*key.0);
        self.complete(CallbackMethod::Post, address, (request, body))
            .await
    }
}

impl CallbackApi {
    async fn complete(
        &self,
        by: CallbackMethod,
        (kind, session, secret): (&str, &str, &str),
        (request, body): (&Request, Body),
    ) -> Told {
        let address = CallbackAddress {
            kind,
            session,
            secret,
            by,
        };
        let correlation = CorrelationId::of(request);
        let uploads = &self.services.uploads;
        let Ok(body) = body.into_bytes_limit(CALLBACK_BYTES).await else {
            let error = ApiError::Binding("Request body too large".to_owned());
            return Told::with(&error, correlation, StatusCode::BAD_REQUEST);
        };
        let headers = headers_of(request);
        let message = CallbackMessage {
            path: request
                .original_uri()
                .path_and_query()
                .map_or("/", PathAndQuery::as_str),
            headers: &headers,
            body: &body,
        };
        let told = uploads.complete_elsewhere(&address, message).await;
        let (error, status) = match told {
            Ok(()) => {
                let done = done().map(IntoResponse::into_response);
                return Told(done.unwrap_or_else(|error| error.answer(correlation)));
            }
            Err(CallbackError::Refused(refused)) => (refused.into(), StatusCode::UNAUTHORIZED),
            Err(CallbackError::Failed { error, as_400 }) => {
                let error = match error {
                    CompletionError::File(error) => ApiError::File(error),
                    wrong @ (CompletionError::WrongSize { .. } | CompletionError::NotJoined) => {
                        ApiError::WrongUpload(wrong)
                    }
                };
                let status = if as_400 {
                    StatusCode::BAD_REQUEST
                } else {
                    StatusCode::OK
                };
                (error, status)
            }
        };
        Told::with(&error, correlation, status)
    }
}

/// Names in small letters, as they come.
fn headers_of(request: &Request) -> Vec<(String, String)> {
    let headers = request.headers().iter();
    let texts = headers.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    texts.collect()
}

/// What who calls back is answered.
#[derive(Debug)]
struct Told(Response);

impl Told {
    /// Vendors pass on to their clients what stands under `error`, or all of it.
    fn with(error: &ApiError, correlation: CorrelationId, status: StatusCode) -> Self {
        error.log();
        let mut envelope = error.envelope(Some(correlation));
        if let Some(msg) = envelope.get("msg").cloned() {
            envelope.insert("error".to_owned(), msg);
        }
        let mut response = json(Value::Object(envelope).to_string().into());
        response.set_status(status);
        Self(response)
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Told {
    fn meta() -> MetaResponses {
        let mut all = Reply::<NoData>::meta();
        all.responses.extend([
            described::failure(
                400,
                "The upload cannot be completed, at vendors that want it so",
            ),
            described::failure(401, "The session, its secret or its storage is another"),
        ]);
        all
    }

    fn register(registry: &mut Registry) {
        Reply::<NoData>::register(registry);
    }
}
