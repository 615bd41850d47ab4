//! `/file/pin`: folders pinned to the side bar.

use crate::api::authority::{FilesWrite, Needs};
use crate::api::{ApiError, ApiResult, NoData, Tag, done};
use crate::services::Services;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::FileUri;

/// `/file/pin`
#[derive(Debug)]
pub struct PinApi {
    services: Arc<Services>,
}

/// A place to pin.
#[derive(Object)]
struct Pin {
    #[oai(validator(min_length = 1))]
    uri: String,
    name: Option<String>,
}

/// A place to unpin.
#[derive(Object)]
struct Unpin {
    #[oai(validator(min_length = 1))]
    uri: String,
}

impl PinApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

fn parse(uri: &str) -> Result<FileUri, ApiError> {
    FileUri::parse(uri).map_err(|error| ApiError::binding(error.to_string()))
}

#[OpenApi(prefix_path = "/file/pin", tag = "Tag::File")]
impl PinApi {
    /// Pins a place, which need not exist.
    #[oai(path = "/", method = "put", operation_id = "pinFile")]
    async fn pin(&self, actor: Needs<FilesWrite>, body: Json<Pin>) -> ApiResult<NoData> {
        let Json(body) = body;
        self.services
            .accounts
            .pin(&actor, &parse(&body.uri)?, body.name)
            .await?;
        done()
    }

    /// Takes a pin away.
    #[oai(path = "/", method = "delete", operation_id = "unpinFile")]
    async fn unpin(&self, actor: Needs<FilesWrite>, body: Json<Unpin>) -> ApiResult<NoData> {
        self.services
            .accounts
            .unpin(&actor, &parse(&body.uri)?)
            .await?;
        done()
    }
}
