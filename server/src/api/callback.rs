//! `/callback`: where it is said that an upload which went to the vendor is whole. Clients say it,
//! or vendors; neither signs in, and each knows the secret of the session.
//!
//! Vendors look at the status: unlike all else, failures have one of their own (V4 API, callbacks).

use super::Tag;
use super::authority::{Needs, Public};
use super::envelope::{NoData, Reply, described, done};
use super::error::ApiError;
use crate::http::correlation::CorrelationId;
use crate::services::Services;
use drive::blob::{CallbackAddress, CallbackError, CallbackFacts, CompletionError};
use drive::policy::CallbackMethod;
use poem::http::StatusCode;
use poem::{IntoResponse, Request, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};
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
        self.complete(CallbackMethod::Get, address, request).await
    }

    /// The same where it is said with a POST (`onedrive`, …). Its body is not looked at.
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
    ) -> Told {
        let address = (&*kind.0, &*session.0, &*key.0);
        self.complete(CallbackMethod::Post, address, request).await
    }
}

impl CallbackApi {
    async fn complete(
        &self,
        by: CallbackMethod,
        (kind, session, secret): (&str, &str, &str),
        request: &Request,
    ) -> Told {
        let address = CallbackAddress {
            kind,
            session,
            secret,
            by,
        };
        let correlation = CorrelationId::of(request);
        let uploads = &self.services.uploads;
        let told = uploads
            .complete_elsewhere(&address, CallbackFacts::default())
            .await;
        let (error, status) = match told {
            Ok(()) => {
                let done = done().map(IntoResponse::into_response);
                return Told(done.unwrap_or_else(|error| error.answer(correlation)));
            }
            Err(CallbackError::Refused(refused)) => (refused.into(), StatusCode::UNAUTHORIZED),
            Err(CallbackError::Failed { error, as_400 }) => {
                let error = match error {
                    CompletionError::File(error) => ApiError::File(error),
                    wrong @ CompletionError::WrongSize { .. } => ApiError::WrongUpload(wrong),
                };
                let status = if as_400 {
                    StatusCode::BAD_REQUEST
                } else {
                    StatusCode::OK
                };
                (error, status)
            }
        };
        let mut response = error.answer(correlation);
        response.set_status(status);
        Told(response)
    }
}

/// What who calls back is answered.
#[derive(Debug)]
struct Told(Response);

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
